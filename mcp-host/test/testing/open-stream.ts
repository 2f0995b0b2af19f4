import assert from "node:assert/strict";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { TestHost } from "./host-process.ts";
import type { RawOptions } from "./http.ts";
import { PATIENCE_MS } from "./patience.ts";
import type { Rpc } from "./rpc.ts";
import { messagesOf, parseEvents, type SseEvent } from "./sse.ts";

/** An event stream, read as it arrives. */
export class OpenStream {
  readonly events: SseEvent[] = [];
  status = 0;
  headers: IncomingHttpHeaders = {};
  ended = false;
  #text = "";
  #request: ReturnType<typeof httpRequest>;
  #changed: (() => void)[] = [];
  readonly opened: Promise<void>;

  constructor(host: TestHost, options: RawOptions) {
    this.#request = httpRequest(new URL(options.path ?? "/mcp", host.url), {
      method: options.method ?? "GET",
      headers: { accept: "text/event-stream", ...options.headers },
      agent: false,
    });
    this.opened = new Promise((resolve, reject) => {
      this.#request.on("error", (error) => {
        this.#end();
        reject(error);
      });
      this.#request.on("response", (response) => {
        this.status = response.statusCode ?? 0;
        this.headers = response.headers;
        resolve();
        response.on("error", () => this.#end());
        response.on("close", () => this.#end());
        response.on("data", (chunk: Buffer) => {
          this.#text += chunk.toString();
          const end = this.#text.lastIndexOf("\n\n");
          if (end === -1) return;
          this.events.push(...parseEvents(this.#text.slice(0, end)));
          this.#text = this.#text.slice(end + 2);
          this.#wake();
        });
      });
    });
    this.opened.catch(() => {});
    this.#request.end(options.body);
  }

  get messages(): Rpc[] {
    return messagesOf(this.events);
  }

  /** Waits for a message that fits. Fails when the stream ends before it, or after PATIENCE_MS of silence. */
  async until(fits: (message: Rpc) => boolean): Promise<Rpc> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found !== undefined) return found;
      assert(!this.ended, `the stream ended without the message; it had ${JSON.stringify(this.messages)}`);
      await this.#change();
    }
  }

  async untilEnd(): Promise<void> {
    while (!this.ended) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`nothing more came after ${JSON.stringify(this.messages)}`)),
        PATIENCE_MS,
      );
      this.#changed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Closes the connection without waiting for an end. */
  drop(): void {
    this.#request.destroy();
  }

  #end(): void {
    this.ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
