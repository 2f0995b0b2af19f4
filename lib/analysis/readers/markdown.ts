/** A fenced code block of a Markdown text. */
export interface CodeBlock {
  /** First word after the fence, in lower case; "" without one. */
  language: string;
  text: string;
  /** 1-based line where the block's content begins. */
  line: number;
}

/**
 * Returns the fenced code blocks of a Markdown text, also inside lists, quotes and HTML. Scans by lines, in linear
 * time: a full Markdown parser can be made to take far longer by hostile text.
 */
export function codeBlocks(text: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = text.split(/\r?\n/);
  let open: { fence: string; indent: number; language: string; line: number; content: string[] } | null = null;
  lines.forEach((raw, index) => {
    const line = raw.replace(/^(\s*>\s?)+/, "");
    const fence = /^(\s*(?:[-*+]\s+|\d+[.)]\s+)?)(`{3,}|~{3,})\s*([^\s`{]*)/.exec(line);
    if (open === null) {
      if (fence?.[2]) {
        open = {
          fence: fence[2],
          indent: (fence[1] ?? "").length,
          language: (fence[3] ?? "").toLowerCase(),
          line: index + 2,
          content: [],
        };
      }
      return;
    }
    const isEnd =
      fence?.[2]?.[0] === open.fence[0] && (fence?.[2]?.length ?? 0) >= open.fence.length && line.trim() === fence?.[2];
    if (isEnd) {
      blocks.push({ language: open.language, text: open.content.join("\n"), line: open.line });
      open = null;
    } else open.content.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
  });
  return blocks;
}

/** A row of a Markdown table with its header; headers are in lower case. */
export interface TableRow {
  header: string[];
  cells: string[];
  /** 1-based. */
  line: number;
}

const MAX_ROW_LENGTH = 5_000;

/** Returns the rows of all pipe tables outside code blocks. */
export function tableRows(text: string): TableRow[] {
  const rows: TableRow[] = [];
  const lines = text.split(/\r?\n/);
  let header: string[] | null = null;
  let fenced = false;
  lines.forEach((line, index) => {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const isFramed = /^\s*\|.*\|\s*$/.test(line);
    // Below its header, a row needs no pipe at its ends.
    const isBare = line.includes("|") && (header !== null || (isLine(line) && (lines[index - 1] ?? "").includes("|")));
    const isRow = !fenced && line.length <= MAX_ROW_LENGTH && (isFramed || isBare);
    if (!isRow) {
      header = null;
      return;
    }
    const cells = cellsOf(line);
    if (isLine(line)) {
      header ??= cellsOf(lines[index - 1] ?? "").map((cell) => stripMarkdown(cell).toLowerCase());
    } else if (header !== null) rows.push({ header, cells, line: index + 1 });
  });
  return rows;
}

/** The line between a table's header and its rows. */
function isLine(line: string): boolean {
  return /^[\s|:-]+$/.test(line);
}

function cellsOf(line: string): string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/**
 * Removes Markdown syntax: links become their text, emphasis and code marks go. A link at the end may be cut off, as in the descriptions that
 * npm takes from a README.
 */
export function stripMarkdown(markdown: string): string {
  return markdown
    .replace(/!\[[^[\]]*\]\((?:[^()]|\([^()]*\))*\)/g, "")
    .replace(/\[([^[\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, "$1")
    .replace(/\[([^[\]]{0,200})\]\([^()\s]{0,1000}$/, "$1")
    .replace(/<[^<>]*>/g, " ")
    .replace(/[*`]|(^|\s)_(?=\S)|(?<=\S)_($|\s)/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

const ENTITIES = new Map(
  Object.entries({ nbsp: " ", amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", mdash: "—", ndash: "–", hellip: "…" }),
);

/** Replaces the entities of HTML that stand in prose: "Research &amp; more". */
export function decodeEntities(text: string): string {
  return text
    .replaceAll(/&(?:([a-z]{2,6})|#(\d{2,5}));/g, (whole, name: string | undefined, code: string | undefined) =>
      name === undefined ? String.fromCodePoint(Number(code)) : (ENTITIES.get(name) ?? whole),
    )
    .replace(/\s+/g, " ")
    .trim();
}

/**
 * Removes what only changes how words look, in Markdown and HTML, and leaves their order and signs: "**Required** for" is "Required for".
 * Names keep the underscores in them.
 */
export function withoutEmphasis(text: string): string {
  return text
    .replace(/<\/?(?:b|strong|em|i|u|code|kbd|mark|small|span|font)(?:\s[^<>]{0,200})?>/gi, "")
    .replace(/[*`]/g, "")
    .replace(/(?<![A-Za-z0-9_])_{1,3}(?=[A-Za-z([])|(?<=[A-Za-z0-9.:!?)\]])_{1,3}(?![A-Za-z0-9_])/g, "");
}

/** Writes links, and code and emphasis in HTML, as the marks of Markdown that names stand in: `<code>NAME</code>`, `__NAME__`, `[NAME](…)`. */
export function toMarks(text: string): string {
  if (!/[<_[]/.test(text)) return text;
  return text
    .replaceAll(/<\/?(?:code|kbd|tt)>/gi, "`")
    .replaceAll(/<\/?(?:b|strong)>/gi, "**")
    .replaceAll(/<\/?(?:i|em)>/gi, "*")
    .replaceAll(/(?<![A-Za-z0-9_])__(?=[A-Za-z`(])|(?<=[A-Za-z0-9`).:])__(?![A-Za-z0-9_])/g, "**")
    .replaceAll(/(?<!!)\[([^[\]\n]{1,200})\]\([^()\s]{1,500}\)/g, "$1");
}

/** Blanks fenced code blocks, and keeps the lines and the length of the rest. */
export function withoutFences(text: string): string {
  let isFenced = false;
  return text
    .split("\n")
    .map((line) => {
      const isFence = /^\s*(```|~~~)/.test(line);
      if (isFence) isFenced = !isFenced;
      return isFence || isFenced ? "" : line;
    })
    .join("\n");
}

/**
 * Blanks HTML comments outside code blocks, and keeps the lines. People do not see a comment, so what it says is no
 * documentation. One that begins a line and never ends hides the rest, as in CommonMark.
 */
export function withoutHtmlComments(text: string): string {
  if (!text.includes("<!--")) return text;
  let fence: string | null = null;
  let isComment = false;
  let closing = text.lastIndexOf("-->");
  let start = 0;
  return text
    .split("\n")
    .map((line) => {
      const lineStart = start;
      start += line.length + 1;
      if (closing < lineStart) closing = -1;
      if (!isComment) {
        const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? null;
        if (fence !== null) {
          if (mark?.startsWith(fence)) fence = null;
          return line;
        }
        if (mark !== null) {
          fence = mark;
          return line;
        }
      }
      let shown = "";
      let at = 0;
      while (at < line.length) {
        if (isComment) {
          const end = line.indexOf("-->", at);
          if (end < 0) return shown;
          isComment = false;
          at = end + 3;
        } else {
          const begin = line.indexOf("<!--", at);
          const isHidden = begin >= 0 && (closing >= lineStart + begin || line.slice(0, begin).trim() === "");
          if (!isHidden) return shown + line.slice(at);
          shown += line.slice(at, begin);
          isComment = true;
          at = begin + 4;
        }
      }
      return shown;
    })
    .join("\n");
}
