import { dirname, join } from "node:path/posix";
import { baseName, type FileSet, type TextFile } from "../fetch/files.ts";

const MODULE = /^module[ \t]+"?([^\s"]{1,300})"?[ \t]*$/m;
const MAIN = /^package[ \t]+main\b/m;
/** A line of an import declaration: its path stands in quotes at the end, after a name where it has one. */
const IMPORT = /^[ \t]*(?:import[ \t]+)?(?:[\w.]{1,100}[ \t]+)?"([^"\n]{1,300})"[ \t]*$/gm;

/**
 * Returns the Go files of the programs that make the server: their own packages, and those of the repository that they import (Go
 * specification, "Import declarations"). A repository often has other programs beside it, with flags and variables of their own. All files, where
 * no program of the repository makes a server.
 *
 * @param sources the Go files of a folder
 * @param makesServer whether a file has code that makes one
 */
export function goFilesOfServer(
  set: FileSet,
  sources: readonly TextFile[],
  makesServer: (file: TextFile) => boolean,
): readonly TextFile[] {
  const packages = Map.groupBy(sources, ({ path }) => dirname(path));
  const modules = [...set.files.values()]
    .filter(({ path }) => baseName(path) === "go.mod")
    .map(({ path, text }) => ({ folder: dirname(path), name: MODULE.exec(text)?.[1] ?? null }));
  const locate = (imported: string): string | null => {
    for (const { name, folder } of modules) {
      if (name === null || !(imported === name || imported.startsWith(`${name}/`))) continue;
      const path = join(folder, imported.slice(name.length + 1));
      if (packages.has(path)) return path;
    }
    return null;
  };
  const reach = (start: string): Set<string> => {
    const reached = new Set([start]);
    for (const path of reached) {
      for (const { text } of packages.get(path) ?? []) {
        for (const [, imported = ""] of text.matchAll(IMPORT)) {
          const found = locate(imported);
          if (found !== null) reached.add(found);
        }
      }
    }
    return reached;
  };
  const ofServer = new Set<string>();
  for (const [path, files] of packages) {
    if (!files.some(({ text }) => MAIN.test(text))) continue;
    const reached = reach(path);
    if (![...reached].some((each) => packages.get(each)?.some(makesServer))) continue;
    for (const each of reached) ofServer.add(each);
  }
  return ofServer.size === 0 ? sources : sources.filter(({ path }) => ofServer.has(dirname(path)));
}
