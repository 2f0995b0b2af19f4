import { allOf, anyOf, type Condition, isUnnamed, type Needs } from "../flow.ts";
import { atom, FIELD_KEY, type Project, tellsOfVariables } from "../project.ts";
import { Scope } from "../scope.ts";
import { isMember } from "./env.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

const MAX_PARAMETERS = 4;
const MAX_FIELDS = 16;
const MAX_WAYS = 4;

/**
 * Records which fields of an object a function fails without: `constructor({ apiKey }) { if (!apiKey) throw … }`,
 * `function create(options) { if (!options.apiKey) throw … }`.
 *
 * @param needsIn returns what the function needs where its parameters hold what the scope says
 */
export function learnDemandedFields(
  node: SyntaxNode,
  name: string,
  needsIn: (scope: Scope) => Needs,
  project: Project,
): void {
  const body = nodeOf(node, "body");
  const found = body?.type === "BlockStatement" ? demandOf(node, body, needsIn) : null;
  const known = project.demandedFields.get(name);
  const isSame = known === undefined || JSON.stringify(known) === JSON.stringify(found);
  project.demandedFields.set(name, isSame ? found : null);
}

function demandOf(
  node: SyntaxNode,
  body: SyntaxNode,
  needsIn: (scope: Scope) => Needs,
): { at: number; needs: Needs } | null {
  const parameters = nodesOf(node, "params").slice(0, MAX_PARAMETERS).map(targetOf);
  for (const [at, target] of parameters.entries()) {
    const paths = target ? fieldPaths(target, body) : [];
    if (paths.length === 0) continue;
    const scope = new Scope(null);
    for (const other of parameters) {
      const own = identifierName(other);
      if (own) scope.bind(own, { kind: "something" });
    }
    for (const [path, field] of paths) scope.bind(path, { kind: "atom", key: FIELD_KEY + field });
    const needs = needsIn(scope);
    const isDemand =
      needs.length > 0 &&
      needs.length <= MAX_WAYS &&
      needs.every((way) => way.some((key) => key.startsWith(FIELD_KEY)) && !way.some(isUnnamed));
    if (isDemand) return { at, needs };
  }
  return null;
}

/** What a call demands by the object that it passes, or null where too little is known of its fields. */
export function demandOfFields(needs: Needs, fieldOf: (field: string) => Condition | null): Condition | null {
  const told = (key: string) => (key.startsWith(FIELD_KEY) ? fieldOf(key.slice(FIELD_KEY.length)) : atom(key));
  const [only, ...others] = needs.map((way) => way.map(told));
  if (!only) return null;
  const isKnown = (condition: Condition | null): condition is Condition =>
    condition !== null && tellsOfVariables(condition);
  if (others.length === 0) {
    const known = only.filter(isKnown);
    return known.length > 0 ? allOf(known) : null;
  }
  const ways = [only, ...others];
  return ways.every((way) => way.every(isKnown)) ? anyOf(ways.map((way) => allOf(way.filter(isKnown)))) : null;
}

function targetOf(parameter: SyntaxNode): SyntaxNode | null {
  const inner = parameter.type === "TSParameterProperty" ? nodeOf(parameter, "parameter") : parameter;
  return inner?.type === "AssignmentPattern" ? nodeOf(inner, "left") : inner;
}

/** Where a function has the fields of a parameter: the names of a pattern, or "options.apiKey". */
function fieldPaths(target: SyntaxNode, body: SyntaxNode): [path: string, field: string][] {
  const paths = new Map<string, string>();
  const owner = identifierName(target);
  if (target.type === "ObjectPattern")
    for (const property of nodesOf(target, "properties")) {
      const field = keyName(property);
      const local = identifierName(nodeOf(property, "value"));
      if (field && local) paths.set(local, field);
    }
  else if (owner)
    walk(body, (node) => {
      const field = isMember(node) && identifierName(nodeOf(node, "object")) === owner ? keyName(node) : null;
      const taken = node.type === "VariableDeclarator" && identifierName(nodeOf(node, "init")) === owner;
      const pattern = taken ? nodeOf(node, "id") : null;
      const names = pattern?.type === "ObjectPattern" ? nodesOf(pattern, "properties").map(keyName) : [field];
      for (const name of names) if (name && paths.size < MAX_FIELDS) paths.set(`${owner}.${name}`, name);
    });
  return [...paths].slice(0, MAX_FIELDS);
}
