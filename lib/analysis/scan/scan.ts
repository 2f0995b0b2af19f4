import type { FileSet, TextFile } from "../files.ts";
import { type Findings, noFindings } from "../finding.ts";
import type { Unit } from "../units.ts";

/** Reads what the server's own source needs of its environment and its command line. */
export async function scanSources(
  _set: FileSet,
  _sources: TextFile[],
  _unit: Unit | null,
  _all: Unit[],
  _signal: AbortSignal,
): Promise<Findings> {
  return noFindings();
}
