import type { Condition } from "../flow.ts";
import type { Project } from "../project.ts";
import { assignedNear } from "./assigned.ts";
import { childrenOf, type PyNode, type PythonTree } from "./syntax.ts";

/** What the names of a loop stand for in one of its rounds. */
export interface Round {
  values: ReadonlyMap<string, PyNode>;
  /** Literals by "name", "name[key]" or "name.field". */
  texts: ReadonlyMap<string, string>;
  /** What names hold that stand for no expression of their own. */
  held?: ReadonlyMap<string, Condition>;
}

/** Rounds of a loop that are looked at one by one. */
const MAX_ROUNDS = 24;
const MAX_FIELDS = 30;
const MARK = /^[[\](){},]$/;

/**
 * Returns the rounds of a loop over something that is written out: names, pairs, the keys or items of a dictionary, or a table of them. Null
 * for any other loop.
 *
 * @param loop the parts of a `for` statement, or of the `for` in a comprehension
 */
export function roundsOf(loop: readonly PyNode[], tree: PythonTree, project: Project): Round[] | null {
  const head = headOf(loop);
  if (!head) return null;
  const { list } = head;
  let { targets } = head;
  const call = tree.call(list);
  const isCounted = call !== null && tree.dotted(call.callee) === "enumerate";
  if (isCounted) targets = targets.slice(1);
  const members = membersOf(isCounted ? (call.args[0]?.value ?? list) : list, tree);
  if (!members) return learntRounds(list, targets, tree, project);
  if (targets.length === 0 || members.length === 0 || members.length > MAX_ROUNDS) return null;
  return members.map((member) => roundOf(targets, member, tree));
}

/** What a loop goes over, and the names that it gives to each part of a member. */
export function headOf(loop: readonly PyNode[]): { list: PyNode; targets: PyNode[] } | null {
  const start = loop.findIndex((child) => child.name === "for");
  const at = loop.findIndex((child) => child.name === "in");
  const list = loop[at + 1];
  const targets = loop
    .slice(start + 1, at)
    .flatMap((child) => (/^(Tuple|Parenthesized)Expression$/.test(child.name) ? childrenOf(child) : [child]))
    .filter((child) => !MARK.test(child.name));
  return at < 0 || !list ? null : { list, targets };
}

/** A loop over a list that another file holds. */
function learntRounds(list: PyNode, targets: PyNode[], tree: PythonTree, project: Project): Round[] | null {
  const [target, ...others] = targets;
  const name = tree.dotted(list)?.split(".").at(-1) ?? "";
  const texts = target && others.length === 0 ? project.lists.get(name) : undefined;
  if (!target || !texts || texts.length > MAX_ROUNDS) return null;
  return texts.map((text) => ({ values: new Map(), texts: new Map([[tree.text(target), text]]) }));
}

/** The members over which a loop goes, each as one node or as the nodes of a pair. */
export function membersOf(list: PyNode, tree: PythonTree, depth = 0): PyNode[][] | null {
  if (depth > 4) return null;
  const written = list.name === "VariableName" ? assignedNear(tree.text(list), list, tree) : list;
  if (!written) return null;
  if (/^(Array|Tuple|Set)Expression$/.test(written.name)) return listed(written, tree, depth);
  if (written.name === "ParenthesizedExpression") {
    const inner = childrenOf(written)[1];
    return inner ? membersOf(inner, tree, depth + 1) : null;
  }
  // `REQUIRED + OPTIONAL`, `REQUIRED | OPTIONAL`
  if (written.name === "BinaryExpression") {
    const [left, operator, right] = childrenOf(written);
    if (!left || !operator || !right || !/^[+|]$/.test(tree.text(operator))) return null;
    const [first, second] = [membersOf(left, tree, depth + 1), membersOf(right, tree, depth + 1)];
    return first && second && [...first, ...second];
  }
  if (written.name === "DictionaryExpression") return pairsOf(written, tree).map(([key]) => [key]);
  const call = tree.call(written);
  if (!call) return list === written ? null : membersOf(written, tree, depth + 1);
  const [object, , method] = call.callee.name === "MemberExpression" ? childrenOf(call.callee) : [];
  const [first] = call.args;
  if (/^(list|tuple|set|frozenset|sorted|iter|reversed)$/.test(tree.dotted(call.callee) ?? "") && first)
    return membersOf(first.value, tree, depth + 1);
  const word = method ? tree.text(method) : "";
  if (!object || !/^(items|keys|values)$/.test(word)) return null;
  const dictionary = object.name === "VariableName" ? assignedNear(tree.text(object), object, tree) : object;
  const pairs = dictionary ? pairsOf(dictionary, tree) : [];
  if (pairs.length === 0) return null;
  return pairs.map(([key, value]) => (word === "items" ? [key, value] : word === "keys" ? [key] : [value]));
}

