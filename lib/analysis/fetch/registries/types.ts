import type { FileSet } from "../files.ts";

export type Registry = "npm" | "pypi";

/** What a registry says of one version of a package. */
export interface PackageRecord {
  registry: Registry;
  name: string;
  version: string;
  description: string;
  /** The repository that the package itself names, as it writes it. */
  repository: string | null;
  /** The registry name that the package claims (npm `mcpName`, PyPI's `mcp-name:` in its README). */
  mcpName: string | null;
  /** Names of the commands that it brings; null where the registry does not tell. */
  commands: string[] | null;
  /** Names of the packages that it needs. */
  dependencies: string[];
  license: string | null;
  readme: string;
  /** Only a source distribution is published, so that installing it would run its build. */
  isSourceOnly: boolean;
}

export type Lookup =
  | { status: "found"; record: PackageRecord }
  /** The registry answered that there is no such package, or none of this version. */
  | { status: "absent"; reason: "package" | "version" }
  /** Nothing can be said: the registry or its client is out of reach. */
  | { status: "unknown"; message: string };

/** One package registry, through its ordinary client. */
export interface RegistryClient {
  readonly registry: Registry;
  /** Looks up a version, or the newest when it is null. Does not throw for what a registry can answer. */
  lookup(name: string, version: string | null, signal: AbortSignal): Promise<Lookup>;
  /** The files of a published version. @throws AppError upstream_unavailable */
  read(record: PackageRecord, signal: AbortSignal): Promise<FileSet>;
}
