import { isCall, unwrap } from "./env.ts";
import { argumentNames, firstArgumentAt, readAt } from "./positions.ts";
import { childrenOf, identifierName, keyName, nodeOf, type SyntaxNode, walk } from "./syntax.ts";

const MAX_POSITIONS = 8;
const MAX_DEPTH = 400;

/**
 * Writes arguments that are taken from the command line by their order as reads by their index, in place:
 * `const [folder] = process.argv.slice(2)`, `const folder = args.shift()`, `process.argv.at(2)`.
 */
export function restorePositions(root: SyntaxNode): void {
  const names = argumentNames(root);
  const taken = new Map<string, number>();
  walk(root, (node) => {
    const { declarations } = node;
    if (node.type !== "VariableDeclaration" || !Array.isArray(declarations)) return;
    node.declarations = declarations.flatMap((one: SyntaxNode) => byIndex(one, names) ?? [one]);
  });
  const visit = (node: SyntaxNode, depth: number) => {
    // Inside a loop or another function, the order in which arguments are taken is not known.
    if (depth > MAX_DEPTH || /^(For|While|DoWhile)\w*Statement$|Function|Method$/.test(node.type)) return;
    for (const child of childrenOf(node)) visit(child, depth + 1);
    restoreCall(node, names, taken);
  };
  for (const statement of childrenOf(root)) visitOutside(statement, visit);
}

/** A program's main function is as good as the file itself. */
function visitOutside(statement: SyntaxNode, visit: (node: SyntaxNode, depth: number) => void): void {
  const declared = nodeOf(statement, "declaration") ?? statement;
  const isMain = declared.type === "FunctionDeclaration" && /^(main|run|start)/.test(nameOf(declared));
  const body = isMain ? nodeOf(declared, "body") : null;
  visit(body ?? statement, 0);
}

function nameOf(declared: SyntaxNode): string {
  return identifierName(nodeOf(declared, "id")) ?? "";
}

/** A declaration of each element of `const [folder, mode = "read"] = process.argv.slice(2)`, or null for another one. */
function byIndex(declarator: SyntaxNode, names: ReadonlySet<string>): SyntaxNode[] | null {
  const pattern = nodeOf(declarator, "id");
  const list = nodeOf(declarator, "init");
  const elements: unknown = pattern?.type === "ArrayPattern" ? pattern.elements : null;
  if (!list || !Array.isArray(elements) || firstArgumentAt(unwrap(list), names) === null) return null;
  const taken = elements.slice(0, MAX_POSITIONS + 2).flatMap((element: SyntaxNode | null, at) => {
    if (element === null || element.type === "RestElement") return [];
    const isGiven = element.type === "AssignmentPattern";
    const id = isGiven ? nodeOf(element, "left") : element;
    const right = isGiven ? nodeOf(element, "right") : null;
    const read = readAt(list, at, element);
    const { start, end } = element;
    const init = right ? { type: "LogicalExpression", operator: "??", left: read, right, start, end } : read;
    return id ? [{ ...declarator, id, init }] : [];
  });
  // What is left of them keeps its own name: `[command, ...rest]`.
  return [declarator, ...taken];
}

/** Writes `args.shift()` and `args.at(0)` as `args[0]`. */
function restoreCall(node: SyntaxNode, names: ReadonlySet<string>, taken: Map<string, number>): void {
  const callee = isCall(node) ? nodeOf(node, "callee") : null;
  const list = callee ? nodeOf(callee, "object") : null;
  const method = callee ? keyName(callee) : null;
  if (!callee || !list || !/^(shift|at)$/.test(method ?? "") || firstArgumentAt(unwrap(list), names) === null) return;
  const name = identifierName(list);
  const [given] = Array.isArray(node.arguments) ? node.arguments : [];
  const written: unknown = method === "at" && given?.type === "NumericLiteral" ? given.value : null;
  const before = name === null ? 0 : (taken.get(name) ?? 0);
  const at = method === "shift" ? before : written;
  if (typeof at !== "number" || at >= MAX_POSITIONS) return;
  if (method === "shift" && name !== null) taken.set(name, before + 1);
  // The program's own path comes first in the whole list.
  if (method === "shift" && firstArgumentAt(unwrap(list), names) !== 0) return;
  Object.assign(node, readAt(list, at, node));
}
