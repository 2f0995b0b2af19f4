import { isEnvName, isMixedCaseName, isNetworkTransport } from "../../inputs/input-names.ts";
import { commentAt } from "../comments.ts";
import { variablesOf } from "../name-forms.ts";
import { isPrefix, MAX_PREFIXES } from "../prefixes.ts";
import type { Project } from "../project.ts";
import { isHostingName, type Read, type ScanResult } from "../types.ts";
import { assignedNear } from "./assigned.ts";
import { type EnvNames, envRead, isEnvironment, pythonCallee } from "./env.ts";
import { membersOf } from "./rounds.ts";
import {
  argument,
  armsOf,
  childrenOf,
  definitionName,
  type PyNode,
  type PythonTree,
  statementsOf,
  walkPython,
} from "./syntax.ts";
import { constantText, possibleTexts } from "./texts.ts";

const MAX_READS = 400;
const MAX_LOOKUPS = 3_000;

/** Collects every read of a variable in a file, with what the code does without it, and how names begin that are not known as a whole. */
export function collectPythonReads(
  tree: PythonTree,
  path: string,
  names: EnvNames,
  project: Project,
): Pick<ScanResult, "reads" | "prefixes"> {
  const lines = tree.text(tree.root).split("\n");
  const reads: Read[] = [];
  const prefixes: ScanResult["prefixes"] = new Map();
  const add = (key: string, node: PyNode, found: Pick<Read, "fallback" | "value" | "type">) => {
    if (reads.length >= MAX_READS) return;
    const line = tree.line(node);
    reads.push({
      key,
      path,
      line,
      isHosting: isHostingPlace(node, tree),
      comment: commentAt(lines, line, "#"),
      ...found,
    });
  };
  walkPython(tree.root, (node) => {
    const read = envRead(node, tree, names);
    if (read && !isTarget(node)) {
      const fallback = fallbackOf(read.fallback, node, tree);
      project.lookups += 1;
      if (project.lookups > MAX_LOOKUPS) return;
      const keys = possibleTexts(read.key, tree, project);
      const isSpelled = isSpelledOut(read.key, tree, project);
      for (const key of keys)
        if (isEnvName(key) || (isSpelled && isMixedCaseName(key))) add(key, node, typed(fallback, node, tree));
      const prefix = keys.length === 0 && prefixes.size < MAX_PREFIXES ? prefixOf(read.key, tree, project) : null;
      if (prefix !== null) prefixes.set(prefix, { path, line: tree.line(node) });
      return;
    }
    if (node.name === "BinaryExpression" && /\bin\b/.test(node.getChild("in")?.name ?? "")) {
      const children = childrenOf(node);
      const [left] = children;
      const right = children.at(-1);
      const isRead = left && right && isEnvironment(right, tree, names);
      const keys = isRead ? possibleTexts(left, tree, project) : [];
      const fallback = tree.string(left ?? node) === null ? "none" : "computed";
      for (const key of keys) if (isEnvName(key)) add(key, node, { fallback, value: null, type: null });
      return;
    }
    for (const key of namesCompared(node, tree, names).filter(isEnvName))
      add(key, node, { fallback: "none", value: null, type: null });
    const helped = node.name === "CallExpression" ? helperCall(node, tree, project) : null;
    for (const key of helped?.keys.filter(isEnvName) ?? []) {
      add(key, node, typed(helped?.fallback ?? fallbackAround(node, tree), node, tree));
    }
  });
  return { reads, prefixes };
}

/** Returns whether the code writes a variable's name out, alone or behind a constant. What a parameter holds may be any text. */
function isSpelledOut(key: PyNode, tree: PythonTree, project: Project): boolean {
  if (key.name !== "FormatString") return tree.string(key) !== null || constantText(key, tree, project) !== undefined;
  return key.getChildren("FormatReplacement").every((part) => {
    const inner = childrenOf(part)[1];
    return inner !== undefined && constantText(inner, tree, project) !== undefined;
  });
}

