import { isEnvName } from "../../inputs/input-names.ts";
import type { Input } from "../../spec.ts";
import { type Needs, needsOf } from "../flow.ts";
import type { Project } from "../project.ts";
import { Scope } from "../scope.ts";
import type { Flow } from "../types.ts";
import { isCall, isFunction, isMember, literalText, readKey, unwrap } from "./env.ts";
import { JavaScriptFlow } from "./flow.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue, walk } from "./syntax.ts";

/** Schemas of a program, and fields of one of them. */
const MAX_SHAPES = 100;
const MAX_FIELDS = 40;
/** Properties of an object that holds variables and nothing else. */
const MAX_CREDENTIALS = 12;

/** The value of an object's property, or null. */
export function valueAt(object: SyntaxNode, name: string): SyntaxNode | null {
  for (const property of nodesOf(object, "properties"))
    if (keyName(property) === name) return nodeOf(property, "value");
  return null;
}

/** The texts of a list that is written out. */
export function textsOf(list: SyntaxNode): string[] {
  return nodesOf(list, "elements").flatMap((one) => stringValue(one) ?? []);
}

/** Returns the object of fields inside `z.object({…}).strict().refine(…)`. */
export function shapeOf(node: SyntaxNode, depth = 0): SyntaxNode | null {
  if (!isCall(node) || depth > 8) return null;
  const callee = nodeOf(node, "callee");
  if (!callee || !isMember(callee)) return null;
  if (/^(object|strictObject|looseObject|Object|Struct)$/.test(keyName(callee) ?? "")) {
    const [shape] = nodesOf(node, "arguments");
    return shape?.type === "ObjectExpression" ? shape : null;
  }
  const object = nodeOf(callee, "object");
  return object ? shapeOf(unwrap(object), depth + 1) : null;
}

export interface SchemaFacts {
  isOptional: boolean;
  /** It has a value of its own, which may be worked out. */
  hasDefault: boolean;
  fallback: string | null;
  type: Input["type"] | null;
  choices: string[] | null;
  description: string | null;
}

/** Returns the name at the root of a chain of calls: "z" of `z.string().url()`. */
export function rootName(node: SyntaxNode, depth = 0): string | null {
  const callee = isCall(node) ? nodeOf(node, "callee") : null;
  const object = callee && isMember(callee) ? nodeOf(callee, "object") : null;
  return object && depth < 20 ? rootName(unwrap(object), depth + 1) : identifierName(callee ?? node);
}

/** Returns what a chain such as `z.string().url().optional()` or `str({default: "x"})` says about its field. */
export function schemaFacts(schema: SyntaxNode): SchemaFacts {
  const facts: SchemaFacts = {
    isOptional: false,
    hasDefault: false,
    fallback: null,
    type: null,
    choices: null,
    description: null,
  };
  // Joi and yup demand nothing unless they are told to.
  if (/^(joi|yup)$/i.test(rootName(schema) ?? "")) facts.isOptional = true;
  walk(schema, (node) => {
    if (!isCall(node)) return;
    const callee = nodeOf(node, "callee");
    const method = callee ? (isMember(callee) ? keyName(callee) : identifierName(callee)) : null;
    const [first, second] = nodesOf(node, "arguments");
    if (/^(required|exist)$/.test(method ?? "") && !first) facts.isOptional = false;
    if (/^(Optional|optional|nullish|nullable|exactOptional|catch|prefault)$/.test(method ?? ""))
      facts.isOptional = true;
    // valibot: `v.optional(v.string(), "value")`
    const given = /^(optional|nullish|nullable)$/.test(method ?? "") ? second : null;
    if (given || /^(default|catch|prefault)$/.test(method ?? "")) facts.hasDefault = true;
    if (given) facts.fallback ??= literalText(given) || null;
    if (method === "default") {
      facts.isOptional = true;
      facts.fallback ??= literalText(first ?? null) || null;
    } else if (method === "describe") facts.description ??= stringValue(first);
    else if (method === "url") facts.type = "url";
    else if (/^(number|int|num|port)$/.test(method ?? "")) facts.type = "number";
    else if (/^(boolean|bool|stringbool)$/.test(method ?? "")) facts.type = "boolean";
    else if (method === "enum" && first?.type === "ArrayExpression")
      facts.choices = nodesOf(first, "elements").flatMap((one) => stringValue(one) ?? []);
    const options = first?.type === "ObjectExpression" ? first : null;
    if (options && valueAt(options, "default")) {
      facts.isOptional = true;
      facts.hasDefault = true;
      facts.fallback ??= literalText(valueAt(options, "default")) || null;
    }
    if (options) facts.description ??= stringValue(valueAt(options, "desc"));
  });
  return facts;
}

/**
 * Collects the functions that check objects as a whole, by the object of fields that they check: `z.object({…}).refine((it) => it.a || it.b)`
 * and `.superRefine((it, context) => …)`.
 */
function collectChecks(root: SyntaxNode): Map<SyntaxNode, SyntaxNode[]> {
  const checks = new Map<SyntaxNode, SyntaxNode[]>();
  walk(root, (node) => {
    const callee = isCall(node) ? nodeOf(node, "callee") : null;
    if (!callee || !isMember(callee) || !/^(refine|superRefine|check)$/.test(keyName(callee) ?? "")) return;
    const shape = shapeOf(node);
    const [check] = nodesOf(node, "arguments");
    if (shape && check && isFunction(check)) checks.set(shape, [...(checks.get(shape) ?? []), check]);
  });
  return checks;
}

