import { handlersOf } from "./handlers.ts";
import { Ranges } from "./ranges.ts";
import { argumentsOf } from "./reads.ts";
import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

/** A function, or a body without a name that runs at start. */
export interface BraceFunction {
  name: string;
  parameters: string[];
  /** Tokens of the body, without its braces. */
  from: number;
  to: number;
  /** Rust: the type of which it is, where it is called by that: `Client::new()`. */
  owner?: string;
  /** The body is one expression: `fun key() = System.getenv("KEY")`. */
  isExpression?: boolean;
  /** It is handed on where it stands, and runs when something asks for it: `s.AddTool(tool, func(…) … { … })`. */
  isHandler?: boolean;
  /** It runs where its name is read like that of a field. */
  isProperty?: boolean;
}

const FUNCTION_WORD = /^(func|fn|fun)$/;
const NOT_FUNCTIONS =
  /^(if|for|while|switch|catch|return|new|throw|using|lock|foreach|synchronized|when|try|else|super|this)$/;

/** The functions of a file, with the bodies of commands that are functions without a name. */
export function functionsOf(tokens: readonly Token[], language: BraceLanguage): BraceFunction[] {
  const found: BraceFunction[] = [];
  const ofTypes = language === "rust" ? implsOf(tokens) : [];
  const isMarked = language !== "java" && language !== "csharp";
  for (let at = 0; at < tokens.length && found.length < 2_000; at += 1) {
    const token = tokens[at];
    const computed = language === "swift" && token?.value === "var" ? computedAt(tokens, at) : null;
    if (computed) found.push(computed);
    if (token?.kind !== "word" || (isMarked && !FUNCTION_WORD.test(token.value))) continue;
    const property = language === "csharp" ? propertyAt(tokens, at) : null;
    if (property) found.push({ name: token.value, parameters: [], isProperty: true, ...property });
    // Java: what a class does as soon as it is there, `static { … }`.
    if (language === "java" && token.value === "static" && tokens[at + 1]?.value === "{")
      found.push({ name: "init", parameters: [], from: at + 2, to: closingMark(tokens, at + 1) });
    const anonymous = language === "go" ? commandBody(tokens, at) : null;
    if (anonymous !== null) {
      found.push({ name: "main", parameters: [], from: anonymous + 1, to: closingMark(tokens, anonymous) });
      continue;
    }
    const closure = language === "go" ? closureAt(tokens, at) : null;
    if (closure) {
      const isHandler = closure.name === "" && /^[,(]$/.test(tokens[at - 1]?.value ?? "");
      if ((isHandler || closure.name !== "") && closure.to - closure.from < MAX_CLOSURE)
        found.push({ ...closure, ...(isHandler && { isHandler }) });
      continue;
    }
    let name = isMarked ? at + 1 : at;
    // Go's receiver and Rust's type parameters stand before the parameters.
    if (language === "go" && tokens[name]?.value === "(") name = closingMark(tokens, name) + 1;
    const open = isMarked ? nextBracket(tokens, name + 1) : name + 1;
    if (!isMarked && !mayDeclare(tokens[at - 1])) continue;
    const isWord = !isMarked && NOT_FUNCTIONS.test(tokens[name]?.value ?? "");
    if (open === null || tokens[open]?.value !== "(" || isWord) continue;
    const after = closingMark(tokens, open) + 1;
    const body = bodyAfter(tokens, after);
    if (body === null) {
      const expression = expressionAfter(tokens, after, language);
      if (expression)
        found.push({
          name: tokens[name]?.value ?? "",
          parameters: parameterNames(tokens, open, language),
          ...expression,
          isExpression: true,
        });
      continue;
    }
    const owner = ofTypes.findLast((one) => one.from < at && at < one.to)?.name;
    const isOfObject = tokens.slice(open + 1, open + 4).some(({ value }) => value === "self");
    found.push({
      name: tokens[name]?.kind === "word" ? (tokens[name]?.value ?? "") : "",
      ...(owner !== undefined && !isOfObject && { owner }),
      parameters: parameterNames(tokens, open, language),
      from: body + 1,
      to: closingMark(tokens, body),
    });
  }
  for (const { from, to } of handlersOf(tokens, language).values())
    found.push({ name: "", parameters: [], from, to, isHandler: true });
  return found;
}

/** The `impl` blocks of a Rust file, with the type that each is for. */
export function implsOf(tokens: readonly Token[]): readonly Impl[] {
  const known = impls.get(tokens) ?? findImpls(tokens);
  impls.set(tokens, known);
  return known;
}

interface Impl {
  name: string;
  from: number;
  to: number;
}

/** Asked for by each function of a file. */
const impls = new WeakMap<readonly Token[], readonly Impl[]>();

function findImpls(tokens: readonly Token[]): Impl[] {
  return tokens.flatMap((token, at) => {
    if (token.value !== "impl" || token.kind !== "word") return [];
    const head = tokens.slice(at, at + MAX_HEAD);
    const open = head.findIndex(({ value }) => value === "{");
    const name = head.slice(0, Math.max(open, 0)).findLast(({ kind }) => kind === "word");
    return name ? [{ name: name.value, from: at + open, to: closingMark(tokens, at + open) }] : [];
  });
}

const MAX_HEAD = 60;

/** Whether a method may be declared behind a token: its type, a modifier, an annotation, or what ended before it. `args.Contains("x")` is a call. */
function mayDeclare(before: Token | undefined): boolean {
  if (before?.kind === "word") return !/^(return|new|else|await|throw|in|is|case|yield|and|or|not)$/.test(before.value);
  return before === undefined || (before.kind === "mark" && /^[>\]?};{)]$/.test(before.value));
}

