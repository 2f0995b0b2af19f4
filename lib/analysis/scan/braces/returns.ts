import { baseName, folderOf, type TextFile } from "../../fetch/files.ts";
import { anyOf, type Condition, isUnnamed, needsOf } from "../flow.ts";
import { atom, PARAMETER_KEY, tellsOfVariables } from "../project.ts";
import { Scope } from "../scope.ts";
import { BraceConditions } from "./conditions.ts";
import { BraceFlow } from "./flow.ts";
import type { BraceFunction } from "./functions.ts";
import type { BraceProject } from "./project.ts";
import { Ranges } from "./ranges.ts";
import { argumentsOf, callAt, knownOfCall } from "./reads.ts";
import type { BraceLanguage, Token } from "./tokens.ts";

type Returns = Pick<BraceProject, "returns" | "values" | "demanding">;

const MAX_BODY = 4_000;
const MAX_CONDITION = 2_000;

export function newReturns(): Returns {
  return { returns: new Map(), values: new Map(), demanding: new Map() };
}

/** How many functions something is known of. */
export function countKnown({ returns, values, demanding }: Returns): number {
  return [...returns.values(), ...values.values(), ...demanding.values()].filter((one) => one !== null).length;
}

/**
 * Notes what has to be there for each function to return without an error, and what the value that it returns says: `func Key() string {
 * return os.Getenv("KEY") }`.
 *
 * @param isFirst whether nothing has been learned before
 */
export function learnReturns(
  one: { file: TextFile; language: BraceLanguage; tokens: readonly Token[]; functions: readonly BraceFunction[] },
  project: BraceProject,
  learned: Returns,
  isFirst: boolean,
): void {
  const folder = baseName(folderOf(one.file.path));
  for (const fn of one.functions) {
    if (fn.name === "" || /^(main|Main|init)$/.test(fn.name) || fn.to - fn.from > MAX_BODY) continue;
    const { needed, value } = tellsSomething(one.tokens, fn, project) ? returnsOf(one, fn, project) : NOTHING;
    const owner = one.language === "go" ? folder : fn.owner;
    const names = owner === undefined ? [fn.name] : [fn.name, `${owner}.${fn.name}`];
    if (one.language === "go") note(learned.returns, names, needed);
    note(learned.values, names, value);
    // Which parameters it demands does not depend on what other functions return.
    if (isFirst && !fn.isExpression) note(learned.demanding, names, demandedParameter(one, fn, project));
    // A property is read like a field.
    if (
      (fn.isExpression || fn.isProperty) &&
      fn.parameters.length === 0 &&
      value?.kind === "atom" &&
      !project.fields.has(fn.name)
    )
      project.fields.set(fn.name, value.key);
  }
}

/** What a parameter returns that a function is handed for by its name: `client.New(config.GetKey)` with `func New(get func() string)`. */
export function learnHanded(tokens: readonly Token[], project: BraceProject, learned: Returns): void {
  for (const [at] of tokens.entries()) {
    const call = callAt(tokens, at);
    const parameters = call ? project.parameters.get(call.name.split(".").at(-1) ?? "") : null;
    if (!call || !parameters) continue;
    for (const [index, arg] of argumentsOf(tokens, call.open).args.entries()) {
      const parameter = parameters[index];
      const isName = arg.length > 0 && arg.every(({ kind, value }) => kind === "word" || value === ".");
      if (!parameter || !isName || project.parameters.has(parameter)) continue;
      const name = arg.map(({ value }) => value).join("");
      const value = knownOfCall(project.values, name);
      const needed = knownOfCall(project.returns, name);
      if (value) note(learned.values, [parameter], value);
      if (needed) note(learned.returns, [parameter], needed);
    }
  }
}

const NOTHING = { needed: null, value: null };

