import { accepts, type Classified, classify, LISTS, parseJson } from "mcp-host/protocol";
import type { Connection } from "../deployment.ts";
import { type Agree, legacyAnswer, sessionEnd } from "./legacy.ts";
import { isOfModernEra, modernAnswer } from "./modern.ts";
import type { SessionSeals } from "./session-ids.ts";
import type { AskedRequest, CachedAnswer } from "./types.ts";

/** The methods of JSON-RPC messages that may be answered without the machine. */
const answerable: ReadonlySet<string> = new Set([
  "initialize",
  "notifications/initialized",
  "notifications/cancelled",
  "ping",
  "server/discover",
  ...LISTS.map(({ method }) => method),
]);

/** Whether a request is worth looking at: its HTTP method, and that of the JSON-RPC message in it. */
export function mayBeAnswered(httpMethod: string, mcpMethod: string | null): boolean {
  return httpMethod === "DELETE" || (httpMethod === "POST" && mcpMethod !== null && answerable.has(mcpMethod));
}

/**
 * The answer that mcp-host would give, from what the last handshake with the server gave: while a machine sleeps, clients of both
 * eras connect, look at the lists and leave without waking it. Null for whatever is in any way unusual, which is then for
 * mcp-host itself to judge.
 */
export function answerFromCache(
  asked: AskedRequest,
  connection: Connection,
  seals: SessionSeals,
  agree: Agree,
): CachedAnswer | null {
  const ids = seals.of(connection);
  if (ids === null || connection.cached === null) return null;
  if (asked.method === "DELETE") return sessionEnd(asked.headers, ids);
  const item = asked.body === null || !isJsonExchange(asked) ? null : messageIn(asked.body);
  if (item === null || item.kind === "response") return null;
  if (asked.headers["mcp-session-id"] === undefined && isOfModernEra(asked, item)) {
    return item.kind === "request" ? modernAnswer(asked, item.message, connection.cached) : null;
  }
  return legacyAnswer(asked.headers, item, connection.cached, ids, agree);
}

/** Whether a POST has the media types that a client of MCP sends. */
function isJsonExchange(asked: AskedRequest): boolean {
  const type = asked.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return type === "application/json" && accepts(asked, "application/json");
}

/** The one message that a body is. */
export function messageIn(body: string): Classified | null {
  try {
    return classify(parseJson(body));
  } catch {
    return null;
  }
}