/** Longer ones may lie in each other many times. */
const MAX_CLOSURE = 1_000;

/** A function that a variable holds, `need := func(name string) string { … }`; without a name for any other that has none. Null for a declaration. */
function closureAt(tokens: readonly Token[], at: number): BraceFunction | null {
  const open = at + 1;
  if (tokens[open]?.value !== "(") return null;
  const after = closingMark(tokens, open) + 1;
  // A method has its name behind the receiver.
  if (tokens[after]?.kind === "word" && tokens[after + 1]?.value === "(") return null;
  const body = bodyAfter(tokens, after);
  const isHeld = body !== null && /^(:=|=)$/.test(tokens[at - 1]?.value ?? "") && tokens[at - 2]?.kind === "word";
  const name = isHeld ? (tokens[at - 2]?.value ?? "") : "";
  const from = (body ?? after) + 1;
  return { name, parameters: parameterNames(tokens, open, "go"), from, to: closingMark(tokens, body ?? after) };
}

const COMMAND_FIELD = /^(RunE?|Action|PreRunE?|PersistentPreRunE?|Before)$/;

/** The body of a function that a command of cobra or urfave/cli runs: `RunE: func(…) error { … }`. */
function commandBody(tokens: readonly Token[], at: number): number | null {
  if (tokens[at - 1]?.value !== ":" || !COMMAND_FIELD.test(tokens[at - 2]?.value ?? "")) return null;
  return tokens[at + 1]?.value === "(" ? bodyAfter(tokens, closingMark(tokens, at + 1) + 1) : null;
}

/** Functions that commands name: `RunE: runServer`. */
export function commandFunctions(tokens: readonly Token[], isOther: (at: number) => boolean): string[] {
  return tokens.flatMap((token, at) =>
    !isOther(at) &&
    token.kind === "word" &&
    tokens[at - 1]?.value === ":" &&
    COMMAND_FIELD.test(tokens[at - 2]?.value ?? "")
      ? [token.value]
      : [],
  );
}

