import type { Compatibility } from "./compatibility.ts";
import type { EntryPoint } from "./spec.ts";

/** Bounds and rights of an install. */
export interface InstallPolicy {
  /**
   * Packages whose install scripts run, by name. Null: all. For PyPI, an empty list forbids to build packages from source.
   */
  scripts: readonly string[] | null;
  /** Disk space in bytes that an install may take while it runs. */
  maxBytes: number;
  /** First and last id of users, one of which is chosen to run the code of packages. Null: mcp-host's own user. */
  users: readonly [first: number, last: number] | null;
}

/**
 * What was installed for a package, with the hash of every file that was downloaded. With it, a later install gets the same bytes or
 * fails.
 */
export interface PackageLock {
  /** The package, as `describePackage` writes it. A lock of another version does not count. */
  package: string;
  /** npm: its package-lock.json. PyPI: requirements with hashes, as pip and uv read them. */
  content: string;
  /** PyPI: version of Python and platform, where the hashes are of files for these alone. Null: of every file of a version. */
  platform: string | null;
}

/** What a registry's installer needs. */
export interface InstallContext {
  /** What to start of the package. */
  entry: EntryPoint;
  /** mcp-host's own environment. A package client gets the part that concerns it. */
  env: Record<string, string | undefined>;
  /** Absent: all scripts run, as mcp-host's own user, in 4 GiB. */
  policy?: InstallPolicy;
  /** What an earlier install of this version got. Absent or null: the tree is resolved. */
  lock?: PackageLock | null;
  /** Installs without a lock are shared only where this is the same. */
  resolution?: string;
  /** File that tells which installed folder is in use, where packages are shared. */
  useFile?: string | null;
  /** Bounds for a Python package whose newest dependencies broke it. Absent or null: none. */
  compatibility?: Compatibility | null;
  onLine: (line: string) => void;
}

/** How to start the installed program. */
export interface InstallResult {
  command: string;
  args: string[];
  /** What install scripts have left in their HOME, which the server is to find in its own. */
  home: string;
  /** What was installed, with hashes; null when they could not be learned. */
  lock: PackageLock | null;
  /** It was installed before. */
  isCached: boolean;
}
