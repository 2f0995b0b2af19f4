import type { IncomingMessage } from "node:http";
import { clearDeadline, watchDeadline } from "./deadlines.ts";

export type Body = { text: string } | { refused: "too large" | "too slow" | "broken off" | "busy" };

/** Bytes of all request bodies that are being read. One client after the other could otherwise fill the memory. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
let pendingBytes = 0;

/** Bounds a whole body by so many of its longest silences: a client that sends it byte by byte must end too. */
const MAX_SILENCES = 10;

/**
 * Reads a request body. The caller handles the request's errors. `idleMs` bounds the silence between two chunks, ten times that the
 * whole body. Never rejects.
 */
export function readBody(request: IncomingMessage, maxBytes: number, idleMs: number): Promise<Body> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBytes) return Promise.resolve({ refused: "too large" });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const endMs = performance.now() + MAX_SILENCES * idleMs;
    const watched = { dueMs: performance.now() + idleMs, expire: () => done({ refused: "too slow" }) };
    let finished = false;
    const done = (body: Body) => {
      if (finished) return;
      finished = true;
      clearDeadline(watched);
      pendingBytes -= bytes;
      // The request lives as long as its call; its chunks must not.
      chunks.length = 0;
      resolve(body);
    };
    const onData = (chunk: Buffer) => {
      // The answer is on its way. Discard further data until the connection closes.
      if (finished) return;
      watched.dueMs = Math.min(performance.now() + idleMs, endMs);
      bytes += chunk.length;
      pendingBytes += chunk.length;
      if (bytes > maxBytes) return done({ refused: "too large" });
      if (pendingBytes > MAX_PENDING_BYTES + maxBytes) return done({ refused: "busy" });
      chunks.push(chunk);
    };
    const onEnd = () => {
      const [only] = chunks;
      const whole = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
      done({ text: whole.toString("utf8") });
    };
    const onClose = () => done({ refused: "broken off" });
    watchDeadline(watched);
    request.on("data", onData).on("end", onEnd).on("close", onClose);
  });
}

const MAX_DISCARD_BYTES = 64 * 1024 * 1024;
const MAX_DISCARD_MS = 5_000;

/**
 * Discards the rest of a refused body, within bounds. Closing a connection with unread data resets it, and the client would never
 * read the refusal.
 */
export function discardBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(resolve, MAX_DISCARD_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_DISCARD_BYTES) done();
    });
    request.on("end", done).on("close", done);
  });
}
