import { type ParserPlugin, parse } from "@babel/parser";
import { lineFinder, type TextFile } from "../../fetch/files.ts";
import { readOrSkip } from "../../inputs/unreadable.ts";
import { needsOf } from "../flow.ts";
import { newProject, type Project } from "../project.ts";
import { Scope } from "../scope.ts";
import { addScan, emptyScan, type Flow, isHostingName, type Read, type ScanResult } from "../types.ts";
import { findUrlHosts, listUrlHosts } from "../url-hosts.ts";
import { listAddedRanges } from "./added-commands.ts";
import { restoreCounts } from "./argument-counts.ts";
import { restoreComposedNames } from "./composed-names.ts";
import { restoreLibraryReads } from "./config-libraries.ts";
import { calleeName, environmentNames, isCall, isFunction, isMember, readKey, unwrap } from "./env.ts";
import { addEnvironmentParameters } from "./environment-parameters.ts";
import { learnSchemas } from "./environment-schemas.ts";
import { JavaScriptFlow } from "./flow.ts";
import { learnHandedValues, nameOfTarget, parameterNames } from "./handed-values.ts";
import { HANDLER_CALL } from "./handler-calls.ts";
import { isHosting } from "./hosting.ts";
import { functionsOf, learn, learnOutcomes, type ParsedFile } from "./learn.ts";
import { readOptions } from "./options.ts";
import { type OwnFlags, readOwnFlags } from "./own-flags.ts";
import { settleOwnStart } from "./own-start.ts";
import { learnNamedSchemas } from "./parsed-objects.ts";
import { learnParsedResults, type ParsedResults, pathsOfResults } from "./parsed-results.ts";
import { argumentNames, readPositions } from "./positions.ts";
import { restoreProcess } from "./process-names.ts";
import { collectReads } from "./reads.ts";
import { flowsOfChecks, flowsOfShapes, learnShapes } from "./schemas.ts";
import { sparedPositions } from "./spared-positions.ts";
import { restoreStatements } from "./statements.ts";
import { isInSubcommand, listCommandNames, listOtherBuilders, subcommandRanges } from "./subcommands.ts";
import { identifierName, isNode, keyName, nodeOf, nodesOf, type SyntaxNode, settle, walk } from "./syntax.ts";
import { restorePositions } from "./taken-arguments.ts";
import { collectUses, findUnguarded, type Uses } from "./unguarded.ts";
import { learnYargs, type YargsProgram } from "./yargs-programs.ts";

/**
 * Characters of one program that are parsed. What is beyond, such as the rest of a bundle in many parts, is read as text, which tells the
 * names of variables. This many take some 7 s on two cores, of the 15 s that an analysis has.
 */
const MAX_PARSED_CHARACTERS = 1_500_000;

/**
 * Finds what JavaScript and TypeScript files need of the environment and the command line. Runs nothing.
 *
 * @param pause yields to other work between files
 * @param places.begun paths of the files where the server begins, as far as they are known
 * @param places.nearest paths of files that go before others where there are too many to parse
 */
