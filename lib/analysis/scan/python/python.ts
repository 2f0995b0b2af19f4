import type { TextFile } from "../../fetch/files.ts";
import type { InputFinding } from "../../inputs/findings.ts";
import { readOrSkip } from "../../inputs/unreadable.ts";
import { anyOf, type Condition, needsOf } from "../flow.ts";
import { GIVEN_NAME, nameForm } from "../name-forms.ts";
import { atom, newProject, noteField, type Project } from "../project.ts";
import { Scope } from "../scope.ts";
import { addScan, emptyScan, type Flow, isHostingName, type Read, type ScanResult } from "../types.ts";
import { findUrlHosts, listUrlEntries, listUrlHosts } from "../url-hosts.ts";
import { neededToAnswer } from "./answers.ts";
import { positionRead } from "./conditions.ts";
import { entriesOf } from "./connection-strings.ts";
import { environmentNamesOf, envRead } from "./env.ts";
import { addEnvironmentParameters } from "./environment-parameters.ts";
import { PythonFlow } from "./flow.ts";
import { learnHandedValues, nameOfTarget } from "./handed-values.ts";
import { HANDLER_DECORATOR, TOOL_DECORATOR } from "./handlers.ts";
import { inheritedFlows } from "./inherited.ts";
import { definitionsOf, learn, learnOutcomes, type ParsedFile, takesValue } from "./learn.ts";
import { readPythonOptions } from "./options.ts";
import { collectPythonReads, isHostingPlace } from "./reads.ts";
import { findSentCredentials } from "./sent-credentials.ts";
import {
  listCheckedFields,
  listHolders,
  listSettingsFields,
  type Models,
  modelsOf,
  readSettings,
  type SettingsField,
  settingsClasses,
} from "./settings.ts";
import { findSignIns } from "./sign-ins.ts";
import { type Subcommands, subcommandsOf } from "./subcommands.ts";
import {
  childrenOf,
  decoratorsOf,
  definitionName,
  enclosing,
  type PyNode,
  PythonTree,
  parametersOf,
  statementsOf,
  walkPython,
} from "./syntax.ts";

/**
 * Finds what Python files need of the environment and the command line. Runs nothing.
 *
 * @param pause yields to other work between files
 */
export async function scanPython(files: readonly TextFile[], pause: () => Promise<void>): Promise<ScanResult> {
  const result = emptyScan();
  const parsed: ParsedFile[] = [];
  for (const file of files) {
    const parse = () => {
      const tree = new PythonTree(file.text);
      return [{ file, tree, names: environmentNamesOf(tree) }];
    };
    parsed.push(...readOrSkip(file, result.warnings, parse, []));
    await pause();
  }
  addEnvironmentParameters(parsed);
  const project = newProject();
  const commands = subcommandsOf(parsed);
  const classes = settingsClasses(parsed);
  const models = modelsOf(parsed);
  project.checkedFields = listCheckedFields(models);
  project.holders = new Set(parsed.flatMap(({ tree }) => listHolders(tree, classes)));
  for (const one of parsed) readOrSkip(one.file, result.warnings, () => learn(one, project), undefined);
  const fields = parsed.flatMap(({ tree }) =>
    listSettingsFields(tree, classes, models).map((field) => ({ ...field, held: heldBy(field, project) })),
  );
  for (const { field, held } of fields) noteField(project, field, held);
  learnHandedValues(parsed, project);
  for (const one of parsed) readOrSkip(one.file, result.warnings, () => learnOutcomes(one, project), undefined);
  for (const one of parsed) {
    addScan(
      result,
      readOrSkip(one.file, result.warnings, () => readFile(one, { classes, models, commands }, fields, project), {}),
    );
    await pause();
  }
  result.urlHosts = findUrlHosts(project, new Set(files.flatMap(({ text }) => [...listUrlHosts(text)])));
  for (const { file, tree, names } of parsed) {
    const entries = listUrlEntries(file.text);
    const held = entries.size > 0 ? entriesOf(tree, names) : null;
    for (const entry of entries) {
      const key = held?.get(entry);
      if (key) result.urlHosts.add(key);
    }
  }
  Object.assign(result, findSentCredentials(parsed, project));
  result.signIns = findSignIns(parsed, project);
  return result;
}

type HeldField = SettingsField & { held: Condition };

