import { type FileSet, isForeign, isJavaScript, isOtherSource, isPython, isWithin } from "../fetch/files.ts";

/** Returns whether a folder has code, read or not, other than tests and examples. */
export function hasCode(set: FileSet, folder: string): boolean {
  return set.paths.some(
    (path) => isWithin(folder, path) && !isForeign(path, folder) && (isCode(path) || isOtherCode(path)),
  );
}

function isCode(path: string): boolean {
  return isJavaScript(path) || isPython(path) || isOtherSource(path);
}

/** Sources in languages that the analysis does not read. */
function isOtherCode(path: string): boolean {
  return /\.(zig|c|cc|cpp|cxx|rb|php|exs?|dart|lua|scala|clj|hs|ml|nim|cr|jl|r|pl|fs|vb|min\.js)$/i.test(path);
}
