import { createHash } from "node:crypto";
import type { GitHubSettings } from "../settings/github.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import { processWide } from "../util/process-wide.ts";
import type { Source } from "./source.ts";
import type { Analysis } from "./spec.ts";

const MAX_ENTRIES = 500;
/** A person who has just pushed a commit waits at most this long for it, or has the source read again. */
const FRESH_MS = 60_000;

interface Entry {
  source: Analysis["source"];
  untilMs: number;
}

function entries(): BoundedMap<string, Entry> {
  return processWide("located-sources", () => new BoundedMap<string, Entry>(MAX_ENTRIES));
}

/** A repository that is private for one token must not be known to another. */
function keyOf(source: Source, { apiUrl, token }: GitHubSettings): string {
  const reader = createHash("sha256")
    .update(JSON.stringify([apiUrl, token]))
    .digest("base64url");
  return JSON.stringify([source.kind, source.canonical, reader]);
}

/** Keeps where a source was found, with its revision. */
export function keepLocated(source: Source, gitHub: GitHubSettings, found: Analysis["source"]): void {
  entries().set(keyOf(source, gitHub), { source: found, untilMs: performance.now() + FRESH_MS });
}

/**
 * Returns where a source was found within the last minute, so that a second look at it waits for no upstream. Null when
 * that is not known.
 */
export function findLocated(source: Source, gitHub: GitHubSettings): Analysis["source"] | null {
  const entry = entries().get(keyOf(source, gitHub));
  return entry && entry.untilMs > performance.now() ? entry.source : null;
}
