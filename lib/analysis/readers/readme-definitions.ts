import type { TextFile } from "../fetch/files.ts";
import type { InputFinding } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";
import { toMarks, withoutEmphasis } from "./markdown.ts";
import type { Section } from "./readme-sections.ts";
import { requiredInText } from "./requirement-words.ts";
import { saysRequired } from "./yes-or-no.ts";

const MAX_FINDINGS = 200;
const MAX_LINE_LENGTH = 1_000;
/** Lines below a name that may speak of it. */
const REACH = 8;

/** A name that has a line to itself: a heading, an item, a term. What HTML calls a term may go on behind it. */
const ALONE =
  /^\s{0,12}(?:#{2,6}\s{1,3}|[-*+]\s{1,3}|\d{1,3}[.)]\s{1,3}|<dl>\s{0,3}|<dt>\s{0,3}){0,2}[`*]{0,4}([A-Z][A-Z0-9]{0,60}(?:_[A-Z0-9]{1,60}){1,10})[`*]{0,4}:?[`*]{0,4}(?:\s{0,5}<\/dt>(.{0,500}))?\s{0,5}$/;
/** What stands in front of a line of an explanation. */
const MARKS = /^\s{0,20}(?:[-*+:>]\s{1,4}|<dd>)?\s{0,4}/;
const STATEMENT = /^(required|mandatory|optional)\??\s?[:=–-]\s?(\S{1,30})/i;

/**
 * Reads explanations that stand below a name: a list of definitions, a section for each variable, or an item with items of its own such
 * as "Required: yes".
 */
export function readDefinitions(file: TextFile, sections: readonly Section[]): InputFinding[] {
  const lines = file.text.split(/\r?\n/).map((line) => toMarks(line.slice(0, MAX_LINE_LENGTH)));
  const found: InputFinding[] = [];
  let fenced = false;
  for (let index = 0; index < lines.length && found.length < MAX_FINDINGS; index += 1) {
    const line = lines[index] ?? "";
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const [, key = "", behind = ""] = (!fenced && ALONE.exec(line)) || [];
    if (!isEnvName(key)) continue;
    const required = statedBelow(behind, lines, index);
    if (required === null) continue;
    const provenance = { from: "readme" as const, where: `${file.path}:${index + 1}` };
    const isListed = sections[index]?.isListing === true;
    found.push({ key, target: "env", evidence: "mentioned", isListed, provenance, required });
  }
  return found;
}

function statedBelow(behind: string, lines: readonly string[], index: number): boolean | null {
  const same = stated(behind);
  if (same !== null) return same;
  for (let at = index + 1; at < lines.length && at <= index + REACH; at += 1) {
    const line = lines[at] ?? "";
    if (ALONE.test(line) || /^\s{0,3}(#{1,6}\s|```|~~~|\|)/.test(line)) return null;
    const said = stated(line);
    if (said !== null) return said;
  }
  return null;
}

/** What a line says that begins with "required" or "optional". */
function stated(line: string): boolean | null {
  const text = withoutEmphasis(line.replace(MARKS, "")).trim();
  if (!/^[([]?(?:required|mandatory|optional)\b/i.test(text)) return null;
  const [, word = "", answer = ""] = STATEMENT.exec(text) ?? [];
  const said = answer === "" ? null : saysRequired(answer.replace(/[.,;]$/, ""), null);
  if (said === null) return requiredInText(text);
  if (/\b(if|when|unless|only)\b/i.test(text)) return null;
  return /^optional/i.test(word) ? !said : said;
}

const NAME_IN_TICKS = /`([A-Z][A-Z0-9]{0,60}(?:_[A-Z0-9]{1,60}){1,10})`/g;
const CONDITION = /\b(if|when|or|optional\w*|only|unless|either|may|can|recommended|tests?|e\.g|example)\b/i;

/**
 * Reads the variables that a list of prerequisites names: "A Thing API key (`THING_API_KEY`)". One with a purpose behind it, "for private
 * repositories", may be for that alone.
 */
export function readPrerequisites(file: TextFile, sections: readonly Section[]): InputFinding[] {
  return file.text.split(/\r?\n/).flatMap((whole, index): InputFinding[] => {
    const line = toMarks(whole.slice(0, MAX_LINE_LENGTH));
    if (sections[index]?.isPrerequisite !== true || !/^\s{0,3}(?:[-*+]|\d{1,3}[.)])\s/.test(line)) return [];
    const names = [...line.matchAll(NAME_IN_TICKS)];
    const behind = line.slice((names[0]?.index ?? 0) + (names[0]?.[0].length ?? 0));
    if (names.length === 0 || names.length > 2 || CONDITION.test(line) || /\bfor\b/i.test(behind)) return [];
    const provenance = { from: "readme" as const, where: `${file.path}:${index + 1}` };
    return names.map(([, key = ""]) => ({ key, target: "env", evidence: "mentioned", provenance, required: true }));
  });
}
