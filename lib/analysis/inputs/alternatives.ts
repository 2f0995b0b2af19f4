import type { Alternative, Input } from "../spec.ts";
import type { AlternativeFinding, LaunchFinding } from "./findings.ts";

const MAX_BRANCHES = 10;
const MAX_BRANCH_LENGTH = 20;

/**
 * Finds inputs that replace each other (a token, or a user name with a password; a variable or a flag) and makes them
 * optional one by one: the group is required instead.
 *
 * @param inputs merged inputs
 * @param evidence commands that documentation shows, and alternatives that code or a declaration states
 */
export function judgeAlternatives(
  inputs: Input[],
  evidence: { launches: LaunchFinding[]; found: AlternativeFinding[] },
): { inputs: Input[]; alternatives: Alternative[] } {
  const known = new Set(inputs.map((input) => input.key));
  const groups: Alternative[] = [];
  for (const one of [...evidence.found, ...shownOptions(evidence.launches, inputs)]) {
    const branches = absorb(
      one.branches
        .map((branch) => [...new Set(branch)])
        .filter((branch) => branch.length > 0 && branch.every((key) => known.has(key))),
    );
    if (branches.length < 2) continue;
    const keys = new Set(branches.flat());
    if (groups.some((group) => group.oneOf.flat().some((key) => keys.has(key)))) continue;
    groups.push({
      what: one.what.slice(0, 200),
      oneOf: branches.slice(0, MAX_BRANCHES).map((branch) => branch.slice(0, MAX_BRANCH_LENGTH)),
      required: one.required,
    });
  }
  const members = new Set(groups.flatMap((group) => group.oneOf.flat()));
  return {
    inputs: inputs.map((input) => (members.has(input.key) ? { ...input, required: false } : input)),
    alternatives: groups.slice(0, 20),
  };
}

/** Drops branches that contain another branch. */
function absorb(branches: string[][]): string[][] {
  return branches.filter(
    (branch, index) =>
      !branches.some(
        (other, at) =>
          at !== index && other.every((key) => branch.includes(key)) && (other.length < branch.length || at < index),
      ),
  );
}

/**
 * Finds choices in documentation that shows the same package with one credential in one block and another in the next.
 */
function shownOptions(launches: LaunchFinding[], inputs: Input[]): AlternativeFinding[] {
  const secrets = new Set(inputs.filter((input) => input.secret).map((input) => input.key));
  const sets: string[][] = [];
  for (const launch of launches) {
    if (launch.provenance.from !== "readme") continue;
    const keys = launch.inputs
      .map((input) => input.key)
      .filter((key) => secrets.has(key))
      .sort();
    if (keys.length > 0 && !sets.some((set) => set.join() === keys.join())) sets.push(keys);
  }
  const apart = sets.filter((set) => sets.every((other) => other === set || !other.some((key) => set.includes(key))));
  if (apart.length < 2 || apart.length !== sets.length || apart.length > 4) return [];
  const isRequired = launches
    .filter((launch) => launch.provenance.from === "readme" && launch.registry !== "source")
    .every((launch) => launch.inputs.some((input) => secrets.has(input.key)) || launch.inputs.length === 0);
  return [{ what: "Credential", branches: apart, required: isRequired }];
}
