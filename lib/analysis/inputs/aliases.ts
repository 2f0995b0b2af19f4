import type { Findings, InputFinding } from "./findings.ts";

/**
 * Renames the short spelling of an option, as documentation shows it, to the one that the code declares beside it: `-d` to
 * `--domains`.
 *
 * @param declared options that the code declares, with their aliases
 */
export function toFullNames(findings: Findings, declared: readonly InputFinding[]): Findings {
  const names = new Map(declared.flatMap(({ key, aliases = [] }) => aliases.map((alias) => [alias, key] as const)));
  if (names.size === 0) return findings;
  const rename = (input: InputFinding): InputFinding => {
    const key = input.target === "arg" ? names.get(input.key) : undefined;
    // Its label and its template were made of the short spelling.
    return key === undefined ? input : { ...input, key, label: null, template: null };
  };
  return {
    ...findings,
    inputs: findings.inputs.map(rename),
    launches: findings.launches.map((launch) => ({ ...launch, inputs: launch.inputs.map(rename) })),
  };
}
