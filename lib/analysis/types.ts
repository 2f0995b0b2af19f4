import type { FileSet } from "./fetch/files.ts";
import type { PackageRecord, Registry, RegistryClient } from "./fetch/registries/types.ts";
import type { Report } from "./progress.ts";
import type { Seen } from "./scan/seen.ts";
import type { Analysis } from "./spec.ts";

/** An analysis before it is stored. */
export type Draft = Omit<Analysis, "id">;

/** What reading a source needs from outside: where GitHub is, the registries, the way to report progress, and when to give up. */
export interface AnalysisContext {
  gitHub: { apiUrl: string; token: string | null };
  fetch: typeof globalThis.fetch;
  registries: Record<Registry, RegistryClient>;
  signal: AbortSignal;
  report: Report;
}

/** What is inspected, apart from its files. */
export interface Subject {
  source: Analysis["source"];
  /** Folder that is meant, "" for the root. */
  folder: string;
  /** "owner/name" of the repository in lower case, or null for a package. */
  slug: string | null;
  description: string;
  /** The package's registry record, when the source is a package. */
  record: PackageRecord | null;
}

/** Result of inspecting the files of a source. */
export interface Inspected {
  draft: Draft;
  /** The files that were read: the source's, or those of the package that it leads to. */
  files: FileSet;
  /** Keys without which the code itself fails. */
  demanded: ReadonlySet<string>;
  /** What the scan of the server's own code covered. */
  seen: Seen;
}
