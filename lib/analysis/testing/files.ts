import type { FileSet } from "../fetch/files.ts";

/** Creates a source in memory. */
export function fileSet(files: Record<string, string>): FileSet {
  return {
    paths: Object.keys(files),
    files: new Map(Object.entries(files).map(([path, text]) => [path, { path, text, isCut: false }])),
    warnings: [],
  };
}
