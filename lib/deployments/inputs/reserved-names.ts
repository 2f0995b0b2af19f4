export { isReservedVariable } from "../../analysis/inputs/steering-variables.ts";

/** Returns whether a name can be an environment variable. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.-]{0,199}$/.test(name);
}
