import type { IncomingMessage } from "node:http";

/** Answers up to this size are taken whole, so that a machine lost in the middle of one becomes an error that can be read. */
export const MAX_BUFFERED_BYTES = 64 * 1024;

/** Accepted, No Content, Reset Content: nothing that follows is an answer. */
export const BODILESS_STATUSES: ReadonlySet<number> = new Set([202, 204, 205]);

/** Whether a body is one JSON object or array from its first to its last character; what is between them is for the client to read. */
export function looksLikeJson(body: Buffer): boolean {
  const text = body.toString("latin1").trim();
  return (text.startsWith("{") && text.endsWith("}")) || (text.startsWith("[") && text.endsWith("]"));
}

/** Takes the little that may follow a head that needs no body, so that the connection can be used again; ends it at more. */
export function discardResponse(incoming: IncomingMessage): void {
  let bytes = 0;
  incoming.on("error", () => {});
  incoming.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BUFFERED_BYTES) incoming.destroy();
  });
}

/** What `new Response` would make of these bytes, without their being copied twice on the way. */
export function toStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

/** A body as a whole; null when it ends before its end. */
export function readWhole(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer> | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.once("end", () => resolve(Buffer.concat(chunks)));
    incoming.once("error", () => resolve(null));
    incoming.once("close", () => resolve(null));
  });
}