/** The members of a list that is written out, with those of lists inside: `[*REQUIRED, "A_KEY"]`. Null where one of these is not known. */
function listed(list: PyNode, tree: PythonTree, depth: number): PyNode[][] | null {
  const members: PyNode[][] = [];
  const children = childrenOf(list).filter((child) => !MARK.test(child.name));
  for (const [at, child] of children.entries()) {
    if (tree.text(child) === "*") continue;
    const isSpread = at > 0 && children[at - 1] !== undefined && tree.text(children[at - 1] as PyNode) === "*";
    const inner = isSpread ? membersOf(child, tree, depth + 1) : [[child]];
    if (inner === null) return null;
    members.push(...inner);
  }
  return members;
}

/** The keys and values of a dictionary that is written out, or made by `dict(…)`, whose keys stand for no text of their own. */
export function pairsOf(node: PyNode, tree: PythonTree): [PyNode, PyNode][] {
  const call = tree.call(node);
  if (call && tree.dotted(call.callee) === "dict")
    return call.args.flatMap(({ name, value }): [PyNode, PyNode][] => (name === null ? [] : [[value, value]]));
  const children = node.name === "DictionaryExpression" ? childrenOf(node) : [];
  return children.flatMap((child, at): [PyNode, PyNode][] => {
    const value = children[at + 2];
    return children[at + 1]?.name === ":" && value ? [[child, value]] : [];
  });
}

function roundOf(targets: PyNode[], member: PyNode[], tree: PythonTree): Round {
  const values = new Map<string, PyNode>();
  const texts = new Map<string, string>();
  const [only] = member;
  const isPair = member.length === 1 && targets.length > 1 && /^(Array|Tuple)Expression$/.test(only?.name ?? "");
  const parts = isPair && only ? childrenOf(only).filter((child) => !MARK.test(child.name)) : member;
  for (const [at, target] of targets.entries()) {
    const name = tree.dotted(target);
    const value = parts[at];
    if (!name || !value) continue;
    values.set(name, value);
    describe(name, value, tree, texts);
  }
  return { values, texts };
}

function describe(name: string, value: PyNode, tree: PythonTree, texts: Map<string, string>): void {
  const note = (path: string, part: PyNode | undefined) => {
    const text = part ? tree.literal(part) : null;
    if (text !== null && texts.size < MAX_FIELDS) texts.set(path, text);
  };
  note(name, value);
  for (const [key, part] of pairsOf(value, tree)) note(`${name}[${tree.string(key)}]`, part);
  for (const one of tree.call(value)?.args ?? []) if (one.name !== null) note(`${name}.${one.name}`, one.value);
  if (/^(Array|Tuple)Expression$/.test(value.name))
    for (const [at, part] of childrenOf(value)
      .filter((child) => !MARK.test(child.name))
      .entries())
      note(`${name}[${at}]`, part);
}

/** What an expression looks up in what: `holder[key]`, `holder.get(key)`. */
export function lookedUp(node: PyNode, tree: PythonTree): { holder?: PyNode; key?: PyNode } {
  const call = tree.call(node);
  if (!call) {
    const [holder, bracket, key] = node.name === "MemberExpression" ? childrenOf(node) : [];
    return bracket?.name === "[" && holder && key ? { holder, key } : {};
  }
  const [holder, , method] = call.callee.name === "MemberExpression" ? childrenOf(call.callee) : [];
  const key = call.args[0]?.value;
  return holder && key && method && tree.text(method) === "get" ? { holder, key } : {};
}

/** The place that an expression reads of a loop's name: "field[env]" for `field["env"]` and `field.get("env")`. Null for anything else. */
export function placeOf(node: PyNode, tree: PythonTree): string | null {
  if (node.name === "VariableName") return tree.text(node);
  const call = tree.call(node);
  if (call) {
    const [object, , method] = call.callee.name === "MemberExpression" ? childrenOf(call.callee) : [];
    const key = call.args[0] ? tree.string(call.args[0].value) : null;
    const name = object ? tree.dotted(object) : null;
    return name && key !== null && method && tree.text(method) === "get" ? `${name}[${key}]` : null;
  }
  if (node.name !== "MemberExpression") return null;
  const [object, bracket, key] = childrenOf(node);
  if (bracket?.name !== "[" || !object || !key) return tree.dotted(node);
  const name = tree.dotted(object);
  const text = tree.literal(key);
  return name && text !== null ? `${name}[${text}]` : null;
}
