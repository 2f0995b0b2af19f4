import net from "node:net";
import tls from "node:tls";
import { isGatewayError } from "../errors.ts";
import type { BodyReader } from "../http/exchange.ts";
import { MachineResponse } from "./machine-response.ts";
import { type ResponseHead, ResponseParser } from "./response-parser.ts";
import type { MachineHttpRequest } from "./types.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Bodies up to this size are written in one piece with the head. */
const MAX_ONE_WRITE_BYTES = 8 * 1024;
const TCP_KEEP_ALIVE_MS = 1_000;
const LAST_CHUNK = "0\r\n\r\n";

/** Where a connection leads. */
export interface Destination {
  isSecure: boolean;
  hostname: string;
  port: number;
}

export interface ConnectionEvents {
  /** The connection can carry another request. */
  onIdle: (connection: MachineConnection) => void;
  onClosed: (connection: MachineConnection) => void;
}

/** A request in flight. */
interface Exchange {
  request: MachineHttpRequest;
  head: string;
  resolve: (response: MachineResponse) => void;
  reject: (error: unknown) => void;
  /** Null before the head of the response has arrived. */
  response: MachineResponse | null;
  isSent: boolean;
}

/** One connection to a machine, which carries one request after the other. */
export class MachineConnection {
  readonly #socket: net.Socket;
  readonly #events: ConnectionEvents;
  readonly #parser: ResponseParser;
  #exchange: Exchange | null = null;
  #isConnected = false;
  #isKeptAlive = true;
  #error: unknown = null;
  #connectTimer: NodeJS.Timeout | undefined;
  #answered = 0;
  /** When it became idle, in monotonic milliseconds. */
  idleSince = 0;

