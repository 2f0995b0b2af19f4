import type { InputFinding } from "../../inputs/findings.ts";
import { formatLabel } from "../../inputs/input-names.ts";
import { identifierName, keyName, lineOf, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

/** What holds a value, with the fields that name it and that have the value. */
const HOLDERS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["VariableDeclarator", ["id", "init"]],
  ["AssignmentExpression", ["left", "right"]],
  ["ObjectProperty", ["key", "value"]],
]);

/** Finds the arguments that a file reads by their position, each labeled by the name that it is given. */
export function readPositions(root: SyntaxNode, path: string, names: ReadonlySet<string>): InputFinding[] {
  const labels = new Map<string, string>();
  const found = new Map<string, InputFinding>();
  walk(root, (node) => {
    const [target, from] = HOLDERS.get(node.type) ?? [];
    const value = from ? nodeOf(node, from) : null;
    const given = value?.type === "LogicalExpression" ? nodeOf(value, "left") : value;
    const name = target ? identifierName(nodeOf(node, target)) : null;
    const named = given ? positionRead(given, names) : null;
    if (named && name && !labels.has(named)) labels.set(named, formatLabel(name));
    const key = positionRead(node, names);
    if (!key || found.has(key)) return;
    const where = `${path}:${lineOf(node)}`;
    found.set(key, { key, target: "arg", evidence: "read", provenance: { from: "source", where } });
  });
  return [...found.values()].map((finding) => ({ ...finding, label: labels.get(finding.key) ?? null }));
}

/** Names that hold the arguments of the command line: `const args = process.argv.slice(2)`. */
export function argumentNames(root: SyntaxNode): Set<string> {
  const names = new Set<string>();
  walk(root, (node) => {
    const name = node.type === "VariableDeclarator" ? identifierName(nodeOf(node, "id")) : null;
    const init = name ? nodeOf(node, "init") : null;
    if (name && init && firstArgumentAt(init, names) === 0) names.add(name);
  });
  return names;
}

/** How often a list of arguments is cut. A hostile chain is as long as its file. */
const MAX_CUTS = 4;

/** The index of the first argument in a list: 2 in `process.argv`, 0 in what is cut from it. Null for another list. */
export function firstArgumentAt(list: SyntaxNode, names: ReadonlySet<string>, depth = 0): number | null {
  if (depth > MAX_CUTS) return null;
  if (names.has(identifierName(list) ?? "")) return 0;
  if (/Member/.test(list.type) && keyName(list) === "argv")
    return /^(process|Bun)$/.test(identifierName(nodeOf(list, "object")) ?? "") ? 2 : null;
  const callee = list.type === "CallExpression" ? nodeOf(list, "callee") : null;
  const object = callee && keyName(callee) === "slice" ? nodeOf(callee, "object") : null;
  const [from] = nodesOf(list, "arguments");
  return object && from?.type === "NumericLiteral" && firstArgumentAt(object, names, depth + 1) === from.value
    ? 0
    : null;
}

/** The key of the position that `process.argv[2]` or `args[0]` reads, or null. */
export function positionRead(node: SyntaxNode, names: ReadonlySet<string>): string | null {
  const list =
    /^(Optional)?MemberExpression$/.test(node.type) && node.computed === true ? nodeOf(node, "object") : null;
  const first = list ? firstArgumentAt(list, names) : null;
  const index = nodeOf(node, "property");
  if (first === null || index?.type !== "NumericLiteral" || typeof index.value !== "number") return null;
  return index.value >= first && index.value < first + 8 ? `position ${index.value - first}` : null;
}

/** Returns whether an expression is an argument that a loop has come to: `args[i]`. */
export function isLoopArgument(node: SyntaxNode, names: ReadonlySet<string>): boolean {
  const list =
    /^(Optional)?MemberExpression$/.test(node.type) && node.computed === true ? nodeOf(node, "object") : null;
  return list !== null && firstArgumentAt(list, names) !== null && identifierName(nodeOf(node, "property")) !== null;
}

/** A read of a list at an index, as it stands in place of another node. */
export function readAt(object: SyntaxNode, at: number, { start, end, loc }: SyntaxNode): SyntaxNode {
  const place = { start, end, loc: loc ?? null };
  return {
    ...place,
    type: "MemberExpression",
    object,
    property: { ...place, type: "NumericLiteral", value: at },
    computed: true,
  };
}
