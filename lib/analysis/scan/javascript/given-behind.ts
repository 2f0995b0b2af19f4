import { isNothing, literalText } from "./env.ts";
import { identifierName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

const MAX_STATEMENTS = 40;

/**
 * The value that a name is given where its first one is not there: `let path = process.env.X`, and behind it `if (!path) path = "x"` or
 * `path ??= "x"`.
 *
 * @param ancestors of the name's declarator
 */
export function givenBehind(declarator: SyntaxNode, ancestors: readonly SyntaxNode[]): SyntaxNode | null {
  const name = identifierName(nodeOf(declarator, "id"));
  const at = ancestors.findLastIndex(({ type }) => type !== "VariableDeclaration" && type !== "ExportNamedDeclaration");
  const block = ancestors[at];
  const declared = ancestors[at + 1];
  if (name === null || !block || !declared) return null;
  const statements = nodesOf(block, "body");
  const own = statements.indexOf(declared);
  if (own < 0) return null;
  for (const statement of statements.slice(own + 1, own + 1 + MAX_STATEMENTS)) {
    const given = givenIn(statement, name);
    if (given) return given;
  }
  return null;
}

function givenIn(statement: SyntaxNode, name: string): SyntaxNode | null {
  if (statement.type !== "IfStatement") return assignedTo(name, statement, /^(\?\?|\|\|)=$/);
  const test = nodeOf(statement, "test");
  const arm = nodeOf(statement, "consequent");
  if (!test || !arm || !asksForNothing(test, name)) return null;
  for (const inner of arm.type === "BlockStatement" ? nodesOf(arm, "body") : [arm]) {
    const given = assignedTo(name, inner, /^=$/);
    if (given) return given;
  }
  return null;
}

function assignedTo(name: string, statement: SyntaxNode, operators: RegExp): SyntaxNode | null {
  const assignment = statement.type === "ExpressionStatement" ? nodeOf(statement, "expression") : null;
  if (assignment?.type !== "AssignmentExpression" || !operators.test(String(assignment.operator))) return null;
  return identifierName(nodeOf(assignment, "left")) === name ? nodeOf(assignment, "right") : null;
}

/** Returns whether a test holds where a name has no value, and only there: `!path`, `path === undefined`, `path == null`. */
function asksForNothing(test: SyntaxNode, name: string): boolean {
  if (test.type === "UnaryExpression" && test.operator === "!")
    return identifierName(nodeOf(test, "argument")) === name;
  const right = test.type === "BinaryExpression" && /^===?$/.test(String(test.operator)) ? nodeOf(test, "right") : null;
  return (
    right !== null && identifierName(nodeOf(test, "left")) === name && (isNothing(right) || literalText(right) === "")
  );
}
