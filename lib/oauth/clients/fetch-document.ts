import { lookup as dnsLookup } from "node:dns";
import { request } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "./public-address.ts";

const MAX_BYTES = 10 * 1024;
const WITHIN_MS = 5_000;
const MIN_FRESH_S = 5 * 60;
const MAX_FRESH_S = 24 * 60 * 60;

/** Dependencies that tests replace to reach an https server of their own. */
export interface FetchDocumentOptions {
  lookup?: LookupFunction;
  isAllowed?: (address: string) => boolean;
  ca?: string;
}

export interface FetchedDocument {
  json: unknown;
  /** Lifetime in seconds: by Cache-Control, within 5 minutes to a day. */
  freshS: number;
}

/**
 * Fetches a client ID metadata document. The URL is a stranger's word: https only, no redirect is followed, every address that the
 * name resolves to is checked before a connection is made to it (DNS may change its answer between a check and the connection),
 * 10 KB and 5 s at most.
 *
 * @throws Error that says why, without anything of the answer
 */
export async function fetchClientDocument(url: string, options: FetchDocumentOptions = {}): Promise<FetchedDocument> {
  const { isAllowed = isPublicAddress, ca } = options;
  const { hostname } = new URL(url);
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) throw new Error("its host is an address");
  const { promise, resolve, reject } = Promise.withResolvers<FetchedDocument>();
  const outgoing = request(url, {
    agent: false,
    headers: { accept: "application/json", "user-agent": "Catwalk (client ID metadata document)" },
    lookup: guardedLookup(options.lookup ?? dnsLookup, isAllowed),
    signal: AbortSignal.timeout(WITHIN_MS),
    ...(ca !== undefined && { ca }),
  });
  outgoing.on("error", reject);
  outgoing.on("response", (incoming) => {
    incoming.on("error", reject);
    const type = (incoming.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
    if (incoming.statusCode !== 200 || !/^application\/([\w.+-]+\+)?json$/.test(type)) {
      incoming.destroy();
      return reject(new Error(`it answers ${incoming.statusCode} ${type.slice(0, 50)}`));
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= MAX_BYTES) return;
      incoming.destroy();
      reject(new Error(`it is larger than ${MAX_BYTES} bytes`));
    });
    incoming.on("end", () => {
      try {
        const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
        resolve({ json, freshS: freshness(incoming.headers["cache-control"]) });
      } catch {
        reject(new Error("it is not JSON"));
      }
    });
  });
  outgoing.end();
  return promise;
}

/** A lookup that fails unless every address is allowed: one that is not would be tried as well. */
function guardedLookup(lookup: LookupFunction, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      const addresses = Array.isArray(address) ? address.map((entry) => entry.address) : [address];
      if (error === null && !addresses.every(isAllowed)) {
        return callback(new Error("its host is not on the public internet"), "", 0);
      }
      callback(error, address as string, family);
    });
  };
}

function freshness(cacheControl: string | undefined): number {
  if (cacheControl && /(?:^|,)\s*no-(?:store|cache)\b/i.test(cacheControl)) return MIN_FRESH_S;
  const maxAge = Number(/(?:^|,)\s*max-age\s*=\s*"?(\d{1,9})/i.exec(cacheControl ?? "")?.[1] ?? MIN_FRESH_S);
  return Math.min(MAX_FRESH_S, Math.max(MIN_FRESH_S, maxAge));
}
