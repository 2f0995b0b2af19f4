import type { Ranges } from "./ranges.ts";
import { callAt } from "./reads.ts";
import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

const NO_NAMES = /^(var|let|val|mut|const|final|guard|if|String|string|self|this|ref|static|private|public)$/;

/**
 * Returns the names on the left of an assignment: `token := x`, `var token = x`, `let token: String = x`, `cfg.Token = x`,
 * `token, ok := x`.
 */
export function assignedNames(left: readonly Token[], language: BraceLanguage): string[] {
  const colon = /^(rust|kotlin|swift)$/.test(language) ? left.findIndex((token) => token.value === ":") : -1;
  return (colon > 0 ? left.slice(0, colon) : left)
    .filter((token, index, all) => token.kind === "word" && all[index + 1]?.value !== ".")
    .map((token) => token.value)
    .filter((name) => !NO_NAMES.test(name));
}

/** Returns the variable that a flag of Go is put into, and the range of its default: `flag.StringVar(&key, "key", os.Getenv("A_KEY"), "")`. */
export function flagVariable(
  tokens: readonly Token[],
  from: number,
  to: number,
  ranges: Ranges,
): { variable: string; range: [number, number] } | null {
  const call = callAt(tokens, from);
  const method = /\.StringVar(P)?$/.exec(call?.name ?? "");
  if (!call || !method || tokens[call.open + 1]?.value !== "&") return null;
  const args = ranges.split(call.open + 1, Math.min(closingMark(tokens, call.open), to), ",");
  const variable = tokens[(args[0]?.[1] ?? 0) - 1];
  const range = args[method[1] ? 3 : 2];
  return variable?.kind === "word" && range ? { variable: variable.value, range } : null;
}
