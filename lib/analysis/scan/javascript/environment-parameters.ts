import type { TextFile } from "../../fetch/files.ts";
import { isEnvName } from "../../inputs/input-names.ts";
import { readOrSkip } from "../../inputs/unreadable.ts";
import { calleeName, holdersAt, isCall, isEnvironment, lastName } from "./env.ts";
import { filledIn, type NamedFunction, namedFunctions, returnsEnvironment } from "./environment-functions.ts";
import { declaredNames, exportedNames, importedNames } from "./file-names.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, settle, walk } from "./syntax.ts";

interface ParsedFile {
  file: TextFile;
  root: SyntaxNode;
  /** Names that hold the environment in this file. */
  environment: Set<string>;
}

/** A function can hand the environment on to another one. */
const MAX_ROUNDS = 3;
const MAX_PARAMETERS_READ = 6;
/** Any other name counts only where the file uses it for nothing else. */
const ENVIRONMENT_NAME = /env(?:iron(?:ment)?)?(?:_?(?:vars?|variables?|values?|map|record|source))?$/i;

/** What the files of a server say of the environment, by the names of functions and exports. */
interface Known {
  /** Where calls pass the environment: "load 0", or "load 0 env" for a field of the object there. */
  given: ReadonlySet<string>;
  /** Functions that return it: "load()", "clean(0)". */
  returning: ReadonlySet<string>;
  /** What files export it as: "config env". */
  exported: ReadonlySet<string>;
}

/**
 * Adds to each file the names that get the environment from elsewhere: a parameter from a caller, which can stand in another file
 * (`readSettings(process.env)` for `function readSettings(env) {…}`), what holds the result of a function that returns the environment or a
 * copy of it, and what another file exports. Parameters that take it apart are given it as their default, so that nothing else has to know.
 */
export function addEnvironmentParameters(files: readonly ParsedFile[]): void {
  // A file that is nested too deeply to be read says so when it is read itself.
  const skipping = <T>({ file }: ParsedFile, read: () => T, otherwise: T) => readOrSkip(file, [], read, otherwise);
  const functions = files.map((one) => skipping(one, () => namedFunctions(one.root), []));
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = countNames(files);
    const own = files.map((one, at) => skipping(one, () => listReturning(one, functions[at] ?? []), new Map()));
    const known = {
      given: new Set(files.flatMap((one) => skipping(one, () => listGiven(one), []))),
      exported: new Set(
        files.flatMap((one) => skipping(one, () => exportedNames(one.root, one.file.path, one.environment), [])),
      ),
    };
    const everywhere = unanimous(own);
    for (const [at, one] of files.entries()) {
      const returning = new Set(
        [...everywhere, ...(own[at] ?? new Map<string, string | null>())].flatMap(([name, how]) =>
          how === null ? [] : [`${name}${how}`],
        ),
      );
      skipping(one, () => addNames(one, functions[at] ?? [], { ...known, returning }), undefined);
    }
    if (countNames(files) === before) return;
  }
}

/** How each function of a file returns the environment, by its name; null for one that does not. */
function listReturning({ environment }: ParsedFile, functions: readonly NamedFunction[]): Map<string, string | null> {
  return joinReturns(functions.map((one): [string, string | null] => [one.name, returnsEnvironment(one, environment)]));
}

/** What the functions of one name have in common. */
function unanimous(files: readonly ReadonlyMap<string, string | null>[]): Map<string, string | null> {
  return joinReturns(files.flatMap((one) => [...one]));
}

function joinReturns(found: readonly (readonly [string, string | null])[]): Map<string, string | null> {
  const returns = new Map<string, string | null>();
  for (const [name, how] of found) returns.set(name, returns.has(name) && returns.get(name) !== how ? null : how);
  return returns;
}

/** Lists where calls pass the environment. */
function listGiven({ root, environment }: ParsedFile): string[] {
  const given: string[] = [];
  walk(root, (node) => {
    if (!isCall(node) && node.type !== "NewExpression") return;
    const callee = toFunctionName(calleeName(node));
    if (callee === null) return;
    nodesOf(node, "arguments")
      .slice(0, MAX_PARAMETERS_READ)
      .forEach((argument, at) => {
        if (isEnvironment(argument, environment)) given.push(`${callee} ${at}`);
        for (const property of argument.type === "ObjectExpression" ? nodesOf(argument, "properties") : []) {
          const value = nodeOf(property, "value");
          if (value && isEnvironment(value, environment)) given.push(`${callee} ${at} ${keyName(property)}`);
        }
      });
  });
  return given;
}

