import type { BraceProject } from "./project.ts";
import { argumentsOf, callAt, failsWithout, isSecondChoice } from "./reads.ts";
import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

/** Functions that fail when what they are given is not there. */
const DEMANDS_VALUE: Record<BraceLanguage, RegExp> = {
  go: /^$/,
  rust: /^$/,
  java: /(^|\.)(requireNonNull|checkNotNull|hasText|hasLength|notNull|notBlank|notEmpty)$/,
  kotlin: /(^|\.)(requireNotNull|checkNotNull|requireNonNull|hasText)$/,
  csharp: /(^|\.)(ThrowIfNull|ThrowIfNullOrEmpty|ThrowIfNullOrWhiteSpace|NullOrEmpty|NullOrWhiteSpace)$/,
  swift: /^$/,
};

/** Functions that fail when a condition does not hold. */
const DEMANDS_CONDITION: Record<BraceLanguage, RegExp> = {
  go: /^$/,
  rust: /(^|::)(ensure|assert)!$/,
  java: /(^|\.)(checkArgument|checkState|isTrue)$/,
  kotlin: /^(require|check)$/,
  csharp: /^$/,
  swift: /^precondition$/,
};

/** What a call at a token demands, as the range of its first argument, or null. */
export function demandOf(
  tokens: readonly Token[],
  at: number,
  language: BraceLanguage,
  project: BraceProject,
): [number, number] | null {
  const call = language === "go" ? null : callAt(tokens, at);
  // `Optional.ofNullable(key).orElseThrow()`
  if (call && /(^|\.)ofNullable$/.test(call.name)) {
    const end = closingMark(tokens, call.open);
    return failsWithout(tokens, end + 1, language, project) ? [call.open + 1, end] : null;
  }
  if (!call || !(DEMANDS_VALUE[language].test(call.name) || DEMANDS_CONDITION[language].test(call.name))) return null;
  const close = closingMark(tokens, call.open);
  for (let index = call.open + 1; index < close; index += 1) {
    const token = tokens[index];
    if (token?.kind !== "mark") continue;
    if ("([{".includes(token.value)) index = closingMark(tokens, index);
    else if (token.value === ",") return [call.open + 1, index];
  }
  return argumentsOf(tokens, call.open).args.length > 0 ? [call.open + 1, close] : null;
}

/** Returns whether the program ends without what a name or a field holds: `key ?: error("…")`, `key ?? throw …`, `key!!`, `self.key.expect("…")`. */
export function isDemandedName(
  tokens: readonly Token[],
  at: number,
  language: BraceLanguage,
  project: BraceProject,
): boolean {
  const next = tokens[at + 1];
  const isAsked = tokens[at]?.kind === "word" && next?.kind === "mark" && /^(\?:|\?\?|!|\?|\.)$/.test(next.value);
  if (language === "go" || !isAsked || isSecondChoice(tokens, at)) return false;
  // Of members, only those of the object itself.
  const isOfOther = tokens[at - 1]?.value === "." && !/^(self|this)$/.test(tokens[at - 2]?.value ?? "");
  return !isOfOther && failsWithout(tokens, at + 1, language, project);
}

const PRINTS =
  /(^|\.|::)(print|println|printf|eprintln|eprint|fprint|fprintln|fprintf|printStackTrace|write|writeline|writelineasync|error|errorf|errorln|warn|warnf|info|infof|logerror|logcritical|log|msg|usage|printdefaults)!?$/i;

/** Returns whether code does nothing but tell a person something. */
export function isPrinting(tokens: readonly Token[], from: number, to: number): boolean {
  let isTold = false;
  for (let at = from; at < to; at += 1) {
    const call = callAt(tokens, at);
    if (!call) continue;
    if (!PRINTS.test(call.name)) return false;
    isTold = true;
  }
  return isTold;
}
