import { isEnvName } from "../inputs/input-names.ts";
import { type Condition, isUnnamed, type Needs, SWITCH } from "./flow.ts";
import type { NameForm } from "./name-forms.ts";

/** A parameter on which it depends whether a function demands something: `function get(name, required = true)`. */
export interface Switch {
  name: string;
  /** What the function calls it, where it is a field of a parameter: "options.required". */
  path?: string;
  /** Its index among the parameters. */
  at: number;
  /** What it is where a caller leaves it out. */
  fallback: boolean;
  /** What it is where the function demands something. */
  demands: boolean;
}

/** A function that reads the variable whose name it is given: `requireEnv("X")`. */
export interface EnvHelper {
  /** Index of the parameter that is the name. */
  nameAt: number;
  /** Index of the parameter that is taken without the variable, if there is one. */
  fallbackAt: number | null;
  /** The fields of an object of options that are taken without the variable: `get("NAME", { default: "x" })`. */
  fallbackFields?: { at: number; names: string[] } | null;
  /** Literal fallback value, or null. */
  fallback: string | null;
  /** Throws or ends the process without the variable. */
  fails: boolean;
  /** The parameter on which that depends. */
  hangsOn?: Switch | null;
  /** How the variable's name is made of the one that is given, where it is another. The first of several comes first. */
  forms?: NameForm[];
}

/** The parameter without which a function fails. */
export interface Demanding {
  at: number;
  name: string;
  /** The parameter on which that depends. */
  hangsOn: Switch | null;
}

/** A field that a schema demands. */
export interface SchemaField {
  name: string;
  /** An empty text does not do. */
  refusesEmpty: boolean;
  /** The fields that it demands of an object, where the field is one. */
  fields: SchemaField[];
}

/** A schema of an object. */
export interface Shape {
  /** For each field whether it may be left out. */
  fields: Map<string, boolean>;
  /** What a check of the whole object needs of its fields. */
  checks: Needs[];
}

/** Facts about a server's files that other files refer to by name. */
export interface Project {
  helpers: Map<string, EnvHelper>;
  /** Functions that demand each variable in a list of names, or return the first that is set: the index of the list's parameter. */
  listHelpers: Map<string, { at: number; isRest: boolean; choosing?: { fails: boolean; fallbackAt: number | null } }>;
  /** Module constants whose values come from variables. */
  constants: Map<string, Condition>;
  /** Fields of objects that hold variables, by their name; null where objects differ in it. */
  fields: Map<string, Condition | null>;
  /** Names that hold an object whose fields are variables, whatever they are called. */
  holders: Set<string>;
  /** Variables that local names hold; null where a name holds other things elsewhere. */
  locals: Map<string, Condition | null>;
  /** Inputs without which a function returns nothing, by the function's name. */
  returns: Map<string, Condition>;
  /** Whether functions give back what they are given in a cleaner form, by their names; false where functions of one name differ. */
  cleaning: Map<string, boolean>;
  /** What the fields of the object that a function returns say, by the function's name: `{ ok: missing.length === 0, missing }`. */
  outcomes: Map<string, Map<string, Condition>>;
  /** The parameter without which a function fails: `must(value, "message")`. Null where functions of one name differ. */
  demanding: Map<string, Demanding | null>;
  /** The fields of an object without which a function fails, as {@link FIELD_KEY} keys. Null where functions of one name differ. */
  demandedFields: Map<string, { at: number; needs: Needs } | null>;
  /** Classes that check what they are made of, by their names, with the fields that do not take nothing. */
  checkedFields: Map<string, ReadonlySet<string>>;
  /** What all callers hand to a parameter, by the function's name and its index: "register 1". Null where they differ. */
  handed: Map<string, Condition | null>;
  /** Variables for which a function has a value of its own where it is handed nothing. */
  spared: Set<string>;
  /** Functions that never return. */
  failing: Set<string>;
  /** Functions that return nothing but a tool's answer that it cannot do its work. */
  refusing: Set<string>;
  /** Properties that are worked out when they are read: `get apiKey() { … }`. */
  getters: Set<string>;
  /** Texts that any caller passes for a parameter: "function 0", or "function name" for named arguments. */
  literals: Map<string, Set<string>>;
  /** Texts that have a name of their own, by "Mode.Token": the members of an enum, or the fields of an object of constants. */
  texts: Map<string, string>;
  /** The enums and objects of constants whose texts are known. */
  named: Set<string>;
  /** Lists of texts, by the name of the constant that holds them. */
  lists: Map<string, string[]>;
  /** Lists of objects with texts in their fields, by the name of the constant that holds them. */
  tables: Map<string, ReadonlyMap<string, string>[]>;
  /** Schemas of objects. */
  shapes: Shape[];
  /** What schemas of objects demand, by their names. Null where schemas of one name differ. */
  schemas: Map<string, SchemaField[] | null>;
  /** How often a constant is used for a network transport alone, and elsewhere. */
  uses: Map<string, { stdio: number; hosting: number }>;
  /** Computed names traced so far. */
  lookups: number;
  /** Loops that were looked at for what they go over. */
  loops: number;
}

