import type { TextFile } from "../fetch/files.ts";
import type { InputFinding } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";
import { stripMarkdown, toMarks } from "./markdown.ts";
import { isDemandingLead, requiredInHeading, requiredInText } from "./requirement-words.ts";

const MAX_LINE_LENGTH = 2_000;
const MAX_STATEMENTS = 100;
/** Names of a list in a sentence. */
const MAX_LISTED = 8;
/** The first half of a sentence whose second half is a list: "The following variables are required:". */
const ANNOUNCEMENT = /\b(following|these)\b/i;

/** Sections about something else than the server on a person's machine, where "required" is said of that. */
const ELSEWHERE =
  /\b(http|https|sse|remote|deploy\w*|hosting|hosted|self-host\w*|oauth|develop\w*|testing|tests?|contribut\w*|prerequisites?|troubleshooting|permissions?)\b/i;

/** Statements of the heading and the label above a line. */
export interface Section {
  /** The inputs below are required, or optional; null where neither is said. */
  required: boolean | null;
  /** Line of a sentence above that demands what the list below it names, or null. */
  lead: number | null;
  /** The lines below list the variables that the server takes. */
  isListing: boolean;
  /** The lines below list what a person has to have before anything runs. */
  isPrerequisite: boolean;
}

const LISTING = /\benv(ironment)? ?(variables?|vars?)\b|\b(configuration|configure|settings)\b/i;

/** Returns for each line of a README what the heading and the label above it say. */
export function readSections(text: string): Section[] {
  const sections: Section[] = [];
  let isListing = false;
  let headings: { level: number; title: string }[] = [];
  let ofHeading: boolean | null = null;
  let current: boolean | null = null;
  let lead: number | null = null;
  let fenced = false;
  let labelIndent = Number.POSITIVE_INFINITY;
  for (const whole of text.split(/\r?\n/)) {
    const line = whole.slice(0, MAX_LINE_LENGTH);
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : headingOf(line);
    if (heading !== null) lead = null;
    if (!fenced && /<\/details>/i.test(line)) {
      headings = headings.filter((one) => one.level < SUMMARY_LEVEL);
      current = ofHeading = headings.some((one) => ELSEWHERE.test(one.title))
        ? null
        : requiredInHeading(headings.at(-1)?.title ?? "");
    }
    if (heading !== null) {
      const { level, title } = heading;
      headings = [...headings.filter((one) => one.level < level), { level, title }];
      ofHeading = headings.some((one) => ELSEWHERE.test(one.title)) ? null : requiredInHeading(title);
      current = ofHeading;
      isListing = headings.some((one) => LISTING.test(one.title)) && !headings.some((one) => ELSEWHERE.test(one.title));
    } else if (!fenced && isParagraph(line)) {
      const label = isLabel(line) ? requiredInHeading(stripMarkdown(line)) : null;
      const isElsewhere = ELSEWHERE.test(line) || headings.some((one) => ELSEWHERE.test(one.title));
      current = isElsewhere ? null : (label ?? ofHeading);
      lead = !isElsewhere && isDemandingLead(stripMarkdown(line)) ? sections.length : null;
      if (isElsewhere) isListing = false;
      else if (isLabel(line) && LISTING.test(line)) isListing = true;
    }
    const item = fenced ? null : /^([ \t]{0,40})[-*+][ \t](.*)$/.exec(line);
    if (item && (item[1] ?? "").length <= labelIndent) {
      // An item that is a label holds for those below it, up to the next one beside it.
      const label = isLabel(item[2] ?? "") ? requiredInHeading(stripMarkdown(item[2] ?? "")) : null;
      const isElsewhere = headings.some((one) => ELSEWHERE.test(one.title));
      if (label !== null && !isElsewhere) {
        labelIndent = (item[1] ?? "").length;
        current = label;
      } else if (labelIndent !== Number.POSITIVE_INFINITY) {
        labelIndent = Number.POSITIVE_INFINITY;
        current = ofHeading;
      }
    }
    sections.push({ required: current, lead, isListing, isPrerequisite: !fenced && isPrerequisite(headings) });
  }
  return sections;
}

