import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type BodyReader,
  type ByteSink,
  type ByteSource,
  discardSource,
  type GatewayRequest,
  type GatewayResponse,
  HIGH_WATER_BYTES,
  isByteSource,
} from "../http/exchange.ts";

/** Bodies up to this size are written in one packet with the head. */
const MAX_ONE_WRITE_BYTES = 8 * 1024;

/**
 * Mounts the gateway on Node's HTTP server. Resolves when the response is written or, for one that is streamed, has begun.
 *
 * @param handle must not reject
 * @param moreHeaders for every response, beside its own
 */
export async function serveNodeRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handle: (request: GatewayRequest) => Promise<GatewayResponse>,
  moreHeaders: Readonly<Record<string, string>>,
): Promise<void> {
  const left = new AbortController();
  let source: ByteSource | null = null;
  let isClosed = false;
  outgoing.once("close", () => {
    isClosed = true;
    if (outgoing.writableFinished) return;
    left.abort();
    source?.cancel();
  });
  // Clients may disconnect at any time. Without a listener the error would end the process.
  outgoing.on("error", ignore);
  const response = await handle({
    method: incoming.method ?? "GET",
    headers: incoming.headers,
    body: hasBody(incoming) ? new NodeBodyReader(incoming) : null,
    signal: left.signal,
  });
  const { status, headers, body } = response;
  if (isClosed) {
    if (isByteSource(body)) discardSource(body);
    return;
  }
  if (!isByteSource(body)) {
    end(outgoing, status, { ...moreHeaders, ...headers }, body);
    return;
  }
  outgoing.writeHead(status, { ...moreHeaders, ...headers });
  source = body;
  outgoing.on("drain", () => body.pull());
  body.start(new ResponseSink(outgoing, () => (source = null)));
  outgoing.flushHeaders();
}

/** Returns whether the request announces a body (RFC 9112, section 6.3). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function end(
  outgoing: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Buffer | string | null,
): void {
  // 204 and 304 have no content-length (RFC 9110, section 8.6).
  if (status !== 204) headers["content-length"] = String(body === null ? 0 : Buffer.byteLength(body));
  outgoing.writeHead(status, headers);
  if (body === null) outgoing.end();
  else if (typeof body === "string") outgoing.end(body);
  // Node writes text in one piece with the head, and bytes in a second one. As latin1 they are the same bytes.
  else if (body.length <= MAX_ONE_WRITE_BYTES) outgoing.end(body.toString("latin1"), "latin1");
  else outgoing.end(body);
}

function ignore(): void {}

class ResponseSink implements ByteSink {
  readonly #outgoing: ServerResponse;
  readonly #onClosed: () => void;

  /** @param onClosed called when the source has closed the sink and must not be canceled any more */
  constructor(outgoing: ServerResponse, onClosed: () => void) {
    this.#outgoing = outgoing;
    this.#onClosed = onClosed;
  }

  get desiredSize(): number {
    return HIGH_WATER_BYTES - this.#outgoing.writableLength;
  }

  enqueue(bytes: Uint8Array): void {
    this.#outgoing.write(bytes);
  }

  close(): void {
    this.#onClosed();
    this.#outgoing.end();
  }

  error(): void {
    this.#onClosed();
    this.#outgoing.destroy();
  }
}

/** Result of a read. */
type Read = { done: true } | { done: false; value: Uint8Array };

class NodeBodyReader implements BodyReader {
  readonly #incoming: IncomingMessage;
  /** Parts that arrived before they were read. */
  #chunks: Buffer[] = [];
  #queuedBytes = 0;
  #waiting: PromiseWithResolvers<Read> | null = null;
  #isListening = false;
  #isEnded = false;
  #isBroken = false;

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming;
  }

  read(): Promise<Read> {
    if (!this.#isListening) this.#listen();
    const value = this.#chunks.shift();
    if (value !== undefined) {
      this.#queuedBytes -= value.length;
      if (this.#incoming.isPaused() && this.#queuedBytes < HIGH_WATER_BYTES) this.#incoming.resume();
      return Promise.resolve({ done: false, value });
    }
    this.#waiting = Promise.withResolvers<Read>();
    const { promise } = this.#waiting;
    if (this.#isEnded || this.#isBroken) this.#settle();
    return promise;
  }

  async cancel(): Promise<void> {
    this.#incoming.destroy();
  }

  /** Not before the first read: Node drops the body of a request that was answered unread, and its connection stays usable. */
  #listen(): void {
    this.#isListening = true;
    this.#incoming.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#incoming.once("end", () => {
      this.#isEnded = true;
      this.#settle();
    });
    const onBroken = () => {
      this.#isBroken = true;
      this.#settle();
    };
    this.#incoming.once("error", onBroken);
    this.#incoming.once("close", onBroken);
  }

  #take(chunk: Buffer): void {
    if (this.#waiting !== null) {
      this.#waiting.resolve({ done: false, value: chunk });
      this.#waiting = null;
      return;
    }
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= HIGH_WATER_BYTES) this.#incoming.pause();
  }

  /** Tells a read that waits that nothing more comes. */
  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (this.#isEnded) waiting?.resolve({ done: true });
    else waiting?.reject(new Error("the client left in the middle of its body"));
  }
}
