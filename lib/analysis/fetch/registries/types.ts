import type { FileSet } from "../files.ts";

export type Registry = "npm" | "pypi";

/** One version of a package, as its registry describes it. */
export interface PackageRecord {
  registry: Registry;
  name: string;
  version: string;
  description: string;
  /** The repository that the package names, verbatim. */
  repository: string | null;
  /** The registry name that the package claims (npm `mcpName`, PyPI's `mcp-name:` in its README). */
  mcpName: string | null;
  /** Names of the package's commands. Null when the registry does not say. */
  commands: string[] | null;
  /** Names of the packages that it depends on. */
  dependencies: string[];
  license: string | null;
  readme: string;
  /** When its first version was published, as ISO 8601, where the registry's client says so. */
  publishedAt?: string | null;
  /** Only a source distribution is published, so installing it would run its build. */
  isSourceOnly: boolean;
}

export type Lookup =
  | { status: "found"; record: PackageRecord }
  /** The registry has no such package, or not this version. */
  | { status: "absent"; reason: "package" | "version" }
  /** Unknown: the registry or its client is out of reach. */
  | { status: "unknown"; message: string };

/** A package registry, reached through its ordinary client. */
export interface RegistryClient {
  readonly registry: Registry;
  /** Looks up a version, or the newest when it is null. Every answer of the registry is a result; none throws. */
  lookup(name: string, version: string | null, signal: AbortSignal): Promise<Lookup>;
  /**
   * Reads the files of a published version.
   *
   * @throws AppError upstream_unavailable
   */
  read(record: PackageRecord, signal: AbortSignal): Promise<FileSet>;
}
