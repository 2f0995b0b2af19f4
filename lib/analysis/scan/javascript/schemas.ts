import { isEnvName } from "../../inputs/input-names.ts";
import type { Input } from "../../spec.ts";
import { anyOf, type Condition, type Needs, needsOf, renamedNeeds } from "../flow.ts";
import type { Project } from "../project.ts";
import { Scope } from "../scope.ts";
import type { Flow } from "../types.ts";
import { isCall, isFunction, isMember, literalText, readKey, unwrap } from "./env.ts";
import { JavaScriptFlow } from "./flow.ts";
import { pathOf } from "./paths.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue, valueAt, walk } from "./syntax.ts";

/** Schemas of a program, and fields of one of them. */
const MAX_SHAPES = 100;
const MAX_FIELDS = 40;
/** Properties of an object that holds variables and nothing else. */
const MAX_CREDENTIALS = 12;

/** The texts of a list that is written out. */
export function textsOf(list: SyntaxNode): string[] {
  return nodesOf(list, "elements").flatMap((one) => stringValue(one) ?? []);
}

/** Returns the object of fields inside `z.object({…}).strict().refine(…)`. */
export function shapeOf(node: SyntaxNode, depth = 0): SyntaxNode | null {
  if (!isCall(node) || depth > 8) return null;
  const callee = nodeOf(node, "callee");
  if (!callee || !isMember(callee)) return null;
  if (OBJECT.test(keyName(callee) ?? "")) {
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
  /** The constant that is its value of its own: "Mode.Token". */
  constant: string | null;
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
    constant: null,
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
      facts.constant ??= pathOf(first ?? null);
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

/** What a field holds, by what its schema says: its variable, or a value of its own. */
function fieldCondition(key: string, facts: SchemaFacts, project: Project): Condition {
  const given: Condition = { kind: "atom", key };
  if (!facts.hasDefault) return given;
  const text = facts.fallback ?? project.texts.get(facts.constant ?? "");
  const isOff = /^(false|0)$/.test(text ?? "");
  return anyOf([given, { kind: "constant", value: !isOff, ...(text !== undefined && { text }) }]);
}

/** A function that checks an object as a whole. */
interface Check {
  step: SyntaxNode;
  /** It refuses an object by what it returns: `refine((it) => it.a || it.b)`. Others add an issue, or throw. */
  isPredicate: boolean;
}

/** The objects of fields of a schema, with the functions that check them together. */
interface Checked {
  shapes: SyntaxNode[];
  checks: Check[];
}

/**
 * Collects the functions that check objects as a whole, with the objects of fields that they check:
 * `z.object({…}).refine((it) => it.a || it.b)`, `base.extend({…}).superRefine((it, context) => …)`, `.transform((it, context) => …)`.
 */
function collectChecks(root: SyntaxNode): Checked[] {
  const found = new Map<SyntaxNode, Checked>();
  const named = new Map<string, SyntaxNode>();
  walk(root, (node) => {
    const name = node.type === "VariableDeclarator" ? identifierName(nodeOf(node, "id")) : null;
    const init = name === null ? null : nodeOf(node, "init");
    if (name && init && named.size < MAX_NAMED) named.set(name, init);
  });
  walk(root, (node) => {
    const callee = isCall(node) ? nodeOf(node, "callee") : null;
    const method = callee && isMember(callee) ? (keyName(callee) ?? "") : "";
    const object = /^(refine|superRefine|check|transform)$/.test(method) ? nodeOf(callee ?? node, "object") : null;
    const [step] = nodesOf(node, "arguments");
    const shapes = object && step && isFunction(step) ? shapesIn(object, named) : [];
    const [first] = shapes;
    if (!step || !first) return;
    const known = found.get(first) ?? { shapes, checks: [] };
    known.checks.push({ step, isPredicate: method === "refine" });
    found.set(first, known);
  });
  return [...found.values()];
}

const MAX_NAMED = 500;
const MAX_STEPS = 12;

/** The objects of fields that a schema is made of, the last one first. */
export function shapesIn(schema: SyntaxNode, named: ReadonlyMap<string, SyntaxNode>, step = 0): SyntaxNode[] {
  const node = unwrap(schema);
  if (step > MAX_STEPS) return [];
  const known = named.get(identifierName(node) ?? "");
  if (known) return shapesIn(known, named, step + 1);
  const callee = isCall(node) ? nodeOf(node, "callee") : null;
  const object = callee && isMember(callee) ? nodeOf(callee, "object") : null;
  if (!callee || !object) return [];
  const [first] = nodesOf(node, "arguments");
  if (OBJECT.test(keyName(callee) ?? "")) return first?.type === "ObjectExpression" ? [first] : [];
  const isJoined = first !== undefined && MERGING.test(keyName(callee) ?? "");
  const added = isJoined ? (first.type === "ObjectExpression" ? [first] : shapesIn(first, named, step + 1)) : [];
  return [...added, ...shapesIn(object, named, step + 1)].slice(0, MAX_STEPS);
}

const OBJECT = /^(object|strictObject|looseObject|Object|Struct)$/;
/** Methods that add the fields of another object. */
export const MERGING = /^(merge|extend|safeExtend|and|concat)$/;

/** What a check needs of the fields in order to pass, each under its own name. */
function needsOfCheck({ step, isPredicate }: Check, fields: ReadonlyMap<string, Condition>, project: Project): Needs {
  const [parameter, context] = nodesOf(step, "params");
  const body = nodeOf(step, "body");
  const scope = new Scope(null);
  const name = identifierName(parameter ?? null);
  for (const [field, held] of fields) {
    // `({ a, b }) => …` or `(it) => it.a`
    if (parameter?.type === "ObjectPattern") scope.bind(boundTo(parameter, field), held);
    else if (name) for (const path of [`${name}.${field}`, `${name}.value.${field}`]) scope.bind(path, held);
  }
  if (!body) return [[]];
  const flow = new JavaScriptFlow(project, new Set());
  flow.issues = `${identifierName(context ?? parameter ?? null)}.issues`;
  flow.isEmptyFailure = isPredicate;
  if (body.type === "BlockStatement") return needsOf(flow.lower(nodesOf(body, "body"), scope));
  return isPredicate ? needsOf([{ kind: "demand", condition: flow.condition(body, scope) }]) : [[]];
}

/** The name under which a pattern takes a field: "mode" for `{ A_MODE: mode }`. */
function boundTo(pattern: SyntaxNode, field: string): string {
  const property = nodesOf(pattern, "properties").find((one) => keyName(one) === field);
  return identifierName(property ? nodeOf(property, "value") : null) ?? field;
}

/** Learns the schemas of a file: which fields each has, which of them may be left out, and what is checked of them together. */
export function learnShapes(root: SyntaxNode, project: Project): void {
  const checked = new Map(
    collectChecks(root).flatMap(({ shapes: [shape, ...others], checks }) =>
      shape && others.length === 0 ? [[shape, checks] as const] : [],
    ),
  );
  walk(root, (node) => {
    if (project.shapes.length >= MAX_SHAPES || !isCall(node)) return;
    const callee = nodeOf(node, "callee");
    if (!callee || !isMember(callee) || !/^(object|strictObject|looseObject)$/.test(keyName(callee) ?? "")) return;
    const [shape] = nodesOf(node, "arguments");
    const properties = shape?.type === "ObjectExpression" ? nodesOf(shape, "properties") : [];
    if (!shape || properties.length < 2 || properties.length > MAX_FIELDS) return;
    const fields = factsOf(shape);
    const held = heldOf(fields, project);
    const needs = (checked.get(shape) ?? []).map((check) => needsOfCheck(check, held, project));
    project.shapes.push({
      fields: new Map([...fields].map(([key, { isOptional }]) => [key, isOptional])),
      checks: needs,
    });
  });
}

function factsOf(shape: SyntaxNode): Map<string, SchemaFacts> {
  return new Map(
    nodesOf(shape, "properties").flatMap((property) => {
      const key = keyName(property);
      const schema = nodeOf(property, "value");
      return key && schema ? [[key, schemaFacts(schema)] as const] : [];
    }),
  );
}

function heldOf(fields: ReadonlyMap<string, SchemaFacts>, project: Project): Map<string, Condition> {
  return new Map([...fields].map(([key, facts]) => [key, fieldCondition(key, facts, project)]));
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
    // What a schema is asked about may turn out not to be there.
    if (isCall(node) && keyName(nodeOf(node, "callee") ?? node) === "safeParse")
      for (const argument of nodesOf(node, "arguments")) nested.add(argument);
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
  return collectChecks(root).flatMap(({ shapes, checks }) => {
    const fields = new Map(shapes.toReversed().flatMap((shape) => [...factsOf(shape)]));
    if (fields.size === 0 || fields.size > MAX_CHECKED || ![...fields.keys()].every(isEnvName)) return [];
    const held = heldOf(fields, project);
    return flowsOfShape(
      path,
      checks.map((check) => needsOfCheck(check, held, project)),
    );
  });
}

/** Variables that a schema of the environment has. */
const MAX_CHECKED = 120;

function flowsOfShape(path: string, all: readonly Needs[]): Flow[] {
  return all
    .filter((needs) => needs.length > 0 && needs.every((branch) => branch.length > 0))
    .map((needs) => ({ path, name: null, isHandler: false, isHosting: false, needs, calls: [] }));
}

/** Puts variables in the place of the fields that hold them. Needs with a field that none holds say nothing. */
function renamed(checks: readonly Needs[], fields: ReadonlyMap<string, string>): Needs[] {
  return checks.flatMap((needs) => {
    const ofVariables = renamedNeeds(needs, fields);
    return ofVariables ? [ofVariables] : [];
  });
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
