import type { TextFile } from "../fetch/files.ts";
import type { InputFinding } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";
import { stripMarkdown } from "./markdown.ts";
import { requiredInHeading, requiredInText } from "./requirement-words.ts";

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
  /** The lines below list the variables that the server takes. */
  isListing: boolean;
}

const LISTING = /\benv(ironment)? ?(variables?|vars?)\b|\b(configuration|configure|settings)\b/i;

/** Returns for each line of a README what the heading and the label above it say. */
export function readSections(text: string): Section[] {
  const sections: Section[] = [];
  let isListing = false;
  let headings: { level: number; title: string }[] = [];
  let ofHeading: boolean | null = null;
  let current: boolean | null = null;
  let fenced = false;
  let labelIndent = Number.POSITIVE_INFINITY;
  for (const whole of text.split(/\r?\n/)) {
    const line = whole.slice(0, MAX_LINE_LENGTH);
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^(#{1,6})\s+(\S.*)$/.exec(line);
    const level = heading?.[1]?.length;
    if (level !== undefined) {
      const title = stripMarkdown(heading?.[2] ?? "");
      headings = [...headings.filter((one) => one.level < level), { level, title }];
      ofHeading = headings.some((one) => ELSEWHERE.test(one.title)) ? null : requiredInHeading(title);
      current = ofHeading;
      isListing = headings.some((one) => LISTING.test(one.title)) && !headings.some((one) => ELSEWHERE.test(one.title));
    } else if (!fenced && isParagraph(line)) {
      const label = isLabel(line) ? requiredInHeading(stripMarkdown(line)) : null;
      const isElsewhere = ELSEWHERE.test(line) || headings.some((one) => ELSEWHERE.test(one.title));
      current = isElsewhere ? null : (label ?? ofHeading);
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
    sections.push({ required: current, isListing });
  }
  return sections;
}

function isParagraph(line: string): boolean {
  const text = line.trimStart();
  const isIndented = line.length - text.length > 1;
  return text !== "" && !isIndented && !/^([-*+]\s|\d+[.)]\s|\||```|~~~|>|<)/.test(text);
}

/** A line that is bold as a whole, or short and ends in a colon. */
function isLabel(line: string): boolean {
  const text = line.trim();
  return /^(\*\*|__)[^*_]{1,120}(\*\*|__):?$/.test(text) || (text.length <= 120 && text.endsWith(":"));
}

/**
 * Reads sentences that demand a variable or call it optional: "The `NAME` variable is required.", "You must set `NAME`." A
 * sentence with a condition or an alternative says nothing for certain.
 */
export function readStatements(file: TextFile): InputFinding[] {
  const found: InputFinding[] = [];
  let fenced = false;
  let isElsewhere = false;
  file.text.split(/\r?\n/).forEach((whole, index) => {
    const line = whole.slice(0, MAX_LINE_LENGTH);
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    if (/^#{1,6}\s/.test(line)) isElsewhere = ELSEWHERE.test(line);
    if (fenced || isElsewhere || found.length >= MAX_STATEMENTS || !isParagraph(line) || !line.includes("`")) return;
    const provenance = { from: "readme" as const, where: `${file.path}:${index + 1}` };
    const note = (text: string, required: boolean | null, most: number) => {
      const names = [...text.matchAll(/`(?:export )?([A-Z][A-Z0-9_]{2,99})`/g)].map((match) => match[1] ?? "");
      if (required === null || names.length > most) return;
      for (const key of names)
        if (isEnvName(key) && key.includes("_"))
          found.push({ key, target: "env", evidence: "mentioned", provenance, required });
    };
    let announced: boolean | null = null;
    for (const sentence of line.split(/(?<=[.!?:;])\s/)) {
      if (announced !== null) {
        const [listed = "", ...others] = sentence.split(/(?=\boptional)/i);
        note(listed, announced, MAX_LISTED);
        note(others.join(""), false, MAX_LISTED);
      } else note(sentence, requiredInSentence(sentence), 4);
      announced = sentence.endsWith(":") && ANNOUNCEMENT.test(sentence) ? requiredInSentence(sentence) : null;
    }
  });
  return found;
}

function requiredInSentence(sentence: string): boolean | null {
  if (/\b(if|when|unless|or|either|otherwise|instead|while|only|without|recommend\w*)\b/i.test(sentence)) return null;
  const said = requiredInText(sentence);
  if (said !== null) return said;
  if (/\b(are|both) (required|mandatory)\b/i.test(sentence)) return true;
  if (/\brequires?\b.{0,60}\b(variables?|credentials?)\b/i.test(sentence)) return true;
  return /\b(must|have to|needs? to) (also )?(be )?(set|provide|configure|specify|export|define|supply)/i.test(sentence)
    ? true
    : null;
}
