import type { Alternative, Input } from "@/lib/analysis/spec";
import { isOffered } from "@/lib/deployments/inputs/check-inputs";
import { prefillOf } from "@/lib/deployments/inputs/prefill";
import type { InputView } from "@/lib/deployments/view";

/** Input of an analysis, or of a deployment with its stored state. */
export type FormInput = Input & Partial<Pick<InputView, "isSet" | "value" | "updatedAt">>;

/** One choice of a group: inputs that are given together. */
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
  /** Optional inputs with a value that is sent unless the person clears it. */
  prefilled: FormInput[];
  optional: FormInput[];
}

export function toInputName(input: Input): string {
  return input.label || input.key;
}

function labelBranch(inputs: FormInput[]): string {
  return new Intl.ListFormat("en").format(inputs.map(toInputName));
}

/**
 * Orders a form's inputs. Each input has one place: the first group that names it, else the required, the prefilled or the
 * optional inputs.
 * Omits inputs that no person can set (headers, reserved variables) and branches that name a missing input.
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
    prefilled: rest.filter((input) => !input.required && prefillOf(input) !== ""),
    optional: rest.filter((input) => !input.required && prefillOf(input) === ""),
  };
}
