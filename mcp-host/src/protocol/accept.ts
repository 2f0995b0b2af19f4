import type { IncomingMessage } from "node:http";

/** Anything with request headers. */
export type WithHeaders = Pick<IncomingMessage, "headers">;

/** Returns one header's value, several joined as Node joins them. Undefined when absent. */
export function readHeader(request: WithHeaders, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

const ANSWER_TYPES = ["application/json", "text/event-stream"] as const;
type AnswerType = (typeof ANSWER_TYPES)[number];

/** The last Accept header with what it admits: most requests have the same one. */
let lastAccept: { value: string; types: readonly AnswerType[] } = { value: "*/*", types: ANSWER_TYPES };

/** Returns whether an Accept header admits a media type. An absent header admits everything (RFC 9110, 12.5.1). */
export function accepts(request: WithHeaders, type: AnswerType): boolean {
  const value = readHeader(request, "accept");
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
