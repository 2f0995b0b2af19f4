import { isWithin, type TextFile } from "../fetch/files.ts";
import type { RepositoryPackage } from "../inspect/repository-packages.ts";

/** Folders beside a package's code, with programs of those who develop it. */
const DEVELOPMENT_FOLDERS = new Set(
  `script scripts experiment experiments spike spikes prototype prototypes research notebook notebooks example examples demo demos
  benchmark benchmarks bench perf eval evals doc docs test tests spec specs ci hack dev devel dev-tools devtools build-tools tool tools
  infra infrastructure deploy deployment deployments ops terraform docker release releases packaging misc contrib playground sandbox
  migrations website`.split(/\s+/),
);

/**
 * Returns the files that are a package's own where no command's file is found: none in a folder of its developers' programs, such as
 * `scripts` or `benchmarks`, unless `src` or a folder of the package's name is around it. All files, where no others are left.
 */
export function ownFiles(sources: readonly TextFile[], unit: RepositoryPackage): TextFile[] {
  const name = plain(unit.name.replace(/^@[^/]*\//, ""));
  const isOwn = ({ path }: TextFile) => {
    const below = unit.folder !== "" && isWithin(unit.folder, path) ? path.slice(unit.folder.length + 1) : path;
    const folders = below.split("/").slice(0, -1);
    const root = folders.findIndex((folder) => folder === "src" || plain(folder) === name);
    const above = root < 0 ? folders : folders.slice(0, root);
    return !above.some((folder) => folder.startsWith(".") || DEVELOPMENT_FOLDERS.has(folder.toLowerCase()));
  };
  const own = sources.filter(isOwn);
  return own.length > 0 ? own : [...sources];
}

/** A name without what only parts its words: a package `thing-mcp` lies in a folder `thing_mcp`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, "");
}
