import type { Project } from "../project.ts";
import { isCall, isMember, unwrap } from "./env.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

const MAX_FUNCTIONS = 500;

/** Records whether a function returns something only where its first argument is something: `(text) => text?.trim() || undefined`. */
export function noteCleaning(project: Project, name: string, isCleaning: boolean): void {
  const { cleaning } = project;
  if (cleaning.size < MAX_FUNCTIONS || cleaning.has(name))
    cleaning.set(name, isCleaning && cleaning.get(name) !== false);
}

/** Returns the argument that a call of such a function cleans, or null for another call. */
export function cleanedBy(call: SyntaxNode, project: Project): SyntaxNode | null {
  const callee = isCall(call) ? nodeOf(call, "callee") : null;
  const target = callee && unwrap(callee);
  // A method of another object may be anyone's.
  const isOwn = target !== null && isMember(target) && nodeOf(target, "object")?.type === "ThisExpression";
  const name = target && (isOwn ? keyName(target) : identifierName(target));
  return name && project.cleaning.get(name) === true ? (nodesOf(call, "arguments")[0] ?? null) : null;
}