const PREREQUISITES =
  /^\W{0,10}(?:prerequisites?|requirements?|what you(?:'ll)? need|before you (?:begin|start))\W{0,5}$/i;

function isPrerequisite(headings: readonly { title: string }[]): boolean {
  const isOfServer = headings.slice(0, -1).every(({ title }) => !ELSEWHERE.test(title));
  return isOfServer && PREREQUISITES.test(headings.at(-1)?.title.slice(0, 100) ?? "");
}

/** Below every heading. */
const SUMMARY_LEVEL = 7;

/** A heading, or the title of a part that can be folded: `<summary>Optional variables</summary>`. */
function headingOf(line: string): { level: number; title: string } | null {
  const written = /^(#{1,6})\s+(\S.*)$/.exec(line);
  if (written) return { level: (written[1] ?? "").length, title: stripMarkdown(written[2] ?? "") };
  const start = line.indexOf("<summary>");
  if (start < 0) return null;
  const end = line.indexOf("</summary>", start);
  return { level: SUMMARY_LEVEL, title: stripMarkdown(line.slice(start, end < 0 ? line.length : end)) };
}

function isParagraph(line: string): boolean {
  const text = line.trimStart();
  const isIndented = line.length - text.length > 1;
  return text !== "" && !isIndented && !/^([-*+]\s|\d+[.)]\s|\||```|~~~|>|<)/.test(text);
}

/** A line that is bold as a whole, or short and ends in a colon. */
function isLabel(line: string): boolean {
  const text = line.trim();
  return /^(\*\*|__)[^*_]{1,120}(\*\*|__)[:：]?$/.test(text) || (text.length <= 120 && /[:：]$/.test(text));
}

/** A name in the midst of prose: one in ticks, or one of several words that nothing else is written as. */
const NAME =
  /`(?:export )?([A-Z][A-Z0-9_]{2,99})`|(?<![\w`$<{/.=-])([A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,8})(?![\w`=/(-]|\.\w)/g;
/** What parts the names that are optional from those before: "Set `A` (and optionally `B`)". */
const AND_OPTIONALLY = /[(,;]?\s?(?:\b(?:and|or|plus)\s)?\boptionally\b/i;
const IMPERATIVE =
  /^\W{0,5}(?:then |please |now |first,? |just )?(?:set|provide|configure|export|define|specify|add|supply)\b/i;
/** "Then, set the `API_KEY` environment variable when running the server." */
const SETS = /\b(?:set|provide|configure|export|define|specify|supply|pass)\b/i;
const OF_ENVIRONMENT = /\b(?:environment|env) (?:variable|var)\b/i;
const MAYBE = /\b(?:if|unless|instead|either|or|optional\w*|can|may|could|want|alternatively|override\w*)\b/i;
/** The first part of a line that lists names behind it: "**Required environment variables**:". */
const LABEL_OF_LINE = /^\W{0,10}(?:[\p{L}-]{1,20}\s){0,2}(?:required|mandatory|optional)\b[^.:]{0,50}:\W{0,3}$/iu;

/**
 * Reads sentences that demand a variable or call it optional: "The `NAME` variable is required.", "You must set `NAME`." A
 * sentence with a condition or an alternative says nothing for certain.
 */
export function readStatements(file: TextFile): InputFinding[] {
  const found: InputFinding[] = [];
  let fenced = false;
  let isElsewhere = false;
  file.text.split(/\r?\n/).forEach((whole, index) => {
    const line = toMarks(whole.slice(0, MAX_LINE_LENGTH)).replace(/^\s{0,3}>\s?/, "");
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    if (/^#{1,6}\s/.test(line)) isElsewhere = ELSEWHERE.test(line);
    if (fenced || isElsewhere || found.length >= MAX_STATEMENTS || !isParagraph(line) || !/[A-Z]_[A-Z]/.test(line))
      return;
    const provenance = { from: "readme" as const, where: `${file.path}:${index + 1}` };
    const note = (text: string, required: boolean | null, most: number) => {
      const names = [...text.matchAll(NAME)].map((match) => match[1] ?? match[2] ?? "");
      if (required === null || names.length > most) return;
      for (const key of names)
        if (isEnvName(key) && key.includes("_"))
          found.push({ key, target: "env", evidence: "mentioned", provenance, required });
    };
    const mention = (text: string) => {
      const names = [...text.matchAll(NAME)].map((match) => match[1] ?? match[2] ?? "");
      const [key = ""] = names;
      if (names.length === 1 && isEnvName(key) && key.includes("_"))
        found.push({ key, target: "env", evidence: "mentioned", provenance, required: null });
    };
    let announced: boolean | null = null;
    for (const written of line.split(/(?<=[.!?:;](?:\*\*)?)\s/)) {
      const sentence = written.replaceAll("*", "");
      const [first = "", ...optional] = sentence.split(AND_OPTIONALLY);
      if (announced !== null) {
        const [listed = "", ...others] = sentence.split(/(?=\boptional)/i);
        note(listed, announced, MAX_LISTED);
        note(others.join(""), false, MAX_LISTED);
      } else if (optional.length > 0) {
        note(first, IMPERATIVE.test(first) && !CONDITION.test(sentence) ? true : requiredInSentence(first), 4);
        note(optional.join(" "), false, MAX_LISTED);
      } else note(sentence, requiredInSentence(sentence), 4);
      if (SETS.test(sentence) && OF_ENVIRONMENT.test(sentence) && !MAYBE.test(sentence)) mention(sentence);
      if (!sentence.endsWith(":")) announced = null;
      else if (ANNOUNCEMENT.test(sentence)) announced = requiredInSentence(sentence);
      else announced = LABEL_OF_LINE.test(sentence) ? requiredInHeading(sentence) : null;
    }
  });
  return found;
}

const CONDITION = /\b(if|when|unless|or|either|otherwise|instead|while|only|without|recommend\w*)\b/i;

function requiredInSentence(sentence: string): boolean | null {
  if (CONDITION.test(sentence)) return null;
  const said = requiredInText(sentence);
  if (said !== null) return said;
  if (/\b(are|both) (required|mandatory)\b/i.test(sentence)) return true;
  if (/\brequires?\b.{0,60}\b(variables?|credentials?)\b/i.test(sentence)) return true;
  return /\b(must|have to|needs? to) (also )?(be )?(set|provide|configure|specify|export|define|supply)/i.test(sentence)
    ? true
    : null;
}
