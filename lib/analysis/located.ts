import { createHash } from "node:crypto";
import type { GitHubSettings } from "../settings/github.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import { processWide } from "../util/process-wide.ts";
import type { Source } from "./source.ts";
import type { Analysis } from "./spec.ts";

const MAX_ENTRIES = 500;
/** For this long no upstream is asked again where a source was found. */
const FRESH_MS = 60_000;
/** For this long a known result is shown at once, and the upstream is asked meanwhile for the next time. */
const KNOWN_MS = 10 * 60_000;

interface Entry {
  source: Analysis["source"];
  foundMs: number;
  /** When the upstream was asked last, whether or not its answer is there yet. */
  askedMs: number;
}

/** Where a source was found. */
export interface Found {
  source: Analysis["source"];
  /** So recently that it need not be asked again. */
  isFresh: boolean;
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
  const nowMs = Date.now();
  entries().set(keyOf(source, gitHub), { source: found, foundMs: nowMs, askedMs: nowMs });
}

/** Notes that the upstream is being asked where a source is, so that further looks do not ask as well. */
export function noteAsked(source: Source, gitHub: GitHubSettings): void {
  const entry = entries().get(keyOf(source, gitHub));
  if (entry) entry.askedMs = Date.now();
}

/** Forgets where a source was found. */
export function forgetLocated(source: Source, gitHub: GitHubSettings): void {
  entries().delete(keyOf(source, gitHub));
}

/**
 * Returns where a source was found within the last ten minutes, so that a second look at it waits for no upstream. Null when that
 * is not known.
 */
export function findLocated(source: Source, gitHub: GitHubSettings): Found | null {
  const entry = entries().get(keyOf(source, gitHub));
  if (!entry || Date.now() - entry.foundMs >= KNOWN_MS) return null;
  return { source: entry.source, isFresh: Date.now() - entry.askedMs < FRESH_MS };
}
