import { calleeName, isCall, literalText, unwrap } from "./env.ts";
import { cooked, nodeOf, nodesOf, type SyntaxNode, stringValue, valueAt } from "./syntax.ts";

/** What a text says that a tool answers in the place of a result. */
const REFUSAL =
  /^\W{0,6}(error|missing)\b|^\W{0,6}(?:\w{1,20} ){1,2}error:|\b(is|are|was|were) (required|missing|not (set|configured|provided|defined))\b|\bnot (set|configured)\b|\bplease (set|configure|provide)\b/i;
/** The same of a text alone, which may be a word for a state as well: "not configured". */
const REFUSAL_ALONE = /^\W{0,6}error\b|\bplease (set|configure|provide)\b|\benvironment variable\b/i;
/** Content of one answer that is looked at. */
const MAX_CONTENT = 4;

/**
 * Returns whether a tool answers with this that it cannot do its work: `{ isError: true, … }`, `"Error: …"`, a result with such a text, or
 * what a function returns that makes nothing else.
 *
 * @param refusing functions that return nothing else
 */
export function isRefusal(returned: SyntaxNode, refusing: ReadonlySet<string>): boolean {
  const node = unwrap(returned);
  if (isCall(node)) return refusing.has(calleeName(node) ?? "");
  if (node.type !== "ObjectExpression") return REFUSAL_ALONE.test(beginning(node) ?? "");
  const isError = valueAt(node, "isError");
  if (isError) return literalText(isError) === "true";
  const content = valueAt(node, "content");
  const parts = content?.type === "ArrayExpression" ? nodesOf(content, "elements").slice(0, MAX_CONTENT) : [];
  return parts.some((part) => {
    const text = part.type === "ObjectExpression" ? valueAt(part, "text") : null;
    return text !== null && REFUSAL.test(beginning(unwrap(text)) ?? "");
  });
}

/** A text, or the first part of one that is put together. */
function beginning(node: SyntaxNode): string | null {
  if (node.type === "BinaryExpression" && node.operator === "+") {
    const left = nodeOf(node, "left");
    return left ? beginning(unwrap(left)) : null;
  }
  const [quasi] = node.type === "TemplateLiteral" ? nodesOf(node, "quasis") : [];
  return stringValue(node) ?? (quasi ? cooked(quasi) : null);
}