export async function scanJavaScript(
  files: readonly TextFile[],
  pause: () => Promise<void>,
  { begun, nearest }: { begun: ReadonlySet<string>; nearest: Iterable<string> },
): Promise<ScanResult> {
  const result = emptyScan();
  const parsed: ParsedFile[] = [];
  const chosen = chooseParsed(files, nearest);
  const isBegun = files.some(({ path }) => begun.has(path));
  for (const file of files) {
    const root = chosen.has(file) ? parseFile(file, !isBegun || begun.has(file.path)) : null;
    if (root) parsed.push({ file, root, environment: environmentNames(root), argumentNames: argumentNames(root) });
    else addScan(result, { reads: readsOfText(file) });
    await pause();
  }
  addEnvironmentParameters(parsed);
  const project = newProject();
  const uses: Uses = { needed: new Set(), judged: new Set() };
  for (const one of parsed) {
    readOrSkip(one.file, result.warnings, () => learn(one, project), undefined);
  }
  for (const one of parsed) {
    const learnAll = () => {
      learnShapes(one.root, project);
      learnSchemas(one.root, one.environment, project);
      learnNamedSchemas(one.root, project);
    };
    readOrSkip(one.file, result.warnings, learnAll, undefined);
  }
  learnHandedValues(parsed, project);
  for (const one of parsed) readOrSkip(one.file, result.warnings, () => learnOutcomes(one, project), undefined);
  const flags = new Map<ParsedFile, Flags>();
  const roots = parsed.map(({ root }) => root);
  const builders = listOtherBuilders(roots);
  const added = listAddedRanges(roots, listCommandNames(roots));
  const foreignOf = (root: SyntaxNode) => [...subcommandRanges(root, builders), ...(added.get(root) ?? [])];
  const yargs = learnYargs(roots, foreignOf);
  const results: ParsedResults = new Map();
  for (const one of parsed) {
    readOrSkip(
      one.file,
      result.warnings,
      () => flags.set(one, readFlags(one, project, results, { foreign: foreignOf(one.root), yargs })),
      undefined,
    );
    await pause();
  }
  for (const one of parsed) {
    const known = flags.get(one);
    const read = () => (known ? readFile(one, project, known, results) : { reads: readsOfText(one.file) });
    addScan(result, readOrSkip(one.file, result.warnings, read, { reads: readsOfText(one.file) }));
    await pause();
  }
  for (const one of parsed)
    readOrSkip(one.file, result.warnings, () => collectUses(one.root, one.environment, uses), undefined);
  const hosts = new Set(files.flatMap(({ text }) => [...listUrlHosts(text)]));
  result.urlHosts = new Set([...findUrlHosts(project, hosts), ...findUnguarded(uses, project)]);
  for (const read of result.reads) {
    const uses = read.constant ? project.uses.get(read.constant) : undefined;
    if (uses && uses.hosting > 0 && uses.stdio === 0) read.isHosting = true;
  }
  return result;
}

/** Chooses the files that are parsed: as many as the bound allows, the nearest first. */
function chooseParsed(files: readonly TextFile[], nearest: Iterable<string>): Set<TextFile> {
  const places = new Map([...nearest].map((path, at) => [path, at]));
  const placeOf = ({ path }: TextFile) => places.get(path) ?? places.size;
  const chosen = new Set<TextFile>();
  let left = MAX_PARSED_CHARACTERS;
  for (const file of [...files].sort((a, b) => placeOf(a) - placeOf(b))) {
    if (file.text.length > left) continue;
    left -= file.text.length;
    chosen.add(file);
  }
  return chosen;
}

/** The command line of one file. */
interface Flags {
  options: ReturnType<typeof readOptions>;
  own: OwnFlags;
  /** Where the code stands that sets up subcommands that do not serve. */
  foreign: readonly (readonly [from: number, to: number])[];
}

function readFlags(
  { file, root, environment }: ParsedFile,
  project: Project,
  results: ParsedResults,
  { foreign, yargs }: Pick<Flags, "foreign"> & { yargs: YargsProgram },
): Flags {
  const options = readOptions(root, file, environment, project, foreign, yargs);
  const own = readOwnFlags(root, file, options.options, environment);
  learnParsedResults(root, own, options.options, results);
  return { options, own, foreign };
}

function readFile(
  parsed: ParsedFile,
  project: Project,
  { options, own, foreign }: Flags,
  results: ParsedResults,
): Partial<ScanResult> {
  const { file, root, environment } = parsed;
  const read = collectReads(root, { path: file.path, text: file.text, environment, project });
  const paths = new Map([...pathsOfResults(root, results), ...own.paths]);
  const flows = flowsOf(parsed, paths, project, foreign);
  return {
    reads: [...read.reads, ...options.reads],
    prefixes: read.prefixes,
    flows: [
      ...flows,
      ...flowsOfShapes(root, file.path, environment, project),
      ...flowsOfChecks(root, file.path, project),
      ...options.flows,
    ],
    options: [...options.options, ...own.options],
    positions: [
      ...readPositions(root, file.path, parsed.argumentNames),
      ...sparedPositions(root, file.path, parsed.argumentNames),
    ],
    links: [...options.links, ...own.links, ...linksOf(root, environment)],
  };
}

/**
 * Parses a file, recovering from syntax errors. Returns null when it is not a program.
 *
 * @param isProgram whether the file is started itself, and not only imported
 */
function parseFile(file: TextFile, isProgram: boolean): SyntaxNode | null {
  const plugins: ParserPlugin[] = ["decorators-legacy", "explicitResourceManagement"];
  if (/\.[mc]?tsx?$/.test(file.path)) plugins.push("typescript");
  if (!/\.[mc]?ts$/.test(file.path)) plugins.push("jsx");
  try {
    const tree: unknown = parse(file.text, {
      sourceType: "unambiguous",
      errorRecovery: true,
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      attachComment: false,
      plugins,
    }).program;
    if (!isNode(tree)) return null;
    restoreStatements(tree);
    settleOwnStart(tree, isProgram);
    restoreProcess(tree);
    restoreComposedNames(tree);
    restorePositions(tree);
    restoreCounts(tree);
    restoreLibraryReads(tree);
    settle(tree);
    return tree;
  } catch {
    return null;
  }
}

