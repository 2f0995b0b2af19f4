import type { Project } from "../project.ts";
import { calleeName, isCall, isFunction, isMember, literalText, unwrap } from "./env.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

const MAX_ROWS = 60;
const MAX_FIELDS = 30;

/** The texts in the fields of one member of a table. Its name in an object is the field "". */
export type Row = ReadonlyMap<string, string>;

/** Returns the members of a list or an object of objects that is written out: `[{ name: "token" }]`, `{ token: { env: "A_TOKEN" } }`. */
export function rowsOf(list: SyntaxNode): Row[] {
  const node = unwrap(list);
  const members: (readonly [string | null, SyntaxNode | null])[] =
    node.type === "ArrayExpression"
      ? nodesOf(node, "elements").map((one) => [null, one])
      : node.type === "ObjectExpression"
        ? nodesOf(node, "properties").map((one) => [keyName(one), nodeOf(one, "value")])
        : [];
  return members.slice(0, MAX_ROWS).flatMap(([name, member]) => {
    const value = member ? unwrap(member) : null;
    if (value?.type !== "ObjectExpression") return [];
    const row = new Map<string, string>(name === null ? [] : [["", name]]);
    for (const property of nodesOf(value, "properties").slice(0, MAX_FIELDS)) {
      const field = keyName(property);
      const text = literalText(nodeOf(property, "value"));
      if (field && text !== null) row.set(field, text);
    }
    return [row];
  });
}

const EACH = /^(forEach|filter|map|flatMap|some|every|find|reduce)$/;

/**
 * Returns the texts that a loop's name has in one field, over the members of a table: `for (const one of TABLE) one.env`,
 * `TABLE.forEach((one) => one.env)`, `for (const { env } of TABLE)`, `for (const [key, one] of Object.entries(TABLE))`. The field "" is the name of a member in an object.
 */
export function tableTexts(name: string, field: string, ancestors: readonly SyntaxNode[], project: Project): string[] {
  for (let index = ancestors.length - 1; index >= 0; index -= 1) {
    const node = ancestors[index];
    const found = node ? loopOf(node, ancestors[index - 1]) : null;
    const names = found?.target?.type === "ArrayPattern" ? nodesOf(found.target, "elements") : [found?.target ?? null];
    const at = names.findIndex((one) => identifierName(one) === name);
    const taken = field === "" ? takenField(names.at(-1) ?? null, name) : null;
    if (!found || (at < 0 && taken === null)) continue;
    const call = unwrap(found.list);
    const isKey = /^Object\.(keys|entries)$/.test(isCall(call) ? (calleeName(call) ?? "") : "") && at === 0;
    if (taken === null && isKey !== (field === "")) return [];
    const written = isCall(call) ? (nodesOf(call, "arguments")[0] ?? call) : call;
    const own = rowsOf(written);
    const rows = own.length > 0 ? own : (project.tables.get(tableName(found.list) ?? "") ?? []);
    return rows.flatMap((row) => row.get(taken ?? field) ?? []);
  }
  return [];
}

/** A field that holds the name of a variable. */
const NAME_FIELD = /^env(?:ironment)?_?(?:var|variable|key|name|var_?name)?$/i;

/**
 * Returns the names that members of any table have in a field that holds variables' names. A function that is handed one member
 * (`process.env[config.envVar]`) does not tell which one.
 */
export function namesInTables(field: string, { tables }: Project): string[] {
  if (!NAME_FIELD.test(field.slice(0, 40))) return [];
  const names = [...tables.values()]
    .slice(0, MAX_TABLES)
    .flatMap((rows) => rows.flatMap((row) => row.get(field) ?? []));
  return [...new Set(names)].slice(0, MAX_ROWS);
}

const MAX_TABLES = 200;

/** The field that a pattern gives a name: "env" for `one` in `{ env: one }`. */
function takenField(pattern: SyntaxNode | null, name: string): string | null {
  const properties = pattern?.type === "ObjectPattern" ? nodesOf(pattern, "properties") : [];
  const property = properties.find((one) => identifierName(nodeOf(one, "value")) === name);
  return property ? keyName(property) : null;
}

function loopOf(
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
): { target: SyntaxNode | null; list: SyntaxNode } | null {
  if (node.type === "ForOfStatement") {
    const left = nodeOf(node, "left");
    const [declared] = left ? nodesOf(left, "declarations").map((one) => nodeOf(one, "id")) : [];
    const list = nodeOf(node, "right");
    return list && { target: declared ?? left, list };
  }
  const callee = isFunction(node) && parent && isCall(parent) ? nodeOf(parent, "callee") : null;
  const list = callee && isMember(callee) && EACH.test(keyName(callee) ?? "") ? nodeOf(callee, "object") : null;
  return list && { target: nodesOf(node, "params")[0] ?? null, list };
}

/** The name of a table over which a loop goes: `TABLE`, `Object.values(TABLE)`, `Object.entries(TABLE)`. */
export function tableName(list: SyntaxNode): string | null {
  const node = unwrap(list);
  const isOfObject = isCall(node) && /^Object\.(values|entries|keys)$/.test(calleeName(node) ?? "");
  return identifierName(isOfObject ? (nodesOf(node, "arguments")[0] ?? null) : node);
}
