import type { TextFile } from "../../fetch/files.ts";
import { isEnvName } from "../../inputs/input-names.ts";
import { anyOf, type Condition, type Needs } from "../flow.ts";
import { atom, noteField, type Project } from "../project.ts";
import type { Read, ScanResult } from "../types.ts";
import { calleeName, isCall, isEnvironment, isMember, unwrap } from "./env.ts";
import { MERGING, rootName, type SchemaFacts, schemaFacts, shapeOf } from "./schemas.ts";
import {
  identifierName,
  keyName,
  lineOf,
  nodeOf,
  nodesOf,
  type SyntaxNode,
  stringValue,
  valueAt,
  walk,
} from "./syntax.ts";

/** An object of fields that the environment is checked against. */
export interface EnvironmentSchema {
  shape: SyntaxNode;
  /** All of its fields may be left out. */
  isPartial: boolean;
  /** Schemas of single values, by the names that the file gives them. */
  values: ReadonlyMap<string, SyntaxNode>;
  /** It is part of one of several objects, of which the environment has to be one. */
  way?: { union: SyntaxNode; at: number };
}

/** Learns what the fields of a checked environment hold: `const env = schema.parse(process.env)`, then `env.API_KEY`. */
export function learnSchemas(root: SyntaxNode, environment: ReadonlySet<string>, project: Project): void {
  for (const schema of environmentSchemas(root, environment))
    for (const { key, hasDefault, fallback } of fieldsOf(schema, project)) {
      // A default that is worked out may be anything.
      if (hasDefault && fallback === null) continue;
      const own: Condition[] = fallback === null ? [] : [{ kind: "constant", value: true, text: fallback }];
      noteField(project, key, anyOf([atom(key), ...own]));
    }
}

/** Methods that check a value: of zod, valibot, arktype, Joi, yup, TypeBox and superstruct. */
const CHECKS =
  /^\.?(parse|safeParse|parseAsync|safeParseAsync|validate|validateSync|validateAsync|attempt|assert|create|decode|Parse|Decode|Assert|cast|from)$/;

/** Returns the objects of fields, of schemas too, that something checks against the environment. */
export function environmentSchemas(root: SyntaxNode, environment: ReadonlySet<string>): EnvironmentSchema[] {
  const named = new Map<string, EnvironmentSchema[]>();
  const objects = new Map<SyntaxNode, EnvironmentSchema>();
  const values = new Map<string, SyntaxNode>();
  const add = (schema: EnvironmentSchema) => objects.set(schema.shape, schema);
  const addShape = (shape: SyntaxNode | undefined) => (shape ? add({ shape, isPartial: false, values }) : undefined);
  const shapesAt = (node: SyntaxNode | null) => (node ? shapesOf(node, named, values) : []);
  walk(root, (node) => {
    const id = node.type === "VariableDeclarator" ? identifierName(nodeOf(node, "id")) : null;
    const init = node.type === "VariableDeclarator" ? nodeOf(node, "init") : null;
    const shapes = shapesAt(init);
    if (id && init && shapes.length === 0 && values.size < MAX_VALUES) values.set(id, toValue(init));
    if (!id || shapes.length === 0) return;
    named.set(id, shapes);
    // A schema that is named for the environment, or is large, and has variables only, may be checked in ways that are not followed.
    for (const one of shapes)
      if (isOfVariables(one.shape) && (/env/i.test(id) || nodesOf(one.shape, "properties").length >= MANY)) add(one);
  });
  walk(root, (node) => {
    if (!isCall(node)) return;
    const name = calleeName(node) ?? "";
    const args = nodesOf(node, "arguments");
    const callee = nodeOf(node, "callee");
    // `schema.parse(process.env)`, `v.parse(schema, process.env)`, `schema(process.env)`
    const isCheck = CHECKS.test(name) || named.has(name);
    if (isCheck && callee && args.slice(0, 3).some((one) => isEnvironment(one, environment))) {
      const targets = [isMember(callee) ? nodeOf(callee, "object") : callee, ...args];
      const shapes = targets.map(shapesAt).find((one) => one.length > 0) ?? [];
      for (const one of shapes) add(one);
    } else if (/^\.?(cleanEnv|envsafe|parseEnv)$/.test(name)) {
      addShape(args.find((one) => one.type === "ObjectExpression"));
    } else if (name === "createEnv" && args[0]?.type === "ObjectExpression") {
      const server = valueAt(args[0], "server");
      if (server?.type === "ObjectExpression") addShape(server);
    }
  });
  return [...objects.values()];
}

