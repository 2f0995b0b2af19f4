import { FAILURES, GatewayError } from "../errors.ts";
import type { BodyReader } from "./exchange.ts";

/** Bytes of a request's body that are read for the call's record. */
const PEEK_BYTES = 64 * 1024;
/** Timeout for these bytes, or for all of a shorter body. */
const PEEK_TIMEOUT_MS = 30_000;
const CANCEL_AFTER_MS = 1_000;
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;
const EMPTY = Buffer.alloc(0);
const LENGTH_PATTERN = /^\d{1,15}$/;

/** A request's body of which the beginning has been read. */
export interface PeekedBody {
  head: Buffer;
  /** The rest, unread; null when the head is the whole body. */
  rest: BodyReader | null;
  /** Length of the whole body that the client has announced, where it has and the head is not all of it. */
  announcedBytes?: number | null;
}

export interface PeekOptions {
  limitBytes?: number;
  timeoutMs?: number;
  /** The request's Content-Length, or null. */
  contentLength?: string | null;
}

/**
 * Reads a body to its end or to the limit. Resolves to null when the client leaves.
 *
 * @throws GatewayError 408 on timeout; the connection closes after the response
 */
export function peekBody(
  body: BodyReader | null,
  { limitBytes = PEEK_BYTES, timeoutMs = PEEK_TIMEOUT_MS, contentLength = null }: PeekOptions = {},
): Promise<PeekedBody | null> {
  if (body === null) return Promise.resolve({ head: EMPTY, rest: null });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      cancelLater(body);
      reject(new GatewayError(FAILURES.slow));
    }, timeoutMs);
    const settle = (peeked: PeekedBody | null) => {
      clearTimeout(timer);
      resolve(peeked);
    };
    readHead(body, limitBytes, contentLength).then(settle, () => settle(null));
  });
}

async function readHead(body: BodyReader, limitBytes: number, contentLength: string | null): Promise<PeekedBody> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < limitBytes) {
    const { done, value } = await body.read();
    if (done) return { head: joinChunks(chunks, bytes), rest: null };
    chunks.push(value);
    bytes += value.byteLength;
  }
  const announcedBytes = contentLength !== null && LENGTH_PATTERN.test(contentLength) ? Number(contentLength) : null;
  return { head: joinChunks(chunks, bytes), rest: body, announcedBytes };
}

/**
 * Reads what is left of a body, so that the client has sent all of it when the response arrives and its connection stays usable.
 * Beyond the limits the connection is closed instead.
 */
export async function discardBody(
  { rest }: PeekedBody,
  limitBytes = MAX_DISCARDED_BYTES,
  timeoutMs = PEEK_TIMEOUT_MS,
): Promise<void> {
  if (rest === null) return;
  // Node does not report a connection that closes after its response was sent, so without a timeout this could wait
  // forever.
  const timer = setTimeout(() => cancelLater(rest), timeoutMs).unref();
  try {
    for (let bytes = 0; bytes < limitBytes; ) {
      const { done, value } = await rest.read();
      if (done) return;
      bytes += value.byteLength;
    }
    cancelLater(rest);
  } catch {
    // The client has left.
  } finally {
    clearTimeout(timer);
  }
}

/** Closes a connection on which more would arrive, once the response has had time to leave. */
function cancelLater(body: BodyReader): void {
  setTimeout(() => void body.cancel().catch(() => {}), CANCEL_AFTER_MS).unref();
}

function joinChunks(chunks: Uint8Array[], bytes: number): Buffer {
  const [first] = chunks;
  if (first === undefined) return EMPTY;
  if (chunks.length === 1) return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  return Buffer.concat(chunks, bytes);
}
