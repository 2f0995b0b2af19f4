import type { InputFinding } from "../../inputs/findings.ts";
import { calleeName, isCall, isMember, isNothing, unwrap } from "./env.ts";
import { returnedFrom } from "./environment-functions.ts";
import { functionsOf } from "./learn.ts";
import { type OwnFlags, parsedBy } from "./own-flags.ts";
import { pathOf } from "./paths.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, walk } from "./syntax.ts";

/** The flags that functions return, by the function's name and the field that holds a flag's value. Null where two functions have a name. */
export type ParsedResults = Map<string, ReadonlyMap<string, string> | null>;

const MAX_RESULTS = 100;
const MAX_FIELDS = 60;
const MAX_PATHS = 2_000;

/**
 * Learns the functions that return what they made of the command line: `function readOptions() { const { values } = parseArgs(…); return {
 * url: values.url ?? "" }; }`, `const getOptions = () => program.parse().opts()`.
 *
 * @param own the flags of the file, with the names that hold them
 * @param declared options that the file declares with a library
 */
export function learnParsedResults(
  root: SyntaxNode,
  own: OwnFlags,
  declared: readonly InputFinding[],
  results: ParsedResults,
): void {
  if (declared.length === 0 && own.paths.size === 0) return;
  for (const { node, name } of functionsOf(root)) {
    if (!name || results.size >= MAX_RESULTS) continue;
    const fields = new Map<string, string>();
    const body = nodeOf(node, "body");
    for (const returned of body ? returnedFrom(body) : []) addFields(unwrap(returned), own, declared, fields);
    if (fields.size > 0) results.set(name, results.has(name) ? null : fields);
  }
}

/** Returns the names that hold a flag's value in a file because a function returned it: "options.url" for `const options = readOptions()`. */
export function pathsOfResults(root: SyntaxNode, results: ParsedResults): Map<string, string> {
  const paths = new Map<string, string>();
  if (results.size === 0) return paths;
  walk(root, (node) => {
    const isDeclared = node.type === "VariableDeclarator";
    if (paths.size >= MAX_PATHS) return;
    if (!isDeclared && node.type !== "AssignmentExpression") return;
    const target = nodeOf(node, isDeclared ? "id" : "left");
    const fields = resultOf(nodeOf(node, isDeclared ? "init" : "right"), results);
    if (!target || !fields) return;
    const name = pathOf(target);
    for (const [field, flag] of name === null ? [] : fields) paths.set(`${name}.${field}`, flag);
    for (const property of target.type === "ObjectPattern" ? nodesOf(target, "properties") : []) {
      const flag = fields.get(keyName(property) ?? "");
      const bound = identifierName(nodeOf(property, "value"));
      if (flag && bound) paths.set(bound, flag);
    }
  });
  return paths;
}

function resultOf(value: SyntaxNode | null, results: ParsedResults): ReadonlyMap<string, string> | null {
  const inner = value && unwrap(value);
  const call = inner?.type === "AwaitExpression" ? nodeOf(inner, "argument") : inner;
  return call && isCall(call) ? (results.get(calleeName(call) ?? "") ?? null) : null;
}

function addFields(
  returned: SyntaxNode,
  own: OwnFlags,
  declared: readonly InputFinding[],
  fields: Map<string, string>,
): void {
  const path = pathOf(returned) ?? "";
  if (parsedBy(returned) !== null || own.parsed.has(path.replace(/\.(values|options)$/, "")))
    for (const { key } of declared.slice(0, MAX_FIELDS)) {
      const name = key.replace(/^-+/, "");
      fields.set(name, key);
      fields.set(
        name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
        key,
      );
    }
  for (const [known, flag] of path === "" ? [] : own.paths)
    if (known.startsWith(`${path}.`)) fields.set(known.slice(path.length + 1), flag);
  for (const property of returned.type === "ObjectExpression" ? nodesOf(returned, "properties") : []) {
    const field = keyName(property);
    const value = nodeOf(property, "value");
    const flag = field && value ? own.paths.get(heldPath(value)) : undefined;
    if (field && flag && fields.size < MAX_FIELDS) fields.set(field, flag);
  }
}

/** The name behind a value that is itself or nothing: `values.url`, `values.url || ""`, `values.url ?? undefined`. */
function heldPath(value: SyntaxNode): string {
  const inner = unwrap(value);
  const right = inner.type === "LogicalExpression" && inner.operator !== "&&" ? nodeOf(inner, "right") : null;
  const left = right && isNothing(right) ? nodeOf(inner, "left") : null;
  const held = unwrap(left ?? inner);
  return isMember(held) || held.type === "Identifier" ? (pathOf(held) ?? "") : "";
}
