import type { Needs } from "../flow.ts";
import { GIVEN_NAME } from "../name-forms.ts";
import type { Project } from "../project.ts";
import { calleeName, entryName, isCall, isFunction, isMember, readKey, unwrap } from "./env.ts";
import { isTakenInstead } from "./helpers.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

const MAX_PARAMETERS = 3;
const MAX_LENGTH = 1_500;
/** Calls on a value that is read: `process.env[name]?.trim().toLowerCase()`. */
const MAX_CALLS = 6;

/**
 * Records a function that returns the value of the first variable that is set of a list of names:
 * `function pick(names) { for (const name of names) if (process.env[name]) return process.env[name]; }`,
 * `const first = (...names) => names.map((name) => process.env[name]).find(Boolean)`, or one that hands its list to such a function.
 *
 * @param needs returns what the function needs
 */
export function learnChoosingHelper(
  node: SyntaxNode,
  name: string,
  environment: ReadonlySet<string>,
  needs: () => Needs,
  project: Project,
): void {
  const body = nodeOf(node, "body");
  if (!body || body.end - body.start > MAX_LENGTH) return;
  const parameters = nodesOf(node, "params");
  const names = parameters.map((parameter) =>
    identifierName(parameter.type === "AssignmentPattern" ? nodeOf(parameter, "left") : parameter),
  );
  for (const [at, parameter] of parameters.slice(0, MAX_PARAMETERS).entries()) {
    const isRest = parameter.type === "RestElement";
    const own = isRest ? identifierName(nodeOf(parameter, "argument")) : (names[at] ?? null);
    if (own === null || !choosesOf(body, own, environment, project)) continue;
    const outer = project.lists.get(own);
    project.lists.set(own, [GIVEN_NAME]);
    const found = needs();
    if (outer) project.lists.set(own, outer);
    else project.lists.delete(own);
    const fails = found.length > 0 && found.every((way) => way.includes(GIVEN_NAME));
    const fallbackAt = names.findIndex((one, index) => index !== at && one !== null && isTakenInstead(body, one));
    project.listHelpers.set(name, { at, isRest, choosing: { fails, fallbackAt: fallbackAt < 0 ? null : fallbackAt } });
    return;
  }
}

/** Returns whether a function takes the first that is set of the variables that a list names. */
function choosesOf(body: SyntaxNode, list: string, environment: ReadonlySet<string>, project: Project): boolean {
  let isFound = false;
  walk(body, (node) => {
    if (node.type === "ForOfStatement" && identifierName(nodeOf(node, "right")) === list)
      isFound ||= returnsRead(nodeOf(node, "body"), entryOf(node), environment);
    if (!isCall(node)) return;
    const callee = nodeOf(node, "callee");
    const args = nodesOf(node, "arguments");
    const isOfList = callee !== null && isMember(callee) && identifierName(nodeOf(callee, "object")) === list;
    if (isOfList && args[0]) isFound ||= isStepOf(keyName(callee) ?? "", args[0], environment);
    const handed = project.listHelpers.get(calleeName(node) ?? "");
    const given = handed?.choosing ? args[handed.at] : undefined;
    const passed = given?.type === "SpreadElement" ? nodeOf(given, "argument") : given;
    isFound ||= passed !== undefined && identifierName(passed) === list;
  });
  return isFound;
}

/** The name that a loop gives to each member. */
function entryOf(loop: SyntaxNode): string | null {
  const left = nodeOf(loop, "left");
  const [declared] = left ? nodesOf(left, "declarations") : [];
  return entryName(declared ? nodeOf(declared, "id") : left);
}

/** Returns whether the body of a loop reads the variable of each name, and leaves with a value. */
function returnsRead(body: SyntaxNode | null, name: string | null, environment: ReadonlySet<string>): boolean {
  if (!body || name === null) return false;
  let isRead = false;
  let isReturned = false;
  walk(body, (node) => {
    isRead ||= isReadOf(node, name, environment);
    const value = node.type === "ReturnStatement" ? nodeOf(node, "argument") : null;
    isReturned ||= value !== null && !/Literal$|^(Object|Array)Expression$/.test(unwrap(value).type);
  });
  return isRead && isReturned;
}

/** `names.map((name) => process.env[name])`, of which the first is taken, and `names.find((name) => process.env[name])`. */
function isStepOf(method: string, step: SyntaxNode, environment: ReadonlySet<string>): boolean {
  if (!/^(map|flatMap|find|reduce)$/.test(method) || !isFunction(step)) return false;
  const name = identifierName(nodesOf(step, "params")[method === "reduce" ? 1 : 0] ?? null);
  const body = nodeOf(step, "body");
  const returned = body?.type === "BlockStatement" ? nodeOf(nodesOf(body, "body").at(-1) ?? body, "argument") : body;
  if (name === null || !returned) return false;
  let value = unwrap(returned);
  // `(found, name) => found ?? process.env[name]`
  if (value.type === "LogicalExpression")
    value = unwrap(nodeOf(value, method === "reduce" ? "right" : "left") ?? value);
  for (let call = 0; call < MAX_CALLS && isCall(value); call += 1) {
    const callee = nodeOf(value, "callee");
    value = unwrap((callee && nodeOf(callee, "object")) ?? value);
  }
  return isReadOf(value, name, environment);
}

function isReadOf(node: SyntaxNode, name: string, environment: ReadonlySet<string>): boolean {
  const key = readKey(node, environment);
  return key !== null && typeof key !== "string" && identifierName(key) === name;
}
