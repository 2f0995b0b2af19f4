import type { Project } from "../project.ts";
import { isCall, isMember, unwrap } from "./env.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

const MAX_FUNCTIONS = 500;
/** Functions that give back what they are given in a cleaner form, by their names; false where functions of one name differ. */
const cleaning = new WeakMap<Project, Map<string, boolean>>();

/** Records whether a function returns something only where its first argument is something: `(text) => text?.trim() || undefined`. */
export function noteCleaning(project: Project, name: string, isCleaning: boolean): void {
  const known = cleaning.get(project) ?? new Map<string, boolean>();
  cleaning.set(project, known);
  if (known.size < MAX_FUNCTIONS || known.has(name)) known.set(name, isCleaning && known.get(name) !== false);
}

/** Returns the argument that a call of such a function cleans, or null for another call. */
export function cleanedBy(call: SyntaxNode, project: Project): SyntaxNode | null {
  const callee = isCall(call) ? nodeOf(call, "callee") : null;
  const target = callee && unwrap(callee);
  // A method of another object may be anyone's.
  const isOwn = target !== null && isMember(target) && nodeOf(target, "object")?.type === "ThisExpression";
  const name = target && (isOwn ? keyName(target) : identifierName(target));
  return name && cleaning.get(project)?.get(name) === true ? (nodesOf(call, "arguments")[0] ?? null) : null;
}
