import type { Scope } from "../scope.ts";
import { pathOf } from "./conditions.ts";
import { isCall, isFunction, readKey, unwrap } from "./env.ts";
import { childrenOf, nodeOf, nodesOf, type SyntaxNode, stringValue } from "./syntax.ts";

/** Functions that throw for undefined as their first argument. */
const FAILS_ON_NOTHING =
  /^(URL|JSON\.parse|Buffer\.from|(fs\.)?(readFile|readFileSync|mkdirSync)|(path\.)?(resolve|dirname|basename|join))$/;
const MAX_DEPTH = 60;

/**
 * Returns the variables of an expression whose absence throws where they are used: `process.env.X.split(",")`, `new URL(process.env.X)`.
 * Leaves out those that a part of the expression decides on, as in `process.env.X && …`.
 *
 * @param names names that hold the environment in the file
 */
export function listDereferenced(node: SyntaxNode, scope: Scope, names: ReadonlySet<string>, depth = 0): string[] {
  if (depth > MAX_DEPTH || isFunction(node) || /^(Logical|Conditional)Expression$/.test(node.type)) return [];
  let used: SyntaxNode | null = null;
  if (node.type === "MemberExpression") used = nodeOf(node, "object");
  else if (isCall(node) || node.type === "NewExpression") {
    const args = nodesOf(node, "arguments");
    const name = pathOf(nodeOf(node, "callee")) ?? "";
    if (FAILS_ON_NOTHING.test(name) && (name !== "URL" || args.length === 1)) used = args[0] ?? null;
  }
  // The program may have given it a value itself: `process.env.X ||= "…"`.
  const isAssigned = scope.find(pathOf(used && unwrap(used)) ?? "") !== null;
  const key = used && !isAssigned ? readKey(unwrap(used), names) : null;
  const read = typeof key === "string" ? key : key ? stringValue(key) : null;
  const inner = childrenOf(node).flatMap((child) => listDereferenced(child, scope, names, depth + 1));
  return read ? [read, ...inner] : inner;
}
