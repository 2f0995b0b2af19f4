import { createHash } from "node:crypto";
import { canonicalJson } from "../../../mcp-host/src/protocol/json.ts";
import type { CachedLists } from "../deployment.ts";

type ListMember = Exclude<keyof CachedLists, "handshake">;

/** A list that a client can ask for, by MCP method: the server's capability that it takes, and the member of its result. */
export const lists: ReadonlyMap<string, { capability: string; member: ListMember }> = new Map([
  ["tools/list", { capability: "tools", member: "tools" }],
  ["prompts/list", { capability: "prompts", member: "prompts" }],
  ["resources/list", { capability: "resources", member: "resources" }],
  ["resources/templates/list", { capability: "resources", member: "resourceTemplates" }],
]);

/** What a change of a list is told with. */
const notifications = [
  { method: "notifications/tools/list_changed", capability: "tools", members: ["tools"] },
  { method: "notifications/prompts/list_changed", capability: "prompts", members: ["prompts"] },
  {
    method: "notifications/resources/list_changed",
    capability: "resources",
    members: ["resources", "resourceTemplates"],
  },
] as const;

const digestLength = 16;
const digests = new WeakMap<CachedLists, string>();

/** A short text in which two sets of lists differ where they do: a digest for each notification, in order. */
export function fingerprint(cached: CachedLists): string {
  let text = digests.get(cached);
  if (text === undefined) {
    text = notifications.map(({ members }) => digest(members.map((member) => cached[member]))).join(".");
    digests.set(cached, text);
  }
  return text;
}

function digest(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("base64url").slice(0, digestLength);
}

/**
 * The notifications that tell a client of what has changed since it was shown the lists of that fingerprint; of every list that
 * the server has when that is null.
 */
export function changesSince(shown: string | null, cached: CachedLists): string[] {
  const before = shown?.split(".");
  const now = fingerprint(cached).split(".");
  return notifications
    .filter(({ capability }, index) => {
      return capability in cached.handshake.capabilities && before?.[index] !== now[index];
    })
    .map(({ method }) => method);
}

/** What `subscriptions/listen` (MCP 2026-07-28) calls the change that a notification tells of. */
export function listFilterOf(method: string): string {
  return `${method.split("/")[1]}ListChanged`;
}
