import { isEnvName } from "../../inputs/input-names.ts";
import { readsByName } from "../library-readers.ts";
import { identifierName, isNode, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue, walk } from "./syntax.ts";

/** Removes wrappers that change a value's type or timing but not the value. */
export function unwrap(node: SyntaxNode): SyntaxNode {
  const inner = nodeOf(node, "expression") ?? nodeOf(node, "argument");
  switch (node.type) {
    case "TSNonNullExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSTypeAssertion":
    case "ParenthesizedExpression":
    case "ChainExpression":
    case "AwaitExpression":
      return inner ? unwrap(inner) : node;
    case "TemplateLiteral":
      return unwrapText(node);
    default:
      return node;
  }
}

/** A template that holds a value and nothing else: `${process.env.X}`. */
function unwrapText(node: SyntaxNode): SyntaxNode {
  const [only, ...others] = nodesOf(node, "expressions");
  const isBare = nodesOf(node, "quasis").every(({ start, end }) => start === end);
  return only && others.length === 0 && isBare ? unwrap(only) : node;
}

export function isMember(node: SyntaxNode): boolean {
  return node.type === "MemberExpression" || node.type === "OptionalMemberExpression";
}

export function isCall(node: SyntaxNode): boolean {
  return node.type === "CallExpression" || node.type === "OptionalCallExpression";
}

/**
 * Returns the names that hold the environment in a file: `const env = process.env`, `const { env } = process`, `(env = process.env) => …`,
 * `import { env }`, and "this.env" for a field. Those that a function's result gives to are left out.
 */
export function environmentNames(root: SyntaxNode): Set<string> {
  const names = new Set<string>();
  walk(root, (node) => {
    for (const [name, holder, value] of holdersAt(node, names))
      if (holder.type !== "Identifier" || !isCall(unwrap(value))) names.add(name);
    if (node.type === "ImportDeclaration" && /^(node:)?process$/.test(stringValue(nodeOf(node, "source")) ?? "")) {
      for (const specifier of nodesOf(node, "specifiers")) {
        const local = identifierName(nodeOf(specifier, "local"));
        if (local && identifierName(nodeOf(specifier, "imported")) === "env") names.add(local);
      }
    } else if (node.type === "Identifier" && isNode(node.typeAnnotation)) {
      walk(node.typeAnnotation, (inner) => {
        const isProcessEnv =
          inner.type === "TSQualifiedName" && identifierName(nodeOf(inner, "right")) === "ProcessEnv";
        if (isProcessEnv && typeof node.name === "string") names.add(node.name);
      });
    }
  });
  return names;
}

/** A name or field that is given the environment: how it is called, where it is written, and what it is given. */
export type Holder = readonly [name: string, node: SyntaxNode, value: SyntaxNode];

/** Returns what holds the environment by a declaration, an assignment or a field that a node is. */
export function holdersAt(node: SyntaxNode, names: ReadonlySet<string>): Holder[] {
  if (node.type === "VariableDeclarator") return holdersIn(nodeOf(node, "id"), nodeOf(node, "init"), names);
  if (/^Assignment(Pattern|Expression)$/.test(node.type))
    return holdersIn(nodeOf(node, "left"), nodeOf(node, "right"), names);
  const value = /^(ClassProperty|PropertyDefinition)$/.test(node.type) ? nodeOf(node, "value") : null;
  return value && isEnvironment(value, names) ? [[`this.${keyName(node)}`, node, value]] : [];
}

function holdersIn(target: SyntaxNode | null, value: SyntaxNode | null, names: ReadonlySet<string>): Holder[] {
  if (!target || !value) return [];
  const name = identifierName(target) ?? fieldName(target);
  if (name) return isEnvironment(value, names) ? [[name, target, value]] : [];
  if (target.type !== "ObjectPattern") return [];
  return nodesOf(target, "properties").flatMap((property): Holder[] => {
    // What is left of it after some variables were taken out: `const { A, ...rest } = process.env`
    const isRest = property.type === "RestElement" && isEnvironment(value, names);
    const isOwn = keyName(property) === "env" && isProcess(value);
    const holder = isRest ? nodeOf(property, "argument") : isOwn ? nodeOf(property, "value") : null;
    const own = identifierName(holder);
    return holder && own ? [[own, holder, value]] : [];
  });
}

