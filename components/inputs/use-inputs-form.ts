"use client";

import { useMemo, useState } from "react";
import type { Alternative } from "@/lib/analysis/spec";
import { adviseValue, checkInputs } from "@/lib/deployments/inputs/check-inputs";
import { parseEnvText } from "@/lib/deployments/inputs/env-file";
import { prefillOf } from "@/lib/deployments/inputs/prefill";
import { waiveInputs } from "@/lib/deployments/inputs/waive-inputs";
import { type FormInput, type GroupedInputs, groupInputs, type InputGroup } from "./input-groups";

/** Branch number for "none of these". */
export const NO_BRANCH = -1;

export interface InputsFormState {
  grouped: GroupedInputs;
  /** Returns the text of the field: the draft, else the stored value unless it is secret. */
  valueOf: (input: FormInput) => string;
  errorOf: (key: string) => string | undefined;
  /** Returns advice about a value that is accepted but looks wrong, once the person has left the field. */
  adviceOf: (input: FormInput) => string | null;
  /** The person is replacing a stored value. */
  isReplacing: (key: string) => boolean;
  isRemoved: (key: string) => boolean;
  change: (key: string, value: string) => void;
  /** Drops the draft and keeps the stored value. */
  keep: (key: string) => void;
  remove: (key: string) => void;
  blur: (key: string) => void;
  branchOf: (group: InputGroup) => number;
  choose: (group: InputGroup, branch: number) => void;
  /** Fills the fields from a pasted `.env`. Returns the filled keys and the pairs without a field. */
  fill: (text: string) => { filled: string[]; unknown: Record<string, string> };
  /** Shows all errors from now on. Returns the values to send, or null when there are errors. */
  submit: () => Record<string, string> | null;
  showServerErrors: (fields: Record<string, string> | undefined) => void;
  /** Keys of required inputs and groups that the person says this server does not need. */
  notNeeded: string[];
  waive: (key: string) => void;
  reset: () => void;
}

/** Draft of an input whose stored value is to be removed. */
const REMOVED = null;

/** Typed text by key. A Map, because a repository chooses the keys and "constructor" is a valid one. */
type Drafts = ReadonlyMap<string, string | null>;

function omitKey<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  return map.has(key) ? new Map([...map].filter(([each]) => each !== key)) : map;
}

