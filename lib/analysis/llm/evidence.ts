import { type FileSet, isEnvExample, isForeign, isGuide, isReadme } from "../fetch/files.ts";
import type { Seen } from "../scan/seen.ts";
import type { Draft } from "../types.ts";
import type { ToldPlace } from "./answer.ts";
import { isCode } from "./code-names.ts";
import { findPlace, hasWord, type Place } from "./place.ts";

/** Facts that the files settle and no answer can change. */
export interface Settled {
  /** Keys without which the code fails. */
  demanded: ReadonlySet<string>;
  /** What the scan of the server's own code covered. */
  seen: Seen;
  /** Paths of the files that the model was shown. */
  paths: readonly string[];
}

/** The findings and files that an answer is compared with. */
export interface Evidence extends Settled {
  files: FileSet;
  draft: Draft;
  /** Keys of all inputs of the draft. */
  known: ReadonlySet<string>;
  /** The answer is right about what the code settles, so its judgement counts where no line shows it. */
  isTrusted: boolean;
}

/** What concerns a network transport alone, as documentation names it. */
const OF_NETWORK =
  /\b(sse|websocket|streamable[- ]http) (\w+ )?(connections?|modes?|transports?|sessions?|clients?|servers?)\b|\bhttp (stream )?(modes?|transports?)\b/i;

/** Returns the line that a claim names, where a file that the model was shown has it. */
export function lineOf(told: ToldPlace, { files, paths }: Evidence): Place | null {
  return findPlace(told, files, paths);
}

/** Returns the place of a finding without the package that stands before it, where the package's own files were read. */
export function placeInFiles(where: string): string {
  return where.replace(/^(npm|pypi):(@[^/]{1,214}\/)?[^/]{1,300}\//, "");
}

/** Returns whether a line is code of the server itself, as its scan saw it. */
export function isOwnCode({ file }: Place, { seen }: Evidence): boolean {
  return isCode(file.path) && !isForeign(file.path) && seen.paths.has(file.path);
}

/** Returns whether a file tells people how to set the server up. */
export function isDocumentation(path: string): boolean {
  return isReadme(path) || isGuide(path) || isEnvExample(path);
}

/** Returns whether a line of documentation speaks of a network transport, where Catwalk runs servers over stdio. */
export function isOfNetwork(line: string): boolean {
  return OF_NETWORK.test(line);
}

/** Returns whether documentation names a key, other than for a network transport. */
export function isDocumented(key: string, { files, paths }: Evidence): boolean {
  return paths.some((path) => {
    const text = isDocumentation(path) ? (files.files.get(path)?.text ?? "") : "";
    for (let at = text.indexOf(key); at >= 0; ) {
      const end = text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at);
      const line = text.slice(text.lastIndexOf("\n", at) + 1, end).slice(0, 2_000);
      if (hasWord(line, key) && !isOfNetwork(line)) return true;
      at = text.indexOf(key, end);
    }
    return false;
  });
}

/** Returns the names of variables and flags on a line, other than one. */
export function otherNames(line: string, key: string): string[] {
  return (line.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|--[a-z][\w-]*/g) ?? []).filter((name) => name !== key);
}