function isProcess(node: SyntaxNode): boolean {
  return /^(process|Bun)$/.test(identifierName(unwrap(node)) ?? "");
}

/** "this.env" of a field of the object at hand. */
function fieldName(node: SyntaxNode): string | null {
  const isOwn = isMember(node) && nodeOf(node, "object")?.type === "ThisExpression";
  const name = isOwn ? keyName(node) : null;
  return name && `this.${name}`;
}

/** Expressions within an expression that may be the environment. */
const MAX_NESTED = 12;
const MAX_ARGUMENTS = 6;

/**
 * Returns whether an expression is the environment object, or a copy with the same names.
 *
 * @param names names that hold the environment, "load()" for a function that returns it, and "clean(0)" for one that returns it where its
 *   first argument is the environment
 */
export function isEnvironment(expression: SyntaxNode, names: ReadonlySet<string>, depth = 0): boolean {
  const node = unwrap(expression);
  if (depth > MAX_NESTED) return false;
  const isOne = (part: SyntaxNode | null | undefined) =>
    part !== null && part !== undefined && isEnvironment(part, names, depth + 1);
  const name = identifierName(node);
  if (name) return names.has(name);
  if (node.type === "LogicalExpression") return isOne(nodeOf(node, "left")) || isOne(nodeOf(node, "right"));
  if (node.type === "ConditionalExpression")
    return isOne(nodeOf(node, "consequent")) || isOne(nodeOf(node, "alternate"));
  if (node.type === "ObjectExpression")
    return nodesOf(node, "properties").some((one) => one.type === "SpreadElement" && isOne(nodeOf(one, "argument")));
  if (isCall(node)) return isCopy(node, names, isOne);
  if (!isMember(node)) return false;
  const field = fieldName(node);
  if (field && names.has(field)) return true;
  if (keyName(node) !== "env") return false;
  const object = nodeOf(node, "object");
  if (!object) return false;
  const owner = unwrap(object);
  return isProcess(owner) || (isMember(owner) && keyName(owner) === "process");
}

type IsEnvironment = (part: SyntaxNode | null | undefined) => boolean;

/** Functions that return an object with the names of one that they are given, among them those of lodash. */
const COPYING =
  /^(structuredClone|Object\.(freeze|seal|assign)|\.?(mapValues|pickBy|omitBy|omit|pick|clone|cloneDeep|defaults|merge))$/;

/** Returns whether a call returns a copy of the environment. */
function isCopy(call: SyntaxNode, names: ReadonlySet<string>, isOne: IsEnvironment): boolean {
  const called = calleeName(call) ?? "";
  const args = nodesOf(call, "arguments").slice(0, MAX_ARGUMENTS);
  const own = lastName(called);
  if (names.has(`${own}()`)) return true;
  if (args.some((argument, at) => names.has(`${own}(${at})`) && isOne(argument))) return true;
  const [first] = args;
  if (COPYING.test(called)) return args.some(isOne);
  if (called === "Object.fromEntries") return first !== undefined && isListOfEnvironment(first, isOne);
  if (called !== ".reduce" || !first || !isFunction(first)) return false;
  const list = nodeOf(nodeOf(call, "callee") ?? call, "object");
  return keepsName(first, 1, isOne, list !== null && isListOfEnvironment(list, isOne));
}

/** Returns the name that a callee has where it is defined: ".load" and "Settings.load" are methods named "load". */
export function lastName(callee: string): string {
  return callee.slice(callee.lastIndexOf(".") + 1);
}

/** Lists in one chain of calls, as `Object.entries(env).filter(…).map(…)`. */
const MAX_STEPS = 8;