export function newProject(): Project {
  return {
    helpers: new Map(),
    listHelpers: new Map(),
    constants: new Map(),
    fields: new Map(),
    holders: new Set(),
    locals: new Map(),
    returns: new Map(),
    cleaning: new Map(),
    outcomes: new Map(),
    demanding: new Map(),
    demandedFields: new Map(),
    checkedFields: new Map(),
    handed: new Map(),
    spared: new Set(),
    failing: new Set(),
    refusing: new Set(),
    getters: new Set(),
    literals: new Map(),
    texts: new Map(),
    named: new Set(),
    lists: new Map(),
    tables: new Map(),
    shapes: [],
    schemas: new Map(),
    uses: new Map(),
    lookups: 0,
    loops: 0,
  };
}

const MAX_TEXTS = 2_000;

/** Records the text that a member of an enum or of an object stands for. */
export function noteText(project: Project, path: string, text: string): void {
  if (project.texts.size >= MAX_TEXTS || text.length > 100 || project.texts.has(path)) return;
  project.texts.set(path, text);
  const owner = path.slice(0, Math.max(0, path.lastIndexOf(".")));
  if (owner !== "") project.named.add(owner);
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
  const told = returnedUnder(needs);
  if (told) project.returns.set(name, told);
}

/** The condition under which a function returns something, or null where that does not hang on variables alone. */
export function returnedUnder(needs: Needs): Condition | null {
  // What else the only way asks for, such as a value of a certain form, does not make up for a variable.
  const named = needs.length === 1 ? needs.map((branch) => branch.filter((key) => !isUnnamed(key))) : needs;
  if (named.length === 0 || named.some((branch) => branch.length === 0 || branch.some(isUnnamed))) return null;
  return { kind: "or", of: named.map((branch): Condition => ({ kind: "and", of: branch.map(atom) })) };
}

/** Records what a function needs in order to return nothing: it returns what is wrong. */
export function noteRefusal(project: Project, name: string, needs: Needs): void {
  if (needs.length === 0 || needs.some((branch) => branch.length === 0 || branch.some(isUnnamed))) return;
  const of = needs.map((branch): Condition => ({ kind: "and", of: branch.map(atom) }));
  if (!project.returns.has(name)) project.returns.set(name, { kind: "not", of: { kind: "or", of } });
}

/**
 * Records that a function tells whether variables are there, or which word a setting has: `hasKey() { return Boolean(process.env.KEY); }`.
 * Functions of one name that tell different things say nothing.
 */
export function notePredicate(project: Project, name: string, told: Condition): void {
  if (!isJudgement(told)) return;
  const known = project.returns.get(name);
  const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(told);
  project.returns.set(name, isSame ? told : { kind: "something" });
}

/** Records what a property that is worked out tells of variables. One name that tells different things says nothing. */
export function noteProperty(project: Project, name: string, told: Condition): void {
  if (isJudgement(told)) noteSame(project.fields, name, told);
}

/** Returns whether a condition tells that variables are there, or which word a setting has. */
function isJudgement(told: Condition): boolean {
  return isOfVariables(told) || (tellsOfChoices(told) && !tellsOfVariables(told));
}

/** Stands for the parameter in question while a function's statements are looked at. */
export const PARAMETER_KEY = "PARAMETER";

/** Begins the key of a parameter's field while a function's statements are looked at. */
export const FIELD_KEY = "FIELD ";

/** Records whether a function fails without one of its parameters. */
export function noteDemanding(project: Project, name: string, demanding: Demanding | null): void {
  const known = project.demanding.get(name);
  const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(demanding);
  project.demanding.set(name, isSame ? demanding : null);
}

/** Returns whether needs with {@link PARAMETER_KEY} for a parameter cannot be met without it. */
export function demandsParameter(needs: Needs): boolean {
  return needs.length > 0 && needs.every((branch) => branch.includes(PARAMETER_KEY));
}

const MAX_OUTCOMES = 200;

