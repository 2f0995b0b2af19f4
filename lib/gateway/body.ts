/** How much of a request's body is looked at for the call's record. */
export const peekBytes = 64 * 1024;

/** A request's body of which the beginning has been read. */
export interface PeekedBody {
  head: Buffer;
  /** The rest, unread; null when the head is all there is. */
  rest: ReadableStreamDefaultReader<Uint8Array> | null;
}

const empty: PeekedBody = { head: Buffer.alloc(0), rest: null };

/** Reads a body until its end or the limit. Rejects when the client goes away meanwhile. */
export async function peekBody(body: ReadableStream<Uint8Array> | null, limitBytes = peekBytes): Promise<PeekedBody> {
  if (body === null) return empty;
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < limitBytes) {
    const { done, value } = await reader.read();
    if (done) return { head: join(chunks, bytes), rest: null };
    chunks.push(value);
    bytes += value.byteLength;
  }
  return { head: join(chunks, bytes), rest: reader };
}

/**
 * Takes what is left of a body, so that the client has sent all of it by the time the answer comes and its connection stays
 * usable. Gives up at the limit.
 */
export async function discardBody(body: PeekedBody, limitBytes = 16 * 1024 * 1024): Promise<void> {
  let bytes = 0;
  while (body.rest !== null && bytes < limitBytes) {
    const part = await body.rest.read().catch(() => null);
    if (part === null || part.done) return;
    bytes += part.value.byteLength;
  }
}

function join(chunks: Uint8Array[], bytes: number): Buffer {
  const [first] = chunks;
  if (first === undefined) return empty.head;
  if (chunks.length === 1) return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  return Buffer.concat(chunks, bytes);
}
