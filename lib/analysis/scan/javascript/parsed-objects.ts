import type { Project, SchemaField } from "../project.ts";
import { isCall, isMember, unwrap } from "./env.ts";
import { valueFacts } from "./environment-schemas.ts";
import { shapesIn } from "./schemas.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

const MAX_SCHEMAS = 300;
const MAX_FIELDS = 60;
const MAX_NESTED = 3;
const MAX_CHAIN = 20;

/** Learns the schemas that a file gives a name, so that an object which is checked against one in any file is known to need its fields. */
export function learnNamedSchemas(root: SyntaxNode, project: Project): void {
  const named = new Map<string, SyntaxNode>();
  walk(root, (node) => {
    const name = node.type === "VariableDeclarator" ? identifierName(nodeOf(node, "id")) : null;
    const init = name === null ? null : nodeOf(node, "init");
    if (name && init && named.size < MAX_SCHEMAS) named.set(name, unwrap(init));
  });
  for (const [name, init] of named) {
    const fields = fieldsOfSchema(init, named, 0);
    if (fields.length === 0 || project.schemas.size >= MAX_SCHEMAS) continue;
    // Two schemas of one name say nothing.
    project.schemas.set(name, project.schemas.has(name) ? null : fields);
  }
}

/** Returns the fields that an object has to have which is checked against a schema: `z.object({ … })`, `base.extend({ … })`. */
function fieldsOfSchema(schema: SyntaxNode, named: ReadonlyMap<string, SyntaxNode>, depth: number): SchemaField[] {
  if (depth > MAX_NESTED || hasStep(schema, /^(partial|deepPartial|pick|omit)$/)) return [];
  const found = new Map<string, SchemaField | null>();
  for (const shape of shapesIn(schema, named))
    for (const property of nodesOf(shape, "properties").slice(0, MAX_FIELDS)) {
      const name = keyName(property);
      const value = nodeOf(property, "value");
      // What another object is extended with stands first and counts.
      if (name && value && !found.has(name)) found.set(name, fieldOf(name, unwrap(value), named, depth));
    }
  return [...found.values()].flatMap((field) => field ?? []);
}

function fieldOf(
  name: string,
  schema: SyntaxNode,
  named: ReadonlyMap<string, SyntaxNode>,
  depth: number,
): SchemaField | null {
  if (shapesIn(schema, named).length > 0) {
    const isOptional = hasStep(schema, /^(optional|nullish|nullable|default|catch|prefault|or)$/);
    const fields = isOptional ? [] : fieldsOfSchema(schema, named, depth + 1);
    return fields.length > 0 ? { name, refusesEmpty: true, fields } : null;
  }
  const { isOptional, hasDefault } = valueFacts(schema, named);
  return isOptional || hasDefault ? null : { name, refusesEmpty: hasStep(schema, REFUSING), fields: [] };
}

/** Steps that an empty text does not pass. */
const REFUSING =
  /^(min|nonempty|nonEmpty|minLength|length|url|email|uuid|regex|startsWith|ip|refine|enum|pipe|httpUrl)$/;

/** Returns whether one of the methods in a chain of calls has such a name: `z.string().min(1)`. */
function hasStep(schema: SyntaxNode, method: RegExp): boolean {
  let at: SyntaxNode | null = schema;
  for (let step = 0; at && isCall(at) && step < MAX_CHAIN; step += 1) {
    const callee: SyntaxNode | null = nodeOf(at, "callee");
    if (!callee || !isMember(callee)) return false;
    if (method.test(keyName(callee) ?? "")) return true;
    const object: SyntaxNode | null = nodeOf(callee, "object");
    at = object && unwrap(object);
  }
  return false;
}
