import type { TextFile } from "../fetch/files.ts";
import type { AlternativeFinding } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";

const MAX_LINE_LENGTH = 1_000;
const MAX_CHOICES = 10;
const MAX_WAYS = 6;
const MAX_KEYS = 6;
/** A line that announces ways of which one is enough. */
const INTRODUCTION =
  /\b(one of|either|any of|choose|pick|(two|three|four|following|these|multiple|several|different) (\w+ ){0,2}(ways|methods|options|approaches|modes)|alternatives?)\b/i;
/** An item of a list that says what each way alone does: "If only `A` and `B` are provided, …". */
const IF_ONLY = /^\s{0,20}[-*+]\s(if|when) (only|just)\b/i;
const UNDEMANDING = /\b(optional\w*|can also|may|transport\w*|install\w*|clients?|models?)\b/i;

/**
 * Reads lists of ways that a README offers: "use one of these options:", then an item for each way with the variables that
 * it takes. Items that all speak of the same variables are no choice.
 */
export function readChoices(file: TextFile): AlternativeFinding[] {
  const found: AlternativeFinding[] = [];
  const lines = file.text.split(/\r?\n/).map((line) => line.slice(0, MAX_LINE_LENGTH));
  let fenced = false;
  for (let index = 0; index < lines.length && found.length < MAX_CHOICES; index += 1) {
    const line = lines[index] ?? "";
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    if (!fenced && IF_ONLY.test(line)) {
      const items = lines.slice(index, index + MAX_WAYS).filter((one) => IF_ONLY.test(one));
      const ways = items.map((item) => [...new Set(namesIn(item))]).filter((way) => way.length > 0);
      if (ways.length > 1 && ways.length === items.length)
        found.push({ what: "One of these ways", branches: ways, required: true, isStated: true });
      index += items.length - 1;
    }
    if (fenced || !/:\W{0,4}$/.test(line) || !INTRODUCTION.test(line)) continue;
    const branches = waysBelow(lines, index);
    if (branches === null) continue;
    found.push({
      what: "One of these ways",
      branches,
      required: !UNDEMANDING.test(line),
      isStated: true,
    });
  }
  return found;
}

/** The variables of each item of the list below a line, or null where that is no choice between variables. */
function waysBelow(lines: readonly string[], introduction: number): string[][] | null {
  const isItem = /^(\s*)(?:[-*+]|\d+[.)])\s/;
  const own = isItem.exec(lines[introduction] ?? "")?.[1]?.length ?? -1;
  const ways: string[][] = [];
  let depth: number | null = null;
  for (let index = introduction + 1; index < lines.length && index < introduction + 60; index += 1) {
    const line = lines[index] ?? "";
    if (line.trim() === "") continue;
    if (/^\s*(```|~~~)/.test(line)) break;
    const indent = isItem.exec(line)?.[1]?.length;
    const isContinued = indent === undefined && /^\s{2,}\S/.test(line) && depth !== null;
    if (indent === undefined && !isContinued) break;
    if (indent !== undefined && indent <= own) break;
    depth ??= indent ?? null;
    if (indent !== undefined && indent <= (depth ?? 0)) ways.push([]);
    ways.at(-1)?.push(...namesIn(line));
  }
  const branches = ways.map((way) => [...new Set(way)]).filter((way) => way.length > 0 && way.length <= MAX_KEYS);
  const isDistinct = new Set(branches.map((branch) => [...branch].sort().join())).size === branches.length;
  return branches.length >= 2 && branches.length <= MAX_WAYS && branches.length === ways.length && isDistinct
    ? branches
    : null;
}

function namesIn(line: string): string[] {
  if (/\boptional\b/i.test(line)) return [];
  return [...line.matchAll(/[`*](?:export )?([A-Z][A-Z0-9_]{2,99})[=`*]/g)]
    .map((match) => match[1] ?? "")
    .filter((name) => isEnvName(name) && name.includes("_"));
}
