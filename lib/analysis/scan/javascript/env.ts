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
    default:
      return node;
  }
}

export function isMember(node: SyntaxNode): boolean {
  return node.type === "MemberExpression" || node.type === "OptionalMemberExpression";
}

export function isCall(node: SyntaxNode): boolean {
  return node.type === "CallExpression" || node.type === "OptionalCallExpression";
}

/**
 * Returns the names that hold the environment in a file: `const env = process.env`, `(env = process.env) => …`, `import
 * { env }`.
 */
export function environmentNames(root: SyntaxNode): Set<string> {
  const names = new Set<string>();
  const note = (target: SyntaxNode | null, value: SyntaxNode | null) => {
    const name = identifierName(target);
    if (name && value && isEnvironment(value, names)) names.add(name);
  };
  walk(root, (node) => {
    if (node.type === "VariableDeclarator") note(nodeOf(node, "id"), nodeOf(node, "init"));
    else if (node.type === "AssignmentPattern") note(nodeOf(node, "left"), nodeOf(node, "right"));
    else if (node.type === "ImportDeclaration" && /^(node:)?process$/.test(stringValue(nodeOf(node, "source")) ?? "")) {
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

/** Returns whether an expression is the environment object. */
export function isEnvironment(expression: SyntaxNode, names: ReadonlySet<string>): boolean {
  const node = unwrap(expression);
  const name = identifierName(node);
  if (name) return names.has(name);
  if (node.type === "LogicalExpression") {
    const left = nodeOf(node, "left");
    const right = nodeOf(node, "right");
    return (left !== null && isEnvironment(left, names)) || (right !== null && isEnvironment(right, names));
  }
  if (node.type === "ObjectExpression") {
    return nodesOf(node, "properties").some((one) => {
      const spread = one.type === "SpreadElement" ? nodeOf(one, "argument") : null;
      return spread !== null && isEnvironment(spread, names);
    });
  }
  if (!isMember(node) || keyName(node) !== "env") return false;
  const object = nodeOf(node, "object");
  if (!object) return false;
  const owner = unwrap(object);
  return /^(process|Bun)$/.test(identifierName(owner) ?? "") || (isMember(owner) && keyName(owner) === "process");
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
    return isDeno ? (nodesOf(node, "arguments")[0] ?? null) : null;
  }
  if (node.type === "BinaryExpression" && node.operator === "in") {
    const object = nodeOf(node, "right");
    const key = nodeOf(node, "left");
    return object && key && isEnvironment(object, names) ? (stringValue(key) ?? key) : null;
  }
  return null;
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