/** Returns whether a condition tells of variables, or is a list of complaints of which one does: others may be about values. */
function tellsInPart(condition: Condition): boolean {
  if (condition.kind === "not") return tellsInPart(condition.of);
  return tellsOfVariables(condition) || (condition.kind === "or" && condition.of.some(isComplaint));
}

function isComplaint(condition: Condition): boolean {
  return condition.kind === "not" && tellsOfVariables(condition.of);
}

/**
 * Records what a function's result says of variables once its statements have run: the list of what is missing, or one field of a
 * report.
 *
 * @param field null for the result itself
 */
export function noteOutcome(project: Project, name: string, field: string | null, told: Condition): void {
  if (!tellsInPart(told)) return;
  if (field === null) {
    if (!project.returns.has(name)) project.returns.set(name, told);
    return;
  }
  const known = project.outcomes.get(name) ?? new Map<string, Condition>();
  if (project.outcomes.size < MAX_OUTCOMES) project.outcomes.set(name, known.set(field, told));
}

/** Conditions that were asked about: one that is made of itself many times over is a graph, and is walked through once. */
const told = { variables: new WeakMap<Condition, boolean>(), choices: new WeakMap<Condition, boolean>() };

/** Returns whether a condition is made of variables and constants alone. */
export function tellsOfVariables(condition: Condition): boolean {
  return tellsOf("variables", condition);
}

/** Returns whether a condition is made of variables, constants and words of settings alone. */
export function tellsOfChoices(condition: Condition): boolean {
  return tellsOf("choices", condition);
}

function tellsOf(what: keyof typeof told, condition: Condition): boolean {
  const known = told[what].get(condition);
  if (known !== undefined) return known;
  const tells = judgeTelling(what, condition);
  told[what].set(condition, tells);
  return tells;
}

function judgeTelling(what: keyof typeof told, condition: Condition): boolean {
  switch (condition.kind) {
    case "atom":
      return true;
    case "something":
      return what === "choices" && condition.setting !== undefined;
    case "not":
      return tellsOf(what, condition.of);
    case "and":
    case "or": {
      const parts = condition.of.filter((part) => part.kind !== "constant");
      return parts.length > 0 && parts.every((part) => tellsOf(what, part));
    }
    default:
      return false;
  }
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
  noteHeld(project.fields, field, value);
}

/** Records what a local name holds. */
export function noteLocal(project: Project, name: string, value: Condition): void {
  noteHeld(project.locals, name, value);
}

/** Records what a name holds among others. One that holds other things elsewhere says nothing. */
export function noteHeld(held: Map<string, Condition | null>, name: string, value: Condition): void {
  if (value.kind !== "atom" && value.kind !== "or") return;
  // `connection.url || ""` says nothing of what the same name holds elsewhere.
  if (value.kind === "or" && !value.of.some(namesVariable) && value.of.some(isAbsent)) return;
  noteSame(held, name, value);
}

/** Records what a name holds: null as soon as it holds two things. */
export function noteSame(held: Map<string, Condition | null>, name: string, value: Condition): void {
  const known = held.get(name);
  const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(value);
  held.set(name, isSame ? value : null);
}

function isAbsent(condition: Condition): boolean {
  return condition.kind === "constant" && !condition.value;
}

function namesVariable(condition: Condition): boolean {
  if (condition.kind === "and" || condition.kind === "or") return condition.of.some(namesVariable);
  return condition.kind === "not" ? namesVariable(condition.of) : condition.kind === "atom";
}

/** Objects that hold a server's configuration. What a tool's caller passes has other names. */
const CONFIGURATION =
  /^(self|this|a|c|cfg|conf|env|opts?|creds?|auth|ns|namespace|parsed)$|(config|configuration|settings|options|credentials|environment|arguments)$/i;

/** `config.service.apiKey` */
const CONFIGURATION_NAME = /^(cfg|conf|env)$|(config|configuration|settings)$/i;

/**
 * The value in the field of a configuration object that came from another function or file.
 *
 * @param path "config.apiKey", "self.config.api_key"
 */
export function findField(project: Project, path: string, isArguments: boolean): Condition | null {
  const parts = path.split(".");
  const field = parts.at(-1) ?? "";
  const owner = parts.at(-2) ?? "";
  // `parsed.data.API_KEY`: nothing else has a variable's name.
  const isVariable = field.includes("_") && isEnvName(field);
  const isConfiguration =
    isVariable ||
    project.holders.has(owner) ||
    CONFIGURATION.test(owner) ||
    (parts.length > 2 && CONFIGURATION_NAME.test(parts[0] ?? "")) ||
    (isArguments && owner === "args");
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
  return isSwitchName(key) ? SWITCH : { kind: "atom", key };
}