/** Returns whether a list has the environment's names or entries: `Object.entries(env)`, `NAMES.map((name) => [name, env[name]])`. */
export function isListOfEnvironment(list: SyntaxNode, isOne: IsEnvironment, step = 0): boolean {
  const node = unwrap(list);
  if (!isCall(node) || step > MAX_STEPS) return false;
  const [first] = nodesOf(node, "arguments");
  const called = calleeName(node) ?? "";
  if (/^Object\.(entries|keys)$/.test(called)) return isOne(first);
  const object = nodeOf(nodeOf(node, "callee") ?? node, "object");
  if (!object || !/^\.(filter|sort|toSorted|slice|map|flatMap)$/.test(called)) return false;
  const isList = isListOfEnvironment(object, isOne, step + 1);
  if (!/[mM]ap$/.test(called)) return isList;
  return first !== undefined && isFunction(first) && keepsName(first, 0, isOne, isList);
}

/**
 * Returns whether a step over variables keeps each under its own name, as `[name, value.trim()]` does, and `[name.slice(4), value]` not.
 *
 * @param at the index of the parameter that is the name, or an entry
 * @param isList the list is of the environment. If not, the step has to read it by that name.
 */
function keepsName(step: SyntaxNode, at: number, isOne: IsEnvironment, isList: boolean): boolean {
  const name = entryName(nodesOf(step, "params")[at] ?? null);
  const body = nodeOf(step, "body");
  return name !== null && body !== null && keptIn(body, name, isOne, isList).isKept;
}

/** Characters of a step that is looked into. */
const MAX_STEP_LENGTH = 3_000;

/** The name of a variable in a loop over names, or over entries. */
export function entryName(target: SyntaxNode | null): string | null {
  if (target?.type !== "ArrayPattern") return identifierName(target);
  const { elements } = target;
  const first: unknown = Array.isArray(elements) ? elements[0] : null;
  return isNode(first) ? identifierName(first) : null;
}

/** What a step over variables does with each under its own name. */
export function keptIn(
  body: SyntaxNode,
  name: string,
  isOne: IsEnvironment,
  isList: boolean,
): { isKept: boolean; filled: string[] } {
  const filled: string[] = [];
  if (body.end - body.start > MAX_STEP_LENGTH) return { isKept: false, filled };
  let isPaired = false;
  let isRead = isList;
  const isName = (node: SyntaxNode | null | undefined) => identifierName(node ?? null) === name;
  walk(body, (node) => {
    if (node.type === "ArrayExpression") isPaired ||= isName(nodesOf(node, "elements")[0]);
    if (node.type === "ObjectProperty" && node.computed === true) isPaired ||= isName(nodeOf(node, "key"));
    const left = node.type === "AssignmentExpression" ? nodeOf(node, "left") : null;
    if (left && isMember(left) && left.computed === true && isName(nodeOf(left, "property"))) {
      const object = identifierName(nodeOf(left, "object"));
      if (object) filled.push(object);
    }
    if (isMember(node) && node.computed === true && isName(nodeOf(node, "property")))
      isRead ||= isOne(nodeOf(node, "object"));
  });
  return { isKept: isRead && (isPaired || filled.length > 0), filled: isRead ? filled : [] };
}

/** Returns the expression that names the variable in a read of the environment, or in `"NAME" in process.env`, or null. */
export function readKey(node: SyntaxNode, names: ReadonlySet<string>): SyntaxNode | string | null {
  if (isMember(node)) {
    const object = nodeOf(node, "object");
    if (!object || !isEnvironment(object, names)) return null;
    const property = nodeOf(node, "property");
    return keyName(node) ?? property;
  }
  if (isCall(node)) {
    const callee = nodeOf(node, "callee");
    const owner = callee && isMember(callee) && keyName(callee) === "get" ? nodeOf(callee, "object") : null;
    const isDeno =
      owner && isMember(owner) && keyName(owner) === "env" && identifierName(nodeOf(owner, "object")) === "Deno";
    return isDeno ? (nodesOf(node, "arguments")[0] ?? null) : keyOfLibrary(node);
  }
  if (node.type === "BinaryExpression" && node.operator === "in") {
    const object = nodeOf(node, "right");
    const key = nodeOf(node, "left");
    return object && key && isEnvironment(object, names) ? (stringValue(key) ?? key) : null;
  }
  return null;
}