/** What a field says of its variable: that it is there, or that the field has its own value. */
function heldBy({ key, others, fallback }: SettingsField, project: Project): Condition {
  const given = [key, ...others].map(atom);
  if (fallback === null) return anyOf(given);
  const text = "text" in fallback ? fallback.text : project.texts.get(fallback.name);
  if (text === undefined) return { kind: "something" };
  return anyOf([...given, { kind: "constant", value: !/^(false|0)$/.test(text), text }]);
}

function readFile(
  one: ParsedFile,
  { classes, models, commands }: { classes: ReadonlySet<string>; models: Models; commands: Subcommands },
  fields: readonly HeldField[],
  project: Project,
): Partial<ScanResult> {
  const { file, tree, names } = one;
  const settings = readSettings(tree, file, classes, project.texts, models);
  const options = readPythonOptions(tree, file, names, commands);
  const read = collectPythonReads(tree, file.path, names, project);
  const own = flowsOf(one, fields, project);
  return {
    reads: [...read.reads, ...own.reads, ...settings.reads, ...options.reads],
    prefixes: read.prefixes,
    ofFlags: own.ofFlags,
    flows: [
      ...own.flows,
      ...factoryFlows(one),
      ...inheritedFlows(tree, file.path),
      ...settings.flows,
      ...options.flows,
    ],
    options: options.options,
    positions: positionsOf(tree, file.path),
    links: [...options.links, ...helperLinks(one, project)],
  };
}

/** Finds flags that a helper takes in place of a variable: `setting("api_key", "API_KEY", args)` beside `--api-key`. */
function helperLinks({ tree, names }: ParsedFile, project: Project): ScanResult["links"] {
  const links: ScanResult["links"] = [];
  const conditions = new PythonFlow(tree, names, project);
  walkPython(tree.root, (node) => {
    const call = tree.call(node);
    const key = call ? conditions.helperKey(node) : null;
    if (!call || key === null || links.length >= MAX_LINKS) return;
    for (const { value } of call.args) {
      const text = tree.string(value);
      if (text && /^[a-z][a-z0-9_]*$/.test(text)) links.push({ key, flag: `--${text.replaceAll("_", "-")}` });
    }
  });
  return links;
}

const MAX_LINKS = 200;

/** Finds the arguments that a file reads by their position. */
function positionsOf(tree: PythonTree, path: string): InputFinding[] {
  const found = new Map<string, InputFinding>();
  walkPython(tree.root, (node) => {
    const key = node.name === "MemberExpression" ? positionRead(tree.text(node)) : null;
    if (!key || found.has(key)) return;
    const provenance = { from: "source", where: `${path}:${tree.line(node)}` } as const;
    found.set(key, { key, target: "arg", evidence: "read", provenance });
  });
  return [...found.values()];
}

