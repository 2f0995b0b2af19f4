import type { MatchedOperation } from "./document.ts";
import type { Token } from "./tokens.ts";
import type { World } from "./world.ts";

/** A valid request of the API. */
export interface Call {
  operation: MatchedOperation;
  query: URLSearchParams;
  /** Validated against the document; undefined without one. */
  body: unknown;
  /** Header fly-machine-lease-nonce. */
  nonce: string | null;
  token: Token;
  world: World;
  /** Aborts when the client leaves. */
  signal: AbortSignal;
}

export interface ApiResponse {
  status: number;
  /** A JSON value; undefined for no body. */
  body?: unknown;
}

/** Handles one operation. Throws ApiError for every failure. */
export type Handler = (call: Call) => ApiResponse | Promise<ApiResponse>;

/** Returns the value of a placeholder in the path. */
export function readPathParameter(call: Call, name: string): string {
  return call.operation.path[name] ?? "";
}
