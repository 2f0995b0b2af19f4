import { closingMark, type Token } from "./tokens.ts";

/** A field of a Go struct. */
export interface GoField {
  name: string;
  /** The last name of its type, without its package; "" for a struct that is written in place. */
  type: string;
  isEmbedded: boolean;
  /** Its tags by their keys (reflect.StructTag). */
  tags: ReadonlyMap<string, string>;
  line: number;
  /** Index of its tag's token, or of its name. */
  at: number;
  /** The struct that is written in place of its type. */
  inner: GoStruct | null;
}

export interface GoStruct {
  name: string;
  fields: GoField[];
}

const MAX_STRUCTS = 1_000;
const MAX_FIELDS = 300;
const MAX_DEPTH = 6;

/** The structs that a Go file declares, with their fields and tags. */
export function structsOf(tokens: readonly Token[]): GoStruct[] {
  const found: GoStruct[] = [];
  for (let at = 0; at < tokens.length && found.length < MAX_STRUCTS; at += 1) {
    const token = tokens[at];
    if (token?.kind !== "word" || token.value !== "struct" || tokens[at + 1]?.value !== "{") continue;
    const name = tokens[at - 1];
    // `Config[T any] struct`, `var config struct`, `type Config struct`
    found.push(structAt(tokens, at + 1, name?.kind === "word" ? name.value : "", 0));
    at = closingMark(tokens, at + 1);
  }
  return found;
}

function structAt(tokens: readonly Token[], open: number, name: string, depth: number): GoStruct {
  const close = closingMark(tokens, open);
  const fields: GoField[] = [];
  for (let at = open + 1; at < close && fields.length < MAX_FIELDS; ) {
    const first = tokens[at];
    if (first?.kind !== "word" && first?.value !== "*") {
      at += 1;
      continue;
    }
    const { line } = first;
    let end = at;
    let inner: GoStruct | null = null;
    for (; end < close; end += 1) {
      const token = tokens[end];
      if (!token || (token.line > line && inner === null)) break;
      if (inner !== null && token.kind !== "text") break;
      if (token.value === "struct" && tokens[end + 1]?.value === "{" && depth < MAX_DEPTH) {
        inner = structAt(tokens, end + 1, "", depth + 1);
        end = closingMark(tokens, end + 1);
      } else if (token.kind === "mark" && "([{".includes(token.value)) end = closingMark(tokens, end);
      else if (token.kind === "mark" && token.value === ";") break;
    }
    const part = tokens.slice(at, end);
    const tag = part.findLast((token) => token.kind === "text");
    const words = part.filter((token) => token.kind === "word");
    const isEmbedded = words.length === 1 || tokens[at + 1]?.value === "." || first.value === "*";
    const own = isEmbedded ? words.at(-1) : words[0];
    if (own)
      fields.push({
        name: own.value,
        type: inner ? "" : (words.at(-1)?.value ?? ""),
        isEmbedded,
        tags: tagsOf(tag?.value ?? ""),
        line: tag?.line ?? own.line,
        at,
        inner,
      });
    at = Math.max(end, at + 1);
  }
  return { name, fields };
}

const MAX_TAG = 2_000;

/** `env:"KEY,required" help:"…" required`: a key without a value stands for one that is empty, as kong takes it. */
function tagsOf(written: string): Map<string, string> {
  const text = written.slice(0, MAX_TAG);
  const tags = new Map<string, string>();
  let bare = "";
  let at = 0;
  for (let colon = text.indexOf(':"'); colon >= 0; colon = text.indexOf(':"', at)) {
    const before = text.slice(at, colon);
    const start = before.lastIndexOf(" ") + 1;
    let end = colon + 2;
    while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
    bare += ` ${before.slice(0, start)}`;
    tags.set(before.slice(start).trim(), text.slice(colon + 2, end));
    at = end + 1;
  }
  for (const word of `${bare} ${text.slice(at)}`.split(/\s+/)) if (/^[a-z-]{1,40}$/.test(word)) tags.set(word, "");
  return tags;
}