/** What a check needs of the fields in order to pass, each under its own name. */
function needsOfCheck(check: SyntaxNode, fields: Iterable<string>, flow: JavaScriptFlow): Needs {
  const [parameter] = nodesOf(check, "params");
  const body = nodeOf(check, "body");
  const scope = new Scope(null);
  const name = identifierName(parameter ?? null);
  for (const field of fields) {
    // `({ a, b }) => …` or `(it) => it.a`
    if (parameter?.type === "ObjectPattern") scope.bind(field, { kind: "atom", key: field });
    else if (name) scope.bind(`${name}.${field}`, { kind: "atom", key: field });
  }
  if (!body) return [[]];
  if (body.type !== "BlockStatement") return needsOf([{ kind: "demand", condition: flow.condition(body, scope) }]);
  flow.isEmptyFailure = true;
  return needsOf(flow.lower(nodesOf(body, "body"), scope));
}

/** Learns the schemas of a file: which fields each has, which of them may be left out, and what is checked of them together. */
export function learnShapes(root: SyntaxNode, project: Project): void {
  const checks = collectChecks(root);
  walk(root, (node) => {
    if (project.shapes.length >= MAX_SHAPES || !isCall(node)) return;
    const callee = nodeOf(node, "callee");
    if (!callee || !isMember(callee) || !/^(object|strictObject|looseObject)$/.test(keyName(callee) ?? "")) return;
    const [shape] = nodesOf(node, "arguments");
    const properties = shape?.type === "ObjectExpression" ? nodesOf(shape, "properties") : [];
    if (properties.length < 2 || properties.length > MAX_FIELDS) return;
    const fields = properties.flatMap((property) => {
      const key = keyName(property);
      const schema = nodeOf(property, "value");
      return key && schema ? [[key, schemaFacts(schema).isOptional] as const] : [];
    });
    const names = fields.map(([field]) => field);
    const needs = (shape ? (checks.get(shape) ?? []) : []).map((check) =>
      needsOfCheck(check, names, new JavaScriptFlow(project, new Set())),
    );
    project.shapes.push({ fields: new Map(fields), checks: needs });
  });
}

/**
 * An object of variables that has the fields of a schema, which may stand in another file: what the schema demands is
 * demanded of the variables. `new Server({apiKey: process.env.API_KEY})` beside `z.object({apiKey: z.string().min(1)})`.
 */
export function flowsOfShapes(root: SyntaxNode, path: string, names: ReadonlySet<string>, project: Project): Flow[] {
  const flows: Flow[] = [];
  if (project.shapes.length === 0) return flows;
  // An object inside another one is a part that may be left out as a whole.
  const nested = new Set<SyntaxNode>();
  walk(root, (node) => {
    if (node.type !== "ObjectExpression" || flows.length >= MAX_SHAPES) return;
    walk(node, (inner) => {
      if (inner !== node && inner.type === "ObjectExpression") nested.add(inner);
    });
    const properties = nodesOf(node, "properties");
    if (nested.has(node) || properties.length > MAX_CREDENTIALS) return;
    const fields = new Map<string, string>();
    for (const property of properties) {
      const field = keyName(property);
      const value = nodeOf(property, "value");
      const variable = value ? variableOf(unwrap(value), names) : null;
      if (field && variable) fields.set(field, variable);
    }
    // A larger configuration mixes what is read with what is worked out, and says nothing for certain.
    if (fields.size < 2 || fields.size < properties.length) return;
    const shape = project.shapes.find((one) => matches(one.fields, fields));
    if (!shape) return;
    const demanded = [...fields].flatMap(([field, variable]) => (shape.fields.get(field) === false ? [variable] : []));
    if (demanded.length <= 16) flows.push(...flowsOfShape(path, [[demanded], ...renamed(shape.checks, fields)]));
  });
  return flows;
}

/** What schemas check together of variables that are their fields: `z.object({ A_TOKEN: …, A_USER: … }).refine(…)`. */
export function flowsOfChecks(root: SyntaxNode, path: string, project: Project): Flow[] {
  return [...collectChecks(root)].flatMap(([shape, checks]) => {
    const names = nodesOf(shape, "properties").flatMap((property) => keyName(property) ?? []);
    if (names.length === 0 || names.length > MAX_FIELDS || !names.every(isEnvName)) return [];
    const needs = checks.map((check) => needsOfCheck(check, names, new JavaScriptFlow(project, new Set())));
    return flowsOfShape(path, needs);
  });
}

function flowsOfShape(path: string, all: readonly Needs[]): Flow[] {
  return all
    .filter((needs) => needs.length > 0 && needs.every((branch) => branch.length > 0))
    .map((needs) => ({ path, name: null, isHandler: false, isHosting: false, needs, calls: [] }));
}

/** Puts variables in the place of the fields that hold them. Needs with a field that none holds say nothing. */
function renamed(checks: readonly Needs[], fields: ReadonlyMap<string, string>): Needs[] {
  return checks
    .filter((needs) => needs.every((branch) => branch.every((field) => fields.has(field))))
    .map((needs) => needs.map((branch) => branch.map((field) => fields.get(field) ?? field)));
}

/** Returns whether an object has every field that a schema demands, and no other than its fields. */
function matches(shape: ReadonlyMap<string, boolean>, fields: ReadonlyMap<string, string>): boolean {
  const shared = [...fields.keys()].filter((field) => shape.has(field));
  return shared.length === fields.size && [...shape].every(([field, isOptional]) => isOptional || fields.has(field));
}

/** The variable that a value is, also with an empty text in its place. */
function variableOf(value: SyntaxNode, names: ReadonlySet<string>): string | null {
  const left = value.type === "LogicalExpression" && isEmpty(nodeOf(value, "right")) ? nodeOf(value, "left") : value;
  const key = left ? readKey(unwrap(left), names) : null;
  return typeof key === "string" ? key : null;
}

function isEmpty(node: SyntaxNode | null): boolean {
  return node !== null && (literalText(node) === "" || identifierName(node) === "undefined");
}