/** The variable that a library reads by its name, without whose value it fails: `fromEnvironmentVariable("X")`. */
export function keyOfLibrary(node: SyntaxNode): string | null {
  const args = isCall(node) && readsByName(calleeName(node) ?? "") ? nodesOf(node, "arguments") : [];
  const key = args.length === 1 && args[0] ? stringValue(unwrap(args[0])) : null;
  return key !== null && isEnvName(key) ? key : null;
}

/** Returns the callee as "function", "Class.method" or ".method"; null without a name. */
export function calleeName(node: SyntaxNode): string | null {
  const callee = nodeOf(node, "callee");
  if (!callee) return null;
  const target = unwrap(callee);
  const name = identifierName(target);
  if (name) return node.type === "NewExpression" ? `${name}.constructor` : name;
  if (!isMember(target)) return null;
  const property = keyName(target);
  const owner = identifierName(nodeOf(target, "object"));
  if (!property) return null;
  return owner && /^[A-Z]/.test(owner) ? `${owner}.${property}` : `.${property}`;
}

/** Returns a function's name, its own or from where it is assigned. */
export function functionName(node: SyntaxNode, parent: SyntaxNode | null): string | null {
  const own = identifierName(nodeOf(node, "id"));
  if (own) return own;
  if (/Method$/.test(node.type)) return keyName(node);
  if (parent?.type === "VariableDeclarator") return identifierName(nodeOf(parent, "id"));
  if (parent && /^(ObjectProperty|ClassProperty|AssignmentExpression)$/.test(parent.type)) {
    const left = nodeOf(parent, "left");
    return left ? (identifierName(left) ?? (isMember(left) ? keyName(left) : null)) : keyName(parent);
  }
  return null;
}

export function isFunction(node: SyntaxNode): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ClassMethod|ClassPrivateMethod|ObjectMethod)$/.test(
    node.type,
  );
}

/** Returns a literal value as text, or null. */
export function literalText(node: SyntaxNode | null): string | null {
  if (!node) return null;
  const inner = unwrap(node);
  const text = stringValue(inner);
  if (text !== null) return text;
  if (
    (inner.type === "NumericLiteral" || inner.type === "BooleanLiteral") &&
    (typeof inner.value === "number" || typeof inner.value === "boolean")
  ) {
    return String(inner.value);
  }
  return null;
}

/** Returns whether an expression is `undefined`, `null` or the empty text. */
export function isNothing(node: SyntaxNode): boolean {
  const inner = unwrap(node);
  return inner.type === "NullLiteral" || identifierName(inner) === "undefined" || literalText(inner) === "";
}

/**
 * A copy of a tree in which reads of the environment by a computed name are reads of one known variable.
 *
 * @param variableOf the variable that an expression names, or null
 */
export function substituteRead(
  node: SyntaxNode,
  environment: ReadonlySet<string>,
  variableOf: (key: SyntaxNode) => string | null,
): SyntaxNode {
  const key = readKey(node, environment);
  const variable = key === null || typeof key === "string" ? null : variableOf(key);
  if (variable !== null && (isMember(node) || node.type === "BinaryExpression")) {
    const literal = { type: "StringLiteral", start: node.start, end: node.end, value: variable };
    return isMember(node) ? { ...node, computed: true, property: literal } : { ...node, left: literal };
  }
  const copy: SyntaxNode = { ...node };
  for (const [field, value] of Object.entries(node)) {
    if (field === "loc") continue;
    if (Array.isArray(value))
      copy[field] = value.map((one: unknown) => (isNode(one) ? substituteRead(one, environment, variableOf) : one));
    else if (isNode(value)) copy[field] = substituteRead(value, environment, variableOf);
  }
  return copy;
}
