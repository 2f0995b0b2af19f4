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

/** Returns whether a request may be answerable, judged by its HTTP method and its JSON-RPC method. */
export function isAnswerable(httpMethod: string, mcpMethod: string | null): boolean {
  return httpMethod === "DELETE" || (httpMethod === "POST" && mcpMethod !== null && ANSWERABLE_METHODS.has(mcpMethod));
}

/**
 * Returns the answer that mcp-host would give, from the last handshake. So clients of both eras connect, read the lists
 * and leave without waking a suspended machine. Returns null for anything unusual, which mcp-host itself has to judge.
 */
export function answerFromCache(
  asked: PeekedRequest,
  deployment: DeploymentSnapshot,
  sessionIds: DeploymentSessionIds,
  agree: NegotiateVersion,
): CachedAnswer | null {
  const ids = sessionIds.get(deployment, asked.holder);
  if (ids === null || deployment.cached === null) return null;
  if (asked.method === "DELETE") return answerSessionEnd(asked.headers, ids);
  const item = asked.body === null || !isJsonExchange(asked) ? null : readMessage(asked.body);
  if (item === null || item.kind === "response") return null;
  if (asked.headers["mcp-session-id"] === undefined && isModernRequest(asked, item)) {
    return item.kind === "request" ? answerModern(asked, item.message, deployment.cached) : null;
  }
  return answerLegacy(asked.headers, item, deployment.cached, ids, agree);
}

/** Returns whether a POST has the media types that an MCP client sends. */
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