/** How the name of a variable begins: "A_" of `"A_" + name`, `f"A_{name}"`, `PREFIX + name`. */
function prefixOf(key: PyNode, tree: PythonTree, project: Project): string | null {
  const [left, operator] = key.name === "BinaryExpression" ? childrenOf(key) : [];
  const isJoined = left !== undefined && operator !== undefined && tree.text(operator) === "+";
  const [written] = isJoined ? possibleTexts(left, tree, project) : [];
  const formatted = key.name === "FormatString" ? /^f["']([A-Z0-9_]{1,60})\{/i.exec(tree.text(key))?.[1] : undefined;
  const prefix = written ?? formatted ?? "";
  return isPrefix(prefix) ? prefix : null;
}

/** The names that are looked for in the environment all at once: `REQUIRED - set(os.environ)`, `REQUIRED.issubset(os.environ)`. */
function namesCompared(node: PyNode, tree: PythonTree, names: EnvNames): string[] {
  const call = tree.call(node);
  const [object, , method] = call ? childrenOf(call.callee) : [];
  const isCall = method !== undefined && /^(difference|issubset)$/.test(tree.text(method));
  const [left, operator] = node.name === "BinaryExpression" ? childrenOf(node) : [];
  const isOperator = operator !== undefined && /^(-|<=)$/.test(tree.text(operator));
  const list = isCall ? object : isOperator ? left : undefined;
  const environment = isCall ? call?.args[0]?.value : childrenOf(node).at(-1);
  if (!list || !environment || !isEnvironment(environment, tree, names)) return [];
  return membersOf(list, tree)?.flatMap(([member]) => (member ? (tree.string(member) ?? []) : [])) ?? [];
}

type Found = Pick<Read, "fallback" | "value">;

function valueFound(node: PyNode, tree: PythonTree): Found {
  const value = tree.literal(node);
  if (value !== null) return { fallback: "literal", value };
  return { fallback: "computed", value: null };
}

/** What the code has without a variable: the read's own value, unless that is an empty text with another one behind it. */
function fallbackOf(own: PyNode | null, node: PyNode, tree: PythonTree): Found {
  const found = own ? valueFound(own, tree) : null;
  if (found !== null && found.value !== "") return found;
  const around = fallbackAround(node, tree);
  return found !== null && around.fallback === "none" ? found : around;
}

function helperCall(
  node: PyNode,
  tree: PythonTree,
  project: Project,
): { keys: string[]; fallback: Found | null } | null {
  const call = tree.call(node);
  const helper = project.helpers.get((pythonCallee(node, tree) ?? "").split(".").at(-1) ?? "");
  if (!call || !helper) return null;
  const name = argument(call.args, "name", helper.nameAt);
  const keys = name ? possibleTexts(name, tree, project).flatMap((text) => variablesOf(helper, text)) : [];
  const given = helper.fallbackAt === null ? null : argument(call.args, "default", helper.fallbackAt);
  if (given && given.name !== "None") return { keys, fallback: valueFound(given, tree) };
  return { keys, fallback: helper.fallback === null ? null : { fallback: "literal", value: helper.fallback } };
}

/** Finds the fallback in `os.getenv("X") or "value"`, through methods and parentheses, and the one that a name is given behind its read. */
function fallbackAround(node: PyNode, tree: PythonTree): Found {
  let child = node;
  for (let parent = node.parent; parent; parent = parent.parent) {
    if (parent.name === "BinaryExpression" && parent.getChild("or")) {
      const children = childrenOf(parent);
      const right = children.at(-1);
      if (children[0]?.from === child.from && right && right.from !== child.from) return valueInPlace(right, tree);
    } else if (!/^(ParenthesizedExpression|MemberExpression)$/.test(parent.name)) {
      const isMethod = parent.name === "CallExpression" && childrenOf(parent)[0]?.from === child.from;
      const given = parent.name === "AssignStatement" ? givenBehind(parent, tree) : null;
      if (given) return valueInPlace(given, tree);
      if (!isMethod) break;
    }
    child = parent;
  }
  return { fallback: "none", value: null };
}

/** What code takes in the place of a value that is not there. */
function valueInPlace(node: PyNode, tree: PythonTree): Found {
  // A constant of the file: `os.getenv("X") or DEFAULT_X`.
  const constant = node.name === "VariableName" ? assignedNear(tree.text(node), node, tree) : null;
  const value = tree.literal(node) ?? tree.string(constant);
  if (value !== null && value !== "") return { fallback: "literal", value };
  const isOther = node.name === "None" || /^(CallExpression|VariableName|MemberExpression)$/.test(node.name);
  return { fallback: isOther ? "none" : "computed", value: null };
}

/** The value that a name is given where its first one is not there: `path = os.getenv("X")`, and behind it `if not path: path = "x"`. */
function givenBehind(assigned: PyNode, tree: PythonTree): PyNode | null {
  const [target, ...others] = childrenOf(assigned);
  const name = target && others.length === 2 ? tree.dotted(target) : null;
  if (name === null) return null;
  let behind = assigned.nextSibling;
  for (let steps = 0; behind && steps < MAX_SIBLINGS; steps += 1, behind = behind.nextSibling) {
    const [arm] = behind.name === "IfStatement" ? armsOf(behind).arms : [];
    if (!arm || !asksForNothing(tree.text(arm.test), name)) continue;
    for (const statement of statementsOf(arm.body)) {
      const [own, operator, value] = statement.name === "AssignStatement" ? childrenOf(statement) : [];
      if (own && value && operator?.name === "AssignOp" && tree.dotted(own) === name) return value;
    }
  }
  return null;
}

/** Returns whether a test holds where a name has no value, and only there. */
function asksForNothing(test: string, name: string): boolean {
  const [, negated, compared] =
    /^(?:not ([\w.]{1,100})|([\w.]{1,100}) (?:is None|== (?:None|""|'')))$/.exec(test) ?? [];
  return (negated ?? compared) === name;
}

/** Derives the type from `.lower() == "true"` and `int(…)` around a read. */
function typed(found: Found, node: PyNode, tree: PythonTree): Found & Pick<Read, "type"> {
  const text = tree.slice(node.to, node.to + 80);
  if (/^\)?\s*(\.(lower|strip|upper)\(\)\s*)*(==|in)\s*(?:[([{]\s*)?["']?(true|1|yes)/i.test(text))
    return { ...found, fallback: found.fallback === "none" ? "computed" : found.fallback, type: "boolean" };
  const before = tree.slice(Math.max(0, node.from - 12), node.from);
  if (/\b(int|float)\($/.test(before)) return { ...found, type: "number" };
  return { ...found, type: null };
}

/** Returns whether a node is assigned or deleted rather than read. */
function isTarget(node: PyNode): boolean {
  const parent = node.parent;
  if (!parent) return false;
  if (parent.name === "DeleteStatement") return true;
  if (parent.name !== "AssignStatement") return false;
  const children = childrenOf(parent);
  const at = children.findIndex((child) => child.from === node.from && child.to === node.to);
  return children[at + 1]?.name === "AssignOp" || children[at + 1]?.name === "TypeDef";
}

/**
 * Returns whether code runs only for a network transport: judged by the conditions around it or its function's name.
 */
export function isHostingPlace(node: PyNode, tree: PythonTree): boolean {
  let child = node;
  for (let parent = node.parent; parent; parent = parent.parent) {
    if (parent.name === "IfStatement") {
      const { arms, otherwise } = armsOf(parent);
      const arm = arms.find((one) => one.body.from === child.from && one.body.to === child.to);
      if (arm && transportTest(arm.test, tree) === "network") return true;
      const isElse = otherwise !== null && otherwise.from === child.from;
      if (isElse && arms.length === 1 && arms[0] && transportTest(arms[0].test, tree) === "stdio") return true;
    }
    if (parent.name === "ConditionalExpression") {
      const [first, , test, , last] = childrenOf(parent);
      const told = test ? transportTest(test, tree) : null;
      if (told === "network" && first?.from === child.from) return true;
      if (told === "stdio" && last?.from === child.from && last.to === child.to) return true;
    }
    if (parent.name === "MatchClause" && child.name === "Body") {
      const words = [
        ...tree
          .slice(parent.from, child.from)
          .slice(0, 300)
          .matchAll(/["']([\w-]+)["']/g),
      ];
      if (words.length > 0 && words.every(([, word = ""]) => isNetworkTransport(word))) return true;
    }
    if (parent.name === "Body" && standsBehindStdio(child, tree)) return true;
    if (parent.name === "FunctionDefinition" && isHostingName(definitionName(tree, parent).name)) return true;
    child = parent;
  }
  return false;
}

const MAX_SIBLINGS = 40;

/** Returns whether a statement before it ends the function over stdio: `if transport == "stdio": run(); return`. */
function standsBehindStdio(node: PyNode, tree: PythonTree): boolean {
  let before = node.prevSibling;
  for (let steps = 0; before && steps < MAX_SIBLINGS; steps += 1, before = before.prevSibling) {
    if (before.name !== "IfStatement") continue;
    const { arms, otherwise } = armsOf(before);
    const [arm] = arms;
    const isAlone = arms.length === 1 && otherwise === null;
    if (arm && isAlone && transportTest(arm.test, tree) === "stdio" && leaves(arm.body)) return true;
  }
  return false;
}

function leaves(body: PyNode): boolean {
  return statementsOf(body).at(-1)?.name === "ReturnStatement";
}

function transportTest(test: PyNode, tree: PythonTree): "network" | "stdio" | null {
  if (test.to - test.from > 300) return null;
  // The variable that holds the transport, and its own value.
  const text = tree.text(test).replace(/\b(?:getenv|environ\.get)\([^()]*\)/g, "");
  const words = [...text.matchAll(/["']([\w-]+)["']/g)].map((match) => match[1] ?? "");
  if (words.length === 0) return /\b(is_|use_)?(http|sse)(_mode|_transport)?$/i.test(text) ? "network" : null;
  const isNegated = /!=|\bnot\b/.test(text);
  if (words.every(isNetworkTransport)) return isNegated ? "stdio" : "network";
  if (words.every((word) => word === "stdio")) return isNegated ? "network" : "stdio";
  return null;
}
