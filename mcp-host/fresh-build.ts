import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Returns the built program of a folder that holds this package, or null when nothing was built or a source is newer. */
export function findFreshBuild(packageFolder: string): string | null {
  const program = join(packageFolder, "dist", "main.js");
  const builtMs = readModifiedMs(program);
  return builtMs !== null && builtMs >= findNewestMs(join(packageFolder, "src")) ? program : null;
}

/** Returns when a file, or the list of files in a folder, was last written, in ms since 1970. Null when it does not exist. */
function readModifiedMs(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

/**
 * Returns when the newest file of a folder was last written, in ms since 1970. 0 when the folder does not exist, as in an image.
 */
function findNewestMs(folder: string): number {
  const ownMs = readModifiedMs(folder);
  if (ownMs === null) return 0;
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Math.max(ownMs, ...paths.map((path) => readModifiedMs(join(folder, path)) ?? 0));
}
