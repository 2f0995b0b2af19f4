import { isCall, isFunction, isMember, literalText, unwrap } from "./env.ts";
import { declaredNames } from "./file-names.ts";
import { pathOf } from "./paths.ts";
import { argumentNames, firstArgumentAt, readAt } from "./positions.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue, walk } from "./syntax.ts";

const MAX_LISTS = 20;
const MAX_POSITIONS = 8;
/** An option; a program that has some counts them with its positions. `npx -y` is what a client is told that starts the program. */
const OPTION = /^--?(?!help$|version$|yes$|[hvy]$)[a-z]/i;

/**
 * Writes in place what a program says of its whole command line as what it says of one position: `args[2]` as `process.argv[2]` behind
 * `const args = process.argv`, and, where the program ends then, `args.length < 2` as `!args[1]`.
 */
export function restoreCounts(root: SyntaxNode): void {
  writeWholeLists(root);
  const ends: SyntaxNode[] = [];
  let hasOptions = false;
  walk(root, (node) => {
    if (OPTION.test(stringValue(node) ?? "")) hasOptions = true;
    if (node.type === "IfStatement" && endsProgram(nodeOf(node, "consequent"))) ends.push(node);
  });
  if (hasOptions || ends.length === 0) return;
  const names = argumentNames(root);
  for (const statement of ends) writeCounts(statement, "test", names, 0);
}

/** Gives `args` its whole list wherever `const args = process.argv` is known, which has no other meaning there. */
function writeWholeLists(root: SyntaxNode): void {
  const lists: { scope: SyntaxNode; name: string; list: SyntaxNode }[] = [];
  const visit = (scope: SyntaxNode) => (node: SyntaxNode) => {
    const list = node.type === "VariableDeclarator" ? nodeOf(node, "init") : null;
    const name = list && isMember(list) && firstArgumentAt(list, NO_NAMES) ? identifierName(nodeOf(node, "id")) : null;
    if (list && name && lists.length < MAX_LISTS) lists.push({ scope, name, list });
  };
  walk(root, visit(root));
  walk(root, (node) => {
    if (!isFunction(node) || lists.length === 0) return;
    for (const one of lists)
      if (one.list.start >= node.start && one.list.end <= node.end && node.start >= one.scope.start) one.scope = node;
  });
  for (const { scope, name, list } of lists) {
    if (declaredNames(scope, new Set([name])).get(name)?.length !== 1) continue;
    walk(scope, (node) => {
      if (isMember(node) && identifierName(nodeOf(node, "object")) === name) node.object = list;
    });
  }
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** Returns whether code ends with an error: `{ console.error("usage"); process.exit(1); }`. */
function endsProgram(arm: SyntaxNode | null): boolean {
  const last = arm?.type === "BlockStatement" ? nodesOf(arm, "body").at(-1) : arm;
  if (last?.type === "ThrowStatement") return true;
  const call = last?.type === "ExpressionStatement" ? nodeOf(last, "expression") : null;
  const [code] =
    call && isCall(call) && pathOf(nodeOf(call, "callee")) === "process.exit" ? nodesOf(call, "arguments") : [];
  return code?.type === "NumericLiteral" && code.value !== 0;
}

function writeCounts(owner: SyntaxNode, field: string, names: ReadonlySet<string>, depth: number): void {
  const test = nodeOf(owner, field);
  if (!test || depth > 6) return;
  if (test.type === "LogicalExpression")
    for (const side of ["left", "right"]) writeCounts(test, side, names, depth + 1);
  const missing = missingPosition(test, names);
  if (missing) owner[field] = { ...test, type: "UnaryExpression", operator: "!", prefix: true, argument: missing };
}

/** The last position that is not given where a test of a list's length holds: `args.length < 2`, `!args.length`. Null for another test. */
function missingPosition(test: SyntaxNode, names: ReadonlySet<string>): SyntaxNode | null {
  const isNegated = test.type === "UnaryExpression" && test.operator === "!";
  const length = nodeOf(test, isNegated ? "argument" : "left");
  const list = length && isMember(length) && keyName(length) === "length" ? nodeOf(length, "object") : null;
  const first = list ? firstArgumentAt(unwrap(list), names) : null;
  if (!list || first === null) return null;
  const number = isNegated ? 0 : Number(literalText(nodeOf(test, "right")) ?? Number.NaN);
  const operator = isNegated ? "===" : String(test.operator);
  const last = lastMissing(operator, number, first);
  return last !== null && last >= first && last < first + MAX_POSITIONS ? readAt(list, last, test) : null;
}

function lastMissing(operator: string, number: number, first: number): number | null {
  if (operator === "<" || /^!==?$/.test(operator)) return number - 1;
  if (operator === "<=") return number;
  return /^===?$/.test(operator) && number === first ? number : null;
}
