import type { Condition } from "./flow.ts";

/** A function that reads the variable whose name it is given: `requireEnv("X")`. */
export interface EnvHelper {
  /** Index of the parameter that is the name. */
  nameAt: number;
  /** Index of the parameter that is taken without the variable, if there is one. */
  fallbackAt: number | null;
  /** The value that it gives without the variable, where it is written in it. */
  fallback: string | null;
  /** It throws or ends the process without the variable. */
  fails: boolean;
}

/** What the files of one server know of each other, by names. */
export interface Project {
  helpers: Map<string, EnvHelper>;
  /** Constants of modules that come from variables. */
  constants: Map<string, Condition>;
  /** Functions that never return. */
  failing: Set<string>;
  /** The texts with which a function's parameter is called anywhere: "function 0", or "function name" for named arguments. */
  literals: Map<string, Set<string>>;
  /** How often a constant is used for a network transport alone, and elsewhere. */
  uses: Map<string, { stdio: number; hosting: number }>;
  /** Computed names that were followed so far. */
  lookups: number;
}

export function newProject(): Project {
  return {
    helpers: new Map(),
    constants: new Map(),
    failing: new Set(),
    literals: new Map(),
    uses: new Map(),
    lookups: 0,
  };
}

const MAX_LITERALS = 40;

export function noteLiteral(project: Project, callee: string, parameter: string | number, text: string): void {
  const id = `${callee} ${parameter}`;
  const known = project.literals.get(id) ?? new Set();
  if (known.size < MAX_LITERALS && text.length <= 100) known.add(text);
  project.literals.set(id, known);
}

/** Variables that are switches take part in no credential: without them something else is asked for. */
function isSwitchName(key: string): boolean {
  return /(^|_)(ENABLED?|DISABLED?|DRY_RUN|READ_ONLY|READONLY|VERBOSE|INSECURE)(_|$)|^(USE|IS|ALLOW|SKIP|NO|FORCE)_/.test(
    key,
  );
}

/** The condition that a variable is there. */
export function atom(key: string): Condition {
  return isSwitchName(key) ? { kind: "something" } : { kind: "atom", key };
}
