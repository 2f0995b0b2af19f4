import { calleeName, isCall, isMember, unwrap } from "./env.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue } from "./syntax.ts";

/** A name that stands for one text everywhere. */
export const IS_CONSTANT = /^[A-Z][A-Z0-9_]*$/;

/** The name under which a project knows a list: a constant, or `Object.values(CONSTANT)`. */
export function listName(node: SyntaxNode): string | null {
  const method = isCall(node) ? /^Object\.(values|entries)$/.exec(calleeName(node) ?? "") : null;
  const [first] = method ? nodesOf(node, "arguments") : [];
  const name = identifierName(first ?? node);
  return name && method ? `${name}.values` : name;
}

/** "name", "this.name" as "this.name", "config.key": what a value can be bound to. */
export function pathOf(node: SyntaxNode | null): string | null {
  if (!node) return null;
  const name = identifierName(node);
  if (name) return name;
  if (node.type === "ThisExpression") return "this";
  if (!isMember(node)) return null;
  const object = nodeOf(node, "object");
  const owner = pathOf(object ? unwrap(object) : null);
  const property = keyName(node);
  return owner && property ? `${owner}.${property}` : null;
}

/** The name of what is compared: of a value, of the function that returns it, or of what has another value in its place. */
export function valueName(node: SyntaxNode, depth = 0): string {
  const path = pathOf(node);
  if (path || depth > 4) return path ?? "";
  const left = node.type === "LogicalExpression" ? nodeOf(node, "left") : null;
  if (left) return valueName(unwrap(left), depth + 1);
  const callee = isCall(node) ? nodeOf(node, "callee") : null;
  const object = callee && isMember(callee) ? nodeOf(callee, "object") : null;
  if (object && /^(trim|toLowerCase|toUpperCase|toString)$/.test(keyName(callee ?? node) ?? ""))
    return valueName(unwrap(object), depth + 1);
  return callee ? (pathOf(unwrap(callee)) ?? "") : "";
}

/** Returns whether a test asks for one word: `backend === "file"`. */
export function comparesWord(test: SyntaxNode | null): boolean {
  return (
    test?.type === "BinaryExpression" &&
    /^===?$/.test(String(test.operator)) &&
    Boolean(stringValue(nodeOf(test, "right")))
  );
}
