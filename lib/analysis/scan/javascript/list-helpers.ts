import type { Needs } from "../flow.ts";
import { GIVEN_NAME } from "../name-forms.ts";
import type { Project } from "../project.ts";
import { calleeName, isMember, isNothing, unwrap } from "./env.ts";
import { listName } from "./paths.ts";
import { identifierName, nodeOf, nodesOf, type SyntaxNode, stringValue, walk } from "./syntax.ts";

const MAX_PARAMETERS = 3;
const MAX_NAMES = 24;

/**
 * Records a function that demands each variable in a list of names: `function requireAll(names) { for (const name of names) … }`,
 * `function assertEnv(...names)`.
 *
 * @param needs returns what the function needs
 */
export function learnListHelper(node: SyntaxNode, name: string, needs: () => Needs, project: Project): void {
  for (const [at, parameter] of nodesOf(node, "params").slice(0, MAX_PARAMETERS).entries()) {
    const isRest = parameter.type === "RestElement";
    const own = identifierName(isRest ? nodeOf(parameter, "argument") : parameter);
    if (own === null || !goesOver(node, own)) continue;
    const outer = project.lists.get(own);
    project.lists.set(own, [GIVEN_NAME]);
    const found = needs();
    if (outer) project.lists.set(own, outer);
    else project.lists.delete(own);
    const isDemand = found.length > 0 && found.every((way) => way.includes(GIVEN_NAME));
    if (isDemand) project.listHelpers.set(name, { at, isRest });
  }
}

/** Returns whether a function has a loop over a list, or calls one of its methods. */
function goesOver(node: SyntaxNode, list: string): boolean {
  let isFound = false;
  walk(node, (inner) => {
    if (inner.type === "ForOfStatement") isFound ||= identifierName(nodeOf(inner, "right")) === list;
    else if (isMember(inner)) isFound ||= identifierName(nodeOf(inner, "object")) === list;
  });
  return isFound;
}

/** Returns the variables that a call of such a function names. */
export function namesHanded(call: SyntaxNode, project: Project): string[] {
  const helper = project.listHelpers.get(calleeName(call) ?? "");
  return helper && !helper.choosing ? namesGiven(call, helper, project) : [];
}

/** What a call names of a function that returns the first variable that is set, and what it takes where none is; null for another call. */
export function namesChosen(call: SyntaxNode, project: Project) {
  const helper = project.listHelpers.get(calleeName(call) ?? "");
  const keys = helper?.choosing ? namesGiven(call, helper, project) : [];
  if (!helper?.choosing || keys.length === 0) return null;
  const { fails, fallbackAt } = helper.choosing;
  const given = fallbackAt === null ? undefined : nodesOf(call, "arguments")[fallbackAt];
  const fallback = given && !isNothing(given) ? given : null;
  return { helper: { fails, hangsOn: null }, keys, fallback, hasFallback: fallback !== null };
}

function namesGiven(call: SyntaxNode, { at, isRest }: { at: number; isRest: boolean }, project: Project): string[] {
  const args = nodesOf(call, "arguments");
  const given = args[at];
  const list = given?.type === "SpreadElement" ? nodeOf(given, "argument") : isRest ? null : given;
  const node = list ? unwrap(list) : null;
  const elements = node?.type === "ArrayExpression" ? nodesOf(node, "elements") : node ? [] : args.slice(at);
  const named = node ? (project.lists.get(listName(node) ?? "") ?? []) : [];
  return [...elements.flatMap((one) => stringValue(one) ?? []), ...named].slice(0, MAX_NAMES);
}