/** Variables that no object but a schema of the environment has. */
const MANY = 3;
const MAX_MERGED = 12;

/** The objects of fields that a schema is made of: `base.merge(other)`, `base.extend({ … })`, `base.partial()`. */
function shapesOf(
  schema: SyntaxNode,
  named: ReadonlyMap<string, EnvironmentSchema[]>,
  values: ReadonlyMap<string, SyntaxNode>,
  depth = 0,
): EnvironmentSchema[] {
  const node = unwrap(schema);
  const known = named.get(identifierName(node) ?? "");
  if (known || depth > MAX_MERGED) return known ?? [];
  const callee = isCall(node) ? nodeOf(node, "callee") : null;
  const object = callee && isMember(callee) ? nodeOf(callee, "object") : null;
  const inner = object ? shapesOf(object, named, values, depth + 1) : [];
  const method = callee ? (keyName(callee) ?? identifierName(callee) ?? "") : "";
  const members = membersOf(node, method, inner.length > 0 ? object : null);
  if (members.length > 0) {
    const isUnion = !/^(intersection|intersect)$/.test(method);
    return members
      .flatMap((member, at) => {
        const shapes = shapesOf(member, named, values, depth + 1);
        return isUnion ? shapes.map((one) => ({ ...one, way: { union: node, at } })) : shapes;
      })
      .slice(0, MAX_UNITED);
  }
  if (inner.length === 0) {
    const shape = anyShape(node);
    return shape ? [{ shape, isPartial: false, values }] : [];
  }
  if (/^(partial|deepPartial)$/.test(method)) return inner.map((one) => ({ ...one, isPartial: true }));
  const [other] = MERGING.test(method) ? nodesOf(node, "arguments") : [];
  const isWritten = other?.type === "ObjectExpression";
  const added = isWritten
    ? [{ shape: other, isPartial: false, values }]
    : other
      ? shapesOf(other, named, values, depth + 1)
      : [];
  return [...inner, ...added].slice(0, MAX_MERGED);
}

/** Objects of which one has to fit. */
const MAX_UNITED = 24;

/**
 * The schemas of which another one is made: `z.union([a, b])`, `z.discriminatedUnion("KEY", [a, b])`, `v.variant("KEY", [a, b])`, `a.or(b)`,
 * `z.intersection(a, b)`.
 *
 * @param first the schema on which a method is called
 */
function membersOf(node: SyntaxNode, method: string, first: SyntaxNode | null): SyntaxNode[] {
  const args = isCall(node) ? nodesOf(node, "arguments") : [];
  if (first && method === "or") return [first, ...args.slice(0, 1)];
  if (first || !/^(union|discriminatedUnion|variant|xor|intersection|intersect)$/.test(method)) return [];
  const list = args.find((one) => one.type === "ArrayExpression");
  return list ? nodesOf(list, "elements") : args;
}

/** The object of fields of a schema; arktype's is `type({ KEY: "string" })`. */
function anyShape(schema: SyntaxNode): SyntaxNode | null {
  const node = unwrap(schema);
  const [first] = isCall(node) && calleeName(node) === "type" ? nodesOf(node, "arguments") : [];
  return first?.type === "ObjectExpression" ? first : shapeOf(node);
}

interface Field extends SchemaFacts {
  key: string;
  line: number;
}

/** The variables of a schema, with what it says of each. */
function fieldsOf({ shape, isPartial, values }: EnvironmentSchema, project: Project): Field[] {
  return nodesOf(shape, "properties").flatMap((property): Field[] => {
    const written = keyName(property) ?? "";
    const key = written.replace(/\?$/, "");
    const schema = nodeOf(property, "value");
    if (!schema || !isEnvName(key)) return [];
    const text = stringValue(schema);
    const facts = text === null ? valueFacts(schema, values) : typeFacts(text);
    const fallback = facts.fallback ?? project.texts.get(facts.constant ?? "") ?? null;
    return [
      {
        ...facts,
        fallback,
        key,
        line: lineOf(property),
        isOptional: facts.isOptional || isPartial || written.endsWith("?"),
      },
    ];
  });
}

