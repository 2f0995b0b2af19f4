import type { MatchedOperation } from "./document.ts";
import type { Token } from "./tokens.ts";
import type { World } from "./world.ts";

/** One request of the API that was found in order. */
export interface Call {
  operation: MatchedOperation;
  query: URLSearchParams;
  /** Held against the document before; undefined without one. */
  body: unknown;
  /** Header fly-machine-lease-nonce. */
  nonce: string | null;
  token: Token;
  world: World;
  /** Aborts when the client is gone. */
  signal: AbortSignal;
}

export interface ApiResponse {
  status: number;
  /** JSON; nothing where it is left out. */
  body?: unknown;
}

/** Throws ApiError for whatever is no success. */
export type Handler = (call: Call) => ApiResponse | Promise<ApiResponse>;

/** The value of one of the path's placeholders. */
export function readPathParameter(call: Call, name: string): string {
  return call.operation.path[name] ?? "";
}
