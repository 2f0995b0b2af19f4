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
}

/** Functions of one file that are looked at, and characters of one of them. */
const MAX_FUNCTIONS = 2_000;
const MAX_LENGTH = 6_000;
const MAX_PARAMETERS = 4;

/** Returns the functions of a file that return something. */
export function functionsReturning(root: SyntaxNode): NamedFunction[] {
  const found: NamedFunction[] = [];
  walk(root, (parent) => {
    for (const node of childrenOf(parent)) {
      const name = isFunction(node) && found.length < MAX_FUNCTIONS ? functionName(node, parent) : null;
      if (name !== null) found.push({ name, node });
    }
  });
  return found;
}

/**
 * Returns when a function returns the environment, or a copy of it: "()" always, "(0)" where its first argument is the environment, and
 * null for any other function.
 */
export function returnsEnvironment({ node }: NamedFunction, environment: ReadonlySet<string>): string | null {
  const body = nodeOf(node, "body");
  if (!body || body.end - body.start > MAX_LENGTH) return null;
  const returned = returnedFrom(body);
  if (returned.length === 0) return null;
  const parameters = nodesOf(node, "params").slice(0, MAX_PARAMETERS).map(identifierName);
  // A parameter may get another object than the environment.
  const own = new Set(environment);
  for (const parameter of parameters) if (parameter) own.delete(parameter);
  const holds = (names: Set<string>) => {
    for (const name of [...localsOf(body, names), ...filledIn(body, names)]) names.add(name);
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

/** The names that a function gives to the environment. */
function localsOf(body: SyntaxNode, names: ReadonlySet<string>): string[] {
  const found = new Set(names);
  walk(body, (node) => {
    const name = node.type === "VariableDeclarator" ? identifierName(nodeOf(node, "id")) : null;
    const init = name === null ? null : nodeOf(node, "init");
    if (name && init && isEnvironment(init, found)) found.add(name);
  });
  return [...found].filter((name) => !names.has(name));
}

/** The names of objects that loops fill with variables under their own names: `for (const [k, v] of Object.entries(env)) copy[k] = v`. */
export function filledIn(body: SyntaxNode, names: ReadonlySet<string>): string[] {
  const isOne = (part: SyntaxNode | null | undefined) =>
    part !== null && part !== undefined && isEnvironment(part, names);
  const found: string[] = [];
  walk(body, (node) => {
    const loop = loopOf(node);
    const name = loop && entryName(loop.target);
    if (!loop?.body || !name) return;
    const isList = node.type === "ForInStatement" ? isOne(loop.list) : isListOfEnvironment(loop.list, isOne);
    found.push(...keptIn(loop.body, name, isOne, isList).filled);
  });
  return found;
}

function loopOf(node: SyntaxNode): { target: SyntaxNode | null; list: SyntaxNode; body: SyntaxNode | null } | null {
  if (/^For(Of|In)Statement$/.test(node.type)) {
    const left = nodeOf(node, "left");
    const [declared] = left ? nodesOf(left, "declarations").map((one) => nodeOf(one, "id")) : [];
    const list = nodeOf(node, "right");
    return list && { target: declared ?? left, list, body: nodeOf(node, "body") };
  }
  const callee = isCall(node) && calleeName(node) === ".forEach" ? nodeOf(node, "callee") : null;
  const list = callee && isMember(unwrap(callee)) ? nodeOf(callee, "object") : null;
  const [step] = nodesOf(node, "arguments");
  return list && step && isFunction(step)
    ? { target: nodesOf(step, "params")[0] ?? null, list, body: nodeOf(step, "body") }
    : null;
}
