import type { ServerResponse } from "node:http";
import { type ErrorBody, HTTP_FORM, type HttpForm, type Id, toErrorResponse } from "../protocol/jsonrpc.ts";

/** Answers with JSON, unless an answer has begun or the client is gone. */
export function sendJson(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.closed) return;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    ...headers,
  });
  response.end(text);
}

/** Answers with an error in JSON-RPC's shape, as every route under /mcp does. */
export function sendRpcError(
  response: ServerResponse,
  status: number,
  error: ErrorBody,
  id: Id | null = null,
  headers: Record<string, string> = {},
): void {
  sendJson(response, status, JSON.stringify(toErrorResponse(id, error)), headers);
}

export function toHeaders(form: HttpForm | null): Record<string, string> {
  return form?.retryAfterS === undefined ? {} : { "retry-after": String(form.retryAfterS) };
}

/** Answers with an error in the HTTP form that it carries, or with 200. */
export function sendFailure(response: ServerResponse, error: ErrorBody, id: Id | null): void {
  const form = error[HTTP_FORM] ?? null;
  sendRpcError(response, form?.status ?? 200, error, id, toHeaders(form));
}

/** Answers with an error on a route that does not speak JSON-RPC. */
export function sendError(
  response: ServerResponse,
  status: number,
  error: { code: string; message: string },
  headers: Record<string, string> = {},
): void {
  sendJson(response, status, JSON.stringify({ error }), headers);
}
