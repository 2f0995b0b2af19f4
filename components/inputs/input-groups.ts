import type { Alternative, Input } from "@/lib/analysis/spec";
import { isOffered } from "@/lib/deployments/inputs/input-schema";
import type { InputView } from "@/lib/deployments/view";

/** An input of an analysis, or of a deployment with what is stored for it. */
export type FormInput = Input & Partial<Pick<InputView, "isSet" | "value" | "updatedAt">>;

/** One choice of a group: the inputs that are given together. */
export interface Branch {
  label: string;
  inputs: FormInput[];
}

export interface InputGroup {
  /** Stable within a form. */
  id: string;
  what: string;
  required: boolean;
  branches: Branch[];
}

export interface GroupedInputs {
  groups: InputGroup[];
  required: FormInput[];
  optional: FormInput[];
}

export function toInputName(input: Input): string {
  return input.label || input.key;
}

function labelBranch(inputs: FormInput[]): string {
  return inputs.map(toInputName).join(" and ");
}

/**
 * A form's inputs in the order in which it shows them. An input stands in one place only: the first group that names it, else
 * with the required or the optional ones. What no person can set (headers, reserved variables) is left out, and so is a branch
 * that names an input which is not there.
 */
export function groupInputs(inputs: readonly FormInput[], alternatives: readonly Alternative[]): GroupedInputs {
  const offered = new Map(inputs.filter(isOffered).map((input) => [input.key, input]));
  const placed = new Set<string>();
  const groups: InputGroup[] = [];
  for (const [index, { what, oneOf, required }] of alternatives.entries()) {
    const branches = oneOf.flatMap((keys) => {
      const members = keys.map((key) => offered.get(key));
      const known = members.filter((input) => input !== undefined);
      if (known.length < keys.length || known.some((input) => placed.has(input.key))) return [];
      return [{ label: labelBranch(known), inputs: known }];
    });
    if (branches.length < 2) continue;
    for (const { key } of branches.flatMap((branch) => branch.inputs)) placed.add(key);
    groups.push({ id: `group-${index}`, what, required, branches });
  }
  const rest = [...offered.values()].filter((input) => !placed.has(input.key));
  return {
    groups,
    required: rest.filter((input) => input.required),
    optional: rest.filter((input) => !input.required),
  };
}