/** Returns the name that a callee has where it is defined. */
function toFunctionName(callee: string | null): string | null {
  return callee === null || callee.endsWith(".constructor") ? callee : lastName(callee);
}

function addNames(
  { root, environment }: ParsedFile,
  functions: readonly NamedFunction[],
  { given, returning, exported }: Known,
): void {
  for (const one of returning) environment.add(one);
  let isRewritten = false;
  const holders = new Map<string, Set<SyntaxNode>>();
  const note = (name: string | null, node: SyntaxNode) => {
    if (name === null || environment.has(name)) return;
    holders.set(name, (holders.get(name) ?? new Set()).add(node));
  };
  const noteParameter = (parameter: SyntaxNode, at: string) => {
    const inner = (parameter.type === "TSParameterProperty" ? nodeOf(parameter, "parameter") : parameter) ?? parameter;
    const target = (inner.type === "AssignmentPattern" ? nodeOf(inner, "left") : inner) ?? inner;
    if (given.has(at)) {
      note(identifierName(target), target);
      if (namesVariables(target)) {
        giveEnvironment(inner);
        isRewritten = true;
      }
    }
    for (const property of target.type === "ObjectPattern" ? nodesOf(target, "properties") : []) {
      const value = given.has(`${at} ${keyName(property)}`) ? nodeOf(property, "value") : null;
      if (value) note(identifierName(value), value);
    }
  };
  for (const { name, node } of functions)
    for (const [at, parameter] of nodesOf(node, "params").entries()) noteParameter(parameter, `${name} ${at}`);
  walk(root, (parent) => {
    for (const [name, node] of holdersAt(parent, environment)) note(name, node);
    const maker = constructorOf(parent);
    const name = identifierName(nodeOf(parent, "id"));
    for (const [at, parameter] of (maker ? nodesOf(maker, "params") : []).entries())
      noteParameter(parameter, `${name}.constructor ${at}`);
  });
  for (const [name, node] of importedNames(root, exported)) note(name, node);
  for (const name of filledIn(root, environment)) note(name, root);
  addSure(root, environment, holders);
  if (isRewritten) settle(root);
}

/** Bundles shorten names to one letter or two. */
const MIN_NAME_LENGTH = 3;

/** Adds what is named after the environment or a field, and other names that hold nothing else in the whole file. */
function addSure(
  root: SyntaxNode,
  environment: Set<string>,
  holders: ReadonlyMap<string, ReadonlySet<SyntaxNode>>,
): void {
  if (holders.size === 0) return;
  const bindings = declaredNames(root, new Set(holders.keys()));
  for (const [name, nodes] of holders) {
    const isFilled = nodes.has(root) && bindings.get(name)?.length === 1;
    const isAlone = isFilled || (bindings.get(name) ?? []).every((node) => nodes.has(node));
    if (name.startsWith("this.") || ENVIRONMENT_NAME.test(name) || (isAlone && name.length >= MIN_NAME_LENGTH))
      environment.add(name);
  }
}

/** Returns whether a pattern takes variables out of an object: `({ API_KEY, BASE_URL: url })`. */
function namesVariables(target: SyntaxNode): boolean {
  const taken = target.type === "ObjectPattern" ? nodesOf(target, "properties") : [];
  const names = taken.flatMap((property) => (property.type === "RestElement" ? [] : [keyName(property) ?? ""]));
  return names.length > 0 && names.every(isEnvName);
}

/** Makes the environment a parameter's default, in place. */
function giveEnvironment(parameter: SyntaxNode): void {
  const { start, end, loc } = parameter;
  const at = { start, end, loc: loc ?? null };
  const named = (name: string): SyntaxNode => ({ ...at, type: "Identifier", name });
  const right = { ...at, type: "MemberExpression", object: named("process"), property: named("env"), computed: false };
  if (parameter.type === "AssignmentPattern") {
    parameter.right = right;
    return;
  }
  const left = { ...parameter };
  for (const field of Object.keys(parameter)) if (!(field in at)) delete parameter[field];
  Object.assign(parameter, { type: "AssignmentPattern", left, right });
}

/** `new Settings(process.env)` calls the constructor of a class. */
function constructorOf(node: SyntaxNode): SyntaxNode | null {
  const body = /^Class(?:Declaration|Expression)$/.test(node.type) ? nodeOf(node, "body") : null;
  return (body && nodesOf(body, "body").find((member) => member.kind === "constructor")) ?? null;
}

function countNames(files: readonly ParsedFile[]): number {
  return files.reduce((count, { environment }) => count + environment.size, 0);
}
