import { needsOf } from "../flow.ts";
import { demandsParameter, PARAMETER_KEY, type Project } from "../project.ts";
import { Scope } from "../scope.ts";
import { noteCleaning } from "./cleaned-values.ts";
import { isFunction } from "./env.ts";
import type { JavaScriptFlow } from "./flow.ts";
import { identifierName, isNode, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

/** A function that does no more than clean a value. */
const MAX_LENGTH = 600;
const MAX_DEPTH = 40;

/**
 * Records whether a function only cleans the value that it is given, so that a check of its result is one of the value:
 * `function nonEmpty(value) { const text = value?.trim(); return text ? text : undefined; }`.
 */
export function learnCleaning(node: SyntaxNode, name: string, flow: JavaScriptFlow, project: Project): void {
  const body = nodeOf(node, "body");
  const parameter = identifierName(nodesOf(node, "params")[0] ?? null);
  if (!body) return;
  const isCleaning = parameter !== null && body.end - body.start <= MAX_LENGTH && returnsOnlyOf(body, parameter, flow);
  noteCleaning(project, name, isCleaning);
}

/** Returns whether a function returns nothing where a parameter is nothing, and nothing else decides that. */
function returnsOnlyOf(body: SyntaxNode, parameter: string, flow: JavaScriptFlow): boolean {
  const scope = new Scope(null);
  scope.bind(parameter, { kind: "atom", key: PARAMETER_KEY });
  const statements = body.type === "BlockStatement" ? nodesOf(body, "body") : [returned(body)];
  const judged = statements.map((one) => withDemands(one));
  const needs = needsOf(flow.lower([...judged, failure(body)], scope));
  return demandsParameter(needs) && needs.some((branch) => branch.length === 1);
}

/** A copy of a statement in which every return fails that returns nothing. */
function withDemands(node: SyntaxNode, depth = 0): SyntaxNode {
  if (isFunction(node) || depth > MAX_DEPTH) return node;
  if (node.type === "ReturnStatement") {
    const argument = nodeOf(node, "argument");
    const { start, end } = node;
    if (!argument) return failure(node);
    const test = { type: "UnaryExpression", operator: "!", prefix: true, argument, start, end };
    const check = { type: "IfStatement", test, consequent: block([failure(node)], node), alternate: null, start, end };
    return block([check, { ...node, argument: null }], node);
  }
  const copy: SyntaxNode = { ...node };
  for (const [field, value] of Object.entries(node)) {
    if (field === "loc") continue;
    if (Array.isArray(value))
      copy[field] = value.map((one: unknown) => (isNode(one) ? withDemands(one, depth + 1) : one));
    else if (isNode(value)) copy[field] = withDemands(value, depth + 1);
  }
  return copy;
}

function returned(argument: SyntaxNode): SyntaxNode {
  const { start, end } = argument;
  return { type: "ReturnStatement", argument, start, end };
}

function failure({ start, end }: SyntaxNode): SyntaxNode {
  return { type: "ThrowStatement", argument: { type: "NullLiteral", start, end }, start, end };
}

function block(body: SyntaxNode[], { start, end }: SyntaxNode): SyntaxNode {
  return { type: "BlockStatement", body, directives: [], start, end };
}