  constructor({ isSecure, hostname: host, port }: Destination, events: ConnectionEvents) {
    this.#events = events;
    this.#parser = new ResponseParser({
      onHead: (head) => this.#onHead(head),
      onData: (chunk) => this.#exchange?.response?.push(chunk),
      onEnd: () => this.#onEnd(),
    });
    const servername = net.isIP(host) === 0 ? host : "";
    const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };
    this.#socket = isSecure ? tls.connect({ ...options, servername }) : net.connect(options);
    this.#socket.once(isSecure ? "secureConnect" : "connect", () => this.#onConnected());
    this.#socket.on("data", (chunk: Buffer) => this.#onBytes(chunk));
    this.#socket.once("end", () => this.#onBytesEnd());
    this.#socket.on("error", (error) => {
      this.#error ??= error;
    });
    this.#socket.once("close", () => this.#onClosed());
  }

  /**
   * Sends a request. Only one may be in flight. Resolves with the head of the response.
   *
   * @param head request line and header lines, without the length of the body
   * @throws UpstreamError, and what `request.onBody` threw
   */
  send(head: string, request: MachineHttpRequest): Promise<MachineResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<MachineResponse>();
    this.#exchange = { request, head, resolve, reject, response: null, isSent: false };
    request.signal.addEventListener("abort", this.#abort, { once: true });
    if (this.#isConnected) this.#write(this.#exchange);
    else this.#awaitConnection(request.connectTimeoutMs);
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #awaitConnection(timeoutMs: number): void {
    this.#connectTimer = setTimeout(
      () => this.#fail(new Error("the connection did not come about in time")),
      timeoutMs,
    );
  }

  #onConnected(): void {
    this.#isConnected = true;
    clearTimeout(this.#connectTimer);
    if (this.#exchange !== null) this.#write(this.#exchange);
  }

  #write(exchange: Exchange): void {
    const { head: body, rest, announcedBytes = null } = exchange.request.body;
    if (rest !== null) {
      const framing = announcedBytes === null ? "transfer-encoding: chunked" : `content-length: ${announcedBytes}`;
      this.#socket.write(`${exchange.head}${framing}\r\n\r\n`, "latin1");
      void this.#pump(exchange, body, rest, announcedBytes);
      return;
    }
    const needsLength = body.length > 0 || exchange.request.method === "POST";
    const head = needsLength ? `${exchange.head}content-length: ${body.length}\r\n\r\n` : `${exchange.head}\r\n`;
    // Text is written in one piece, and bytes would be a second one. As latin1 they are the same bytes.
    if (body.length <= MAX_ONE_WRITE_BYTES) this.#socket.write(head + body.toString("latin1"), "latin1");
    else {
      this.#socket.cork();
      this.#socket.write(head, "latin1");
      this.#socket.write(body);
      this.#socket.uncork();
    }
    this.#onSent(exchange);
  }

  /**
   * Sends a body with the machine's backpressure: with the length that its client announced, else in chunks (RFC 9112, section 7.1). A body
   * of another length would have the machine take its rest for a request, so it ends the connection.
   */
  async #pump(exchange: Exchange, first: Buffer, rest: BodyReader, announcedBytes: number | null): Promise<void> {
    let unsentBytes = announcedBytes ?? Number.POSITIVE_INFINITY;
    const send = (bytes: Uint8Array): Promise<void> => {
      unsentBytes -= bytes.byteLength;
      if (unsentBytes < 0) throw new Error("the body is longer than its client announced");
      return announcedBytes === null ? this.#writeChunk(bytes) : this.#writeBytes(bytes);
    };
    try {
      await send(first);
      for (;;) {
        const { done, value } = await rest.read();
        if (this.#socket.destroyed || this.#exchange !== exchange) return;
        if (done) break;
        exchange.request.onBody?.(value);
        await send(value);
      }
      if (announcedBytes === null) this.#socket.write(LAST_CHUNK, "latin1");
      else if (unsentBytes > 0) throw new Error("the body is shorter than its client announced");
      this.#onSent(exchange);
    } catch (error) {
      if (this.#exchange === exchange) this.#fail(error);
    }
  }

  async #writeBytes(bytes: Uint8Array): Promise<void> {
    if (!this.#socket.write(bytes)) await waitForDrain(this.#socket);
  }

  async #writeChunk(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0) return;
    this.#socket.cork();
    this.#socket.write(`${bytes.byteLength.toString(16)}\r\n`, "latin1");
    this.#socket.write(bytes);
    const hasRoom = this.#socket.write("\r\n", "latin1");
    this.#socket.uncork();
    if (!hasRoom) await waitForDrain(this.#socket);
  }

  #onSent(exchange: Exchange): void {
    exchange.isSent = true;
    exchange.request.onSent?.();
  }

  #onBytes(chunk: Buffer): void {
    // An idle connection has nothing to say.
    if (this.#exchange === null) return void this.#socket.destroy();
    try {
      this.#parser.push(chunk);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#exchange === null) this.#release();
    else if (this.#exchange.response?.isHeldBack) this.#socket.pause();
  }

  #onHead({ status, headers, isKeptAlive }: ResponseHead): void {
    const exchange = this.#exchange;
    if (exchange === null || exchange.response !== null) return void this.#socket.destroy();
    this.#isKeptAlive = isKeptAlive;
    exchange.response = new MachineResponse({ status, headers }, this.#socketOf(exchange));
    exchange.resolve(exchange.response);
  }

  #socketOf(exchange: Exchange) {
    const isCurrent = () => this.#exchange === exchange;
    return {
      pause: () => void (isCurrent() && this.#socket.pause()),
      resume: () => void (isCurrent() && this.#socket.resume()),
      destroy: () => void (isCurrent() && this.#socket.destroy()),
    };
  }

  #onEnd(): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    this.#settle(exchange);
    this.#answered++;
    // A request that was answered before it was complete leaves a connection on which its rest would follow.
    this.#isKeptAlive &&= exchange.isSent;
    exchange.response?.complete();
  }

  #onBytesEnd(): void {
    if (this.#exchange !== null) this.#parser.end();
  }

  /** Makes the connection available once its response and nothing else has arrived. */
  #release(): void {
    if (!this.#isKeptAlive) return void this.#socket.destroy();
    if (this.#socket.destroyed) return;
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#events.onIdle(this);
  }

  #onClosed(): void {
    clearTimeout(this.#connectTimer);
    const exchange = this.#exchange;
    if (exchange !== null) this.#break(exchange, this.#error ?? new Error("the connection closed before an answer"));
    this.#events.onClosed(this);
  }

  readonly #abort = (): void => this.#fail(new Error("the client has gone"));

  /** Ends the connection, and the request in flight with this error. */
  #fail(error: unknown): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  #break(exchange: Exchange, error: unknown): void {
    this.#settle(exchange);
    if (exchange.response === null)
      exchange.reject(isGatewayError(error) ? error : this.#toUpstreamError(exchange, error));
    else exchange.response.close();
  }

  #toUpstreamError({ request }: Exchange, error: unknown): UpstreamError {
    const { message } = error instanceof Error ? error : new Error(String(error));
    const isStale = this.#answered > 0 && !request.signal.aborted;
    return new UpstreamError(message, !this.#isConnected, error, isStale);
  }

  #settle(exchange: Exchange): void {
    this.#exchange = null;
    exchange.request.signal.removeEventListener("abort", this.#abort);
  }
}

function waitForDrain(socket: net.Socket): Promise<void> {
  if (socket.destroyed || !socket.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}
