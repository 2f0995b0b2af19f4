import type { TextFile } from "../fetch/files.ts";
import type { AlternativeFinding } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";

const MAX_LINE_LENGTH = 600;
const MAX_FOUND = 20;
const MAX_BRANCHES = 6;
const MAX_MINIFIED_MESSAGES = 200;
/** Characters between two names that still belong to one list of them. */
const MAX_GAP = 60;

const NAME = /--[a-z][a-z0-9]+(?:-[a-z0-9]+)*|\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\bDSN\b/g;
const DEMAND =
  /\b(must|required?|requires|needs?|needed|please|provided?|missing|specify|supply|neither|expected|set)\b/i;
/** A demand of one mode alone, or none. */
const CONDITION =
  /\boptional|\bto (enable|disable|require|use|allow|turn|avoid|override)\b|\b(disabled|warning|recommend\w*|instead|deprecated|omit)\b|\b(provided|set|given) but\b|\b(when|if|unless|while)\b|\b(for|in|with) (the )?[\w-]+ (mode|client|auth\w*|transport|backend|provider)\b/i;
/** What ends the program or hands on an error; a message that is only logged demands nothing. */
const FAILURE =
  /\b(throw|raise|exit\w*|panic|bail|abort|usage)\b|\b(Fatal\w*|Errorf|errors\.New|new \w*Error|\w+Exception)\(|\bErr\(|\bparser\.error\(|\.fail\(/i;

/** A message that ends the program, as minified code writes it. */
const MINIFIED_FAILURE =
  /\bthrow (?:new )?[\w$.]{1,60}\(["'`]([^"'`]{10,400})["'`]|\bconsole\.error\(["'`]([^"'`]{10,400})["'`]\)[,;] ?process\.exit\([1-9]/g;

/**
 * Reads what error messages in the code say of alternatives: "Either A, or both B and C must be set". Only texts that stand
 * where something fails count, since help texts speak of much that is never needed.
 */
export function readMessages(files: readonly TextFile[]): AlternativeFinding[] {
  const found: AlternativeFinding[] = [];
  for (const file of files) {
    const lines = file.text.split("\n");
    for (let index = 0; index < lines.length && found.length < MAX_FOUND; index += 1) {
      const whole = lines[index] ?? "";
      if (whole.length > MAX_LINE_LENGTH) found.push(...readMinified(whole).slice(0, MAX_FOUND - found.length));
      const line = whole.slice(0, MAX_LINE_LENGTH);
      if (!/["'`]/.test(line) || !/[A-Z]{3}|--[a-z]/.test(line) || continuesText(lines, index)) continue;
      const text = dropCondition(continued(lines, index));
      const around = lines
        .slice(Math.max(0, index - 3), index + 7)
        .map((one) => one.slice(0, MAX_LINE_LENGTH))
        .join("\n");
      if (!FAILURE.test(around)) continue;
      // "Missing A, B or C" below a check of each lists what may be missing.
      if (demandsEach(lines.slice(Math.max(0, index - 2), index + 1)) && !CHOICE.test(text)) continue;
      const branches = statedBranches(text);
      if (branches) found.push(toFinding(branches));
    }
  }
  return found;
}

const CHOICE = /\b(either|one of|at least|any of)\b/i;

/** Returns whether the last condition of some lines fails for each of several values alone: `not all([a, b])`, `!a || !b`. */
function demandsEach(lines: readonly string[]): boolean {
  const condition =
    lines.findLast((line) => /^\s{0,200}(?:\} ?else )?(?:el)?if\b/.test(line))?.slice(0, MAX_LINE_LENGTH) ?? "";
  if (/\bnot all\(/.test(condition)) return true;
  const isMixed = /&&|\band\b/.test(condition);
  return !isMixed && /![\w.$]{1,60}(?:\(\))? ?\|\| ?!|\bnot [\w.]{1,60} or not\b/.test(condition);
}

/** A text in a line of code. */
const TEXT = /"([^"]{5,300})"|'([^']{5,300})'|`([^`]{5,300})`/g;
/** What an error says of a value that is not there. */
const ABSENCE =
  /\b(please|must) (set|provide|specify|define|configure|pass|supply|give)\b|\bno\b[^.]{0,30}\b(given|provided|specified|supplied)\b|\b(is|are|was) (required|missing|empty|unset|not (set|provided|found|defined|configured|specified))\b|\bmust be (set|given|passed|provided|specified|defined|configured)\b|^\W{0,9}missing\b|\bnot set\b|\brequired\b/i;

/** Returns the variables and flags whose absence an error message states, each alone: "Please set NAME.", "--name is required". */
export function readMissingNames(files: readonly TextFile[]): Set<string> {
  const found = new Set<string>();
  for (const file of files) {
    const lines = file.text.split("\n").map((line) => line.slice(0, MAX_LINE_LENGTH));
    for (const [index, line] of lines.entries()) {
      if (!/["'`]/.test(line) || !/[A-Z]_[A-Z]|--[a-z]/.test(line)) continue;
      // What is only told stands beside the failures of other checks.
      const isTold = TOLD.test(line) && !/\b(throw|raise|exit\w*)\b/i.test(lines.slice(index, index + 3).join("\n"));
      const isFailing = !isTold && FAILURE.test(lines.slice(Math.max(0, index - 3), index + 2).join("\n"));
      const ends = ENDING.test(lines.slice(index, index + 6).join("\n"));
      for (const [, double, single, back] of line.matchAll(TEXT)) {
        const text = double ?? single ?? back ?? "";
        const isSaid =
          isFailing || (LOGGED.test(lines.slice(Math.max(0, index - 1), index + 1).join("\n")) && tellsOfAll(text));
        if (isSaid) for (const name of missingIn(text)) found.add(name);
        if (ends) for (const flag of demandedUsage(text)) found.add(flag);
      }
    }
  }
  return found;
}

/** What a program tells and goes on. */
const TOLD = /\b(?:console|log|logger|logging)\.(?:warn|warning|info|log|debug)\(/i;
/** What a program logs as an error, or as a warning. */
const LOGGED = /\b(?:console|log|logger|logging)\.(?:error|fatal|critical|warn|warning)\(/i;
/** What is said of a value without which nothing works, though the program goes on. */
const OF_NEED =
  /\b(?:is|are) required\b|\b(?:all |every )?(?:requests?|calls?|queries|operations|tools?|server)\b[^.]{0,20}\b(?:will|would) (?:not work|fail)\b/i;
/** What only a part of the program does. */
const IN_PART = /\b(?:some|certain|features?|may|might|could|only|limited|until|auth\w*|private|write|for)\b/i;

function tellsOfAll(text: string): boolean {
  return OF_NEED.test(text) && !IN_PART.test(text);
}

function missingIn(written: string): string[] {
  const text = tellsOfAll(written) ? written.replace(/^\W{0,9}warning\b/i, "") : written;
  const names = new Set([...text.matchAll(NAME)].map(([name]) => name));
  const [only] = names;
  const isAlone = names.size === 1 && !/\b(or|nor|either)\b/i.test(text);
  const isName = only !== undefined && (only.startsWith("--") || isEnvName(only));
  return isName && isAlone && ABSENCE.test(text) && !CONDITION.test(text) ? [only] : [];
}

/** What ends the program as a failure. */
const ENDING = /\bexit\(\s{0,5}(?:code\s?=\s?)?[1-9]|\bExit\(\s{0,5}[1-9]|\b(?:throw|raise)\b|\bSystemExit\(/;

/** The flags that a usage text does not put in brackets: "Usage: thing --url <url> [--team <name>]", "Use format: --url X". */
function demandedUsage(text: string): string[] {
  const usage = /(?:\busage:?|\b(?:use|expected) (?:the )?format:)\s(.{3,300})/i.exec(text)?.[1];
  if (usage === undefined) return [];
  const plain = usage.replace(/\[[^[\]]{0,200}\]/g, " ");
  return /[|()[\]]|\.\.\./.test(plain)
    ? []
    : [...plain.matchAll(/(?<=\s|^)--[a-z][a-z0-9-]{1,40}/g)].map(([flag]) => flag);
}

function toFinding(branches: string[][]): AlternativeFinding {
  return { what: "One of these ways", branches, required: true, isStated: true };
}

/** Reads the messages of a line that holds a whole minified program. */
function readMinified(line: string): AlternativeFinding[] {
  const found: AlternativeFinding[] = [];
  let count = 0;
  for (const match of line.matchAll(MINIFIED_FAILURE)) {
    if (count++ >= MAX_MINIFIED_MESSAGES) break;
    const branches = statedBranches(match[1] ?? match[2] ?? "");
    if (branches) found.push(toFinding(branches));
  }
  return found;
}

/** A condition that stands before the failure on its line, as bundlers write it: `if (!token) throw new Error("…")`. */
const CONDITION_OF_CODE = /^(\s{0,100}(?:\} ?else )?if ?\([^"'`]*\)) ?(?=throw\b)/;
const OTHER_TRANSPORT = /http|sse|transport/i;

/** Returns a line's text without the condition in front of its failure, which is code and no part of a sentence. */
function dropCondition(text: string): string {
  const condition = CONDITION_OF_CODE.exec(text)?.[1];
  return condition === undefined || OTHER_TRANSPORT.test(condition) ? text : text.slice(condition.length);
}

/**
 * Returns whether a line is part of the text that a line above it begins, which is read as a whole: what it says may hold under a
 * condition that stands there.
 */
function continuesText(lines: readonly string[], index: number): boolean {
  let start = index;
  while (start > index - MAX_TEXT_LINES && isContinuation(lines, start)) start -= 1;
  return start < index && start > index - MAX_TEXT_LINES;
}

function isContinuation(lines: readonly string[], index: number): boolean {
  const line = (lines[index] ?? "").slice(0, MAX_LINE_LENGTH).trim();
  // After a comma the next text is another one: an element of a list, or an argument.
  const before = (lines[index - 1] ?? "").slice(0, MAX_LINE_LENGTH).trim();
  return /^(\+\s*)?[fr]?["'`]/.test(line) && /["'`](\s?\+)?$/.test(before);
}

/** Lines of one text that are read. */
const MAX_TEXT_LINES = 4;

/** A line with the lines below it that only go on with its text. */
function continued(lines: readonly string[], index: number): string {
  let text = (lines[index] ?? "").slice(0, MAX_LINE_LENGTH);
  for (let next = index + 1; next < index + MAX_TEXT_LINES && !/["'`],\s*$/.test(text); next += 1) {
    const line = (lines[next] ?? "").slice(0, MAX_LINE_LENGTH).trim();
    if (!/^(\+\s*)?[fr]?["'`]/.test(line)) break;
    text += ` ${line}`;
  }
  return text;
}

/** "A or B is not set", said where either is missing: then both are needed. "Neither A nor B is set" says no such thing. */
const LACK =
  /^["'`)}\]]{0,4} (?:(?:environment )?variables? )?(?:(?:is|are|was|were|has|have)(?: been)? )?(?:not\b|missing\b|unset\b|empty\b|undefined\b)/i;

/** "Missing one of A, B or C": it lacks one of what it needs. With a colon the list may be of ways: "Missing credentials, set one of: A, B". */
const ONE_LACKS = /\b(?:missing|lacks?|lacking) (?:(?:at least )?one|any|some)(?: or more)? of (?:the )?$/i;

/** The branches of a sentence that demands one of several names, or null for another sentence. */
function statedBranches(text: string): string[][] | null {
  // "Start it with one of: --a, --b"
  const isOneOf = /\bone of\b/i.test(text);
  const isChoosing = isOneOf || (DEMAND.test(text) && /\b(or|nor)\b/i.test(text));
  if (!isChoosing || CONDITION.test(text)) return null;
  const names = [...text.matchAll(NAME)].slice(0, 2 * MAX_BRANCHES);
  if (ONE_LACKS.test(text.slice(0, names[0]?.index ?? 0))) return null;
  const last = names.at(-1);
  if (last && LACK.test(text.slice(last.index + last[0].length)) && !/\bneither\b/i.test(text)) return null;
  const branches: string[][] = [];
  let joints: string[] = [];
  names.forEach((match, index) => {
    const before = names[index - 1];
    if (before) joints.push(text.slice(before.index + before[0].length, match.index));
  });
  if (joints.some((joint) => joint.length > MAX_GAP)) return null;
  const ofPairs = joints.map((joint, at) => (isPair(names[at]?.[0], joint, names[at + 1]?.[0]) ? " and " : joint));
  joints = resolveCommas(ofPairs, isOneOf ? "or" : "and");
  names.forEach((match, index) => {
    const joint = joints[index - 1];
    if (index === 0 || joint === "or") branches.push([match[0]]);
    else branches.at(-1)?.push(match[0]);
  });
  const unique = branches.map((branch) => [...new Set(branch)]);
  const isChoice = unique.length >= 2 && unique.length <= MAX_BRANCHES && joints.includes("or");
  return isChoice && new Set(unique.map((branch) => branch.join())).size === unique.length ? unique : null;
}

const ACCOUNT = /^(.{0,60}?)(?:(?:CLIENT|APP|API|ACCESS)_)?(?:KEY_)?(?:ID|KEY|USER|USERNAME|USER_NAME|EMAIL|LOGIN)$/;
const SECRET_OF_ACCOUNT = /^(?:(?:API|APP|CLIENT|ACCESS|KEY)_)?(?:SECRET(?:_ACCESS)?(?:_KEY)?|PASSWORD|PASS|PWD)$/;

/** Returns whether a slash or a comma joins the two halves of one credential: "one of: A_CLIENT_ID / A_CLIENT_SECRET, A_TOKEN". */
function isPair(one = "", joint: string, other = ""): boolean {
  const prefix = ACCOUNT.exec(one)?.[1];
  const rest = prefix !== undefined && other.startsWith(prefix) ? other.slice(prefix.length) : "";
  return /^\s?[/,]\s?$/.test(joint) && SECRET_OF_ACCOUNT.test(rest);
}

/** A word that joins what stands in parentheses with what comes after them: "(A, B) or …". */
const AFTER_PARENTHESIS = /^[^(]{0,60}\)[^(]{0,60}\b(or|nor)\b/i;

/** Each joint as "or" or "and". A comma means what the next word says, and "and" in parentheses that end before that word. */
function resolveCommas(joints: string[], otherwise: "and" | "or"): string[] {
  const words = joints.map((joint) => {
    if (/\b(or|nor)\b|\//i.test(joint)) return "or";
    return /\b(and|with|plus|together)\b|[+&]/i.test(joint) ? "and" : null;
  });
  return words.map((word, index) => {
    if (word !== null) return word;
    const next = words.findIndex((one, at) => at > index && one !== null);
    if (next !== -1 && AFTER_PARENTHESIS.test(joints[next] ?? "")) return "and";
    return words[next] ?? otherwise;
  });
}