/** A function whose result is the program's exit code: `sys.exit(main())`. */
const EXIT_CODE = /\b(?:exit|SystemExit)\((?:asyncio\.run\()?(\w{1,60})\(/g;

/** Methods that run when an object of the class is made, by their decorators and by their names. */
const VALIDATOR = /@(?:pydantic\.)?(?:model_validator|root_validator|field_validator|validator)\b/;
const MADE = /^(?:__post_init__|__attrs_post_init__|model_post_init)$/;
/** Validators that get what was given, without what the fields have by themselves. */
const BEFORE = /\bpre\s{0,3}=\s{0,3}True\b|\bmode\s{0,3}=\s{0,3}["']before["']/;

function flowsOf(
  { file, tree, names }: ParsedFile,
  fields: readonly HeldField[],
  project: Project,
): Pick<ScanResult, "flows" | "reads" | "ofFlags"> {
  const module = new Scope(null);
  const reads: Read[] = [];
  const ofFlags = new Set<string>();
  const own = new PythonFlow(tree, names, project);
  const statements = childrenOf(tree.root);
  const flows: Flow[] = [
    {
      path: file.path,
      name: null,
      isHandler: false,
      isHosting: false,
      needs: needsOf(
        own.lower(
          statements.filter((one) => !isProgramGuard(one, tree)),
          module,
        ),
      ),
      calls: own.calls,
    },
  ];
  const guarded = statements.filter((one) => isProgramGuard(one, tree));
  if (guarded.length > 0) {
    const program = new PythonFlow(tree, names, project);
    program.isProgram = true;
    const needs = needsOf(program.lower(guarded, module));
    const { path } = file;
    flows.push({ path, name: null, isHandler: false, isHosting: false, isProgram: true, needs, calls: program.calls });
    reads.push(...madeReads(program, tree, path));
  }
  reads.push(...madeReads(own, tree, file.path));
  const classes = new Map<string, Scope>();
  /** The scopes of functions that hold other functions, by where each begins. */
  const scopes = new Map<number, Scope>();
  const programs = new Set([
    "main",
    ...[...file.text.matchAll(EXIT_CODE)].map((match) => match[1]),
    ...guarded.flatMap((guard) => lastCalled(guard, tree) ?? []),
  ]);
  for (const definition of definitionsOf(tree)) {
    const { name, className } = definitionName(tree, definition);
    const flow = new PythonFlow(tree, names, project, nameGiven(definition, tree, project));
    flow.isProgram = className === null && programs.has(name);
    const owner = className ? enclosing(definition, "ClassDefinition") : null;
    const around = enclosing(definition, "FunctionDefinition");
    const outer = className
      ? (classes.get(className) ?? classScope(className, fields, owner, flow, tree, module))
      : ((around && scopes.get(around.from)) ?? module);
    if (className) classes.set(className, outer);
    const scope = new Scope(outer);
    scopes.set(definition.from, scope);
    flow.parameters(definition, scope);
    bindHanded(definition, tree, scope, project);
    const decorators = decoratorsOf(definition, tree);
    if (TOOL_DECORATOR.test(decorators)) bindRequested(definition, tree, scope);
    for (const { parameter, key } of clickOptions(definition, tree)) scope.bind(parameter, atom(key));
    for (const { className: holder, field, key } of BEFORE.test(decorators) ? fields : [])
      if (holder === className) for (const object of VALUES) scope.bind(`${object}.${field}`, atom(key));
    const statements = flow.lower(statementsOf(definition.getChild("Body")), scope);
    if (className) keepMembers(definition, tree, scope, outer, project);
    reads.push(...madeReads(flow, tree, file.path));
    for (const prefix of flow.merged) ofFlags.add(prefix);
    flows.push({
      path: file.path,
      name: className ? `${className}.${VALIDATOR.test(decorators) || MADE.test(name) ? "__init__" : name}` : name,
      isHandler: HANDLER_DECORATOR.test(decorators),
      isTool: TOOL_DECORATOR.test(decorators),
      isHosting: isHostingName(name) || isHostingPlace(definition, tree),
      needs: needsOf(statements).map((branch) => branch.filter((key) => nameForm(key) === null)),
      ...neededToAnswer(definition, { tree, names }, outer, project),
      calls: flow.calls,
    });
  }
  return { flows, reads, ofFlags };
}

/**
 * The parameter of a helper that names the variable without which it fails. The calls say which ones are needed, and when: the helper's
 * own code stands for all of them.
 */
function nameGiven(definition: PyNode, tree: PythonTree, project: Project): { name: string; key: string } | null {
  const helper = project.helpers.get(definitionName(tree, definition).name);
  const parameter = helper ? parametersOf(tree, definition)[helper.nameAt] : undefined;
  return parameter && (helper?.fails || helper?.hangsOn) ? { name: parameter.name, key: GIVEN_NAME } : null;
}

/** The function that a file runs last where it is the program: `if __name__ == "__main__": run_server()`. */
function lastCalled(guard: PyNode, tree: PythonTree): string | null {
  const last = statementsOf(guard.getChild("Body")).at(-1);
  const [expression] = last?.name === "ExpressionStatement" ? childrenOf(last) : [];
  const call = expression ? tree.call(expression) : null;
  return call?.callee.name === "VariableName" ? tree.text(call.callee) : null;
}

/** Binds what a request may give a tool, so that a variable only stands in for it: `account = account or os.getenv("ACCOUNT")`. */
function bindRequested(definition: PyNode, tree: PythonTree, scope: Scope): void {
  for (const { name, fallback } of parametersOf(tree, definition))
    if (fallback?.name === "None") scope.bind(name, { kind: "unknown" });
}

/** Binds the parameters to which all callers hand a variable. */
function bindHanded(definition: PyNode, tree: PythonTree, scope: Scope, project: Project): void {
  for (const { name } of parametersOf(tree, definition)) {
    const handed = project.handed.get(`${nameOfTarget(definition, tree)} ${name}`);
    if (handed) scope.bind(name, handed);
  }
}

/** The variables that are made of names in dictionaries, where these are asked for. */
function madeReads({ made }: PythonFlow, tree: PythonTree, path: string): Read[] {
  return [...made].map(([key, node]) => ({
    key,
    path,
    line: tree.line(node),
    fallback: "none",
    value: null,
    isHosting: false,
    comment: null,
  }));
}

/** The parameters of a click command that hold an option's value, and nothing without it. */
function clickOptions(definition: PyNode, tree: PythonTree): { parameter: string; key: string }[] {
  const decorated = definition.parent?.name === "DecoratedStatement" ? definition.parent.getChildren("Decorator") : [];
  return decorated.flatMap((node) => {
    const call = tree.decorator(node);
    if (!call || tree.text(call.callee) !== "option") return [];
    const written = call.args.filter((one) => one.name === null).flatMap((one) => tree.string(one.value) ?? []);
    const flag = written.find((text) => text.startsWith("--"));
    const fallback = call.args.find((one) => one.name === "default")?.value;
    if (!flag || flag.includes("/") || (fallback && fallback.name !== "None") || !takesValue(call.args, tree))
      return [];
    const variable = tree.string(call.args.find((one) => one.name === "envvar")?.value ?? null);
    return { parameter: flag.slice(2).replaceAll("-", "_"), key: variable ?? flag };
  });
}

function isProgramGuard(node: PyNode, tree: PythonTree): boolean {
  return node.name === "IfStatement" && /^if ?\(?__name__ ?==/.test(tree.slice(node.from, node.from + 60));
}

/** What validators call the values of all fields. */
const VALUES = ["values", "data", "info.data"];

/** What the methods of a class know of its object: its fields hold variables. */
function classScope(
  className: string,
  fields: readonly HeldField[],
  owner: PyNode | null,
  flow: PythonFlow,
  tree: PythonTree,
  module: Scope,
): Scope {
  const scope = new Scope(module);
  for (const statement of statementsOf(owner?.getChild("Body") ?? null)) {
    const [target] = childrenOf(statement);
    const value = childrenOf(statement).at(-1);
    if (statement.name !== "AssignStatement" || target?.name !== "VariableName" || !value) continue;
    const held = flow.condition(value, module);
    if (held.kind === "atom" || held.kind === "or") scope.bind(`self.${tree.text(target)}`, held);
  }
  for (const { className: holder, field, held } of fields)
    if (holder === className) for (const object of ["self", ...VALUES]) scope.bind(`${object}.${field}`, held);
  return scope;
}

/** `key: str = field(default_factory=lambda: os.environ["KEY"])` demands its variable when the class is called. */
function factoryFlows({ file, tree, names }: ParsedFile): Flow[] {
  const demanded = new Map<string, string[]>();
  walkPython(tree.root, (node) => {
    const read = envRead(node, tree, names);
    const key = read?.isStrict ? tree.string(read.key) : null;
    const lambda = key ? enclosing(node, "LambdaExpression", "FunctionDefinition") : null;
    if (
      !key ||
      lambda?.name !== "LambdaExpression" ||
      !/default_factory\s*=\s*$/.test(tree.slice(Math.max(0, lambda.from - 40), lambda.from))
    )
      return;
    const owner = enclosing(lambda, "ClassDefinition", "FunctionDefinition");
    const name = owner?.name === "ClassDefinition" ? owner.getChild("VariableName") : null;
    if (name) demanded.set(tree.text(name), [...(demanded.get(tree.text(name)) ?? []), key]);
  });
  return [...demanded].map(([name, keys]) => ({
    path: file.path,
    name: `${name}.__init__`,
    isHandler: false,
    isHosting: false,
    needs: [keys.slice(0, 16)],
    calls: [],
  }));
}

/** Makes values that `__init__` assigns to `self` known to the other methods. */
function keepMembers(definition: PyNode, tree: PythonTree, scope: Scope, outer: Scope, project: Project): void {
  walkPython(definition, (node) => {
    if (node.name !== "AssignStatement") return;
    const [target] = childrenOf(node);
    const path = target ? tree.dotted(target) : null;
    if (!path?.startsWith("self.")) return;
    const own = scope.find(path);
    // A parameter says nothing; what callers give for it does.
    const given = own?.kind === "something" && !own.setting ? project.fields.get(path.slice("self.".length)) : null;
    const known = given ?? own;
    if (known && outer.find(path) === null) outer.bind(path, known);
  });
}
