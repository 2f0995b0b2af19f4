import type { Project } from "../project.ts";
import { calleeName, isCall, isMember, literalText, unwrap } from "./env.ts";
import { cooked, identifierName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

const MAX_DEPTH = 6;
const MAX_TEXT = 200;

/**
 * Returns a function that spells out the text of an expression, or null where it is not known: `PREFIX + name.toUpperCase()`, also by way
 * of a name that the code declares.
 *
 * @param root the code in which the expressions stand
 * @param bound texts for which names stand
 */
export function speller(
  root: SyntaxNode,
  bound: ReadonlyMap<string, string>,
  project: Project,
): (node: SyntaxNode) => string | null {
  const locals = new Map<string, SyntaxNode>();
  walk(root, (node) => {
    const name = node.type === "VariableDeclarator" ? identifierName(nodeOf(node, "id")) : null;
    const init = name === null ? null : nodeOf(node, "init");
    if (name && init && !locals.has(name)) locals.set(name, init);
  });
  const joined = (parts: readonly (string | null)[]) => {
    const text = parts.includes(null) ? null : parts.join("");
    return text !== null && text.length <= MAX_TEXT ? text : null;
  };
  const spell = (expression: SyntaxNode, depth: number): string | null => {
    const node = unwrap(expression);
    const literal = literalText(node);
    if (literal !== null || depth > MAX_DEPTH) return literal;
    const inner = (part: SyntaxNode | null) => (part ? spell(part, depth + 1) : null);
    const name = identifierName(node);
    if (name) {
      const given = bound.get(name);
      if (given !== undefined) return given;
      const [constant, ...others] = project.literals.get(`= ${name}`) ?? [];
      return inner(locals.get(name) ?? null) ?? (others.length > 0 ? null : (constant ?? null));
    }
    if (node.type === "TemplateLiteral") {
      const quasis = nodesOf(node, "quasis").map(cooked);
      const parts = nodesOf(node, "expressions").map(inner);
      return joined(quasis.flatMap((quasi, at) => (at < parts.length ? [quasi, parts[at] ?? null] : [quasi])));
    }
    if (node.type === "BinaryExpression" && node.operator === "+")
      return joined([inner(nodeOf(node, "left")), inner(nodeOf(node, "right"))]);
    const callee = isCall(node) ? nodeOf(node, "callee") : null;
    const text = callee && isMember(callee) ? inner(nodeOf(callee, "object")) : null;
    const method = text === null ? null : calleeName(node);
    if (method === ".toUpperCase") return text?.toUpperCase() ?? null;
    if (method === ".toLowerCase") return text?.toLowerCase() ?? null;
    return method === ".trim" ? text : null;
  };
  return (node) => spell(node, 0);
}
