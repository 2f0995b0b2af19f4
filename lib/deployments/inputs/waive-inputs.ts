// Shared by the browser and the server: it must import nothing of Node.
import type { StoredSpec } from "./stored-spec.ts";

/**
 * Returns the inputs and groups with those optional that the person says the server does not need. One input of a group stands for
 * the group.
 */
export function waiveInputs<T extends Pick<StoredSpec, "inputs" | "alternatives">>(
  spec: T,
  keys: readonly string[],
): T {
  if (keys.length === 0) return spec;
  const waived = new Set(keys);
  return {
    ...spec,
    inputs: spec.inputs.map((input) => (waived.has(input.key) ? { ...input, required: false } : input)),
    alternatives: spec.alternatives.map((group) =>
      group.oneOf.flat().some((key) => waived.has(key)) ? { ...group, required: false } : group,
    ),
  };
}
