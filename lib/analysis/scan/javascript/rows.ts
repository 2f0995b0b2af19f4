import type { Project } from "../project.ts";
import { calleeName, isCall, isMember, unwrap } from "./env.ts";
import { identifierName, isNode, keyName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";
import { type Row, rowsOf, tableName } from "./tables.ts";

/** Returns the members of a list of objects over which a loop goes, which is written here or has a name: `TABLE`, `Object.entries(TABLE)`. */
export function rowsIn(list: SyntaxNode, project: Project): Row[] {
  const call = unwrap(list);
  const isOfObject = isCall(call) && /^Object\.(values|entries)$/.test(calleeName(call) ?? "");
  const written = isOfObject ? nodesOf(call, "arguments")[0] : call;
  const own = written ? rowsOf(written) : [];
  return own.length > 0 ? own : [...(project.tables.get(tableName(list) ?? "") ?? [])];
}

/**
 * A copy of what stands in a loop over objects, for one of them: `one.required` is true, and `one.env` the name of a variable.
 *
 * @param target what the loop calls its member: a name, `{ env, required }`, or `[name, one]`
 * @param fields fields that any of the members has
 */
export function withRow(body: SyntaxNode, target: SyntaxNode, row: Row, fields: ReadonlySet<string>): SyntaxNode {
  const texts = new Map<string, string | null>();
  const members = new Set<string>();
  const take = (pattern: SyntaxNode) => {
    const name = identifierName(pattern);
    if (name) members.add(name);
    for (const property of pattern.type === "ObjectPattern" ? nodesOf(pattern, "properties") : []) {
      const field = keyName(property);
      const value = nodeOf(property, "value");
      const local = identifierName(value?.type === "AssignmentPattern" ? nodeOf(value, "left") : value);
      if (field && local && fields.has(field)) texts.set(local, row.get(field) ?? null);
    }
  };
  if (target.type === "ArrayPattern") {
    const [key, member] = nodesOf(target, "elements");
    const name = identifierName(key ?? null);
    if (name) texts.set(name, row.get("") ?? null);
    if (member) take(member);
  } else take(target);
  const copyOf = (node: SyntaxNode): SyntaxNode => {
    const name = identifierName(node);
    const own = name === null ? undefined : texts.get(name);
    if (own !== undefined) return literal(own, node);
    const owner = isMember(node) ? identifierName(nodeOf(node, "object")) : null;
    const field = owner !== null && members.has(owner) ? keyName(node) : null;
    if (field !== null && fields.has(field)) return literal(row.get(field) ?? null, node);
    const copy: SyntaxNode = { ...node };
    for (const [part, value] of Object.entries(node)) {
      const isName = (part === "property" || part === "key") && node.computed !== true;
      if (part === "loc" || isName) continue;
      if (Array.isArray(value)) copy[part] = value.map((one: unknown) => (isNode(one) ? copyOf(one) : one));
      else if (isNode(value)) copy[part] = copyOf(value);
    }
    return copy;
  };
  return copyOf(body);
}

/** Returns the fields of which the members of a list have texts, numbers or switches. */
export function fieldsOfRows(rows: readonly Row[]): Set<string> {
  return new Set(rows.flatMap((row) => [...row.keys()]));
}

function literal(text: string | null, { start, end }: SyntaxNode): SyntaxNode {
  if (text === null) return { type: "Identifier", name: "undefined", start, end };
  if (text === "true" || text === "false") return { type: "BooleanLiteral", value: text === "true", start, end };
  return { type: "StringLiteral", value: text, start, end };
}
