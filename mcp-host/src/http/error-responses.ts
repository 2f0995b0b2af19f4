import type { ServerResponse } from "node:http";
import type { Counters } from "../counters.ts";
import { ERROR_CODES, type ErrorBody, type Id, RpcError, toErrorBody, toUnavailable } from "../protocol/jsonrpc.ts";
import { sendFailure, sendRpcError } from "./reply.ts";

/** Answers with mcp-host's own errors, in JSON-RPC's shape, and counts them. */
export class ErrorResponses {
  readonly #counters: Pick<Counters, "errors">;

  constructor(counters: Pick<Counters, "errors">) {
    this.#counters = counters;
  }

  /** Returns the error for one of several requests and counts it. */
  toErrorBody(thrown: unknown): ErrorBody {
    this.#counters.errors++;
    return toErrorBody(thrown);
  }

  /** Answers the whole request with this status. */
  refuse(response: ServerResponse, status: number, rpcCode: number, message: string, id: Id | null = null): void {
    this.refuseWith(response, status, { code: rpcCode, message }, id);
  }

  /** Answers the whole request with this status and an error that can carry data. */
  refuseWith(response: ServerResponse, status: number, error: ErrorBody, id: Id | null): void {
    this.#counters.errors++;
    sendRpcError(response, status, error, id);
  }

  /** Answers the whole request with what was thrown. An error that mcp-host made carries its HTTP status. */
  fail(response: ServerResponse, thrown: unknown, id: Id | null): void {
    sendFailure(response, this.toErrorBody(thrown), id);
  }

  /** Answers with 503: a limit is reached now. */
  busy(response: ServerResponse, message: string, id: Id | null, retryAfterS = 30): void {
    this.fail(response, new RpcError(toUnavailable(message, retryAfterS, { errorCode: ERROR_CODES.transport })), id);
  }
}
