import { differenceOf, isOneEdit } from "../one-edit.ts";
import type { Findings, InputFinding } from "./findings.ts";

/**
 * Renames what documentation shows to what the code has: the short spelling of an option to the one that is declared beside it (`-d` to
 * `--domains`), an option that differs from the code's in its separators alone, or in its number of dashes (`-domains`, which some libraries
 * take as well), and a variable that the code does not have to the one that differs from it in underscores alone (API_KEY to APIKEY), or in one
 * letter by a typing error, where documentation does not name the code's own (ACME_API_KEY to ACNE_API_KEY).
 *
 * @param declared what the code declares and reads, options with their aliases
 * @param occurs whether a name occurs anywhere in the code
 */
export function toFullNames(
  findings: Findings,
  declared: readonly InputFinding[],
  occurs: (key: string) => boolean,
): Findings {
  const names = new Map(declared.flatMap(({ key, aliases = [] }) => aliases.map((alias) => [alias, key] as const)));
  const options = new Set(declared.flatMap(({ key, target }) => (target === "arg" ? [key] : [])));
  // Documentation may have the other of `--page-size` and `--page_size`, of which programs take one.
  for (const key of options) {
    if (!key.startsWith("--")) continue;
    const name = key.slice(2);
    const other = `--${name.includes("-") ? name.replaceAll("-", "_") : name.replaceAll("_", "-")}`;
    if (!options.has(other) && !names.has(other)) names.set(other, key);
  }
  const optionOf = (key: string) => {
    const [, dashes, name = ""] = /^(--?)([A-Za-z][\w.-]{0,199})$/.exec(key) ?? [];
    const other = `${dashes === "--" ? "-" : "--"}${name}`;
    return name !== "" && !options.has(key) && options.has(other) ? other : undefined;
  };
  const variables = new Map<string, Set<string>>();
  for (const { key, target } of declared)
    if (target === "env") variables.set(letters(key), (variables.get(letters(key)) ?? new Set()).add(key));
  const variableOf = (key: string) => {
    if (occurs(key)) return undefined;
    const [only, ...others] = variables.get(letters(key)) ?? mistaken.filter((one) => isMistaken(one, key));
    return only === undefined || others.length > 0 || only === key ? undefined : only;
  };
  const written = new Set(
    [...findings.inputs, ...findings.launches.flatMap(({ inputs }) => inputs)].map(({ key }) => key),
  );
  const mistaken = [...variables.values()].flatMap((keys) => [...keys].filter((key) => !written.has(key)));
  const rename = (input: InputFinding): InputFinding => {
    const key = input.target === "arg" ? (names.get(input.key) ?? optionOf(input.key)) : variableOf(input.key);
    // Its label and its template were made of the short spelling.
    return key === undefined ? input : { ...input, key, label: null, template: null };
  };
  return {
    ...findings,
    inputs: findings.inputs.map(rename),
    launches: findings.launches.map((launch) => ({ ...launch, inputs: launch.inputs.map(rename) })),
  };
}

function letters(key: string): string {
  return key.replaceAll("_", "");
}

const MIN_MISTAKEN_LENGTH = 8;

/** Returns whether two long names differ in one letter: another, one too many, or two that changed places. */
function isMistaken(one: string, other: string): boolean {
  if (Math.min(one.length, other.length) < MIN_MISTAKEN_LENGTH) return false;
  const difference = differenceOf(one, other);
  const { from, left, right } = difference;
  // The word that a letter of its own makes another one: A_KEY and B_KEY, API_V_KEY.
  const isWhole = (name: string, end: number) => /^_?$/.test(name[from - 1] ?? "") && /^_?$/.test(name[end] ?? "");
  return (
    isOneEdit(difference) &&
    /^[A-Z]*$/.test(left + right) &&
    !isWhole(one, from + left.length) &&
    !isWhole(other, from + right.length)
  );
}
