import { createHash } from "node:crypto";
import type { IndexAddress } from "./index-address.ts";

const MAX_REDIRECTS = 5;

export class TooLargeError extends Error {}

/** The index rejected the user or password. */
export class IndexRefusedError extends Error {}

export interface IndexAnswer {
  /** Address of the answer after redirects. */
  url: URL;
  contentType: string;
  bytes: Uint8Array;
}

export interface IndexRequest {
  accept: string;
  maxBytes: number;
  signal: AbortSignal;
  /** Expected SHA-256 of the answer, in hexadecimal. */
  sha256?: string | null;
}

/**
 * Fetches a file from a package index or from where it redirects. Requires https, except for the index's own origin,
 * which alone is sent the user and password. Returns null for 404.
 *
 * @throws IndexRefusedError; TooLargeError; Error
 */
export async function getFromIndex(index: IndexAddress, from: URL, request: IndexRequest): Promise<IndexAnswer | null> {
  let url = from;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const isOwn = url.origin === index.url.origin;
    if (!isOwn && (url.protocol !== "https:" || url.username || url.password))
      throw new Error("the package index leads to an address that may not be asked");
    const headers = new Headers({ accept: request.accept, "user-agent": "catwalk" });
    if (isOwn && index.authorization) headers.set("authorization", index.authorization);
    const target = new URL(url);
    target.username = "";
    target.password = "";
    target.hash = "";
    const response = await fetch(target, { headers, redirect: "manual", signal: request.signal });
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      url = new URL(location, target);
      continue;
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      if (response.status === 404 || response.status === 410) return null;
      if (response.status === 401 || response.status === 403) throw new IndexRefusedError("the package index refused");
      throw new Error(`the package index answered with ${response.status}`);
    }
    const bytes = await readBody(response, request.maxBytes);
    if (request.sha256 && createHash("sha256").update(bytes).digest("hex") !== request.sha256.toLowerCase())
      throw new Error("a file of the package index is another than it says");
    return { url: target, contentType: response.headers.get("content-type") ?? "", bytes };
  }
  throw new Error("the package index leads in circles");
}

async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body) {
    // Throwing out of the loop closes the connection.
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxBytes) throw new TooLargeError("the package index says more than is read");
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks);
}
