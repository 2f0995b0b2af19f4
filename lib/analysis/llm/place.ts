import type { FileSet, TextFile } from "../fetch/files.ts";
import type { ToldPlace } from "./answer.ts";

/** A line that the model named, and that a file which it was shown really has. */
export interface Place {
  file: TextFile;
  /** Counted from 1. */
  lineNumber: number;
  line: string;
  /** "FILE:LINE". */
  where: string;
  /** Returns whether the line has this key as a whole word. */
  has: (key: string) => boolean;
}

const MAX_LINE_LENGTH = 2_000;

/** Finds the line that the model named. Returns null unless a file that it was shown has that text there. */
export function findPlace(told: ToldPlace, files: FileSet, paths: readonly string[]): Place | null {
  if (told.file === null || told.line === null || told.quote === null || !Number.isInteger(told.line)) return null;
  const file = paths.includes(told.file) ? files.files.get(told.file) : undefined;
  const line = file?.text.split("\n", told.line)[told.line - 1]?.slice(0, MAX_LINE_LENGTH);
  const quote = told.quote.trim();
  if (file === undefined || line === undefined || quote.length < 3 || !line.includes(quote)) return null;
  return {
    file,
    lineNumber: told.line,
    line,
    where: `${told.file}:${told.line}`.slice(0, 500),
    has: (key) => hasWord(line, key),
  };
}

/** Returns whether a line has a word with no other letter, digit, underscore or hyphen beside it. */
export function hasWord(line: string, word: string): boolean {
  for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
    const before = line[at - 1] ?? " ";
    const after = line[at + word.length] ?? " ";
    if (!/[\w-]/.test(before) && !/[\w-]/.test(after)) return true;
  }
  return false;
}
