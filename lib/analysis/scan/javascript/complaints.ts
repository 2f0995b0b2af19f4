import { tellsOfWayWithout } from "../complaints.ts";
import { calleeName, isCall, isMember, unwrap } from "./env.ts";
import { identifierName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

/** Characters of one message that are looked at. */
const MAX_MESSAGE = 1_000;

/**
 * Returns whether an `if` only complains of an absent value, so that the code goes on without one in the same way: `if (!KEY)
 * console.error("Set KEY")`. What it says must not tell of a way without it.
 */
export function onlyComplains(node: SyntaxNode): boolean {
  if (node.type !== "IfStatement" || nodeOf(node, "alternate")) return false;
  const test = nodeOf(node, "test");
  const isOfAbsence = test?.type === "UnaryExpression" && test.operator === "!";
  const body = nodeOf(node, "consequent");
  const lines = body?.type === "BlockStatement" ? nodesOf(body, "body") : body ? [body] : [];
  return isOfAbsence && lines.length > 0 && lines.every(isComplaint);
}

function isComplaint(line: SyntaxNode): boolean {
  const call = line.type === "ExpressionStatement" ? nodeOf(line, "expression") : null;
  if (!call || !isCall(call) || !/^\.(?:error|warn|warning)$/.test(calleeName(call) ?? "")) return false;
  const callee = nodeOf(call, "callee");
  const teller = callee && isMember(callee) ? identifierName(nodeOf(callee, "object")) : null;
  const texts = nodesOf(call, "arguments").map(textOf);
  return /^(?:console|log|logger)$/i.test(teller ?? "") && texts.length > 0 && !texts.some(tellsOfWayWithout);
}

/** The text of an argument without what fills its gaps. */
function textOf(node: SyntaxNode): string {
  const inner = unwrap(node);
  const parts = inner.type === "TemplateLiteral" ? nodesOf(inner, "quasis") : [inner];
  const texts = parts.map(({ value }) =>
    typeof value === "object" && value !== null && "raw" in value ? value.raw : value,
  );
  return texts
    .filter((text) => typeof text === "string")
    .join(" ")
    .slice(0, MAX_MESSAGE);
}