function nextBracket(tokens: readonly Token[], from: number): number | null {
  for (let index = from; index < from + 40; index += 1) {
    if (tokens[index]?.value === "(") return index;
    if (tokens[index]?.value === "{") return null;
  }
  return null;
}

/** The brace of a function's body, past its result type and its `throws`. */
function bodyAfter(tokens: readonly Token[], from: number): number | null {
  for (let index = from; index < from + 40; index += 1) {
    const token = tokens[index];
    if (!token || token.value === ";" || token.value === "=") return null;
    if (token.value === "{") return index;
    if (token.value === "(") index = closingMark(tokens, index);
    else if (token.kind === "mark" && !/^(->|:|::|\.|,|<|>|\*|&|\[|\]|\?|\))$/.test(token.value)) return null;
  }
  return null;
}

function parameterNames(tokens: readonly Token[], open: number, language: BraceLanguage): string[] {
  return argumentsOf(tokens, open).args.map((arg) => {
    const words = arg.filter(
      (token) => token.kind === "word" && !/^(mut|final|self|params|vararg|val|var)$/.test(token.value),
    );
    // Swift may have a label before the name.
    const colon = language === "swift" ? arg.findIndex((token) => token.value === ":") : -1;
    if (colon > 0) return arg[colon - 1]?.value ?? "";
    // Java and C# write the type first.
    const word = language === "java" || language === "csharp" ? words.at(-1) : words[0];
    return word?.value ?? "";
  });
}

/** `fun key(): String? = …` and `string Key() => …`: the tokens of the expression. */
function expressionAfter(
  tokens: readonly Token[],
  from: number,
  language: BraceLanguage,
): { from: number; to: number } | null {
  if (language !== "kotlin" && language !== "csharp") return null;
  const mark = language === "kotlin" ? "=" : "=>";
  for (let index = from; index < from + 12; index += 1) {
    const token = tokens[index];
    if (token?.value === mark && token.kind === "mark") {
      const to = new Ranges(tokens, language).statementEnd(index + 1, Math.min(tokens.length, index + 500));
      return { from: index + 1, to };
    }
    if (!token || (token.kind === "mark" && !/^[:.<>?]$/.test(token.value))) return null;
  }
  return null;
}

/** Swift's `var key: String? { … }` */
function computedAt(tokens: readonly Token[], at: number): BraceFunction | null {
  const name = tokens[at + 1];
  if (name?.kind !== "word" || tokens[at + 2]?.value !== ":") return null;
  for (let index = at + 3; index < at + 12; index += 1) {
    const token = tokens[index];
    if (token?.value === "{") {
      const to = closingMark(tokens, index);
      const returns = tokens.slice(index, Math.min(to, index + 400)).some((one) => one.value === "return");
      return { name: name.value, parameters: [], from: index + 1, to, isExpression: !returns };
    }
    if (!token || token.line > name.line || (token.kind === "mark" && !/^[?[\]:.<>!]$/.test(token.value))) return null;
  }
  return null;
}

/** `static string? Key => …;` and `static string Key { get { … } }` */
function propertyAt(tokens: readonly Token[], at: number): Pick<BraceFunction, "from" | "to" | "isExpression"> | null {
  const before = tokens[at - 1];
  const isDeclared =
    before?.kind === "word" ? !/^(return|await|in|is|case)$/.test(before.value) : /^[?>]$/.test(before?.value ?? "");
  if (!isDeclared) return null;
  const [mark, get, body] = tokens.slice(at + 1, at + 4).map(({ value }) => value);
  if (mark === "{" && get === "get" && body === "{") return { from: at + 4, to: closingMark(tokens, at + 3) };
  const start = mark === "=>" ? at + 2 : mark === "{" && get === "get" && body === "=>" ? at + 4 : null;
  if (start === null) return null;
  const to = new Ranges(tokens, "csharp").statementEnd(start, Math.min(tokens.length, start + 500));
  return { from: start, to, isExpression: true };
}
