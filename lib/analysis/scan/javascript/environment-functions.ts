import {
  calleeName,
  entryName,
  functionName,
  isCall,
  isEnvironment,
  isFunction,
  isListOfEnvironment,
  isMember,
  keptIn,
  unwrap,
} from "./env.ts";
import { childrenOf, identifierName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

/** A function, by the name under which it is called. */
export interface NamedFunction {
  name: string;
  node: SyntaxNode;
  /** What it returns; nothing for one that is too long to be looked at. */
  returned: readonly SyntaxNode[];
  /** What it declares, with the values, and what it repeats for each member of something. */
  locals: readonly (readonly [name: string, value: SyntaxNode])[];
  loops: readonly Loop[];
}

/** What is repeated for each member of something: a loop, or a callback of `forEach`. */
interface Loop {
  target: SyntaxNode | null;
  list: SyntaxNode;
  body: SyntaxNode | null;
  /** It goes over the names of the members. */
  isOfNames: boolean;
}

/** Functions of one file that are looked at, and characters of one of them. */
const MAX_FUNCTIONS = 2_000;
const MAX_LENGTH = 6_000;
const MAX_PARAMETERS = 4;

/** Returns the functions of a file that have a name. */
export function namedFunctions(root: SyntaxNode): NamedFunction[] {
  const found: NamedFunction[] = [];
  walk(root, (parent) => {
    for (const node of childrenOf(parent)) {
      const name = isFunction(node) && found.length < MAX_FUNCTIONS ? functionName(node, parent) : null;
      if (name !== null) found.push({ name, node, ...contentsOf(node) });
    }
  });
  return found;
}

function contentsOf(node: SyntaxNode): Pick<NamedFunction, "returned" | "locals" | "loops"> {
  const body = nodeOf(node, "body");
  const returned = body && body.end - body.start <= MAX_LENGTH ? returnedFrom(body) : [];
  if (!body || returned.length === 0) return { returned: [], locals: [], loops: [] };
  const locals: [string, SyntaxNode][] = [];
  const loops: Loop[] = [];
  walk(body, (inner) => {
    const name = inner.type === "VariableDeclarator" ? identifierName(nodeOf(inner, "id")) : null;
    const init = name === null ? null : nodeOf(inner, "init");
    if (name && init) locals.push([name, init]);
    const loop = loopOf(inner);
    if (loop) loops.push(loop);
  });
  return { returned, locals, loops };
}

/**
 * Returns when a function returns the environment, or a copy of it: "()" always, "(0)" where its first argument is the environment, and
 * null for any other function.
 */
export function returnsEnvironment(
  { node, returned, locals, loops }: NamedFunction,
  environment: ReadonlySet<string>,
): string | null {
  if (returned.length === 0) return null;
  const parameters = nodesOf(node, "params").slice(0, MAX_PARAMETERS).map(identifierName);
  // A parameter may get another object than the environment.
  const own = new Set(environment);
  for (const parameter of parameters) if (parameter) own.delete(parameter);
  const holds = (names: Set<string>) => {
    const filled = filledBy(loops, names);
    for (const [name, value] of locals) if (isEnvironment(value, names)) names.add(name);
    for (const name of filled) names.add(name);
    return returned.some((one) => isEnvironment(one, names));
  };
  if (holds(own)) return "()";
  const at = parameters.findIndex((parameter) => parameter !== null && holds(new Set([...own, parameter])));
  return at < 0 ? null : `(${at})`;
}

const MAX_RETURNS = 100;
const MAX_DEPTH = 400;

/** The expressions that a function returns by itself, from its body. Functions inside it return for themselves. */
export function returnedFrom(body: SyntaxNode): SyntaxNode[] {
  if (body.type !== "BlockStatement") return [body];
  const found: SyntaxNode[] = [];
  const visit = (node: SyntaxNode, depth: number) => {
    if (isFunction(node) || depth > MAX_DEPTH || found.length >= MAX_RETURNS) return;
    const returned = node.type === "ReturnStatement" ? nodeOf(node, "argument") : null;
    if (returned) found.push(returned);
    for (const child of childrenOf(node)) visit(child, depth + 1);
  };
  visit(body, 0);
  return found;
}

/** The names of objects that loops fill with variables under their own names: `for (const [k, v] of Object.entries(env)) copy[k] = v`. */
export function filledIn(body: SyntaxNode, names: ReadonlySet<string>): string[] {
  const loops: Loop[] = [];
  walk(body, (node) => {
    const loop = loopOf(node);
    if (loop) loops.push(loop);
  });
  return filledBy(loops, names);
}

function filledBy(loops: readonly Loop[], names: ReadonlySet<string>): string[] {
  const isOne = (part: SyntaxNode | null | undefined) =>
    part !== null && part !== undefined && isEnvironment(part, names);
  return loops.flatMap(({ target, list, body, isOfNames }) => {
    const name = entryName(target);
    if (!body || !name) return [];
    return keptIn(body, name, isOne, isOfNames ? isOne(list) : isListOfEnvironment(list, isOne)).filled;
  });
}

function loopOf(node: SyntaxNode): Loop | null {
  const isOfNames = node.type === "ForInStatement";
  if (isOfNames || node.type === "ForOfStatement") {
    const left = nodeOf(node, "left");
    const [declared] = left ? nodesOf(left, "declarations").map((one) => nodeOf(one, "id")) : [];
    const list = nodeOf(node, "right");
    return list && { target: declared ?? left, list, body: nodeOf(node, "body"), isOfNames };
  }
  const callee = isCall(node) && calleeName(node) === ".forEach" ? nodeOf(node, "callee") : null;
  const list = callee && isMember(unwrap(callee)) ? nodeOf(callee, "object") : null;
  const [step] = callee ? nodesOf(node, "arguments") : [];
  return list && step && isFunction(step)
    ? { target: nodesOf(step, "params")[0] ?? null, list, body: nodeOf(step, "body"), isOfNames }
    : null;
}
