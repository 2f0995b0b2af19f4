import { isWithin, type TextFile } from "../fetch/files.ts";
import type { RepositoryPackage } from "../inspect/repository-package.ts";

/** Folders with programs of those who develop a package. */
const DEVELOPMENT_FOLDERS = new Set(
  `script scripts experiment experiments spike spikes prototype prototypes research notebook notebooks example examples demo demos
  benchmark benchmarks bench perf eval evals doc docs test tests spec specs ci hack devtools dev-tools build-tools playground
  sandbox website`.split(/\s+/),
);
/** Folders that can also be part of what a package is. */
const PERHAPS_DEVELOPMENT_FOLDERS = new Set(
  `tool tools dev devel infra infrastructure deploy deployment deployments ops terraform docker release releases packaging misc contrib
  migrations`.split(/\s+/),
);

/**
 * Returns the files that are a package's own where no command's file is found: none in a folder of its developers' programs, such as
 * `scripts` or `benchmarks`, unless `src` or a folder of the package's name is around it. All files, where no others are left.
 */
export function ownFiles(sources: readonly TextFile[], unit: RepositoryPackage): TextFile[] {
  const own = sources.filter(({ path }) =>
    foldersAbove(path, unit).every(
      (folder) => !isOfDevelopment(folder) && !PERHAPS_DEVELOPMENT_FOLDERS.has(folder.toLowerCase()),
    ),
  );
  return own.length > 0 ? own : [...sources];
}

/** Returns a program's files without its developers' experiments and benchmarks. All files, where no others are left. */
export function withoutExperiments(sources: readonly TextFile[], folder: string): TextFile[] {
  const own = sources.filter(({ path }) => !foldersAbove(path, { folder, name: "" }).some(isOfDevelopment));
  return own.length > 0 ? own : [...sources];
}

/** The folders of a path above `src` or a folder of the package's name, below the package's own. */
function foldersAbove(path: string, { folder, name }: Pick<RepositoryPackage, "folder" | "name">): string[] {
  const below = folder !== "" && isWithin(folder, path) ? path.slice(folder.length + 1) : path;
  const folders = below.split("/").slice(0, -1);
  const own = plain(name.replace(/^@[^/]*\//, ""));
  const root = folders.findIndex((one) => one === "src" || plain(one) === own);
  return root < 0 ? folders : folders.slice(0, root);
}

function isOfDevelopment(folder: string): boolean {
  return folder.startsWith(".") || DEVELOPMENT_FOLDERS.has(folder.toLowerCase());
}

/** A name without what only parts its words: a package `thing-mcp` lies in a folder `thing_mcp`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, "");
}
