import type { ServerResponse } from "node:http";
import type { Counters } from "../counters.ts";
import { ERROR_CODES, type ErrorBody, type Id, RpcError, toErrorBody, toUnavailable } from "../protocol/jsonrpc.ts";
import { sendFailure, sendRpcError } from "./reply.ts";

/** Answers with errors of mcp-host's own, in JSON-RPC's shape, and counts them. */
export class ErrorResponses {
  readonly #counters: Pick<Counters, "errors">;

  constructor(counters: Pick<Counters, "errors">) {
    this.#counters = counters;
  }

  /** The error to answer one of several requests with for what was thrown. */
  toErrorBody(thrown: unknown): ErrorBody {
    this.#counters.errors++;
    return toErrorBody(thrown);
  }

  /** Answers the whole request with this status. */
  refuse(response: ServerResponse, status: number, rpcCode: number, message: string, id: Id | null = null): void {
    this.refuseWith(response, status, { code: rpcCode, message }, id);
  }

  /** The same with an error that says more. */
  refuseWith(response: ServerResponse, status: number, error: ErrorBody, id: Id | null): void {
    this.#counters.errors++;
    sendRpcError(response, status, error, id);
  }

  /** Answers the whole request with what was thrown, which says itself how it shows in HTTP. */
  fail(response: ServerResponse, thrown: unknown, id: Id | null): void {
    sendFailure(response, this.toErrorBody(thrown), id);
  }

  /** Answers with 503: there is too much of something now. */
  busy(response: ServerResponse, message: string, id: Id | null, retryAfterS = 30): void {
    this.fail(response, new RpcError(toUnavailable(message, retryAfterS, { errorCode: ERROR_CODES.transport })), id);
  }
}
