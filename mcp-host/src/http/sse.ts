import type { ServerResponse } from "node:http";
import { type Indexed, UnorderedSet } from "../util/unordered-set.ts";

const KEEP_ALIVE_MS = 15_000;
/** Bytes that can wait in memory for a slow client before its server is paused. */
export const HIGH_WATER_BYTES = 1024 * 1024;

const openConnections = new UnorderedSet<SseConnection>();
let keepAliveTimer: NodeJS.Timeout | null = null;

/** One HTTP response that carries server-sent events. A keep-alive comment every 15 s keeps proxies from closing it. */
export class SseConnection implements Indexed {
  slot: number | undefined;
  readonly #response: ServerResponse;
  #closed = false;

  /** Sends status and headers at once. */
  constructor(response: ServerResponse, headers: Record<string, string> = {}) {
    this.#response = response;
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      ...headers,
    });
    response.flushHeaders();
    openConnections.add(this);
    if (keepAliveTimer === null) keepAliveTimer = setInterval(sendKeepAlives, KEEP_ALIVE_MS).unref();
    this.onClose(() => {
      this.#closed = true;
      openConnections.delete(this);
    });
  }

  sendEvent(id: string, data: string): void {
    // JSON text holds no line ends, so one data line carries it whole.
    this.#write(`event: message\nid: ${id}\ndata: ${data}\n\n`);
  }

  /** Sends an event that cannot be replayed: the modern era has no event ids. */
  sendMessage(data: string): void {
    this.#write(`event: message\ndata: ${data}\n\n`);
  }

  /** Sends an event with an id and no data, from which the client can resume before the first message (MCP 2025-11-25). */
  sendPriming(id: string, retryMs: number): void {
    this.#write(`id: ${id}\nretry: ${retryMs}\ndata:\n\n`);
  }

  sendComment(text: string): void {
    this.#write(`: ${text}\n\n`);
  }

  get isCongested(): boolean {
    return !this.#closed && this.#response.writableLength > HIGH_WATER_BYTES;
  }

  /** Resolves when the client has read what was sent, or is gone. */
  whenDrained(): Promise<void> {
    return whenDrained(this.#response);
  }

  end(): void {
    if (!this.#closed) this.#response.end();
  }

  /** Destroys the connection. The client can resume where its stream is stored. */
  cut(): void {
    this.#response.destroy();
  }

  onClose(listener: () => void): void {
    if (this.#response.closed) listener();
    else this.#response.once("close", listener);
  }

  #write(text: string): void {
    if (!this.#closed && !this.#response.writableEnded) this.#response.write(text);
  }
}

/** Resolves when the client has read the response so far, or is gone. */
export function whenDrained(response: ServerResponse): Promise<void> {
  if (response.closed || response.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    response.once("drain", resolve);
    response.once("close", resolve);
  });
}

/** Ends every open event stream, for shutdown. */
export function endAllStreams(): void {
  for (const connection of openConnections.values()) connection.end();
}

function sendKeepAlives(): void {
  for (const connection of openConnections.values()) connection.sendComment("keep-alive");
}
