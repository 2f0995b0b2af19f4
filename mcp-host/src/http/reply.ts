import type { IncomingMessage, ServerResponse } from "node:http";
import { type ErrorBody, errorResponse, type HttpForm, httpForm, type Id } from "../protocol/jsonrpc.ts";

/** Answers with JSON, unless an answer has begun or nobody waits for one. */
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

/** Answers with an error in JSON-RPC's shape, as everything under /mcp does. */
export function sendRpcError(
  response: ServerResponse,
  status: number,
  error: ErrorBody,
  id: Id | null = null,
  headers: Record<string, string> = {},
): void {
  sendJson(response, status, JSON.stringify(errorResponse(id, error)), headers);
}

export function headersOf(form: HttpForm | null): Record<string, string> {
  return form?.retryAfterS === undefined ? {} : { "retry-after": String(form.retryAfterS) };
}

/** Answers with an error that says itself how it shows in HTTP; 200 when it does not. */
export function sendFailure(response: ServerResponse, error: ErrorBody, id: Id | null): void {
  const form = error[httpForm] ?? null;
  sendRpcError(response, form?.status ?? 200, error, id, headersOf(form));
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

/** What the headers of a request are read from. */
export type WithHeaders = Pick<IncomingMessage, "headers">;

/** One header's value; several are joined as Node joins them. Undefined when absent. */
export function header(request: WithHeaders, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

const ANSWER_TYPES = ["application/json", "text/event-stream"] as const;
type AnswerType = (typeof ANSWER_TYPES)[number];

/** The last Accept header with what it admits: most requests have the same. */
let lastAccept: { value: string; types: readonly AnswerType[] } = { value: "*/*", types: ANSWER_TYPES };

/** Whether an Accept header admits a media type. An absent header admits everything (RFC 9110, 12.5.1). */
export function accepts(request: WithHeaders, type: AnswerType): boolean {
  const value = header(request, "accept");
  if (value === undefined || value.trim() === "") return true;
  if (value !== lastAccept.value) lastAccept = { value, types: ANSWER_TYPES.filter((each) => admits(value, each)) };
  return lastAccept.types.includes(type);
}

function admits(accept: string, type: AnswerType): boolean {
  const [major] = type.split("/");
  return accept.split(",").some((item) => {
    const [range, ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    if (parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))) return false;
    return range === type || range === "*/*" || range === `${major}/*`;
  });
}
