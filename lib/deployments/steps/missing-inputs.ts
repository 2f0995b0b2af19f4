import { createAskedInput } from "../../analysis/inputs/asked-input.ts";
import { formatLabel, isProgramFlag, isSecretName, upperName } from "../../analysis/inputs/input-names.ts";
import { isRuntimeFlag, isSteeringVariable } from "../../analysis/inputs/steering-variables.ts";
import type { Input } from "../../analysis/spec.ts";
import { isOffered } from "../inputs/check-inputs.ts";
import type { StoredSpec } from "../inputs/stored-spec.ts";
import { listMissingNames, type MissingName } from "./missing-names.ts";

/** An input without which the server exited. */
export interface MissingInput {
  /** As the spec has it, or would have it. */
  input: Input;
  /** The spec has it already. */
  isDeclared: boolean;
  /** The line in which the server names it. */
  line: string;
}

const MAX_MISSING = 5;

/**
 * Finds the inputs that a server misses, from its last lines. A name that the spec does not have becomes a new input, unless it is
 * one that no server may be given.
 *
 * @param lines without terminal codes
 * @param given keys that had a value
 */
export function findMissingInputs(
  lines: readonly string[],
  { inputs }: Pick<StoredSpec, "inputs">,
  given: ReadonlySet<string>,
): MissingInput[] {
  const found = new Map<string, MissingInput>();
  for (const named of listMissingNames(lines)) {
    const declared = findDeclared(named, inputs, given);
    const input = declared ?? createNamedInput(named, inputs);
    if (input === null || !isOffered(input) || found.has(input.key)) continue;
    found.set(input.key, { input, isDeclared: declared !== null, line: named.line });
    if (found.size === MAX_MISSING) break;
  }
  return [...found.values()];
}

function findDeclared({ name, kind }: MissingName, inputs: Input[], given: ReadonlySet<string>): Input | null {
  const wanted = upperName(name);
  const isArg = (input: Input) => input.target === "arg";
  const exact = inputs.find((input) => input.key.toLowerCase() === name.toLowerCase());
  if (exact) return exact;
  if (kind === "position") {
    const positions = inputs.filter((input) => isArg(input) && input.key.startsWith("position "));
    const isNamed = (input: Input) => upperName(input.label) === wanted;
    return positions.find(isNamed) ?? positions.find((input) => !given.has(input.key)) ?? null;
  }
  const variables = inputs.filter((input) => input.target === "env" && (kind === "env" || !given.has(input.key)));
  const same = variables.find((input) => input.key.toUpperCase() === wanted);
  if (same) return same;
  // A settings class names its field and not the variable, which may have a prefix. An option may have a variable for it.
  const ending = variables.filter((input) => input.key.toUpperCase().endsWith(`_${wanted}`));
  const isField = kind === "option" || name !== name.toUpperCase();
  return isField && ending.length === 1 ? (ending[0] ?? null) : null;
}

/** Creates an input from the name alone. Returns null where it names nothing that a person could give. */
function createNamedInput({ name, kind }: MissingName, inputs: Input[]): Input | null {
  // A server's own output is foreign text, too: it must not have a person steer a process.
  if (kind === "env")
    return isSteeringVariable(name) ? null : createInput(name.toUpperCase(), "env", formatLabel(name));
  if (kind === "option")
    return isProgramFlag(name) || isRuntimeFlag(name) ? null : createInput(name, "arg", formatLabel(name));
  const taken = inputs.filter((input) => input.key.startsWith("position ")).length;
  return createInput(`position ${taken}`, "arg", formatLabel(name));
}

function createInput(key: string, target: Input["target"], label: string): Input {
  return createAskedInput({ key, target, label, secret: isSecretName(key.startsWith("position ") ? label : key) });
}

/** Returns the spec in which the missing inputs are required, each with the place where the server named it. */
export function demandInputs(spec: StoredSpec, missing: readonly MissingInput[]): StoredSpec {
  const byKey = new Map(missing.map((one) => [one.input.key, one]));
  const demand = (input: Input): Input => {
    const one = byKey.get(input.key);
    if (!one) return input;
    const where = { from: "start" as const, where: one.line.slice(0, 500) };
    const others = input.provenance.filter(({ from }) => from !== "start");
    return { ...input, required: !isGrouped(spec, input.key), provenance: [where, ...others].slice(0, 50) };
  };
  const added = missing.filter(({ input }) => !spec.inputs.some(({ key }) => key === input.key));
  return {
    ...spec,
    inputs: [...spec.inputs.map(demand), ...added.map(({ input }) => demand(input))].slice(0, 200),
    alternatives: spec.alternatives.map((group) =>
      group.oneOf.flat().some((key) => byKey.has(key)) ? { ...group, required: true } : group,
    ),
  };
}

function isGrouped({ alternatives }: StoredSpec, key: string): boolean {
  return alternatives.some(({ oneOf }) => oneOf.flat().includes(key));
}
