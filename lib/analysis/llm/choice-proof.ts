import { upperName } from "../inputs/input-names.ts";
import type { Alternative, Input } from "../spec.ts";
import type { ModelAnswer } from "./answer.ts";
import { type Evidence, lineOf } from "./evidence.ts";
import { toSafeText } from "./model-text.ts";
import type { Place } from "./place.ts";
import { DEMAND } from "./requirement-proof.ts";

const MAX_GROUPS = 10;
const MAX_BRANCHES = 10;
const MAX_BRANCH_LENGTH = 20;

/** Characters between two names that "or" joins. */
const MAX_GAP = 60;
const OR = /(?<!and\/)\bor\b|\|\||\?\?|\binstead\b/i;
/** "A is required when B is not provided" */
const WITHOUT = /\brequired\b.{0,20}\b(when|if|unless)\b.{0,80}\b(not )?(provided|set|given)\b/i;

/**
 * Lists the choices of an answer that one line states: it names a key of two branches, and says that one stands for the other.
 * What is required alone stays so, since "or" does not tell that the other one does as well.
 */
export function listChoices(answer: ModelAnswer, inputs: readonly Input[], evidence: Evidence): Alternative[] {
  const byKey = new Map(inputs.map((input) => [input.key, input]));
  const taken = new Set(evidence.draft.alternatives.flatMap((group) => group.oneOf.flat()));
  const groups: Alternative[] = [];
  for (const one of answer.alternatives.slice(0, 1_000)) {
    if (groups.length >= MAX_GROUPS) break;
    const branches = one.oneOf
      .map((branch) => [...new Set(branch)].slice(0, MAX_BRANCH_LENGTH))
      .filter((branch) => branch.length > 0 && branch.every((key) => byKey.has(key)))
      .slice(0, MAX_BRANCHES);
    const members = branches.flat();
    const isFree = (key: string) => !byKey.get(key)?.required && !taken.has(key) && !evidence.demanded.has(key);
    if (branches.length < 2 || !members.every(isFree) || new Set(members).size < members.length) continue;
    const place = lineOf(one, evidence);
    if (place === null) continue;
    const named = branches.map((branch) => branch.flatMap((key) => namesOf(place, byKey.get(key))));
    if (!saysChoice(place.line, named)) continue;
    for (const key of members) taken.add(key);
    const what = toSafeText(one.what, 200, null, evidence.known) || "One of these ways";
    groups.push({ what, oneOf: branches, required: one.required && DEMAND.test(place.line) });
  }
  return groups;
}

/** Returns whether a line says that a name of one branch stands for a name of another. */
function saysChoice(line: string, named: readonly string[][]): boolean {
  const places = named.flatMap((names, branch) =>
    names.map((name) => ({ branch, start: line.indexOf(name), end: line.indexOf(name) + name.length })),
  );
  const isApart = new Set(places.map((one) => one.branch)).size > 1;
  if (isApart && WITHOUT.test(line)) return true;
  return places.some((one) =>
    places.some((other) => {
      const gap = line.slice(one.end, other.start);
      return one.branch !== other.branch && other.start > one.end && gap.length <= MAX_GAP && OR.test(gap);
    }),
  );
}

/** Returns the names of an input that stand on a line: its key, the flag of a variable, or what a position is called. */
function namesOf(place: Place, input: Input | undefined): string[] {
  if (!input) return [];
  const others =
    input.target === "env"
      ? [`--${input.key.toLowerCase().replaceAll("_", "-")}`]
      : input.key.startsWith("position ")
        ? [upperName(input.placeholder ?? input.label).replace(/^_|_$/g, "")]
        : [];
  return [input.key, ...others].filter((name) => name.length > 2 && place.has(name)).slice(0, 1);
}
