import { anyOf, type Condition, type Statement, SWITCH, WORD_SEPARATOR } from "./flow.ts";

/**
 * Returns what a comparison with words says of a value that a variable gives, and a literal without the variable:
 * `(process.env.MODE || "token") === "token"` holds when nothing is given, and `=== "basic"` asks for something. Null for any other
 * value.
 *
 * @param words of which the value must be one
 */
export function compareDefault(value: Condition, words: readonly string[]): Condition | null {
  if (value.kind !== "or" || words.length === 0) return null;
  const last = value.of.at(-1);
  const text = last?.kind === "constant" ? last.text : undefined;
  const atom = value.of.find((part) => part.kind === "atom");
  if (text === undefined || atom === undefined) return null;
  const isOwn = words.some((word) => text.toLowerCase() === word.toLowerCase());
  const changed: Condition = {
    kind: "something",
    setting: { key: atom.key, word: isOwn ? "" : words.join(WORD_SEPARATOR) },
  };
  return isOwn ? { kind: "not", of: changed } : changed;
}

/**
 * Returns what a comparison with words says of a value that a variable gives and no literal, or as {@link compareDefault}:
 * `process.env.LOCAL === "true"` asks for something. Only for languages in which a default beside the variable is always seen.
 */
export function compareWords(value: Condition, words: readonly string[]): Condition | null {
  // A position that is compared with words is a subcommand.
  if (value === SWITCH && words.length > 0 && !words.includes("")) return SWITCH;
  const keys = words.length === 0 || words.includes("") ? [] : variablesOf(value);
  if (keys.length === 0) return compareDefault(value, words);
  const word = words.join(WORD_SEPARATOR);
  return anyOf(keys.map((key) => ({ kind: "something", setting: { key, word } })));
}

/** The variables and flags that give a value, alone or where something else that a person may give has none: `args.vendor or os.getenv("VENDOR")`. */
function variablesOf(value: Condition): string[] {
  const parts = value.kind === "or" ? value.of : [value];
  const isOther = (part: Condition) => part.kind === "something" && part !== SWITCH && part.setting === undefined;
  const given = parts.filter((part) => !isOther(part));
  const keys = given.flatMap((part) => (part.kind === "atom" && !part.key.startsWith("position ") ? [part.key] : []));
  return keys.length === given.length ? keys : [];
}

/**
 * What a chain does that asks for the words of one setting, the one that it has by itself among them, and has no `else`: a word that it
 * does not know is taken for a mistake, not for a way to do without what the others demand.
 *
 * @param tests the conditions of its arms
 */
export function otherwiseOf(tests: readonly Condition[]): Statement[] {
  const isChange = (test: Condition) => test.kind === "something" && test.setting !== undefined;
  const isOwn = (test: Condition) => test.kind === "not" && isChange(test.of);
  const areWords = tests.length > 1 && tests.every((test) => isOwn(test) || isChange(test));
  return areWords && tests.some(isOwn) ? [{ kind: "fail" }] : [];
}

/** One case of a `switch` or a `match`. */
export interface Case {
  test: Condition;
  lowered: Statement[];
  isDefault: boolean;
}

/** Turns the cases of a `switch` or a `match` into an if/else chain. */
export function toChain(cases: readonly Case[]): Statement[] {
  const otherwise = cases.find(({ isDefault }) => isDefault)?.lowered ?? otherwiseOf(cases.map(({ test }) => test));
  return cases
    .filter(({ isDefault }) => !isDefault)
    .reduceRight<Statement[]>(
      (alternate, { test, lowered: consequent }) => [{ kind: "if", test, consequent, alternate }],
      otherwise,
    );
}
