import { baseName, type FileSet, folderOf, type TextFile } from "../fetch/files.ts";

/** The matching files of a folder and of the folders above it, the nearest first. */
export function nearestFiles(set: FileSet, folder: string, matches: (path: string) => boolean): TextFile[] {
  const isAbove = (other: string) => other === "" || other === folder || folder.startsWith(`${other}/`);
  return [...set.files.values()]
    .filter((file) => matches(file.path) && isAbove(folderOf(file.path)))
    .sort((a, b) => folderOf(b.path).length - folderOf(a.path).length || a.path.localeCompare(b.path));
}

/** Tests for one of some file names, in any case. */
export function hasName(...names: string[]): (path: string) => boolean {
  return (path) => names.includes(baseName(path).toLowerCase());
}
