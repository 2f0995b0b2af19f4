import type { IncomingHttpHeaders } from "node:http";

/** A client's request as far as it was read. */
export interface PeekedRequest {
  method: string;
  headers: IncomingHttpHeaders;
  /** The body; null when it is too long to be one of the requests that are answered here. */
  body: string | null;
}

export interface CachedAnswer {
  status: number;
  headers: Record<string, string>;
  /** Null: there is no body. */
  body: string | null;
  /** The code of the JSON-RPC error that it is. */
  errorCode: number | null;
}
