import type { TextFile } from "../../fetch/files.ts";
import { writesSample } from "../../inputs/input-names.ts";
import { isUnnamed, needsOf } from "../flow.ts";
import { GIVEN_NAME, type NameForm, nameForm } from "../name-forms.ts";
import {
  type Demanding,
  demandsParameter,
  noteDemanding,
  noteField,
  noteLiteral,
  noteLocal,
  noteOutcome,
  notePredicate,
  noteProperty,
  noteReturn,
  noteText,
  PARAMETER_KEY,
  type Project,
  returnedUnder,
  type Switch,
} from "../project.ts";
import { Scope } from "../scope.ts";
import { DEMANDING_SWITCH, findSwitch } from "../switches.ts";
import { type EnvNames, envRead, pythonCallee } from "./env.ts";
import { PythonFlow } from "./flow.ts";
import {
  childrenOf,
  decoratorsOf,
  definitionName,
  type Parameter,
  type PyNode,
  type PythonTree,
  parametersOf,
  statementsOf,
  walkPython,
} from "./syntax.ts";
import { constantText, possibleTexts } from "./texts.ts";

const MAX_LOOKUPS = 3_000;

export interface ParsedFile {
  file: TextFile;
  tree: PythonTree;
  names: EnvNames;
}

/** The functions and methods of a file. */
export function definitionsOf(tree: PythonTree): PyNode[] {
  const found: PyNode[] = [];
  walkPython(tree.root, (node) => {
    if (node.name === "FunctionDefinition") found.push(node);
  });
  return found;
}

