import { accepts, type Classified, classify, LISTS, parseJson } from "mcp-host/protocol";
import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import { answerLegacy, answerSessionEnd, type NegotiateVersion } from "./legacy.ts";
import { answerModern, isModernRequest } from "./modern.ts";
import type { DeploymentSessionIds } from "./session-ids.ts";
import type { CachedAnswer, PeekedRequest } from "./types.ts";

/** The methods of JSON-RPC messages that may be answered without the machine. */
const ANSWERABLE_METHODS: ReadonlySet<string> = new Set([
  "initialize",
  "notifications/initialized",
  "notifications/cancelled",
  "ping",
  "server/discover",
  ...LISTS.map(({ method }) => method),
]);

/** Whether a request is worth looking at: its HTTP method, and that of the JSON-RPC message in it. */
export function isAnswerable(httpMethod: string, mcpMethod: string | null): boolean {
  return httpMethod === "DELETE" || (httpMethod === "POST" && mcpMethod !== null && ANSWERABLE_METHODS.has(mcpMethod));
}

/**
 * The answer that mcp-host would give, from what the last handshake with the server gave: while a machine sleeps, clients of both
 * eras connect, look at the lists and leave without waking it. Null for whatever is in any way unusual, which is then for
 * mcp-host itself to judge.
 */
export function answerFromCache(
  asked: PeekedRequest,
  deployment: DeploymentSnapshot,
  sessionIds: DeploymentSessionIds,
  agree: NegotiateVersion,
): CachedAnswer | null {
  const ids = sessionIds.get(deployment);
  if (ids === null || deployment.cached === null) return null;
  if (asked.method === "DELETE") return answerSessionEnd(asked.headers, ids);
  const item = asked.body === null || !isJsonExchange(asked) ? null : readMessage(asked.body);
  if (item === null || item.kind === "response") return null;
  if (asked.headers["mcp-session-id"] === undefined && isModernRequest(asked, item)) {
    return item.kind === "request" ? answerModern(asked, item.message, deployment.cached) : null;
  }
  return answerLegacy(asked.headers, item, deployment.cached, ids, agree);
}

/** Whether a POST has the media types that a client of MCP sends. */
function isJsonExchange(asked: PeekedRequest): boolean {
  const type = asked.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return type === "application/json" && accepts(asked, "application/json");
}

/** The one message that a body is. */
export function readMessage(body: string): Classified | null {
  try {
    return classify(parseJson(body));
  } catch {
    return null;
  }
}