/** State of a form of inputs. Keeps drafts in memory only, never in the URL or in browser storage. */
export function useInputsForm(inputs: readonly FormInput[], alternatives: readonly Alternative[]): InputsFormState {
  const [drafts, setDrafts] = useState<Drafts>(new Map());
  const [chosen, setChosen] = useState<ReadonlyMap<string, number>>(new Map());
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [isSubmitted, setIsSubmitted] = useState(false);
  const [serverErrors, setServerErrors] = useState<ReadonlyMap<string, string>>(new Map());

  const [waived, setWaived] = useState<readonly string[]>([]);

  const { grouped, check } = useMemo(() => {
    const spec = waiveInputs({ inputs: [...inputs], alternatives: [...alternatives] }, waived);
    const alreadySet = inputs.filter((input) => input.isSet).map((input) => input.key);
    return {
      grouped: groupInputs(spec.inputs, spec.alternatives),
      check: (values: Record<string, string>) =>
        checkInputs(values, spec.inputs, spec.alternatives, { alreadySet }).problems ?? {},
    };
  }, [inputs, alternatives, waived]);

  const branchOf = (group: InputGroup): number => {
    const own = chosen.get(group.id);
    if (own !== undefined) return own;
    const begun = group.branches.findIndex((branch) => branch.inputs.every((input) => input.isSet));
    return begun >= 0 || !group.required ? begun : 0;
  };

  const values = collectValues(grouped, drafts, branchOf);
  const errors = new Map(Object.entries(check(values)));

  const change = (key: string, value: string) => {
    setDrafts((before) => new Map(before).set(key, value));
    setServerErrors((before) => omitKey(before, key));
  };

  return {
    grouped,
    valueOf: (input) => (drafts.has(input.key) ? (drafts.get(input.key) ?? "") : toShownValue(input)),
    errorOf: (key) =>
      serverErrors.get(key) ?? (isSubmitted || (left.has(key) && drafts.get(key)) ? errors.get(key) : undefined),
    adviceOf: (input) => (left.has(input.key) ? adviseValue(input, drafts.get(input.key) ?? "") : null),
    isReplacing: (key) => typeof drafts.get(key) === "string",
    isRemoved: (key) => drafts.get(key) === REMOVED,
    change,
    keep: (key) => setDrafts((before) => omitKey(before, key)),
    remove: (key) => setDrafts((before) => new Map(before).set(key, REMOVED)),
    blur: (key) => setLeft((before) => (before.has(key) ? before : new Set(before).add(key))),
    notNeeded: [...waived],
    waive: (key) => setWaived((before) => [...before, key]),
    branchOf,
    choose: (group, branch) => setChosen((before) => new Map(before).set(group.id, branch)),
    fill: (text) => {
      const pairs = Object.entries(parseEnvText(text));
      const all = [
        grouped.required,
        grouped.prefilled,
        grouped.optional,
        ...grouped.groups.flatMap((g) => g.branches.map((b) => b.inputs)),
      ];
      const known = new Set(all.flat().map((input) => input.key));
      const filled = pairs.filter(([key]) => known.has(key));
      setDrafts((before) => new Map([...before, ...filled]));
      const filledKeys = new Set(filled.map(([key]) => key));
      for (const group of grouped.groups) {
        const branch = group.branches.findIndex(({ inputs: members }) =>
          members.every(({ key }) => filledKeys.has(key)),
        );
        if (branch >= 0) setChosen((before) => new Map(before).set(group.id, branch));
      }
      return { filled: [...filledKeys], unknown: Object.fromEntries(pairs.filter(([key]) => !known.has(key))) };
    },
    submit: () => {
      setIsSubmitted(true);
      setServerErrors(new Map());
      return errors.size === 0 ? values : null;
    },
    showServerErrors: (fields) => setServerErrors(new Map(Object.entries(fields ?? {}))),
    reset: () => {
      setDrafts(new Map());
      setChosen(new Map());
      setLeft(new Set());
      setIsSubmitted(false);
      setServerErrors(new Map());
      setWaived([]);
    },
  };
}

/** Returns the value that a field shows until the person types: the stored one, or the one that is sent unless it is cleared. */
function toShownValue(input: FormInput): string {
  return input.value ?? (input.isSet || input.secret ? "" : prefillOf(input));
}

/** Collects the values to send. An absent key keeps the stored value, and "" removes it. */
function collectValues(
  { groups, required, prefilled, optional }: GroupedInputs,
  drafts: Drafts,
  branchOf: (group: InputGroup) => number,
): Record<string, string> {
  const values = new Map<string, string>();
  const active = [...required, ...prefilled, ...optional];
  for (const group of groups) {
    const branch = group.branches[branchOf(group)];
    const members = branch?.inputs ?? [];
    active.push(...members);
    const others = group.branches.flatMap((each) => each.inputs).filter((input) => !members.includes(input));
    for (const input of others) if (input.isSet) values.set(input.key, "");
  }
  for (const input of active) {
    const draft = drafts.get(input.key);
    if (draft === undefined) continue;
    if (draft === REMOVED || draft === "") {
      // Emptying a visible value removes it. An empty draft of a secret is not a removal, since its field starts empty.
      const isEmptied = toShownValue(input) !== "" || (input.isSet && draft === REMOVED);
      if (isEmptied) values.set(input.key, "");
    } else if (draft !== toShownValue(input)) {
      values.set(input.key, draft);
    }
  }
  return Object.fromEntries(values);
}
