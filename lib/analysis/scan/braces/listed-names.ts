import { isEnvName } from "../../inputs/input-names.ts";
import type { BraceProject } from "./project.ts";
import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

const MAX_NAMES = 20;
/** Tokens from a list to the method that goes through it. */
const MAX_CHAIN = 24;

/** What a method does with each member of a list. */
type Through = "some" | "some-not" | "every" | "none" | "each";

const METHODS: ReadonlyMap<string, Through> = new Map(
  Object.entries({
    some: "filter find any anyMatch first firstOrNull Where Any First FirstOrDefault contains",
    "some-not": "filterNot",
    every: "all allMatch All allSatisfy",
    none: "none noneMatch",
    each: "forEach ForEach for_each onEach",
  } satisfies Record<Through, string>).flatMap(([what, names]) =>
    names.split(" ").map((name) => [name, what as Through] as const),
  ),
);
/** Methods between a list and the one that goes through it. */
const PASSES = /^(stream|iter|into_iter|asSequence|asIterable|AsEnumerable|copied|cloned|lazy|parallelStream|ToList)$/;
const MAKES_LIST = /^(listOf|setOf|arrayOf|sequenceOf|of|asList)$/;

/** A list of variables' names that a method goes through. */
export interface ListedNames {
  names: readonly string[];
  through: Through;
  /** What holds each name within the function that the method is given. */
  variable: string;
  /** Tokens of that function's body. */
  body: [number, number];
  /** Index of the first token behind the call. */
  end: number;
}

/**
 * Reads a list of variables' names that is gone through by a method: `List.of("A_KEY", "A_URL").stream().filter(name -> …)`,
 * `REQUIRED.Where(name => …)`, `["A_KEY", "A_URL"].iter().any(|name| …)`. Null for anything else that begins at a token.
 */
export function listedNamesAt(
  tokens: readonly Token[],
  at: number,
  language: BraceLanguage,
  project: Pick<BraceProject, "lists">,
): ListedNames | null {
  if (language === "go") return null;
  const list = listAt(tokens, at, project);
  if (!list) return null;
  for (let index = list.end; index < list.end + MAX_CHAIN && tokens[index]?.value === "."; ) {
    const method = tokens[index + 1]?.value ?? "";
    const through = METHODS.get(method);
    const lambda = through ? lambdaAt(tokens, index + 2) : null;
    if (through && lambda) return { names: list.names, through, ...lambda };
    if (!PASSES.test(method) || tokens[index + 2]?.value !== "(") return null;
    index = closingMark(tokens, index + 2) + 1;
  }
  return null;
}

/** A list that is written out, or that a name stands for. */
function listAt(
  tokens: readonly Token[],
  at: number,
  { lists }: Pick<BraceProject, "lists">,
): { names: readonly string[]; end: number } | null {
  const token = tokens[at];
  const known = token?.kind === "word" ? lists.get(token.value) : undefined;
  if (known) return { names: known.slice(0, MAX_NAMES), end: at + 1 };
  let open = at;
  if (token?.kind === "word") {
    // `new[] {`, `new string[] {`, `List.of(`, `vec![`
    while (open < at + 6 && !/^[({]$/.test(tokens[open]?.value ?? "") && tokens[open]?.value !== "!") open += 1;
    const isMade = token.value === "new" || MAKES_LIST.test(tokens[open - 1]?.value ?? "");
    if (token.value === "vec" && tokens[at + 1]?.value === "!") open = at + 2;
    else if (!isMade) return null;
  } else if (token?.value !== "[") return null;
  const close = closingMark(tokens, open);
  const inside = tokens.slice(open + 1, Math.min(close, open + 2 + 2 * MAX_NAMES));
  const names = inside.flatMap((one) => (one.kind === "text" && isEnvName(one.value) ? [one.value] : []));
  const isList = names.length > 0 && inside.every((one) => one.kind === "text" || one.value === ",");
  return isList && inside.length === close - open - 1 ? { names: names.slice(0, MAX_NAMES), end: close + 1 } : null;
}

/** `(name -> …)`, `(name => …)`, `(|name| …)`, `{ name -> … }`, `{ … it … }`, `{ … $0 … }` */
function lambdaAt(
  tokens: readonly Token[],
  open: number,
): { variable: string; body: [number, number]; end: number } | null {
  const isBlock = tokens[open]?.value === "{";
  if (!isBlock && tokens[open]?.value !== "(") return null;
  const close = closingMark(tokens, open);
  const end = close + 1;
  const body = (from: number, variable: string) => {
    // `name -> { … }`
    const isBraced = tokens[from]?.value === "{" && closingMark(tokens, from) === close - 1;
    return { variable, body: (isBraced ? [from + 1, close - 1] : [from, close]) as [number, number], end };
  };
  // `(|&name| …)`, `(|&&name| …)`
  if (tokens[open + 1]?.value === "|") {
    const bar = tokens.slice(open + 2, open + 8).findIndex(({ value }) => value === "|");
    const name = tokens[open + 1 + bar];
    return bar > 0 && name?.kind === "word" ? body(open + 3 + bar, name.value) : null;
  }
  const arrow = tokens.slice(open + 1, open + 5).findIndex(({ value }) => value === "->" || value === "=>");
  const named = tokens.slice(open + 1, open + 1 + Math.max(arrow, 0)).find(({ kind }) => kind === "word");
  if (arrow >= 0) return named ? body(open + 2 + arrow, named.value) : null;
  if (!isBlock) return null;
  const inner = tokens
    .slice(open + 1, Math.min(close, open + 60))
    .find(({ value }) => value === "it" || value === "$0");
  return inner ? body(open + 1, inner.value) : null;
}
