import { baseName } from "./files.ts";

/** Returns whether a path is a workflow of GitHub Actions. */
export function isWorkflow(path: string): boolean {
  return /^\.github\/workflows\/[^/]{1,200}\.ya?ml$/i.test(path);
}

/** Returns whether a path is GoReleaser's configuration. */
export function isGoReleaser(path: string): boolean {
  return /^\.?goreleaser[\w.-]{0,40}\.ya?ml$/i.test(baseName(path));
}
