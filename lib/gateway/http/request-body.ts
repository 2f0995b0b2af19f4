import { FAILURES, GatewayError, isGatewayError } from "../errors.ts";

/** How much of a request's body is looked at for the call's record. */
const PEEK_BYTES = 64 * 1024;
/** How long that much of a body, or all of a shorter one, may take to come. */
const PEEK_TIMEOUT_MS = 30_000;
const CANCEL_AFTER_MS = 1_000;

/** A request's body of which the beginning has been read. */
export interface PeekedBody {
  head: Buffer;
  /** The rest, unread; null when the head is all there is. */
  rest: ReadableStreamDefaultReader<Uint8Array> | null;
}

export interface PeekOptions {
  limitBytes?: number;
  timeoutMs?: number;
}

const EMPTY = Buffer.alloc(0);

/**
 * Reads a body until its end or the limit. Null when the client goes away meanwhile.
 *
 * @throws GatewayError 408 when it takes too long; the connection ends after the answer
 */
export async function peekBody(
  body: ReadableStream<Uint8Array> | null,
  { limitBytes = PEEK_BYTES, timeoutMs = PEEK_TIMEOUT_MS }: PeekOptions = {},
): Promise<PeekedBody | null> {
  if (body === null) return { head: EMPTY, rest: null };
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new GatewayError(FAILURES.slow)), timeoutMs);
  try {
    while (bytes < limitBytes) {
      const { done, value } = await Promise.race([reader.read(), timeout]);
      if (done) return { head: joinChunks(chunks, bytes), rest: null };
      chunks.push(value);
      bytes += value.byteLength;
    }
    return { head: joinChunks(chunks, bytes), rest: reader };
  } catch (error) {
    if (!isGatewayError(error)) return null;
    cancelLater(reader);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Takes what is left of a body, so that the client has sent all of it by the time the answer comes and its connection stays
 * usable. Beyond the limits the connection is ended instead.
 */
export async function discardBody(
  { rest }: PeekedBody,
  limitBytes = 16 * 1024 * 1024,
  timeoutMs = PEEK_TIMEOUT_MS,
): Promise<void> {
  if (rest === null) return;
  // Node tells nobody when a connection closes after its answer has gone out; without the time this would wait for ever.
  const timer = setTimeout(() => cancelLater(rest), timeoutMs).unref();
  try {
    for (let bytes = 0; bytes < limitBytes; ) {
      const { done, value } = await rest.read();
      if (done) return;
      bytes += value.byteLength;
    }
    cancelLater(rest);
  } catch {
    // The client has gone.
  } finally {
    clearTimeout(timer);
  }
}

/** Ends a connection on which more would come, once the answer has had time to leave. */
function cancelLater(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  setTimeout(() => void reader.cancel().catch(() => {}), CANCEL_AFTER_MS).unref();
}

function joinChunks(chunks: Uint8Array[], bytes: number): Buffer {
  const [first] = chunks;
  if (first === undefined) return EMPTY;
  if (chunks.length === 1) return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  return Buffer.concat(chunks, bytes);
}
