import type { InputFinding } from "../../inputs/findings.ts";
import { calleeName, isCall, isMember, literalText, unwrap } from "./env.ts";
import { pathOf } from "./paths.ts";
import { firstArgumentAt, positionRead, readPositions } from "./positions.ts";
import { identifierName, keyName, lineOf, nodeOf, type SyntaxNode, walk } from "./syntax.ts";

/** What parsers call the arguments that belong to no option. */
const POSITIONALS = /^(positionals?|positionalArgs|positional_args|_)$/;
/** Methods that take a list of any length and give one. */
const LISTS = /^\.(map|filter|flatMap|slice)$/;
/** Constants that are named for what they are there for, and what every machine has. */
const FALLBACK = /^default|_DEFAULT$|^(?:cwd|homedir|os\.\w{1,20}|path\.\w{1,20})$/i;

/**
 * Finds the positions that a file can do without: it has a value of its own in their place, or it goes on with an empty list. They say
 * that an argument that documentation shows may be left out, and none is asked for because of them.
 */
export function sparedPositions(root: SyntaxNode, path: string, names: ReadonlySet<string>): InputFinding[] {
  const found = new Map<string, InputFinding>();
  const spare = (key: string | null, node: SyntaxNode) => {
    const where = `${path}:${lineOf(node)}`;
    if (key !== null && !found.has(key))
      found.set(key, {
        key,
        target: "arg",
        evidence: "mentioned",
        required: false,
        provenance: { from: "source", where },
      });
  };
  const lists = listNames(root, names);
  const empty = { provided: null as SyntaxNode | null, isRefused: false };
  walk(root, (node) => {
    if (node.type === "LogicalExpression") spare(positionWithDefault(node, names), node);
    else if (node.type === "IfStatement" && testsEmpty(nodeOf(node, "test"), lists)) {
      const arm = nodeOf(node, "consequent");
      if (!arm || fails(arm)) empty.isRefused = true;
      else empty.provided ??= node;
    }
  });
  if (empty.provided && !empty.isRefused) spare("position 0", empty.provided);
  // Whatever stands before an argument without a value of its own has to be given all the same.
  const needed = readPositions(root, path, names).filter(({ key }) => !found.has(key));
  const last = Math.max(-1, ...needed.map(({ key }) => orderOf(key)));
  return [...found.values()].filter(({ key }) => orderOf(key) > last);
}

function orderOf(key: string): number {
  return Number(key.slice("position ".length));
}

/** The position of `process.argv[2] || "./data"`, also where a variable stands between them. Null for another expression. */
function positionWithDefault(node: SyntaxNode, names: ReadonlySet<string>): string | null {
  let first: SyntaxNode = node;
  for (let depth = 0; first.type === "LogicalExpression" && depth < 6; depth += 1) {
    if (!/^(\|\||\?\?)$/.test(String(first.operator))) return null;
    const left = nodeOf(first, "left");
    if (!left) return null;
    first = unwrap(left);
  }
  const last = nodeOf(node, "right");
  const key = positionRead(first, names) ?? positionalRead(first);
  return key !== null && last && isOwnValue(unwrap(last)) ? key : null;
}

/** `positionals[0]`, `argv._[0]`: of what a parser has left over. */
function positionalRead(node: SyntaxNode): string | null {
  const list = isMember(node) && node.computed === true ? nodeOf(node, "object") : null;
  const name = list ? (identifierName(list) ?? keyName(list) ?? "") : "";
  const index = nodeOf(node, "property");
  const isOf = POSITIONALS.test(name) && index?.type === "NumericLiteral" && typeof index.value === "number";
  return isOf && Number(index.value) < 8 ? `position ${index.value}` : null;
}

/** A text, or what every machine has. What a function of the program gives may as well end it. */
function isOwnValue(node: SyntaxNode): boolean {
  const text = literalText(node);
  if (text !== null) return !/^(|null|undefined|false)$/.test(text);
  if (node.type === "TemplateLiteral") return true;
  const name = pathOf(isCall(node) ? nodeOf(node, "callee") : node) ?? "";
  return FALLBACK.test(name.slice(name.startsWith("os.") || name.startsWith("path.") ? 0 : name.lastIndexOf(".") + 1));
}

/** Names of the lists of all arguments, and of those that are made of one: `const folders = args.map(…)`. */
function listNames(root: SyntaxNode, names: ReadonlySet<string>): Set<string> {
  const lists = new Set(names);
  walk(root, (node) => {
    const name = node.type === "VariableDeclarator" ? identifierName(nodeOf(node, "id")) : null;
    const call = name === null ? null : nodeOf(node, "init");
    const made = call ? unwrap(call) : null;
    const callee = made && isCall(made) && LISTS.test(calleeName(made) ?? "") ? nodeOf(made, "callee") : null;
    const list = callee ? nodeOf(callee, "object") : null;
    if (name !== null && list && (lists.has(identifierName(list) ?? "") || firstArgumentAt(list, names) === 0))
      lists.add(name);
  });
  return lists;
}

/** `folders.length === 0`, `!folders.length`, `folders.length < 1` */
function testsEmpty(test: SyntaxNode | null, lists: ReadonlySet<string>): boolean {
  if (!test) return false;
  const isLength = (node: SyntaxNode | null) =>
    node !== null &&
    isMember(node) &&
    keyName(node) === "length" &&
    lists.has(identifierName(nodeOf(node, "object")) ?? "");
  if (test.type === "UnaryExpression") return test.operator === "!" && isLength(nodeOf(test, "argument"));
  if (test.type !== "BinaryExpression" || !isLength(nodeOf(test, "left"))) return false;
  const compared = `${String(test.operator)}${literalText(nodeOf(test, "right")) ?? ""}`;
  return /^(={2,3}0|<1|<=0)$/.test(compared);
}

const ENDS = /^(process\.exit|console\.error)$|usage|help|die|fail|exit/i;

/** Code that ends the program, or tells of what is missing. */
function fails(arm: SyntaxNode): boolean {
  let isSo = false;
  walk(arm, (node) => {
    if (node.type === "ThrowStatement") isSo = true;
    const name = isCall(node) ? (pathOf(nodeOf(node, "callee")) ?? "") : "";
    if (ENDS.test(name)) isSo = true;
  });
  return isSo;
}
