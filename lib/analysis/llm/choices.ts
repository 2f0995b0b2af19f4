import type { Alternative, Input } from "../spec.ts";
import type { ModelAnswer } from "./answer.ts";
import type { Evidence } from "./evidence.ts";
import { toSafeText } from "./model-text.ts";

const MAX_GROUPS = 10;
const MAX_BRANCHES = 10;
const MAX_BRANCH_LENGTH = 20;

/**
 * Judges the choices of a draft again, by an answer that can be trusted. A group of the answer takes the place of those that share an
 * input with it. A group of the draft ends where the answer requires one of its inputs alone.
 *
 * @param inputs the inputs as they are judged by now
 * @returns the groups, and keys that a group demands of which the other ways are not the draft's, such as a flag that does the same
 */
export function judgeChoices(
  answer: ModelAnswer,
  inputs: readonly Input[],
  evidence: Evidence,
): { groups: Alternative[]; demanded: Set<string> } {
  const known = new Set(inputs.map((input) => input.key));
  const taken = new Set<string>();
  const groups: Alternative[] = [];
  const demanded = new Set<string>();
  for (const one of answer.alternatives.slice(0, 1_000)) {
    if (groups.length >= MAX_GROUPS) break;
    const branches = one.oneOf
      .map((branch) => [...new Set(branch)].slice(0, MAX_BRANCH_LENGTH))
      .filter((branch) => branch.length > 0 && branch.every((key) => known.has(key)))
      .slice(0, MAX_BRANCHES);
    const members = branches.flat();
    if (members.some((key) => taken.has(key)) || new Set(members).size < members.length) continue;
    for (const key of members) taken.add(key);
    if (branches.length > 1) {
      const what = toSafeText(one.what, 200, null, evidence.known) || "One of these ways";
      groups.push({ what, oneOf: branches, required: one.required });
    } else if (one.required) for (const key of members) demanded.add(key);
  }
  const required = new Set(inputs.filter((input) => input.required).map((input) => input.key));
  const kept = evidence.draft.alternatives.filter(({ oneOf }) =>
    oneOf.flat().every((key) => known.has(key) && !taken.has(key) && !required.has(key)),
  );
  return { groups: [...kept, ...groups], demanded };
}
