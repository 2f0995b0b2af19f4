import { decodeEntities, stripMarkdown } from "./markdown.ts";

const MAX_LENGTH = 20_000;
const MAX_LINE_LENGTH = 2_000;
const MAX_PARAGRAPH_LINES = 8;
const MAX_DESCRIPTION_LENGTH = 500;
/** Shorter prose says nothing. */
const MIN_DESCRIPTION_LENGTH = 25;

/** Sections that say what a server is. Others tell how to install or to use it. */
const ABOUT = /\b(about|overview|introduction|description|summary|what|features?|why)\b/i;
/** A line that begins something else than a paragraph: a list, a table, a quotation, a picture, an address. */
const OTHER_BLOCK = /^\s*(?:[-*+]\s|\d+[.)]\s|\||>|#|!\[|\[!\[|https?:|={3,}|-{3,})/;
/** What asks people for something, or tells of the project. */
const APPEAL =
  /\b(your support|sponsor\w*|donat\w+|star (?:it|us|this|the)|buy me|join (?:us|our)|deprecated|moved to)\b/i;

/** Returns a README's title, and what its first paragraphs say of the server, outside code. */
export function readIntroduction(text: string): { title: string | null; description: string | null } {
  const lines = withoutCode(text.slice(0, MAX_LENGTH).split(/\r?\n/));
  const title = lines.map((line, index) => titleAt(line, lines[index + 1] ?? "")).find((one) => one) ?? null;
  const description = findDescription(lines);
  return {
    title: (title && withoutLead(decodeEntities(title)).slice(0, 200)) || null,
    description: description && decodeEntities(description).slice(0, MAX_DESCRIPTION_LENGTH),
  };
}

function findDescription(lines: readonly string[]): string | null {
  for (const paragraph of listParagraphs(lines)) if (describes(paragraph)) return paragraph;
  return null;
}

/** A title that begins with the kind of the file: "README: Thing". */
function withoutLead(title: string): string {
  return title.replace(/^\s*read\s?me\s?[:–—-]\s?/i, "").trim();
}

/** The paragraphs above the first section, and those of sections that say what the server is, each as one line. */
function* listParagraphs(lines: readonly string[]): Generator<string> {
  let isAbout = true;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const heading = /^#{2,6}\s(.*)$/.exec(line.slice(0, MAX_LINE_LENGTH));
    if (heading) isAbout = ABOUT.test(heading[1] ?? "");
    if (!isAbout || !isText(line)) continue;
    let end = index;
    while (end - index < MAX_PARAGRAPH_LINES && isText(lines[end] ?? "")) end += 1;
    const whole = lines.slice(index, end).map((one) => one.slice(0, MAX_LINE_LENGTH));
    const written = whole.join(" ").slice(0, MAX_LINE_LENGTH);
    // A line that is underlined is a title.
    if (!/^(={3,}|-{3,})\s*$/.test(lines[end] ?? "")) yield stripMarkdown(written);
    index = end - 1;
  }
}

function isText(line: string): boolean {
  return (
    line.trim() !== "" &&
    !OTHER_BLOCK.test(line.slice(0, 200)) &&
    !/^\s*<\/?(?!(?:b|i|em|strong|code|a)\b)/i.test(line.slice(0, 200))
  );
}

/** Returns whether a paragraph may say what a server is: a sentence, and neither a command nor the lead of a list. */
function describes(text: string): boolean {
  const start = text.slice(0, 200);
  const isSentence =
    /^["'(]?(?:\p{Lu}|\p{Lo}|\p{N})/u.test(text) ||
    /\b(?:MCP|server)\b/i.test(start) ||
    // "thing is a tool for …", "thing 是一款…"
    /^\S{1,60} (?:(?:is|provides|lets|gives|connects)\b|\p{Lo})/u.test(start);
  return (
    text.length >= MIN_DESCRIPTION_LENGTH && isSentence && !/[:：]$/.test(text) && !APPEAL.test(text.slice(0, 300))
  );
}

/** A title in any of its writings: `# Title`, a line that is underlined with "=", `<h1>Title</h1>`. */
function titleAt(line: string, below: string): string | null {
  const html = htmlHeading(line.slice(0, 1_000));
  if (html) return stripMarkdown(html) || null;
  if (/^#\s+\S/.test(line)) return stripMarkdown(line.replace(/^#+\s*/, "")) || null;
  return /^={3,}\s*$/.test(below.slice(0, 200)) && /^\w/.test(line) ? stripMarkdown(line) || null : null;
}

/** Returns the content of the line's first `<h1>` element. */
function htmlHeading(line: string): string | null {
  const start = line.search(/<h1\b/i);
  const content = start < 0 ? -1 : line.indexOf(">", start) + 1;
  const end = content <= 0 ? -1 : line.toLowerCase().indexOf("</h1>", content);
  return end < 0 ? null : line.slice(content, end);
}

function withoutCode(lines: readonly string[]): string[] {
  let fenced = false;
  return lines.map((line) => {
    const isFence = /^\s*(```|~~~)/.test(line);
    if (isFence) fenced = !fenced;
    return fenced || isFence ? "" : line;
  });
}
