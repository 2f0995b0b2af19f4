import { type Needs, needsOf } from "../flow.ts";
import type { Project } from "../project.ts";
import { Scope } from "../scope.ts";
import { PythonFlow } from "./flow.ts";
import type { ParsedFile } from "./learn.ts";
import { type PyNode, statementsOf } from "./syntax.ts";

/** A body that is looked at for the errors that it answers with. */
const MAX_LENGTH = 6_000;
const TELLS_OF_ERROR = /error|failed|not |missing|required|please|environment|unauthori|\u274c/i;
/** How much of an answer is looked at. */
const MAX_ANSWER = 300;

/** What a function needs in order not to answer with a text or an object that tells of an error, where it ever does. */
export function neededToAnswer(
  definition: PyNode,
  { tree, names }: Pick<ParsedFile, "tree" | "names">,
  outer: Scope,
  project: Project,
): { answers?: Needs } {
  const body = definition.getChild("Body");
  if (!body || body.to - body.from > MAX_LENGTH || !answersError(tree.text(body))) return {};
  const flow = new PythonFlow(tree, names, project);
  flow.isToldFailure = true;
  const scope = new Scope(outer);
  flow.parameters(definition, scope);
  return { answers: needsOf(flow.lower(statementsOf(body), scope)) };
}

function answersError(text: string): boolean {
  return [...text.matchAll(/\breturn\b/g)].some(({ index }) =>
    TELLS_OF_ERROR.test(text.slice(index, index + MAX_ANSWER)),
  );
}