/** Finds the variable names in a file that does not parse. */
function readsOfText(file: TextFile): Read[] {
  const reads: Read[] = [];
  const lineAt = lineFinder(file.text);
  for (const match of file.text.matchAll(/\bprocess\.env(?:\.([A-Z][A-Z0-9_]+)|\[["']([A-Z][A-Z0-9_]+)["']\])/g)) {
    const key = match[1] ?? match[2];
    if (!key || reads.length >= 100) continue;
    reads.push({
      key,
      path: file.path,
      line: lineAt(match.index),
      fallback: "none",
      value: null,
      isHosting: false,
      comment: null,
    });
  }
  return reads;
}

function flowsOf(
  { file, root, environment, argumentNames }: ParsedFile,
  flagPaths: ReadonlyMap<string, string>,
  project: Project,
  foreign: Flags["foreign"],
): Flow[] {
  const module = new Scope(null);
  const newFlow = () => {
    const flow = new JavaScriptFlow(project, environment, argumentNames, flagPaths);
    flow.areRefusalsFailures = true;
    return flow;
  };
  const own = newFlow();
  const flows: Flow[] = [
    {
      path: file.path,
      name: null,
      isHandler: false,
      isHosting: false,
      needs: needsOf(own.lower(nodesOf(root, "body"), module)),
      calls: own.calls,
    },
  ];
  const actions = new Set<Flow>();
  /** The scopes of functions that hold other functions. */
  const scopes = new Map<SyntaxNode, Scope>();
  const classes = new Map<string, Scope>();
  for (const { node, name, className, ancestors } of functionsOf(root)) {
    const body = nodeOf(node, "body");
    if (!body) continue;
    const parent = ancestors.at(-1);
    // A function called where it is defined belongs to the surrounding code.
    if (parent && isCall(parent) && nodeOf(parent, "callee") === node) continue;
    const flow = newFlow();
    const around = ancestors.findLast(isFunction);
    const enclosing = (around && scopes.get(around)) ?? module;
    const outer = className ? classScope(classes, className, module) : enclosing;
    const scope = new Scope(outer);
    scopes.set(node, scope);
    flow.parameters(node, scope);
    bindHanded(node, nameOfTarget({ name, className }), scope, project);
    const isOfRequest = parent !== undefined && isCall(parent) && HANDLER_CALL.test(calleeName(parent) ?? "");
    // A variable only stands in for what a request may give: `({ account }) => load(account ?? process.env.ACCOUNT)`.
    for (const parameter of isOfRequest ? nodesOf(node, "params").flatMap(parameterNames) : [])
      scope.bind(parameter, { kind: "unknown" });
    const statements = flow.lower(statementsOf(body), scope);
    if (className) keepMembers(scope, outer, body, project);
    const made: Flow = {
      path: file.path,
      name: name === null ? null : className ? `${className}.${name}` : name,
      isHandler: isHandler(ancestors, parent ?? null, name),
      isHosting: isHosting([...ancestors, node]) || isHostingName(name ?? ""),
      needs: needsOf(statements),
      calls: flow.calls,
      ...(flow.hasRefused && { isRefusal: true }),
    };
    flows.push(made);
    // commander: `program.action(async (options) => { … })` is what the program does.
    const isForeign = foreign.some(([from, to]) => node.start >= from && node.end <= to);
    if (parent && isCall(parent) && calleeName(parent) === ".action" && !isForeign && !isInSubcommand(parent))
      actions.add(made);
  }
  const handed = flows.map((flow, at) =>
    flow.name === null && at > 0 && !actions.has(flow) ? { ...flow, isHandler: true } : flow,
  );
  return [...handed, ...fieldFlows(root, file.path, newFlow)];
}

/** Binds the parameters to which all callers hand a variable. */
function bindHanded(node: SyntaxNode, name: string | null, scope: Scope, project: Project): void {
  for (const [at, parameter] of name === null ? [] : nodesOf(node, "params").entries()) {
    const inner = parameter.type === "TSParameterProperty" ? nodeOf(parameter, "parameter") : parameter;
    const handed = project.handed.get(`${name} ${at}`);
    const own = identifierName(inner);
    if (handed && own !== null) scope.bind(own, handed);
  }
}

/** The statements of a function; one that only returns something may have none: `() => new Client(requireEnv("KEY"))`. */
function statementsOf(body: SyntaxNode): SyntaxNode[] {
  if (body.type === "BlockStatement") return nodesOf(body, "body");
  const { start, end } = body;
  return [{ type: "ReturnStatement", argument: body, start, end }];
}

const MAX_FIELD_FLOWS = 200;

/** What the initial values of a class's fields demand: when it is made, or with the file where a field is static. */
function fieldFlows(root: SyntaxNode, path: string, newFlow: () => JavaScriptFlow): Flow[] {
  const flows: Flow[] = [];
  walk(root, (node) => {
    const className = /^Class(Declaration|Expression)$/.test(node.type) ? identifierName(nodeOf(node, "id")) : null;
    const body = className === null ? null : nodeOf(node, "body");
    for (const field of body ? nodesOf(body, "body") : []) {
      const value = /^Class(Private)?Property$/.test(field.type) ? nodeOf(field, "value") : null;
      if (!value || isFunction(unwrap(value)) || flows.length >= MAX_FIELD_FLOWS) continue;
      const flow = newFlow();
      const { start, end } = value;
      const needs = needsOf(
        flow.lower([{ type: "ExpressionStatement", expression: value, start, end }], new Scope(null)),
      );
      if (flow.calls.length === 0 && needs.length === 1 && needs[0]?.length === 0) continue;
      const name = field.static === true ? null : `${className}.constructor`;
      flows.push({ path, name, isHandler: false, isHosting: false, needs, calls: flow.calls });
    }
  });
  return flows;
}

function classScope(classes: Map<string, Scope>, name: string, module: Scope): Scope {
  const known = classes.get(name) ?? new Scope(module);
  classes.set(name, known);
  return known;
}

/** Makes values that a constructor assigns to `this` known to the other methods. */
function keepMembers(scope: Scope, outer: Scope, body: SyntaxNode, project: Project): void {
  walk(body, (node) => {
    if (node.type !== "AssignmentExpression") return;
    const left = nodeOf(node, "left");
    const property = left && isMember(left) && nodeOf(left, "object")?.type === "ThisExpression" ? keyName(left) : null;
    const own = property ? scope.find(`this.${property}`) : null;
    // A parameter says nothing; what callers give for it does.
    const given = own?.kind === "something" && !own.setting ? project.fields.get(property ?? "") : null;
    const known = given ?? own;
    if (known && outer.find(`this.${property}`) === null) outer.bind(`this.${property}`, known);
  });
}

function isHandler(ancestors: readonly SyntaxNode[], parent: SyntaxNode | null, name: string | null): boolean {
  if (
    parent &&
    /^(ObjectProperty|ObjectMethod)$/.test(parent.type) &&
    /^(execute|handler|run|invoke|handle|call|callback|cb)$/.test(name ?? "")
  )
    return true;
  return ancestors.some((node) => isCall(node) && HANDLER_CALL.test(calleeName(node) ?? ""));
}

/** Finds flags that do the same as a variable: `process.env.X = options.flag`. */
function linksOf(root: SyntaxNode, environment: ReadonlySet<string>): ScanResult["links"] {
  const links: ScanResult["links"] = [];
  walk(root, (node) => {
    if (node.type === "AssignmentExpression") {
      const left = nodeOf(node, "left");
      const right = nodeOf(node, "right");
      const key = left ? readKey(left, environment) : null;
      const from = right ? unwrap(right) : null;
      const option = from && isMember(from) ? keyName(from) : null;
      if (typeof key === "string" && option) links.push({ key, flag: flagOf(option) });
    }
    if (node.type === "LogicalExpression" && (node.operator === "||" || node.operator === "??")) {
      const sides = [nodeOf(node, "left"), nodeOf(node, "right")].flatMap((side) => (side ? [unwrap(side)] : []));
      const keys = sides.flatMap((side) => readKey(side, environment) ?? []).filter((key) => typeof key === "string");
      for (const side of sides) {
        const option = isMember(side) && readKey(side, environment) === null ? keyName(side) : null;
        for (const key of keys) if (option) links.push({ key, flag: flagOf(option) });
      }
    }
  });
  return links;
}

/** Formats an option as a flag: "apiKey" and "api-key" become "--api-key". */
function flagOf(option: string): string {
  return `--${option
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase()}`;
}
