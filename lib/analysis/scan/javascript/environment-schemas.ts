import type { TextFile } from "../../fetch/files.ts";
import { isEnvName } from "../../inputs/input-names.ts";
import { anyOf, type Condition } from "../flow.ts";
import { atom, noteField, type Project } from "../project.ts";
import type { Read, ScanResult } from "../types.ts";
import { calleeName, isCall, isEnvironment, isMember, unwrap } from "./env.ts";
import { type SchemaFacts, schemaFacts, shapeOf, valueAt } from "./schemas.ts";
import { identifierName, keyName, lineOf, nodeOf, nodesOf, type SyntaxNode, stringValue, walk } from "./syntax.ts";

/** Learns what the fields of a checked environment hold: `const env = schema.parse(process.env)`, then `env.API_KEY`. */
export function learnSchemas(root: SyntaxNode, environment: ReadonlySet<string>, project: Project): void {
  for (const shape of environmentSchemas(root, environment))
    for (const { key, hasDefault, fallback } of fieldsOf(shape)) {
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
export function environmentSchemas(root: SyntaxNode, environment: ReadonlySet<string>): SyntaxNode[] {
  const named = new Map<string, SyntaxNode>();
  const objects = new Set<SyntaxNode>();
  walk(root, (node) => {
    const id = node.type === "VariableDeclarator" ? identifierName(nodeOf(node, "id")) : null;
    const init = node.type === "VariableDeclarator" ? nodeOf(node, "init") : null;
    const shape = init ? anyShape(init) : null;
    if (id && shape) named.set(id, shape);
    // A schema that is named for the environment, and has variables only, may be checked in ways that are not followed.
    if (id && shape && /env/i.test(id) && isOfVariables(shape)) objects.add(shape);
  });
  const shapeAt = (node: SyntaxNode | null) =>
    (node && (anyShape(node) ?? named.get(identifierName(node) ?? ""))) ?? null;
  walk(root, (node) => {
    if (!isCall(node)) return;
    const name = calleeName(node) ?? "";
    const args = nodesOf(node, "arguments");
    const callee = nodeOf(node, "callee");
    // `schema.parse(process.env)`, `v.parse(schema, process.env)`, `schema(process.env)`
    const isCheck = CHECKS.test(name) || named.has(name);
    if (isCheck && callee && args.slice(0, 3).some((one) => isEnvironment(one, environment))) {
      const targets = [isMember(callee) ? nodeOf(callee, "object") : callee, ...args];
      const shape = targets.map(shapeAt).find((one) => one !== null);
      if (shape) objects.add(shape);
    } else if (/^(cleanEnv|envsafe)$/.test(name)) {
      const shape = args.find((one) => one.type === "ObjectExpression");
      if (shape) objects.add(shape);
    } else if (name === "createEnv" && args[0]?.type === "ObjectExpression") {
      const server = valueAt(args[0], "server");
      if (server?.type === "ObjectExpression") objects.add(server);
    }
  });
  return [...objects];
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
function fieldsOf(shape: SyntaxNode): Field[] {
  return nodesOf(shape, "properties").flatMap((property): Field[] => {
    const written = keyName(property) ?? "";
    const key = written.replace(/\?$/, "");
    const schema = nodeOf(property, "value");
    if (!schema || !isEnvName(key)) return [];
    const text = stringValue(schema);
    const facts = text === null ? schemaFacts(schema) : typeFacts(text);
    return [{ ...facts, key, line: lineOf(property), isOptional: facts.isOptional || written.endsWith("?") }];
  });
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
    type: /boolean/.test(type) ? "boolean" : known,
    choices: null,
    description: null,
  };
}

function isOfVariables(shape: SyntaxNode): boolean {
  const keys = nodesOf(shape, "properties").map((one) => keyName(one) ?? "");
  return keys.length > 0 && keys.every((key) => isEnvName(key) && key.includes("_"));
}

/** Adds what a schema of the environment says: its variables, and those that it demands. */
export function addSchema(shape: SyntaxNode, file: TextFile, result: ScanResult): void {
  const demanded: string[] = [];
  for (const { key, line, isOptional, fallback, type, choices, description } of fieldsOf(shape)) {
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
    };
    result.reads.push(read);
    if (!isOptional && fallback === null) demanded.push(key);
  }
  if (demanded.length > 0 && demanded.length <= 16) {
    result.flows.push({
      path: file.path,
      name: null,
      isHandler: false,
      isHosting: false,
      needs: [demanded],
      calls: [],
    });
  }
}