/** Records what other files use by name: helpers that read variables, constants, and the texts that callers pass. */
export function learn({ tree, names }: ParsedFile, project: Project): void {
  const definitions = definitionsOf(tree);
  learnConstants(tree, project);
  for (const definition of definitions) {
    const { name } = definitionName(tree, definition);
    learnHelper(definition, name, tree, names, project);
    const body = definition.getChild("Body");
    if (!body || body.to - body.from > 1_500) continue;
    const statements = new PythonFlow(tree, names, project).lower(statementsOf(body), new Scope(null));
    if (statements.length > 0 && needsOf(statements).length === 0) project.failing.add(name);
    if (/\braise\b|\bexit\b|\bassert\b|\bopen\(/.test(tree.text(body)))
      learnDemanding(definition, tree, names, project);
  }
  // A function may call a helper that stands below it.
  for (const definition of definitions) learnReturn(definition, { tree, names }, project);
  walkPython(tree.root, (node) => {
    const call = tree.call(node);
    if (!call) return;
    const callee = pythonCallee(node, tree)?.split(".").at(-1);
    let at = 0;
    for (const one of call.args) {
      const text = tree.string(one.value);
      const given = text ?? constantText(one.value, tree, project);
      if (callee && given) noteLiteral(project, callee, one.name ?? at, given);
      // A value that is handed on keeps its name more often than not.
      if (one.name !== null && text) noteLiteral(project, "*", one.name, text);
      if (one.name === null) at += 1;
    }
  });
  const flow = new PythonFlow(tree, names, project);
  learnFields(tree, flow, project);
  const scope = new Scope(null);
  for (const statement of childrenOf(tree.root)) {
    if (statement.name !== "AssignStatement") continue;
    flow.lower([statement], scope);
    const [target] = childrenOf(statement);
    const value = childrenOf(statement).at(-1);
    const name = target?.name === "VariableName" ? tree.text(target) : null;
    const known = name ? scope.find(name) : null;
    if (name && known && (known.kind === "atom" || known.kind === "or")) project.constants.set(name, known);
    const text = value ? tree.string(value) : null;
    if (name && text) noteLiteral(project, "=", name, text);
  }
}

/** Records the texts of a file's constants. */
function learnConstants(tree: PythonTree, project: Project): void {
  for (const statement of childrenOf(tree.root)) {
    const [target] = statement.name === "AssignStatement" ? childrenOf(statement) : [];
    const name = target?.name === "VariableName" ? tree.text(target) : "";
    const text = /^[A-Z][A-Z0-9_]+$/.test(name) ? tree.string(childrenOf(statement).at(-1) ?? null) : null;
    if (text) noteText(project, name, text);
  }
}

/** Records what a function needs that returns nothing, or False, where something is missing. */
function learnReturn(definition: PyNode, { tree, names }: Pick<ParsedFile, "tree" | "names">, project: Project): void {
  const { name } = definitionName(tree, definition);
  const body = definition.getChild("Body");
  if (!body || body.to - body.from > 1_500) return;
  const text = tree.text(body);
  const isPair = /\breturn \(?(None|False), /.test(text);
  if (!isPair && !/\breturn( None| False)?$|\belse None$/m.test(text)) return;
  const returning = new PythonFlow(tree, names, project);
  returning.isEmptyFailure = true;
  const needs = needsOf(returning.lower(statementsOf(body), new Scope(null)));
  // `return False, "no key"`
  const told = returnedUnder(needs);
  if (!isPair) noteReturn(project, name, needs);
  else if (told) noteOutcome(project, name, "0", told);
}

/**
 * Records what the results of a file's functions say of variables. Runs when the constants and fields of all files are known, since a
 * check often stands in a file of its own.
 */
export function learnOutcomes({ tree, names }: ParsedFile, project: Project): void {
  const flow = new PythonFlow(tree, names, project);
  for (const definition of definitionsOf(tree)) {
    const { name } = definitionName(tree, definition);
    if (!project.returns.has(name)) learnReturn(definition, { tree, names }, project);
    const told = returnedBy(definition, tree);
    const isProperty = /@(?:functools\.)?(?:cached_)?property\b/.test(decoratorsOf(definition, tree).slice(-200));
    const hasParts = told && (told.nextSibling?.name === "," || /^(Tuple|Dictionary)Expression$/.test(told.name));
    if (told && isProperty) noteProperty(project, name, flow.condition(told, new Scope(null)));
    else if (told && !hasParts) notePredicate(project, name, flow.condition(told, new Scope(null)));
    else learnReport(definition, name, tree, flow, project);
  }
}

/** Entries of one dictionary that are kept. */
const MAX_ENTRIES = 60;
/** A function that only checks what is there. */
const MAX_REPORT_LENGTH = 4_000;

/** A function that returns a list of what is missing, a tuple, or a dictionary of values. */
function learnReport(definition: PyNode, name: string, tree: PythonTree, flow: PythonFlow, project: Project): void {
  const body = definition.getChild("Body");
  const statements = statementsOf(body);
  const last = statements.at(-1);
  if (!body || last?.name !== "ReturnStatement" || body.to - body.from > MAX_REPORT_LENGTH) return;
  const returned = childrenOf(last).slice(1);
  const parts = (returned[0]?.name === "TupleExpression" ? childrenOf(returned[0]) : returned).filter(
    (part) => !/^[(),]$/.test(part.name),
  );
  const [only] = parts;
  if (!only) return;
  const scope = new Scope(null);
  flow.parameters(definition, scope);
  flow.lower(statements.slice(0, -1), scope);
  if (only.name === "DictionaryExpression" && parts.length === 1) {
    const children = childrenOf(only);
    for (const [at, key] of children.entries()) {
      const field = children[at + 1]?.name === ":" ? tree.string(key) : null;
      const value = children[at + 2];
      if (field !== null && value) noteOutcome(project, name, field, flow.condition(value, scope));
    }
  } else if (parts.length === 1) {
    // `creds = {}`, `creds["url"] = url`, `return creds`
    const held = only.name === "VariableName" ? scope.entriesOf(tree.text(only)) : [];
    const fields = held.filter(([entry]) => /^\.\w{1,60}$/.test(entry)).slice(0, MAX_ENTRIES);
    for (const [entry, told] of fields) noteOutcome(project, name, entry.slice(1), told);
    if (fields.length === 0) noteOutcome(project, name, null, flow.condition(only, scope));
  } else for (const [at, part] of parts.entries()) noteOutcome(project, name, `${at}`, flow.condition(part, scope));
}

const MAX_PARAMETERS = 4;

/** Records the parameter without which a function raises: `def must(value, message): if not value: raise …`. */
function learnDemanding(definition: PyNode, tree: PythonTree, names: EnvNames, project: Project): void {
  const { name, className } = definitionName(tree, definition);
  const parameters = parametersOf(tree, definition);
  const statements = statementsOf(definition.getChild("Body"));
  const others = switchesOf(parameters, tree);
  let found: Demanding | null = null;
  for (const [at, parameter] of parameters.slice(0, MAX_PARAMETERS).entries()) {
    if (others.some((one) => one.name === parameter.name)) continue;
    const { isDemanded, hangsOn } = findSwitch(others, (values) => {
      const scope = new Scope(null);
      for (const other of parameters) scope.bind(other.name, { kind: "something" });
      bindSwitches(values, scope);
      scope.bind(parameter.name, { kind: "atom", key: PARAMETER_KEY });
      return demandsParameter(needsOf(new PythonFlow(tree, names, project).lower(statements, scope)));
    });
    if (isDemanded || hangsOn) found ??= { at, name: parameter.name, hangsOn };
    if (found) break;
  }
  // A class is called by its name.
  const called = name === "__init__" && className ? className : className ? `${className}.${name}` : name;
  noteDemanding(project, called, found);
}

/** The parameters that are switches. */
function switchesOf(parameters: readonly Parameter[], tree: PythonTree): Omit<Switch, "demands">[] {
  return parameters.flatMap(({ name, fallback }, at) => {
    const isNamed = fallback === null && DEMANDING_SWITCH.test(name);
    return fallback?.name === "Boolean" || isNamed
      ? [{ name, at, fallback: fallback !== null && tree.text(fallback) === "True" }]
      : [];
  });
}

function bindSwitches(values: ReadonlyMap<string, boolean>, scope: Scope): void {
  for (const [name, value] of values) scope.bind(name, { kind: "constant", value });
}

/** What a function without parameters returns that does nothing else, or null. */
function returnedBy(definition: PyNode, tree: PythonTree): PyNode | null {
  if (parametersOf(tree, definition).some(({ name }) => name !== "self" && name !== "cls")) return null;
  const isText = (node: PyNode) => /^["']/.test(tree.text(node));
  const [only, ...others] = statementsOf(definition.getChild("Body")).filter((statement) => !isText(statement));
  return only?.name === "ReturnStatement" && others.length === 0 ? (childrenOf(only)[1] ?? null) : null;
}

/**
 * `self.key = os.getenv("KEY")`, `Config(key=os.getenv("KEY"))`, the fields of a class, and what argparse puts in the place of
 * a flag.
 */
function learnFields(tree: PythonTree, flow: PythonFlow, project: Project): void {
  const note = (field: string | null | undefined, value: PyNode | undefined) => {
    if (field && value && value.to - value.from < 300)
      noteField(project, field, flow.condition(value, new Scope(null)));
  };
  const objects = new Map<string, boolean>();
  walkPython(tree.root, (node) => {
    if (node.name === "AssignStatement") {
      const children = childrenOf(node);
      const [target] = children;
      const path = target ? tree.dotted(target) : null;
      if (path?.startsWith("self.")) noteObject(objects, path, children.at(-1), tree);
      const isField = path?.includes(".") || node.parent?.parent?.name === "ClassDefinition";
      const value = children.at(-1);
      if (path && !isField && value && value.to - value.from < 300)
        noteLocal(project, path, flow.condition(value, new Scope(null)));
      if (path && isField) note(path.split(".").at(-1), children.at(-1));
      const owner = isField && !path?.includes(".") ? node.parent?.parent?.getChild("VariableName") : null;
      const text = owner && path ? memberText(path, children.at(-1), tree) : null;
      if (owner && text) noteText(project, `${tree.text(owner)}.${path}`, text);
      return;
    }
    const call = tree.call(node);
    if (!call) return;
    const isFlag = /\.add_argument$/.test(tree.text(call.callee).slice(-20));
    if (!isFlag) {
      for (const one of call.args) note(one.name, one.value);
      return;
    }
    const written = call.args.filter((one) => one.name === null).flatMap((one) => tree.string(one.value) ?? []);
    const flag = written.find((text) => text.startsWith("--"));
    const field = flag?.slice(2).replaceAll("-", "_");
    const fallback = call.args.find((one) => one.name === "default")?.value;
    // With it no server runs.
    if (flag && field && writesSample(flag)) project.fields.set(field, { kind: "constant", value: false });
    else if (flag && field && (!fallback || fallback.name === "None") && takesValue(call.args, tree))
      noteField(project, field, { kind: "atom", key: flag });
    else note(field, fallback);
  });
  // `self.config = Config()` is not what the flag `--config` gives.
  for (const [path, isObject] of objects) if (isObject) project.constants.set(path, { kind: "something" });
}

/** Notes whether a field only ever holds an object of a class that is made there, or nothing. */
function noteObject(objects: Map<string, boolean>, path: string, value: PyNode | undefined, tree: PythonTree): void {
  if (!value || value.name === "None") return;
  const call = tree.call(value);
  const isMade = call !== null && /^_?[A-Z]\w{0,80}$/.test(tree.dotted(call.callee)?.split(".").at(-1) ?? "");
  const isObject = isMade && !call.args.some((one) => one.name === null);
  objects.set(path, isObject && objects.get(path) !== false);
}

/** The text of an enum's member. `auto()` makes it of the member's name. */
function memberText(name: string, value: PyNode | undefined, tree: PythonTree): string | null {
  if (!value) return null;
  const isAuto = /^(enum\.)?auto\(\)$/.test(tree.text(value).slice(0, 20));
  return isAuto ? name.toLowerCase() : tree.string(value);
}

/** Returns whether an option of argparse or click takes a value: a switch is never missing. */
export function takesValue(args: readonly { name: string | null; value: PyNode }[], tree: PythonTree): boolean {
  const told = (name: string) => args.find((one) => one.name === name)?.value;
  const action = tree.string(told("action") ?? null);
  return (action === null || action === "store") && told("is_flag") === undefined;
}

/** Records a helper function whose parameter names the variable that it reads. */
function learnHelper(definition: PyNode, name: string, tree: PythonTree, names: EnvNames, project: Project): void {
  const body = definition.getChild("Body");
  if (!body || body.to - body.from > 4_000) return;
  const parameters = parametersOf(tree, definition);
  const found = readBy(body, parameters, tree, names, project);
  const parameter = found ? parameters[found.nameAt] : undefined;
  if (!found || !parameter) return;
  const { nameAt, given, forms } = found;
  const fallbackAt = parameters.findIndex((one, at) => at !== nameAt && /default|fallback/.test(one.name));
  const written = given ? tree.literal(given) : null;
  const fallback = written ?? tree.literal(parameters[fallbackAt]?.fallback ?? null);
  const { isDemanded, hangsOn } = findSwitch(switchesOf(parameters, tree), (values) => {
    const flow = new PythonFlow(tree, names, project, { name: parameter.name, key: GIVEN_NAME });
    const scope = new Scope(null);
    flow.parameters(definition, scope);
    bindSwitches(values, scope);
    const needs = needsOf(flow.lower(statementsOf(body), scope));
    const isOfName = (branch: string[]) => branch.some((key) => nameForm(key) !== null);
    return (
      needs.length > 0 && needs.every((branch) => isOfName(branch) || branch.some(isUnnamed)) && needs.some(isOfName)
    );
  });
  project.helpers.set(name, {
    nameAt,
    fallbackAt: fallbackAt < 0 ? null : fallbackAt,
    fallback: fallback === "" ? null : fallback,
    fails: isDemanded,
    hangsOn,
    forms,
  });
}

const MAX_FORMS = 4;

/** The parameter that is the name of what a function reads of the environment, or from which the name is made. */
function readBy(
  body: PyNode,
  parameters: readonly Parameter[],
  tree: PythonTree,
  names: EnvNames,
  project: Project,
): { nameAt: number; given: PyNode | null; forms: NameForm[] } | null {
  let nameAt = -1;
  let given: PyNode | null = null;
  let isMade = false;
  const forms: NameForm[] = [];
  walkPython(body, (node) => {
    const read = envRead(node, tree, names);
    if (!read || forms.length >= MAX_FORMS) return;
    const candidates = parameters.flatMap((one, at) => (nameAt < 0 || nameAt === at ? [{ one, at }] : []));
    for (const { one, at } of candidates.slice(0, MAX_FORMS)) {
      project.lookups += 1;
      if (project.lookups > MAX_LOOKUPS) return;
      const bound = new Map([[one.name, GIVEN_NAME]]);
      const made = possibleTexts(read.key, tree, project, bound).flatMap((text) => nameForm(text) ?? []);
      if (made.length === 0) continue;
      nameAt = at;
      given ??= read.fallback;
      forms.push(...made.slice(0, MAX_FORMS));
      isMade ||= made.some(({ before, after, letters }) => before !== "" || after !== "" || letters !== null);
      return;
    }
  });
  return nameAt < 0 ? null : { nameAt, given, forms: isMade ? forms : [] };
}
