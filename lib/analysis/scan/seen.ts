import type { TextFile } from "../fetch/files.ts";
import type { ScanResult } from "./types.ts";

/** What the scan of a server's own code covered, by which a language model's claims about that code are checked. */
export interface Seen {
  /** Files that were scanned. Others belong to other programs. */
  paths: ReadonlySet<string>;
  /** All names that they read, also those of another transport. */
  keys: ReadonlySet<string>;
  /** Names that they read for more than a network transport or a vendor's own hosting. */
  used: ReadonlySet<string>;
  /** Names for which they never have a fallback. */
  bare: ReadonlySet<string>;
}

export const NOTHING_SEEN: Seen = { paths: new Set(), keys: new Set(), used: new Set(), bare: new Set() };

/** Collects what one scan covered. */
export function seenIn({ reads, options }: ScanResult, files: readonly TextFile[]): Seen {
  const withFallback = new Set(reads.filter((read) => read.fallback !== "none").map((read) => read.key));
  return {
    paths: new Set(files.map((file) => file.path)),
    keys: new Set([...reads, ...options].map((one) => one.key)),
    used: new Set(reads.filter((read) => !read.isHosting).map((read) => read.key)),
    bare: new Set(reads.filter((read) => !withFallback.has(read.key)).map((read) => read.key)),
  };
}

/** Joins what the scans of two kinds of code covered. */
export function joinSeen(one: Seen, other: Seen): Seen {
  return {
    paths: new Set([...one.paths, ...other.paths]),
    keys: new Set([...one.keys, ...other.keys]),
    used: new Set([...one.used, ...other.used]),
    bare: new Set([...one.bare, ...other.bare]),
  };
}
