import {
  baseName,
  type FileSet,
  folderOf,
  isForeign,
  isPython,
  isWithin,
  joinPath,
  type TextFile,
} from "../fetch/files.ts";
import type { RepositoryPackage } from "./repository-package.ts";
import { sourcesOf } from "./repository-packages.ts";

const MAX_FOLDERS = 8;
const IMPORT =
  /^[ \t]{0,80}(?:from[ \t]{1,8}(\w{1,100})(?:\.[\w.]{0,200})?[ \t]{1,8}import|import[ \t]{1,8}(\w{1,100}))/gm;

/**
 * Finds the folders of modules beside a Python package that its code imports, and those that these import: a server in `src/thing_mcp` that
 * serves what `src/core` does. An image copies them next to each other, or PYTHONPATH has the folder above.
 */
export function modulesBeside(
  set: FileSet,
  unit: RepositoryPackage,
  units: readonly RepositoryPackage[],
): RepositoryPackage[] {
  if (unit.registry !== "pypi" || unit.folder === "") return [];
  const above = foldersAbove(unit.folder);
  const beside = new Map<string, string>();
  for (const { path } of set.files.values()) {
    const at = isPython(path) && !isForeign(path) ? above.find((folder) => isWithin(folder, path)) : undefined;
    const name = at === undefined ? undefined : path.slice(at === "" ? 0 : at.length + 1).split("/")[0];
    if (at === undefined || name === undefined) continue;
    const folder = joinPath(at, name);
    if (folder !== path && !isWithin(folder, unit.folder) && !beside.has(name)) beside.set(name, folder);
  }
  const own = sourcesOf(set, unit, units);
  const known = new Set([baseName(unit.folder), ...own.flatMap(({ path }) => namesOnWay(path, unit.folder))]);
  const found = new Map<string, RepositoryPackage>();
  const queue = [own];
  for (let files = queue.shift(); files; files = queue.shift())
    for (const name of importedNames(files)) {
      const folder = beside.get(name);
      if (folder === undefined || known.has(name) || found.has(name) || found.size >= MAX_FOLDERS) continue;
      const module: RepositoryPackage = { ...unit, folder, name, commands: [], dependencies: [], path: folder };
      found.set(name, { ...module, isServer: false });
      queue.push(sourcesOf(set, module, units));
    }
  return [...found.values()];
}

/** The folders above one, the nearest first. */
function foldersAbove(folder: string): string[] {
  const above: string[] = [];
  for (let at = folder; at !== ""; at = folderOf(at)) above.push(folderOf(at));
  return above;
}

/** What a file can be imported by from its package: the names of its folders, and its own. */
function namesOnWay(path: string, folder: string): string[] {
  return path
    .slice(folder.length + 1)
    .replace(/\.py$/, "")
    .split("/");
}

function importedNames(files: readonly TextFile[]): Set<string> {
  const names = new Set<string>();
  for (const { text } of files) for (const [, from, plain] of text.matchAll(IMPORT)) names.add(from ?? plain ?? "");
  return names;
}
