import type { Condition } from "./flow.ts";
import { noteSame, type Project, tellsOfVariables } from "./project.ts";

/** Who gives a function the value that it passes on to another one. */
export type Giver = "by a request" | "by its caller";

/** Parameters of one function that are looked at. */
export const MAX_HANDED = 12;
/** Calls in a server's files that are looked at. */
export const MAX_HANDING_CALLS = 5_000;
/** An argument that is longer is no variable. */
export const MAX_HANDED_LENGTH = 300;

/** A value that may be in a request. */
const REQUESTED: Condition = { kind: "unknown" };

/**
 * Records what a caller hands to a parameter. One that other callers hand something else says nothing.
 *
 * @param parameter the function's name and the parameter's index or name: "register 1"
 * @param giver who gives the caller what it passes on; null where the value is its own
 */
export function noteHanded(project: Project, parameter: string, value: Condition | null, giver: Giver | null): void {
  // A method mostly gets its arguments from a request. What a function or a constructor gets may be an option that was left unset.
  if (giver === "by a request" || (giver !== null && parameter.startsWith(".")))
    project.handed.set(parameter, REQUESTED);
  else if (project.handed.get(parameter) === REQUESTED) return;
  else if (value === null || !tellsOfVariables(value)) project.handed.set(parameter, null);
  else noteSame(project.handed, parameter, value);
}

/** Records what fields hold that are filled with what functions are handed, unless the code says so elsewhere. */
export function noteFilled(project: Project, filled: ReadonlyMap<string, Condition | null>): void {
  for (const [field, value] of filled) if (!project.fields.has(field)) project.fields.set(field, value);
}
