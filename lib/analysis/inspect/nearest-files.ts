import { baseName, type FileSet, folderOf, type TextFile } from "../fetch/files.ts";

/** Returns the matching files of a folder and of those above it, the nearest first. */
export function nearestFiles(set: FileSet, folder: string, matches: (path: string) => boolean): TextFile[] {
  const isAbove = (other: string) => other === "" || other === folder || folder.startsWith(`${other}/`);
  return [...set.files.values()]
    .filter((file) => matches(file.path) && isAbove(folderOf(file.path)))
    .sort((a, b) => folderOf(b.path).length - folderOf(a.path).length || a.path.localeCompare(b.path));
}

/** Returns a test for file names, ignoring case. */
export function hasName(...names: string[]): (path: string) => boolean {
  return (path) => names.includes(baseName(path).toLowerCase());
}
