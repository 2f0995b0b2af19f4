import { childrenOf, type PyNode, type PythonTree } from "./syntax.ts";

const ERROR =
  /\b(error|failed|missing|required|environment variables?|unauthori[sz]ed|not (been )?(set|configured|provided|available|initiali[sz]ed|authenticated|found in env\w*)|please (set|provide|configure))\b|\u274c/i;

/** Returns whether an answer tells of an error: `"Error: A_TOKEN is not set"`, `{"error": "no key"}`. */
export function tellsOfError(value: PyNode, tree: PythonTree): boolean {
  return value.name !== "VariableName" && ERROR.test(tree.slice(value.from, Math.min(value.to, value.from + 300)));
}

/** What an expression that is nothing otherwise asks for: `Client(key) if key else None`. */
export function testOfValue(value: PyNode): PyNode | null {
  const inner = value.name === "ParenthesizedExpression" ? childrenOf(value)[1] : value;
  if (inner?.name !== "ConditionalExpression") return null;
  const children = childrenOf(inner);
  return children.at(-1)?.name === "None" ? (children[2] ?? null) : null;
}

/** Returns whether a returned value is none, or begins with one: `None`, `False`, `(False, "no key")`. */
export function isNothing(value: PyNode, tree: PythonTree): boolean {
  const first = value.name === "TupleExpression" ? childrenOf(value)[1] : value;
  return first !== undefined && /^(None|False)$/.test(tree.text(first));
}

/** Returns whether an expression is a text, or one put together: `"no key"`, `f"no {name}"`, `"\n".join(missing)`. */
export function isText(value: PyNode | null, tree: PythonTree): boolean {
  if (value === null) return false;
  if (/^(String|ContinuedString|FormatString)$/.test(value.name)) return true;
  return (
    value.name === "CallExpression" && /^["'][^"']{0,20}["']\.join\(/.test(tree.slice(value.from, value.from + 40))
  );
}
