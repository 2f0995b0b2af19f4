// Shared by the browser and the server: it must import nothing of Node.
import type { Input } from "../../analysis/spec.ts";

/**
 * Returns the value that an input is sent with while the person gives no other, or "". The default of an older spec counts, since
 * its server was started with it.
 */
export function prefillOf({ prefill, default: fallback }: Input): string {
  return (prefill === undefined ? fallback : prefill) ?? "";
}

/** Returns the inputs without the prefilled values that a person has cleared, with "" as the value of their key. */
export function clearPrefills(inputs: Input[], values: Readonly<Record<string, unknown>>): Input[] {
  const isCleared = (input: Input) => Object.hasOwn(values, input.key) && values[input.key] === "";
  return inputs.map((input) => (prefillOf(input) !== "" && isCleared(input) ? { ...input, prefill: null } : input));
}
