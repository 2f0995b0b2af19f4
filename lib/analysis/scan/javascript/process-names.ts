import { isCall, isMember, unwrap } from "./env.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue, walk } from "./syntax.ts";

/** The module that holds Node's process object. */
const MODULE = /^(node:)?process$/;
/** What a server takes of it. Anything else of the same name is left as it is: a minifier gives a short name to many things. */
const TAKEN = /^(env|argv|exit)$/;
/** What people call a process object that a function is handed, so that tests can hand it another: `main(proc)`. */
const HANDED = /^_?(?:node|host)?_?proc(?:ess)?(?:Like|Ref|Object|_)?$/i;
/** Calls around an import: `__toESM(require("process"), 1)`. */
const MAX_WRAPPED = 4;

/**
 * Writes Node's process object by its own name, in place, where it has another: bundlers write `import process2 from "node:process"` and
 * `import_node_process.default.env`, and people hand it to functions. `exit` and `argv` that are taken out of it are written in full.
 */
export function restoreProcess(root: SyntaxNode): void {
  const own = new Set<string>();
  /** What is taken out of it, by its local name. */
  const parts = new Map<string, string>();
  const notePart = (part: string | null, local: string | null) => {
    if (part !== null && local !== null && /^(argv|exit)$/.test(part)) parts.set(local, part);
  };
  walk(root, (node) => {
    if (node.type === "ImportDeclaration" && MODULE.test(stringValue(nodeOf(node, "source")) ?? ""))
      for (const specifier of nodesOf(node, "specifiers")) {
        const local = identifierName(nodeOf(specifier, "local"));
        const imported = identifierName(nodeOf(specifier, "imported"));
        if (local !== null && (imported === null || imported === "default")) own.add(local);
        else notePart(imported, local);
      }
    const value = node.type === "VariableDeclarator" ? nodeOf(node, "init") : null;
    const target = value && isProcess(value, own) ? nodeOf(node, "id") : null;
    const local = identifierName(target);
    if (local !== null) own.add(local);
    for (const property of target?.type === "ObjectPattern" ? nodesOf(target, "properties") : [])
      if (property.type !== "RestElement") notePart(keyName(property), identifierName(nodeOf(property, "value")));
  });
  const isOwn = (object: SyntaxNode) => {
    const name = identifierName(object);
    return name !== null && name !== "process" && (own.has(name) || HANDED.test(name));
  };
  walk(root, (node) => {
    const object = isMember(node) && TAKEN.test(keyName(node) ?? "") ? nodeOf(node, "object") : null;
    // `import_node_process.default.env`
    const inner = object && isMember(object) && keyName(object) === "default" ? nodeOf(object, "object") : object;
    if (object && inner && isOwn(inner)) node.object = named("process", object);
    if (parts.size > 0) for (const field of ["callee", "object", "init", "argument"]) restorePart(node, field, parts);
  });
}

/** Writes `exit(1)` as `process.exit(1)`. */
function restorePart(node: SyntaxNode, field: string, parts: ReadonlyMap<string, string>): void {
  const value = nodeOf(node, field);
  const part = parts.get(identifierName(value) ?? "");
  if (!value || part === undefined) return;
  const { start, end, loc } = value;
  const at = { start, end, loc: loc ?? null };
  node[field] = {
    ...at,
    type: "MemberExpression",
    object: named("process", value),
    property: named(part, value),
    computed: false,
  };
}

/** Returns whether an expression is the process object: `process`, `globalThis.process ?? …`, `require("process")`, `__toESM(…)`. */
function isProcess(expression: SyntaxNode, own: ReadonlySet<string>, depth = 0): boolean {
  const node = unwrap(expression);
  if (depth > MAX_WRAPPED) return false;
  const name = identifierName(node);
  if (name !== null) return name === "process" || own.has(name);
  const isOne = (part: SyntaxNode | null | undefined) =>
    part !== null && part !== undefined && isProcess(part, own, depth + 1);
  if (node.type === "LogicalExpression") return isOne(nodeOf(node, "left")) || isOne(nodeOf(node, "right"));
  if (isMember(node)) {
    const owner = nodeOf(node, "object");
    if (keyName(node) === "default") return isOne(owner);
    return keyName(node) === "process" && /^(globalThis|global)$/.test(identifierName(owner) ?? "");
  }
  if (!isCall(node)) return false;
  const callee = identifierName(nodeOf(node, "callee")) ?? "";
  const [first] = nodesOf(node, "arguments");
  if (/require/i.test(callee)) return MODULE.test(stringValue(first) ?? "");
  return /^_*(toESM|interop\w*|import\w*)$/i.test(callee) && isOne(first);
}

function named(name: string, { start, end, loc }: SyntaxNode): SyntaxNode {
  return { start, end, loc: loc ?? null, type: "Identifier", name };
}
