import { baseName, type FileSet, isForeign, isSettingsFile, isWithin, type TextFile } from "../fetch/files.ts";
import { isEnvName, isTransportName } from "../inputs/input-names.ts";
import type { Read } from "./types.ts";

const MAX_READS = 200;
const MAX_LINE = 500;

/** Code that puts variables in place of their names: a pattern for `${NAME}`, or a function that does so. */
const EXPANDS =
  /\\\$(?:\\)?\{|["'`]\$\{["'`]|\bexpandvars\b|\bExpandEnv\b|\bos\.Expand\(|\benvsubst\b|\bshellexpand::|\bpyaml_env\b|\bEnvYAML\b|\boc\.env\b|\bOmegaConf\b|\bsubstitute_env|\bexpand_?[eE]nv/i;
const READS_VARIABLES =
  /\bos\.environ\b|\bgetenv\b|\bprocess\.env\b|\bos\.(?:Getenv|LookupEnv|Expand)|\benv::var|\bexpandvars\b|\bEnvYAML\b|\boc\.env\b|\bshellexpand::|\bpyaml_env\b/i;

/**
 * Reads the variables that a server's own file of settings names, where its code loads that file and puts the variables in: `${NAME}`,
 * `${NAME:default}`, `${NAME:-default}`.
 *
 * @param folder the server's folder
 * @param sources the code that the server runs
 */
export function readSettingsFiles(set: FileSet, folder: string, sources: readonly TextFile[]): Read[] {
  const reads: Read[] = [];
  if (!sources.some(({ text }) => EXPANDS.test(text) && READS_VARIABLES.test(text))) return reads;
  for (const file of set.files.values()) {
    if (!isSettingsFile(file.path) || !isWithin(folder, file.path) || isForeign(file.path, folder)) continue;
    const name = baseName(file.path);
    if (sources.some(({ text }) => text.includes(name))) reads.push(...readsIn(file));
    if (reads.length >= MAX_READS) break;
  }
  return reads.slice(0, MAX_READS);
}

function readsIn(file: TextFile): Read[] {
  return file.text.split("\n").flatMap((whole, index) => {
    const line = whole.slice(0, MAX_LINE);
    if (/^\s*#/.test(line)) return [];
    const found = [...line.matchAll(/\$\{([A-Z][A-Z0-9_]{1,99})(?::[-=]?([^{}]{0,200}))?\}/g)];
    return found.flatMap(([, key = "", given]): Read[] => {
      const fallback = given?.trim().replace(/^(["'])(.*)\1$/, "$2");
      return isEnvName(key) && !isTransportName(key)
        ? [
            {
              key,
              path: file.path,
              line: index + 1,
              // `${NAME:}` is empty without it, and `${NAME}` whatever the code makes of that.
              fallback: fallback ? "literal" : given === undefined ? "none" : "computed",
              value: fallback || null,
              isHosting: false,
              comment: null,
            },
          ]
        : [];
    });
  });
}
