import { isCall, isMember, literalText } from "./env.ts";
import { keyName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

/** What the calls behind `new Option("--flag <x>")` say of it. */
export interface OptionCalls {
  /** `.makeOptionMandatory()` */
  isMandatory: boolean;
  /** `.default("x")`, null for one that is worked out. */
  fallback: string | null;
  hasDefault: boolean;
}

/** Calls of one chain that are followed. */
const MAX_CHAIN = 12;

/** Collects what commander's options are told behind `new Option(…)`, by the expression that makes each. */
export function collectOptionCalls(root: SyntaxNode): Map<SyntaxNode, OptionCalls> {
  const found = new Map<SyntaxNode, OptionCalls>();
  walk(root, (node) => {
    const callee = isCall(node) ? nodeOf(node, "callee") : null;
    const method = callee && isMember(callee) ? keyName(callee) : null;
    const option = method === "makeOptionMandatory" || method === "default" ? madeAt(callee) : null;
    if (!option) return;
    const known = found.get(option) ?? { isMandatory: false, fallback: null, hasDefault: false };
    const [first] = nodesOf(node, "arguments");
    if (method === "default") found.set(option, { ...known, hasDefault: true, fallback: literalText(first ?? null) });
    else found.set(option, { ...known, isMandatory: literalText(first ?? null) !== "false" });
  });
  return found;
}

/** The `new Option(…)` on which a chain of calls stands, or null. */
function madeAt(callee: SyntaxNode | null): SyntaxNode | null {
  let at = callee && nodeOf(callee, "object");
  for (let step = 0; at && isCall(at) && step < MAX_CHAIN; step += 1) {
    const inner = nodeOf(at, "callee");
    at = inner && isMember(inner) ? nodeOf(inner, "object") : null;
  }
  return at?.type === "NewExpression" ? at : null;
}
