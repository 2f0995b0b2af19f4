import type { TextFile } from "../fetch/files.ts";
import type { Warning } from "../spec.ts";
import { type Findings, noFindings, warning } from "./findings.ts";

/**
 * Reads one file. Code that is nested so deeply that no recursion can follow it, or that defeats a parser, costs that file
 * alone: it returns the other value then, and adds a warning.
 */
export function readOrSkip<T>(file: TextFile, warnings: Warning[], read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    const name = file.path.replace(/\p{Cc}/gu, "").slice(0, 200);
    warnings.push(warning("file_unreadable", `${name} cannot be read and was left out.`));
    return otherwise;
  }
}

/** Returns a reader of declarations that leaves out a file which it cannot read, with a warning. */
export function tolerant(read: (file: TextFile) => Findings): (file: TextFile) => Findings {
  return (file) => {
    const warnings: Warning[] = [];
    const found = readOrSkip(file, warnings, () => read(file), noFindings());
    return warnings.length === 0 ? found : { ...found, warnings };
  };
}