const MAX_VALUES = 500;
const MAX_NAMED = 4;
/** What schemas are made with: modules by their usual names, and the validators of envalid. */
const LIBRARY =
  /^(z|zod|v|valibot|joi|yup|t|s|type|schema|coerce|envalid|str|bool|num|email|host|port|url|json|string|number|boolean|makeValidator)$/i;

/** The value of a name: of a function, what it returns at once. */
function toValue(init: SyntaxNode): SyntaxNode {
  const node = unwrap(init);
  const body = node.type === "ArrowFunctionExpression" ? nodeOf(node, "body") : null;
  return body && body.type !== "BlockStatement" ? unwrap(body) : node;
}

/** What is known of schemas: many fields may share one that is long. */
const knownFacts = new WeakMap<SyntaxNode, SchemaFacts>();

/** What a field's schema says, which may have a name of its own: `API_KEY: optionalString`. One that is not known demands nothing. */
export function valueFacts(schema: SyntaxNode, values: ReadonlyMap<string, SyntaxNode>, depth = 0): SchemaFacts {
  const facts = knownFacts.get(schema) ?? schemaFacts(schema);
  knownFacts.set(schema, facts);
  const root = rootName(unwrap(schema)) ?? "";
  const named = depth < MAX_NAMED ? values.get(root) : undefined;
  if (!named) return LIBRARY.test(root) ? facts : { ...facts, isOptional: true, hasDefault: true };
  const inner = valueFacts(named, values, depth + 1);
  return {
    isOptional: facts.isOptional || inner.isOptional,
    hasDefault: facts.hasDefault || inner.hasDefault,
    fallback: facts.fallback ?? inner.fallback,
    constant: facts.constant ?? inner.constant,
    type: facts.type ?? inner.type,
    choices: facts.choices ?? inner.choices,
    description: facts.description ?? inner.description,
  };
}

/** What a type of arktype says: "string", "string.url", "number = 5". */
function typeFacts(text: string): SchemaFacts {
  const [type = "", fallback] = text
    .slice(0, 300)
    .split("=", 2)
    .map((part) => part.trim());
  const own = fallback === undefined ? null : fallback.replace(/^["']|["']$/g, "");
  const isOptional = own !== null || /\b(undefined|null)\b/.test(type);
  const known = /\burl\b/.test(type) ? "url" : /number|integer/.test(type) ? "number" : null;
  return {
    isOptional,
    hasDefault: own !== null,
    fallback: own || null,
    constant: null,
    type: /boolean/.test(type) ? "boolean" : known,
    choices: null,
    description: null,
  };
}

function isOfVariables(shape: SyntaxNode): boolean {
  const keys = nodesOf(shape, "properties").map((one) => keyName(one) ?? "");
  return keys.length > 0 && keys.every((key) => isEnvName(key) && key.includes("_"));
}

/** Adds what the schemas of a file's environment say: their variables, and those that they demand. */
export function addSchemas(
  schemas: readonly EnvironmentSchema[],
  file: TextFile,
  result: ScanResult,
  project: Project,
): void {
  const ways = new Map<SyntaxNode, Map<number, string[]>>();
  for (const schema of schemas) {
    const demanded = addReads(schema, file, result, project);
    if (schema.way) {
      const { union, at } = schema.way;
      const known = ways.get(union) ?? new Map<number, string[]>();
      ways.set(union, known.set(at, [...(known.get(at) ?? []), ...demanded]));
    } else addDemands([demanded], file, result);
  }
  for (const way of ways.values()) addDemands([...way.values()], file, result);
}

function addDemands(needs: Needs, { path }: TextFile, result: ScanResult): void {
  if (needs.every((branch) => branch.length > 0 && branch.length <= 16))
    result.flows.push({ path, name: null, isHandler: false, isHosting: false, needs, calls: [] });
}

/** Adds the variables of a schema. Returns those that it demands. */
function addReads(schema: EnvironmentSchema, file: TextFile, result: ScanResult, project: Project): string[] {
  const demanded: string[] = [];
  for (const { key, line, isOptional, fallback, type, choices, description } of fieldsOf(schema, project)) {
    const read: Read = {
      key,
      path: file.path,
      line,
      fallback: fallback !== null ? "literal" : isOptional ? "computed" : "none",
      value: fallback,
      isHosting: false,
      comment: null,
      type,
      choices,
      description,
      isMandatory: !schema.way && !isOptional && fallback === null,
    };
    result.reads.push(read);
    if (!isOptional && fallback === null) demanded.push(key);
  }
  return demanded;
}
