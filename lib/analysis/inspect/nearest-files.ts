import { baseName, type FileSet, folderOf, isGuide, isWithin, joinPath, type TextFile } from "../fetch/files.ts";

/** Returns the matching files of a folder and of those above it, the nearest first. */
export function nearestFiles(set: FileSet, folder: string, matches: (path: string) => boolean): TextFile[] {
  const isAbove = (other: string) => other === "" || other === folder || folder.startsWith(`${other}/`);
  return [...set.files.values()]
    .filter((file) => matches(file.path) && isAbove(folderOf(file.path)))
    .sort((a, b) => folderOf(b.path).length - folderOf(a.path).length || a.path.localeCompare(b.path));
}

/** Returns the nearest matching file, in a list of one or none. */
export function nearestOne(set: FileSet, folder: string, matches: (path: string) => boolean): TextFile[] {
  return nearestFiles(set, folder, matches).slice(0, 1);
}

const MAX_GUIDES = 6;

/**
 * Returns documentation pages about installing and configuring, for repositories that keep them out of the README: those in `docs`, and
 * those beside the README of the folder.
 */
export function guides(set: FileSet, folder: string): TextFile[] {
  const isBeside = (path: string) => folderOf(path) === "" || folderOf(path) === folder;
  const isInDocs = (path: string) => isWithin("docs", path) || isWithin(joinPath(folder, "docs"), path);
  const depth = ({ path }: TextFile) => path.split("/").length;
  return [...set.files.values()]
    .filter(({ path }) => isGuide(path) && (isBeside(path) || isInDocs(path)))
    .sort((a, b) => depth(a) - depth(b))
    .slice(0, MAX_GUIDES);
}

/** Returns a test for file names, ignoring case. */
export function hasName(...names: string[]): (path: string) => boolean {
  return (path) => names.includes(baseName(path).toLowerCase());
}
