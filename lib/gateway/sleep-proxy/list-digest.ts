import { createHash } from "node:crypto";
import { canonicalJson, LIST_CHANGES } from "mcp-host/protocol";
import type { CachedLists } from "../../deployments/deployment-snapshot.ts";

const DIGEST_LENGTH = 16;
const digests = new WeakMap<CachedLists, string>();

/** A short text in which two sets of lists differ where they do: a digest for each notification, in order. */
export function digestLists(cached: CachedLists): string {
  let text = digests.get(cached);
  if (text === undefined) {
    text = LIST_CHANGES.map(({ members }) => digest(members.map((member) => cached[member]))).join(".");
    digests.set(cached, text);
  }
  return text;
}

function digest(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("base64url").slice(0, DIGEST_LENGTH);
}

/**
 * Returns the notifications for changes since the lists of a digest; for every list that the server has when it is
 * null.
 */
export function findListChanges(shown: string | null, cached: CachedLists): string[] {
  const before = shown?.split(".");
  const now = digestLists(cached).split(".");
  return LIST_CHANGES.filter(({ capability }, index) => {
    return capability in cached.handshake.capabilities && before?.[index] !== now[index];
  }).map(({ notification }) => notification);
}

/** Returns the filter name that `subscriptions/listen` (MCP 2026-07-28) uses for a notification. */
export function toListFilter(method: string): string {
  return `${method.split("/")[1]}ListChanged`;
}
