import { identifierName, isNode, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

/** Nesting of one expression that is taken apart. */
const MAX_DEPTH = 40;
/** Expressions that stand for statements. */
const DOES_SOMETHING = /^(Call|OptionalCall|New|Await|Assignment|Sequence|Logical|Conditional|Update)Expression$/;
/** Functions that declare options. A minifier imports them under other names. */
const DECLARING = /^(parseArgs|meow|defineCommand|cleanEnv|envsafe|createEnv)$/;

/**
 * Rewrites what minifiers make of statements, in place: published bundles are read as their sources would be. `a || (b(), c())`
 * becomes `if (!a) { b(); c(); }`, as does `a.b ??= c`, `a ? b() : c()` an if/else, `if (b(), a)` the call and then the condition, `!0` true,
 * `void 0` undefined, and `import { parseArgs as Y }` is called by its own name.
 */
export function restoreStatements(root: SyntaxNode): void {
  const imported = new Map<string, string>();
  walk(root, (node) => {
    if (node.type === "ImportSpecifier") {
      const own = identifierName(nodeOf(node, "imported"));
      const local = identifierName(nodeOf(node, "local"));
      if (own && local && own !== local && DECLARING.test(own)) imported.set(local, own);
    }
    restoreLiteral(node);
    for (const field of ["body", "consequent"]) {
      const list = node[field];
      if (Array.isArray(list)) node[field] = list.flatMap((one: unknown) => (isNode(one) ? restore(one) : [one]));
    }
    for (const field of ["body", "consequent", "alternate"]) {
      const only = nodeOf(node, field);
      if (only && /^(ExpressionStatement|IfStatement|ReturnStatement)$/.test(only.type)) {
        const restored = restore(only);
        if (restored.length !== 1 || restored[0] !== only) node[field] = block(restored, only);
      }
    }
    const callee = node.type === "CallExpression" ? nodeOf(node, "callee") : null;
    const own = callee ? imported.get(identifierName(callee) ?? "") : undefined;
    if (callee && own) callee.name = own;
  });
}

/** The statements that one statement stands for: itself, or what a minifier joined in it. */
function restore(node: SyntaxNode): SyntaxNode[] {
  if (node.type === "ExpressionStatement") {
    const expression = nodeOf(node, "expression");
    const statements = expression ? toStatements(expression, 0) : [];
    const [only] = statements;
    return statements.length === 1 && only?.type === "ExpressionStatement" ? [node] : statements;
  }
  const field = node.type === "IfStatement" ? "test" : node.type === "ReturnStatement" ? "argument" : null;
  const joined = field ? nodeOf(node, field) : null;
  if (!field || joined?.type !== "SequenceExpression") return [node];
  const expressions = nodesOf(joined, "expressions");
  const last = expressions.at(-1);
  if (!last) return [node];
  node[field] = last;
  return [...expressions.slice(0, -1).flatMap((one) => toStatements(one, 0)), node];
}

function toStatements(expression: SyntaxNode, depth: number): SyntaxNode[] {
  const plain = [{ ...placed(expression), type: "ExpressionStatement", expression }];
  if (depth > MAX_DEPTH) return plain;
  const inner = (node: SyntaxNode | null) => (node ? block(toStatements(node, depth + 1), node) : null);
  if (expression.type === "SequenceExpression")
    return nodesOf(expression, "expressions").flatMap((one) => toStatements(one, depth + 1));
  if (expression.type === "ConditionalExpression") {
    const consequent = inner(nodeOf(expression, "consequent"));
    const alternate = inner(nodeOf(expression, "alternate"));
    return [{ ...placed(expression), type: "IfStatement", test: nodeOf(expression, "test"), consequent, alternate }];
  }
  const left = nodeOf(expression, "left");
  const right = nodeOf(expression, "right");
  // `process.env.A ??= "x"`
  if (expression.type === "AssignmentExpression" && left?.type === "MemberExpression" && isDefault(expression)) {
    const consequent = block(toStatements({ ...expression, operator: "=" }, depth + 1), expression);
    return [{ ...placed(expression), type: "IfStatement", test: negated(left), consequent, alternate: null }];
  }
  // `process.env.A || "x"` is a value that nothing takes, and no statement.
  if (expression.type !== "LogicalExpression" || !left || !right || !DOES_SOMETHING.test(right.type)) return plain;
  const isAnd = expression.operator === "&&";
  const test = isAnd ? left : negated(left);
  const consequent = inner(right);
  return [{ ...placed(expression), type: "IfStatement", test, consequent, alternate: null }];
}

function isDefault({ operator }: SyntaxNode): boolean {
  return operator === "??=" || operator === "||=";
}

function negated(argument: SyntaxNode): SyntaxNode {
  return { ...placed(argument), type: "UnaryExpression", operator: "!", prefix: true, argument };
}

function block(body: SyntaxNode[], at: SyntaxNode): SyntaxNode {
  return { ...placed(at), type: "BlockStatement", body, directives: [] };
}

function placed({ start, end, loc }: SyntaxNode): Pick<SyntaxNode, "start" | "end" | "loc"> {
  return { start, end, loc: loc ?? null };
}

/** `!0` is true, `!1` false, `void 0` undefined. */
function restoreLiteral(node: SyntaxNode): void {
  const argument = node.type === "UnaryExpression" ? nodeOf(node, "argument") : null;
  if (argument?.type !== "NumericLiteral") return;
  if (node.operator === "!") Object.assign(node, { type: "BooleanLiteral", value: argument.value === 0 });
  else if (node.operator === "void") Object.assign(node, { type: "Identifier", name: "undefined" });
  else return;
  delete node.argument;
}