/** Whether anything in a function may be about variables. */
function tellsSomething(tokens: readonly Token[], { from, to }: BraceFunction, project: BraceProject): boolean {
  for (let at = from; at < to; at += 1) {
    const token = tokens[at];
    if (token?.kind !== "word") continue;
    const { value } = token;
    const isKnown = project.returns.get(value) || project.values.get(value) || project.demanding.get(value);
    if (READS.test(value) || isKnown || project.helpers.has(value) || project.fields.has(value)) return true;
    if (project.options.has(value) || project.settings.size > 0) return true;
    if (project.flagFields.get(value) || project.flagHolders.get(tokens)?.has(value)) return true;
    if (project.flags.size > 0 && /^(GetString|String)/.test(value)) return true;
  }
  return false;
}

const READS =
  /^(Getenv|LookupEnv|getenv|GetEnvironmentVariable|env|environ|environment|envVars|processEnvironment|systemEnv|dotenv|dotenvy|_?config(uration)?)$/i;

function returnsOf(
  { language, tokens }: { language: BraceLanguage; tokens: readonly Token[] },
  { from, to, isExpression }: BraceFunction,
  project: BraceProject,
): { needed: Condition | null; value: Condition | null } {
  if (isExpression) {
    const conditions = new BraceConditions(tokens, language, project, new Ranges(tokens, language));
    const end = tokens[to - 1]?.value === ";" ? to - 1 : to;
    const value = conditions.condition(from, end, new Scope(null));
    return { needed: null, value: conditions.isPlain(from, end) && tellsOfVariables(value) ? value : null };
  }
  const flow = new BraceFlow(tokens, language, project);
  const needs = needsOf(flow.lower(from, to, new Scope(null)));
  const isCertain = needs.length > 0 && needs.every((branch) => branch.length > 0 && !branch.some(isUnnamed));
  const needed = isCertain ? anyOf(needs.map((branch): Condition => ({ kind: "and", of: branch.map(atom) }))) : null;
  const known = flow.returned.filter((one) => one !== null);
  const value = known.length === flow.returned.length && known.length > 0 ? anyOf(known) : null;
  return { needed, value: value && tellsOfVariables(value) ? value : null };
}

const MAX_PARAMETERS = 8;
const MAX_CHECKED = 1_500;
/** Words without which no function fails. */
const FAILS =
  /^(throw|panic|errors|error|Errorf|bail|ensure|Err|exit|Exit|exitProcess|require|check|\w*(Fatal|Error|NonNull|NotNull|IfNull)\w{0,20})$/;

/** The first parameter without which a function fails. */
function demandedParameter(
  { language, tokens }: { language: BraceLanguage; tokens: readonly Token[] },
  { from, to, parameters }: BraceFunction,
  project: BraceProject,
): { at: number; returnsError: boolean } | null {
  if (parameters.length === 0 || parameters.length > MAX_PARAMETERS || to - from > MAX_CHECKED) return null;
  if (!tokens.slice(from, to).some((token) => token.kind === "word" && FAILS.test(token.value))) return null;
  for (const returnsError of language === "go" ? [false, true] : [false]) {
    const scope = new Scope(null);
    for (const [index, name] of parameters.entries())
      scope.bind(name, { kind: "atom", key: `${PARAMETER_KEY}_${index}` });
    const needs = needsOf(new BraceFlow(tokens, language, project, returnsError).lower(from, to, scope));
    if (needs.length === 0) continue;
    const at = parameters.findIndex((_, index) =>
      needs.every((branch) => branch.includes(`${PARAMETER_KEY}_${index}`)),
    );
    if (at >= 0) return { at, returnsError };
  }
  return null;
}

/** Functions of one name that differ say nothing. */
function note<T>(known: Map<string, T | null>, names: readonly string[], told: T | null): void {
  const isSmall = told !== null && JSON.stringify(told).length < MAX_CONDITION;
  const next = isSmall ? told : null;
  for (const name of new Set(names)) {
    const isSame = !known.has(name) || JSON.stringify(known.get(name)) === JSON.stringify(next);
    known.set(name, isSame ? next : null);
  }
}
