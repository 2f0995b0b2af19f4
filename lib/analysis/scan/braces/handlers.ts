import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

/** The body of a function without a name that a server is given to answer requests with, without its braces. */
export interface Handler {
  from: number;
  to: number;
}

/** Methods and types of the libraries for MCP that are given such a function: `addTool(tool, (exchange, request) -> { … })`. */
const TAKES_HANDLER =
  /^(?:(?:add|register|with)?(?:Tool|Prompt|Resource)s?|(?:Sync|Async)?(?:Stateless)?(?:Sync|Async)?(?:Tool|Prompt|Resource|ResourceTemplate|Completion)(?:Specification|Registration)|(?:tool)?[cC]all(?:Tool)?(?:Handler)?|(?:tool|prompt|resource|read|get|list|call|complete|completion)Handler|With\w{1,40}Handler|setRequestHandler|McpServerTool\.Create)$/i;

const MAX_HANDLERS = 500;
const MAX_GENERICS = 12;

/** The handlers of a file by their first tokens: each token of a function asks for them. */
const known = new WeakMap<readonly Token[], ReadonlyMap<number, Handler>>();

const NONE: ReadonlyMap<number, Handler> = new Map();

/** Returns the handlers of a file in Java, Kotlin or C#, by their first tokens. They run at a request, and not where they stand. */
export function handlersOf(tokens: readonly Token[], language: BraceLanguage): ReadonlyMap<number, Handler> {
  if (language !== "java" && language !== "kotlin" && language !== "csharp") return NONE;
  const found = known.get(tokens) ?? new Map(findHandlers(tokens, language).map((one) => [one.from, one]));
  known.set(tokens, found);
  return found;
}

/** Returns the last token of the handler whose body begins at a token, or null. */
export function endOfHandler(tokens: readonly Token[], language: BraceLanguage, at: number): number | null {
  return handlersOf(tokens, language).get(at)?.to ?? null;
}

function findHandlers(tokens: readonly Token[], language: BraceLanguage): Handler[] {
  const found: Handler[] = [];
  const open: number[] = [];
  const opened = new Map<number, number>();
  for (let at = 0; at < tokens.length && found.length < MAX_HANDLERS; at += 1) {
    const token = tokens[at];
    if (token?.kind !== "mark") continue;
    if (/^[)\]}]$/.test(token.value)) opened.set(at, open.pop() ?? at);
    if (token.value === "{") {
      const before = tokens[at - 1]?.value ?? "";
      const isArrow = before === "->" || before === "=>";
      // Kotlin writes the last function behind the brackets: `addTool("a") { request -> … }`.
      const bracket = isArrow
        ? open.findLast((one) => tokens[one]?.value === "(")
        : language === "kotlin" && before === ")"
          ? opened.get(at - 1)
          : undefined;
      if (
        bracket !== undefined &&
        (!isArrow || open.at(-1) === bracket) &&
        TAKES_HANDLER.test(calledAt(tokens, bracket))
      )
        found.push({ from: at + 1, to: closingMark(tokens, at) });
    }
    if (/^[([{]$/.test(token.value)) open.push(at);
  }
  return found;
}

/** The name of what is called with the arguments in a bracket. */
function calledAt(tokens: readonly Token[], bracket: number): string {
  let at = bracket - 1;
  if (tokens[at]?.value === ">") while (at > bracket - MAX_GENERICS && tokens[at]?.value !== "<") at -= 1;
  if (tokens[at]?.value === "<") at -= 1;
  const name = tokens[at]?.kind === "word" ? (tokens[at]?.value ?? "") : "";
  return name === "Create" ? `${tokens[at - 2]?.value}.${name}` : name;
}
