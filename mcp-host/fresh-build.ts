import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** The built program of a folder that holds this package; null when nothing was built, or a source has changed since. */
export function findFreshBuild(packageFolder: string): string | null {
  const program = join(packageFolder, "dist", "main.js");
  const builtMs = readModifiedMs(program);
  return builtMs !== null && builtMs >= findNewestMs(join(packageFolder, "src")) ? program : null;
}

/** When a file was last written, or a folder's list of files, in ms since 1970; null when there is none. */
function readModifiedMs(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

/** The same of whatever is newest in a folder, itself included; 0 when there is no such folder, as in an image. */
function findNewestMs(folder: string): number {
  const ownMs = readModifiedMs(folder);
  if (ownMs === null) return 0;
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Math.max(ownMs, ...paths.map((path) => readModifiedMs(join(folder, path)) ?? 0));
}
