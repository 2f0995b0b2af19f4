import { isUnnamed, needsOf } from "../flow.ts";
import { GIVEN_NAME, type NameForm, nameForm, type Project, type Switch } from "../project.ts";
import { Scope } from "../scope.ts";
import { DEMANDING_SWITCH, findSwitch } from "../switches.ts";
import { literalText, readKey, substituteRead } from "./env.ts";
import { JavaScriptFlow } from "./flow.ts";
import { speller } from "./spelling.ts";
import { identifierName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

const MAX_FORMS = 4;

/** Records a function whose parameter is the name of the variable that it reads, or of which it makes the name. */
export function learnHelper(node: SyntaxNode, name: string, environment: ReadonlySet<string>, project: Project): void {
  const names = nodesOf(node, "params").map((parameter) =>
    identifierName(parameter.type === "AssignmentPattern" ? nodeOf(parameter, "left") : parameter),
  );
  const body = nodeOf(node, "body");
  if (!body || body.end - body.start > 3_000) return;
  let nameAt = -1;
  let fallback: string | null = null;
  const forms: NameForm[] = [];
  const spellers = names.map((one) => (one === null ? null : speller(body, new Map([[one, GIVEN_NAME]]), project)));
  walk(body, (inner) => {
    const key = readKey(inner, environment);
    if (key !== null && typeof key !== "string" && forms.length < MAX_FORMS)
      for (const [at, spell] of spellers.entries()) {
        const form = nameForm(spell?.(key) ?? "");
        if (!form || (nameAt >= 0 && nameAt !== at)) continue;
        nameAt = at;
        forms.push(form);
      }
    if (inner.type === "LogicalExpression" && nameAt >= 0) fallback ??= literalText(nodeOf(inner, "right")) || null;
  });
  const parameter = names[nameAt];
  if (nameAt < 0 || !parameter) return;
  const fallbackAt = names.findIndex(
    (one, at) => at !== nameAt && one !== null && /default|fallback|alternative|otherwise|def$/i.test(one),
  );
  const isMade = forms.some(({ before, after, letters }) => before !== "" || after !== "" || letters !== null);
  const spell = speller(body, new Map([[parameter, GIVEN_NAME]]), project);
  const marked = substituteRead(body, environment, (key) => (nameForm(spell(key) ?? "") ? GIVEN_NAME : null));
  const { isDemanded, hangsOn } = findSwitch(switchesOf(node), (values) =>
    failsWithout(node, marked, values, environment, project),
  );
  project.helpers.set(name, {
    nameAt,
    fallbackAt: fallbackAt < 0 ? null : fallbackAt,
    fallback,
    fails: isDemanded,
    hangsOn,
    forms: isMade ? forms : [],
  });
}

/** Returns whether a helper fails without the variable when the variable is the only unknown. */
function failsWithout(
  node: SyntaxNode,
  marked: SyntaxNode,
  values: ReadonlyMap<string, boolean>,
  environment: ReadonlySet<string>,
  project: Project,
): boolean {
  const flow = new JavaScriptFlow(project, environment);
  const scope = new Scope(null);
  flow.parameters(node, scope);
  bindSwitches(values, scope);
  const statements = marked.type === "BlockStatement" ? flow.lower(nodesOf(marked, "body"), scope) : [];
  const needs = needsOf(statements);
  return (
    needs.length > 0 &&
    needs.every((branch) => branch.includes(GIVEN_NAME) || branch.some(isUnnamed)) &&
    needs.some((branch) => branch.includes(GIVEN_NAME))
  );
}

/** The parameters of a function that are switches, and the fields of an object of options that are. */
export function switchesOf(node: SyntaxNode): Omit<Switch, "demands">[] {
  return nodesOf(node, "params").flatMap((parameter, at) => {
    const target = parameter.type === "AssignmentPattern" ? nodeOf(parameter, "left") : parameter;
    if (target?.type === "ObjectPattern")
      return nodesOf(target, "properties").flatMap((property) => switchOf(nodeOf(property, "value"), at) ?? []);
    return switchOf(parameter, at) ?? [];
  });
}

function switchOf(parameter: SyntaxNode | null, at: number): Omit<Switch, "demands"> | null {
  const isAssigned = parameter?.type === "AssignmentPattern";
  const name = identifierName(isAssigned ? nodeOf(parameter, "left") : parameter);
  const fallback = isAssigned ? nodeOf(parameter, "right") : null;
  if (name === null || (fallback ? fallback.type !== "BooleanLiteral" : !DEMANDING_SWITCH.test(name))) return null;
  return { name, at, fallback: fallback !== null && literalText(fallback) === "true" };
}

export function bindSwitches(values: ReadonlyMap<string, boolean>, scope: Scope): void {
  for (const [name, value] of values) scope.bind(name, { kind: "constant", value });
}
