import { isNetworkTransport } from "../../inputs/input-names.ts";
import { isHostingName } from "../types.ts";
import { functionName, isFunction, isMember } from "./env.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue } from "./syntax.ts";

/**
 * Returns whether code runs only for a network transport: judged by the conditions around it or its function's name.
 */
export function isHosting(ancestors: readonly SyntaxNode[]): boolean {
  return ancestors.some((node, index) => {
    const below = ancestors[index + 1];
    if (node.type === "IfStatement" || node.type === "ConditionalExpression") {
      const test = nodeOf(node, "test");
      const branch =
        below === nodeOf(node, "consequent") ? "then" : below === nodeOf(node, "alternate") ? "else" : null;
      return test !== null && branch !== null && transportBranch(test) === branch;
    }
    if (node.type === "SwitchCase") {
      const word = stringValue(nodeOf(node, "test"));
      return word !== null && isNetworkTransport(word);
    }
    if (node.type === "BlockStatement" && below && standsBehindStdio(node, below)) return true;
    return isFunction(node) && isHostingName(functionName(node, ancestors[index - 1] ?? null) ?? "");
  });
}

/** A block that a person wrote; a longer one is a bundle, in which searching would take too long. */
const MAX_BLOCK_LENGTH = 30_000;

/** Returns whether a statement before it ends the function over stdio: `if (transport === "stdio") { run(); return; }`. */
function standsBehindStdio(block: SyntaxNode, statement: SyntaxNode): boolean {
  if (block.end - block.start > MAX_BLOCK_LENGTH) return false;
  return nodesOf(block, "body").some((before) => {
    if (before.start >= statement.start || before.type !== "IfStatement" || nodeOf(before, "alternate")) return false;
    const test = nodeOf(before, "test");
    const consequent = nodeOf(before, "consequent");
    const last = consequent?.type === "BlockStatement" ? nodesOf(consequent, "body").at(-1) : consequent;
    return test !== null && transportBranch(test) === "else" && last?.type === "ReturnStatement";
  });
}

/** Returns which branch of a condition is for a network transport. */
function transportBranch(test: SyntaxNode): "then" | "else" | null {
  if (test.type === "LogicalExpression") {
    const sides = [nodeOf(test, "left"), nodeOf(test, "right")].map((side) => (side ? transportBranch(side) : null));
    return sides.includes("then") ? "then" : null;
  }
  const name = identifierName(test) ?? (isMember(test) ? keyName(test) : null);
  if (name && /^(is|use)?_?(http|sse|streamable_?http)(_?(mode|enabled|transport))?$/i.test(name)) return "then";
  if (test.type !== "BinaryExpression" || !/^[!=]==?$/.test(String(test.operator))) return null;
  const word = stringValue(nodeOf(test, "right")) ?? stringValue(nodeOf(test, "left"));
  if (word === null) return null;
  const isNegated = String(test.operator).startsWith("!");
  if (isNetworkTransport(word)) return isNegated ? "else" : "then";
  if (/^stdio$/i.test(word)) return isNegated ? "then" : "else";
  return null;
}
