import { isUnnamed, needsOf } from "../flow.ts";
import { GIVEN_NAME, type NameForm, nameForm } from "../name-forms.ts";
import type { Project, Switch } from "../project.ts";
import { Scope } from "../scope.ts";
import { DEMANDING_SWITCH, findSwitch } from "../switches.ts";
import { isMember, literalText, readKey, substituteRead, unwrap } from "./env.ts";
import { JavaScriptFlow } from "./flow.ts";
import { speller } from "./spelling.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

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
  const others = names.map((one, at) => (at === nameAt ? null : one));
  const byName = others.findIndex((one) => one !== null && /default|fallback|alternative|otherwise|def$/i.test(one));
  const fallbackAt = byName >= 0 ? byName : others.findIndex((one) => one !== null && isTakenInstead(body, one));
  const fallbackFields = nodesOf(node, "params").flatMap((parameter, at) => {
    const target = parameter.type === "AssignmentPattern" ? nodeOf(parameter, "left") : parameter;
    const fields = at === nameAt ? [] : fieldsRead(node, target, FALLBACK_FIELD);
    return fields.length > 0 ? [{ at, names: fields }] : [];
  })[0];
  const isMade = forms.some(({ before, after, letters }) => before !== "" || after !== "" || letters !== null);
  const spell = speller(body, new Map([[parameter, GIVEN_NAME]]), project);
  const marked = substituteRead(body, environment, (key) => (nameForm(spell(key) ?? "") ? GIVEN_NAME : null));
  const { isDemanded, hangsOn } = findSwitch(switchesOf(node), (values) =>
    failsWithout(node, marked, values, environment, project),
  );
  project.helpers.set(name, {
    nameAt,
    fallbackAt: fallbackAt < 0 ? null : fallbackAt,
    fallbackFields: fallbackFields ?? null,
    fallback,
    fails: isDemanded,
    hangsOn,
    forms: isMade ? forms : [],
  });
}

/** Returns whether a function takes a parameter where it has no value: `value ?? other`, `value ? value : other`, `return other;`. */
export function isTakenInstead(body: SyntaxNode, name: string): boolean {
  let isTaken = false;
  // What an error message takes instead is no value.
  const thrown: SyntaxNode[] = [];
  walk(body, (node) => {
    if (node.type === "ThrowStatement") thrown.push(node);
    if (thrown.some(({ start, end }) => node.start >= start && node.end <= end)) return;
    const isOwnTest = node.type === "ConditionalExpression" && identifierName(nodeOf(node, "test")) === name;
    const parts = isOwnTest
      ? []
      : node.type === "LogicalExpression" && node.operator !== "&&"
        ? [nodeOf(node, "right")]
        : node.type === "ConditionalExpression"
          ? [nodeOf(node, "consequent"), nodeOf(node, "alternate")]
          : node.type === "ReturnStatement"
            ? [nodeOf(node, "argument")]
            : [];
    isTaken ||= parts.some((part) => identifierName(part && unwrap(part)) === name);
  });
  return isTaken;
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
    return (
      switchOf(parameter, at) ??
      fieldsRead(node, target, DEMANDING_SWITCH).map((name) => ({
        name,
        path: `${identifierName(target)}.${name}`,
        at,
        fallback: false,
      }))
    );
  });
}

/** A field of options that is taken in a variable's place. */
const FALLBACK_FIELD = /^(default|fallback)(_?value)?$/i;

/** The fields of a parameter that a function reads and that have such a name: "required" of `options.required`. */
function fieldsRead(node: SyntaxNode, target: SyntaxNode | null, wanted: RegExp): string[] {
  const body = nodeOf(node, "body");
  const owner = identifierName(target);
  const found = new Set<string>();
  if (target?.type === "ObjectPattern")
    for (const property of nodesOf(target, "properties")) {
      const field = keyName(property);
      if (field && wanted.test(field)) found.add(field);
    }
  if (body && owner)
    walk(body, (inner) => {
      const field = isMember(inner) && identifierName(nodeOf(inner, "object")) === owner ? keyName(inner) : null;
      if (field && wanted.test(field)) found.add(field);
    });
  return [...found];
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
