import type { Condition, Needs } from "./flow.ts";

/** A function that reads the variable whose name it is given: `requireEnv("X")`. */
export interface EnvHelper {
  /** Index of the parameter that is the name. */
  nameAt: number;
  /** Index of the parameter that is taken without the variable, if there is one. */
  fallbackAt: number | null;
  /** Literal fallback value, or null. */
  fallback: string | null;
  /** Throws or ends the process without the variable. */
  fails: boolean;
}

/** Facts about a server's files that other files refer to by name. */
export interface Project {
  helpers: Map<string, EnvHelper>;
  /** Module constants whose values come from variables. */
  constants: Map<string, Condition>;
  /** Fields of objects that hold variables, by their name; null where objects differ in it. */
  fields: Map<string, Condition | null>;
  /** Inputs without which a function returns nothing, by the function's name. */
  returns: Map<string, Condition>;
  /** Functions that never return. */
  failing: Set<string>;
  /** Texts that any caller passes for a parameter: "function 0", or "function name" for named arguments. */
  literals: Map<string, Set<string>>;
  /** Lists of texts, by the name of the constant that holds them. */
  lists: Map<string, string[]>;
  /** Schemas of objects: for each field whether it may be left out. */
  shapes: Map<string, boolean>[];
  /** How often a constant is used for a network transport alone, and elsewhere. */
  uses: Map<string, { stdio: number; hosting: number }>;
  /** Computed names traced so far. */
  lookups: number;
}

export function newProject(): Project {
  return {
    helpers: new Map(),
    constants: new Map(),
    fields: new Map(),
    returns: new Map(),
    failing: new Set(),
    literals: new Map(),
    lists: new Map(),
    shapes: [],
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

/**
 * Records what a function needs in order to return something: `if (!key) return null;` makes its caller's check one of the
 * key.
 *
 * @param needs with every return of nothing taken as a failure
 */
export function noteReturn(project: Project, name: string, needs: Needs): void {
  const isCertain = needs.length > 0 && needs.every((branch) => branch.length > 0 && !branch.includes("?"));
  if (!isCertain) return;
  const of = needs.map((branch): Condition => ({ kind: "and", of: branch.map(atom) }));
  project.returns.set(name, { kind: "or", of });
}

/**
 * Records that a function tells whether variables are there: `hasKey() { return Boolean(process.env.KEY); }`. Functions of one
 * name that tell different things say nothing.
 */
export function notePredicate(project: Project, name: string, told: Condition): void {
  if (!isOfVariables(told)) return;
  const known = project.returns.get(name);
  const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(told);
  project.returns.set(name, isSame ? told : { kind: "something" });
}

function isOfVariables(condition: Condition): boolean {
  switch (condition.kind) {
    case "atom":
      return true;
    case "and":
    case "or":
      return condition.of.length > 0 && condition.of.every(isOfVariables);
    case "not":
      return condition.of.kind === "not" && isOfVariables(condition.of.of);
    default:
      return false;
  }
}

/** Records what a field holds. A field that holds other things elsewhere says nothing. */
export function noteField(project: Project, field: string, value: Condition): void {
  if (value.kind !== "atom" && value.kind !== "or") return;
  const known = project.fields.get(field);
  const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(value);
  project.fields.set(field, isSame ? value : null);
}

/** Objects that hold a server's configuration. What a tool's caller passes has other names. */
const CONFIGURATION =
  /^(self|this|c|cfg|conf|env|opts?|creds?|auth|ns|namespace)$|(config|configuration|settings|options|credentials|environment|arguments)$/i;

/**
 * The value in the field of a configuration object that came from another function or file.
 *
 * @param path "config.apiKey", "self.config.api_key"
 */
export function findField(project: Project, path: string, isArguments: boolean): Condition | null {
  const parts = path.split(".");
  const field = parts.at(-1) ?? "";
  const owner = parts.at(-2) ?? "";
  const isConfiguration = CONFIGURATION.test(owner) || (isArguments && owner === "args");
  return isConfiguration ? (project.fields.get(field) ?? null) : null;
}

/**
 * Returns whether a variable is a switch. Switches are not part of a credential: without them something else is needed.
 */
function isSwitchName(key: string): boolean {
  return /(^|_)(ENABLED?|DISABLED?|DRY_RUN|READ_ONLY|READONLY|VERBOSE|INSECURE)(_|$)|^(USE|IS|ALLOW|SKIP|NO|FORCE)_/.test(
    key,
  );
}

/** Returns the condition that a variable is present. */
export function atom(key: string): Condition {
  return isSwitchName(key) ? { kind: "something" } : { kind: "atom", key };
}
