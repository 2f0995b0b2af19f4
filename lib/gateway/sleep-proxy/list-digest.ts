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
 * The notifications that tell a client of what has changed since it was shown the lists of that fingerprint; of every list that
 * the server has when that is null.
 */
export function findListChanges(shown: string | null, cached: CachedLists): string[] {
  const before = shown?.split(".");
  const now = digestLists(cached).split(".");
  return LIST_CHANGES.filter(({ capability }, index) => {
    return capability in cached.handshake.capabilities && before?.[index] !== now[index];
  }).map(({ notification }) => notification);
}

/** What `subscriptions/listen` (MCP 2026-07-28) calls the change that a notification tells of. */
export function toListFilter(method: string): string {
  return `${method.split("/")[1]}ListChanged`;
}
