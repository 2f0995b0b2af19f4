import type { MachineResponse } from "../machines/machine-response.ts";

/** Responses up to this size are read whole, so that the loss of the machine in the middle becomes an error that the client can read. */
export const MAX_BUFFERED_BYTES = 64 * 1024;

/** Accepted, No Content and Reset Content have no body. */
export const BODILESS_STATUSES: ReadonlySet<number> = new Set([202, 204, 205]);

/**
 * Returns whether a body looks like one JSON object or array, by its first and last character. The client parses the
 * rest.
 */
export function looksLikeJson(body: Buffer): boolean {
  let first = 0;
  let last = body.length - 1;
  while (first < last && isSpace(body[first])) first++;
  while (last > first && isSpace(body[last])) last--;
  return (body[first] === 0x7b && body[last] === 0x7d) || (body[first] === 0x5b && body[last] === 0x5d);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

/** Drains what follows the head of a response without a body, so that the connection can be used again. Closes it past 64 KB. */
export function discardResponse(incoming: MachineResponse): void {
  let bytes = 0;
  incoming.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BUFFERED_BYTES) incoming.destroy();
  });
}

/** Reads a whole body. Resolves to null when the connection closes before its end. */
export function readWhole(incoming: MachineResponse): Promise<Buffer | null> {
  const arrived = incoming.takeWhole();
  if (arrived !== null) return Promise.resolve(arrived);
  return new Promise((resolve) => {
    let first: Buffer | null = null;
    let chunks: Buffer[] | null = null;
    incoming.on("data", (chunk: Buffer) => {
      if (first === null) first = chunk;
      else if (chunks === null) chunks = [first, chunk];
      else chunks.push(chunk);
    });
    incoming.once("end", () => resolve(chunks === null ? (first ?? Buffer.alloc(0)) : Buffer.concat(chunks)));
    incoming.once("close", () => resolve(null));
  });
}
