import type { IncomingHttpHeaders } from "node:http";
import type { GatewayRequest } from "../http/exchange.ts";

/** A client's request as far as the gateway has read it. */
export interface PeekedRequest {
  method: string;
  headers: IncomingHttpHeaders;
  /** Id of the access key or connected client that it came with: sessions belong to one. */
  holder: string;
  /** The whole body; null when it is longer than any request that the sleep proxy answers. */
  body: string | null;
}

/** A response that the sleep proxy makes without the machine. */
export interface CachedAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | null;
  /** The code of the JSON-RPC error in the body; null without one. */
  errorCode: number | null;
}

/** @param body the whole body, or null where it does not matter or is too long */
export function toPeekedRequest(
  { method, headers }: GatewayRequest,
  holder: string,
  body: string | null,
): PeekedRequest {
  return { method, headers, holder, body };
}
