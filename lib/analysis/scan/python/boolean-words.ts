import { childrenOf, type PyNode, type PythonTree } from "./syntax.ts";

/** An operand of a boolean expression, or a word between operands. */
export type BooleanToken = PyNode | "and" | "or" | "not";

/** The operands and words of a boolean expression in the order in which they are written. */
export function flatten(node: PyNode, tree: PythonTree, depth = 0): BooleanToken[] {
  if (depth > 60) return [node];
  if (node.name === "UnaryExpression" && node.getChild("not")) {
    const operand = childrenOf(node)[1];
    return operand ? ["not", ...flatten(operand, tree, depth + 1)] : [node];
  }
  if (node.name === "BinaryExpression") {
    const word = node.getChild("and") ? "and" : node.getChild("or") ? "or" : null;
    const children = childrenOf(node);
    const left = children[0];
    const right = children.at(-1);
    if (word && left && right) return [...flatten(left, tree, depth + 1), word, ...flatten(right, tree, depth + 1)];
  }
  return [node];
}
