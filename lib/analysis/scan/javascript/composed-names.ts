import { unwrap } from "./env.ts";
import { cooked, identifierName, nodeOf, nodesOf, type SyntaxNode, stringValue, walk } from "./syntax.ts";

/** The beginning of variables' names, as constants hold it: "ACME_", "ACME". */
const PREFIX = /^[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){0,6}_?$/;
const NAME = /^[A-Z][A-Z0-9_]{2,200}$/;
const MAX_PARTS = 8;

/**
 * Writes the names of variables that are put together from constants of the file as plain texts, in place: `${PREFIX}LOG_LEVEL`,
 * `PREFIX + "LOG_LEVEL"`. So they can stand in tables and be handed on like others.
 */
export function restoreComposedNames(root: SyntaxNode): void {
  const prefixes = prefixesOf(root);
  if (prefixes.size === 0) return;
  walk(root, (node) => {
    if (node.type !== "TemplateLiteral" && node.type !== "BinaryExpression") return;
    const name = composedName(node, prefixes);
    if (name === null || !NAME.test(name)) return;
    for (const field of ["expressions", "quasis", "left", "right", "operator"]) delete node[field];
    Object.assign(node, { type: "StringLiteral", value: name });
  });
}

/** The constants of a file that hold such a beginning, and are bound only once. */
function prefixesOf(root: SyntaxNode): Map<string, string> {
  const prefixes = new Map<string, string>();
  const bound = new Set<string>();
  walk(root, (node) => {
    if (node.type !== "VariableDeclaration") return;
    for (const one of nodesOf(node, "declarations")) {
      const name = identifierName(nodeOf(one, "id"));
      if (name === null) continue;
      const init = nodeOf(one, "init");
      const text = node.kind === "const" && init ? stringValue(unwrap(init)) : null;
      if (text !== null && PREFIX.test(text) && !bound.has(name)) prefixes.set(name, text);
      else prefixes.delete(name);
      bound.add(name);
    }
  });
  return prefixes;
}

function composedName(node: SyntaxNode, prefixes: ReadonlyMap<string, string>): string | null {
  if (node.type === "BinaryExpression") {
    const left = nodeOf(node, "left");
    const right = stringValue(nodeOf(node, "right"));
    const prefix = node.operator === "+" ? prefixes.get(identifierName(left) ?? "") : undefined;
    return prefix === undefined || right === null ? null : prefix + right;
  }
  const expressions = nodesOf(node, "expressions");
  if (expressions.length === 0 || expressions.length > MAX_PARTS) return null;
  const texts = expressions.map((one) => prefixes.get(identifierName(one) ?? ""));
  if (texts.includes(undefined)) return null;
  return nodesOf(node, "quasis")
    .map((quasi, at) => cooked(quasi) + (texts[at] ?? ""))
    .join("");
}
