import type { IncomingHttpHeaders } from "node:http";

// The gateway's own request and response, so that one core serves both mounts: Node's HTTP server, and web Request and Response for
// route handlers. A web Request, its streams and its Response cost more per call than everything that the gateway does itself.

/** An HTTP request as a mount passes it to the gateway. */
export interface GatewayRequest {
  method: string;
  /** Names in lower case. */
  headers: IncomingHttpHeaders;
  /** Null when the request has no body. */
  body: BodyReader | null;
  /** Aborts when the client leaves before it has the whole response. */
  signal: AbortSignal;
}

/** Reads a request's body chunk by chunk. A web stream's reader is one. */
export interface BodyReader {
  /** Resolves with the next chunk. Rejects when the client leaves in the middle of the body. */
  read(): Promise<{ done: true; value?: Uint8Array | undefined } | { done: false; value: Uint8Array }>;
  /** Closes the connection where the rest of the body would have to be read to keep it. */
  cancel(): Promise<void>;
}

/** The gateway's response, which a mount writes. */
export interface GatewayResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Buffer | string | ByteSource | null;
}

/** A response body that is written as it arrives. */
export interface ByteSource {
  /** Called once. From then on the source writes to the sink until it closes it. */
  start(sink: ByteSink): void;
  /** The client has read what was written: the sink has room again. */
  pull(): void;
  /** The client has left. Called at most once, and never after the source has closed the sink. */
  cancel(): void;
}

/** Destination of a source. A web stream's controller is one. */
export interface ByteSink {
  /** Bytes that may still be written before the source has to wait for `pull`; zero, negative or null when there is no room. */
  readonly desiredSize: number | null;
  enqueue(bytes: Uint8Array): void;
  close(): void;
  /** Cuts the connection, so that the client does not take an incomplete body for a whole one. */
  error(reason: Error): void;
}

/** High-water mark of a response body, in bytes: a client that reads slower than this lets its source wait. */
export const HIGH_WATER_BYTES = 64 * 1024;

/** Returns a header's value, or null without it. */
export function getHeader(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : null;
}

/** Returns whether a body is a source that writes as data arrives. */
export function isByteSource(body: GatewayResponse["body"]): body is ByteSource {
  return body !== null && typeof body === "object" && "start" in body;
}

/** Discards a source whose client has left. */
export function discardSource(source: ByteSource): void {
  let isClosed = false;
  const close = () => {
    isClosed = true;
  };
  source.start({ desiredSize: 0, enqueue: () => {}, close, error: close });
  if (!isClosed) source.cancel();
}
