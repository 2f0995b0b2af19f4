import { isEnvName, isMixedCaseName } from "../../inputs/input-names.ts";
import { commentAt } from "../comments.ts";
import { variablesOf } from "../name-forms.ts";
import { isPrefix, MAX_PREFIXES } from "../prefixes.ts";
import type { Project } from "../project.ts";
import type { Read, ScanResult } from "../types.ts";
import {
  calleeName,
  functionName,
  isCall,
  isEnvironment,
  isFunction,
  isMember,
  isNothing,
  literalText,
  readKey,
  unwrap,
} from "./env.ts";
import { givenBehind } from "./given-behind.ts";
import { fallbackField } from "./helper-arguments.ts";
import { isHosting } from "./hosting.ts";
import { namesChosen, namesHanded } from "./list-helpers.ts";
import { IS_CONSTANT, listName, pathOf } from "./paths.ts";
import {
  childrenOf,
  cooked,
  identifierName,
  keyName,
  lineOf,
  nodeOf,
  nodesOf,
  type SyntaxNode,
  stringValue,
} from "./syntax.ts";
import { namesInTables, tableTexts } from "./tables.ts";

export interface ReadContext {
  path: string;
  text: string;
  environment: ReadonlySet<string>;
  project: Project;
}

const MAX_READS = 400;
/** Limit for computed names that are traced to their origin, over all files of a server. */
const MAX_LOOKUPS = 1_000;
const MAX_DEPTH = 400;

/** Collects every read of a variable in a file, with what the code does without it, and how names begin that are not known as a whole. */
export function collectReads(root: SyntaxNode, context: ReadContext): Pick<ScanResult, "reads" | "prefixes"> {
  const lines = context.text.split("\n");
  const reads: Read[] = [];
  const prefixes: ScanResult["prefixes"] = new Map();
  const ancestors: SyntaxNode[] = [];
  const add = (key: string, node: SyntaxNode, found: Pick<Read, "fallback" | "value"> & Pick<Read, "type">) => {
    const isName = isEnvName(key) || (namesOfProcess(node) === key && isMixedCaseName(key));
    if (!isName || reads.length >= MAX_READS) return;
    const line = lineOf(node);
    const constant = constantName(ancestors);
    reads.push({
      key,
      path: context.path,
      line,
      isHosting: isHosting(ancestors),
      comment: commentAt(lines, line, "//"),
      ...(constant && { constant }),
      ...found,
    });
  };
  const visit = (node: SyntaxNode) => {
    noteUse(node, ancestors, context.project);
    const keys = keysAt(node, ancestors, context);
    for (const key of keys) if (!isWrite(node, ancestors)) add(key, node, fallbackOf(node, ancestors));
    const prefix = keys.length === 0 && prefixes.size < MAX_PREFIXES ? prefixAt(node, ancestors, context) : null;
    if (prefix !== null && !isWrite(node, ancestors)) prefixes.set(prefix, { path: context.path, line: lineOf(node) });
    if (isCall(node)) {
      const read = helperRead(node, ancestors, context.project);
      for (const key of read?.keys ?? []) if (read) add(key, node, read.found);
      for (const key of namesHanded(node, context.project)) add(key, node, { fallback: "none", value: null });
    }
    if (node.type === "VariableDeclarator" || node.type === "AssignmentPattern") {
      const pattern = nodeOf(node, node.type === "VariableDeclarator" ? "id" : "left");
      const value = nodeOf(node, node.type === "VariableDeclarator" ? "init" : "right");
      if (pattern?.type === "ObjectPattern" && value && isEnvironment(value, context.environment)) {
        for (const property of nodesOf(pattern, "properties")) {
          const key = keyName(property);
          const bound = nodeOf(property, "value");
          const fallback = bound?.type === "AssignmentPattern" ? literalText(nodeOf(bound, "right")) : null;
          if (key)
            add(key, property, {
              fallback: bound?.type === "AssignmentPattern" ? (fallback === null ? "computed" : "literal") : "none",
              value: fallback,
            });
        }
      }
    }
    if (ancestors.length >= MAX_DEPTH) return;
    ancestors.push(node);
    for (const child of childrenOf(node)) visit(child);
    ancestors.pop();
  };
  visit(root);
  return { reads, prefixes };
}

/** The name that a node reads straight from `process.env`. A copy of it may have other fields, with small letters. */
function namesOfProcess(node: SyntaxNode): string | null {
  const object = isMember(node) ? nodeOf(node, "object") : null;
  return object && isMember(unwrap(object)) && isEnvironment(object, NO_NAMES) ? keyName(node) : null;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** How the name of a variable begins that a node reads: "A_" of `process.env["A_" + name]`. */
function prefixAt(
  node: SyntaxNode,
  ancestors: readonly SyntaxNode[],
  { environment, project }: ReadContext,
): string | null {
  const key = readKey(node, environment);
  if (key === null || typeof key === "string") return null;
  const [quasi] = key.type === "TemplateLiteral" ? nodesOf(key, "quasis") : [];
  const left = key.type === "BinaryExpression" && key.operator === "+" ? nodeOf(key, "left") : null;
  const prefix = quasi ? cooked(quasi) : left ? possibleTexts(left, ancestors, project)[0] : undefined;
  return prefix !== undefined && isPrefix(prefix) ? prefix : null;
}

/** Returns the file-level constant whose whole value is this read, or null. */
function constantName(ancestors: readonly SyntaxNode[]): string | null {
  const at = ancestors.findLastIndex((node) => node.type === "VariableDeclarator");
  const isOuter = ancestors
    .slice(0, at)
    .every((node) => /^(Program|File|ExportNamedDeclaration|VariableDeclaration)$/.test(node.type));
  const isWhole = ancestors.slice(at + 1).every((node) => !isFunction(node) && node.type !== "ObjectExpression");
  return at >= 0 && isOuter && isWhole
    ? identifierName(nodeOf(ancestors[at] ?? { type: "", start: 0, end: 0 }, "id"))
    : null;
}

/** Records where a name is used, and whether only for a network transport. */
function noteUse(node: SyntaxNode, ancestors: readonly SyntaxNode[], project: Project): void {
  const name = identifierName(node);
  const parent = ancestors.at(-1);
  if (!name || !parent || !/^[A-Z][A-Z0-9_]+$/.test(name)) return;
  if (
    /^(VariableDeclarator|ImportSpecifier|ExportSpecifier|MemberExpression|ObjectProperty)$/.test(parent.type) &&
    parent.init !== node &&
    parent.value !== node &&
    parent.object !== node
  )
    return;
  const uses = project.uses.get(name) ?? { stdio: 0, hosting: 0 };
  if (isHosting(ancestors)) uses.hosting += 1;
  else uses.stdio += 1;
  project.uses.set(name, uses);
}

/** Returns the names that a read can have: a literal, or every combination of its parts. */
function keysAt(node: SyntaxNode, ancestors: readonly SyntaxNode[], context: ReadContext): string[] {
  const key = readKey(node, context.environment);
  if (key === null) return [];
  if (typeof key === "string") return [key];
  context.project.lookups += 1;
  return context.project.lookups > MAX_LOOKUPS ? [] : possibleTexts(key, ancestors, context.project);
}

/** Returns the texts that an expression can be, as far as the source says. */
function possibleTexts(node: SyntaxNode, ancestors: readonly SyntaxNode[], project: Project, depth = 0): string[] {
  if (depth > 4) return [];
  const literal = literalText(node);
  if (literal !== null) return [literal];
  const name = identifierName(node);
  if (name) {
    const texts = textsOfName(name, ancestors, project, depth);
    if (texts.length > 0) return texts;
    const rows = tableTexts(name, "", ancestors, project);
    return rows.length > 0 || !IS_CONSTANT.test(name) ? rows : [...(project.literals.get(`= ${name}`) ?? [])];
  }
  const field = isMember(node) ? keyName(node) : null;
  if (field) {
    const owner = identifierName(nodeOf(node, "object"));
    const named = project.texts.get(`${owner}.${field}`);
    if (named !== undefined) return [named];
    const texts = owner ? tableTexts(owner, field, ancestors, project) : [];
    return texts.length > 0 ? texts : namesInTables(field, project);
  }
  if (node.type === "TemplateLiteral") {
    const quasis = nodesOf(node, "quasis").map(cooked);
    const parts = nodesOf(node, "expressions").map((part) => possibleTexts(part, ancestors, project, depth + 1));
    return quasis.reduce<string[]>(
      (texts, quasi, index) => {
        const next = texts.map((text) => text + quasi);
        const part = parts[index];
        return (part === undefined ? next : next.flatMap((text) => part.map((one) => text + one))).slice(0, 40);
      },
      [""],
    );
  }
  if (node.type === "BinaryExpression" && node.operator === "+") {
    const [left, right] = [nodeOf(node, "left"), nodeOf(node, "right")];
    if (!left || !right) return [];
    const ends = possibleTexts(right, ancestors, project, depth + 1);
    return possibleTexts(left, ancestors, project, depth + 1)
      .flatMap((start) => ends.map((end) => start + end))
      .slice(0, 40);
  }
  if (isCall(node)) {
    const callee = nodeOf(node, "callee");
    const object = callee && isMember(callee) ? nodeOf(callee, "object") : null;
    const method = callee && isMember(callee) ? keyName(callee) : null;
    if (object && method === "toUpperCase")
      return possibleTexts(object, ancestors, project, depth + 1).map((text) => text.toUpperCase());
    if (object && method === "toLowerCase")
      return possibleTexts(object, ancestors, project, depth + 1).map((text) => text.toLowerCase());
  }
  return [];
}

/**
 * Returns the texts of a name: a loop over a literal list, a constant, or a parameter with the texts that callers pass.
 */
function textsOfName(name: string, ancestors: readonly SyntaxNode[], project: Project, depth: number): string[] {
  for (let index = ancestors.length - 1; index >= 0; index -= 1) {
    const node = ancestors[index];
    if (!node) continue;
    if (node.type === "ForOfStatement") {
      const left = nodeOf(node, "left");
      const bound =
        identifierName(left) ??
        identifierName(left ? (nodesOf(left, "declarations").map((one) => nodeOf(one, "id"))[0] ?? null) : null);
      const list = nodeOf(node, "right");
      if (bound === name && list) return listTexts(list, ancestors, project, depth);
      const values = list ? project.lists.get(listName(list) ?? "") : undefined;
      if (values && lastBound(left) === name) return values;
    }
    if (isFunction(node)) {
      const at = nodesOf(node, "params").findIndex((parameter) => identifierName(parameter) === name);
      if (at >= 0) {
        const call = ancestors[index - 1];
        const callee = call && isCall(call) ? nodeOf(call, "callee") : null;
        const list =
          callee && isMember(callee) && /^(forEach|filter|map|some|every|find)$/.test(keyName(callee) ?? "")
            ? nodeOf(callee, "object")
            : null;
        if (list && at === 0) return listTexts(list, ancestors, project, depth);
        const own = functionName(node, ancestors[index - 1] ?? null);
        return own ? [...(project.literals.get(`${own} ${at}`) ?? [])] : [];
      }
    }
    const declared = declaredIn(node, name);
    if (declared) return possibleTexts(declared, ancestors.slice(0, index + 1), project, depth + 1);
  }
  return [];
}

/** The last name of `const [key, name]`. */
function lastBound(left: SyntaxNode | null): string | null {
  const [declared] = left ? nodesOf(left, "declarations").map((one) => nodeOf(one, "id")) : [];
  const pattern = declared ?? left;
  return identifierName(pattern?.type === "ArrayPattern" ? (nodesOf(pattern, "elements").at(-1) ?? null) : pattern);
}

function listTexts(list: SyntaxNode, ancestors: readonly SyntaxNode[], project: Project, depth: number): string[] {
  const name = identifierName(list);
  let target: SyntaxNode | null = list;
  if (name && depth < 4) {
    target = null;
    for (const node of ancestors) target = declaredIn(node, name) ?? target;
  }
  // A list of another file is known by its name.
  if (name && !target) return project.lists.get(name) ?? [];
  const inner = target?.type === "TSAsExpression" ? nodeOf(target, "expression") : target;
  return inner?.type === "ArrayExpression" ? nodesOf(inner, "elements").flatMap((one) => stringValue(one) ?? []) : [];
}

/** Returns the value that a block declares for a name. */
function declaredIn(block: SyntaxNode, name: string): SyntaxNode | null {
  if (block.type !== "Program" && block.type !== "BlockStatement") return null;
  for (const statement of nodesOf(block, "body")) {
    const declaration = statement.type === "ExportNamedDeclaration" ? nodeOf(statement, "declaration") : statement;
    if (declaration?.type !== "VariableDeclaration") continue;
    for (const one of nodesOf(declaration, "declarations")) {
      if (identifierName(nodeOf(one, "id")) === name) return nodeOf(one, "init");
    }
  }
  return null;
}

function isWrite(node: SyntaxNode, ancestors: readonly SyntaxNode[]): boolean {
  const parent = ancestors.at(-1);
  if (!parent) return false;
  if (parent.type === "AssignmentExpression" && parent.left === node && parent.operator === "=") return true;
  return (parent.type === "UnaryExpression" && parent.operator === "delete") || parent.type === "UpdateExpression";
}

type Found = Pick<Read, "fallback" | "value"> & Pick<Read, "type">;

/** Climbs from a read to the value that replaces it when it is missing. */
function fallbackOf(read: SyntaxNode, ancestors: readonly SyntaxNode[]): Found {
  let child = read;
  let type: Read["type"] = null;
  for (let index = ancestors.length - 1; index >= 0; index -= 1) {
    const parent = ancestors[index];
    if (!parent) break;
    if (parent.type === "LogicalExpression" && (parent.operator === "||" || parent.operator === "??")) {
      const right = nodeOf(parent, "right");
      const found = parent.left === child && right ? valueInPlace(right) : null;
      if (found) return { ...found, type };
    } else if (parent.type === "VariableDeclarator" && parent.init === child) {
      const given = givenBehind(parent, ancestors.slice(0, index));
      const found = given ? valueInPlace(given) : null;
      if (found) return { ...found, type };
      break;
    } else if (parent.type === "BinaryExpression" && /^[!=]==?$/.test(String(parent.operator))) {
      const other = parent.left === child ? nodeOf(parent, "right") : nodeOf(parent, "left");
      const word = literalText(other)?.toLowerCase();
      if (word === "true" || word === "1" || word === "false" || word === "0") {
        const whenAbsent = String(parent.operator).startsWith("!") ? word === "false" || word === "0" : false;
        return {
          fallback: "literal",
          value: word === "1" || word === "0" ? null : String(whenAbsent),
          type: "boolean",
        };
      }
      return { fallback: "none", value: null, type };
    } else if (parent.type === "CallExpression" && parent.callee !== child) {
      const name = calleeName(parent) ?? "";
      if (/^(Number|parseInt|parseFloat|\.parseInt|Number\.parseInt|Number\.parseFloat)$/.test(name)) type = "number";
      else if (!/^(String|Boolean)$/.test(name)) break;
    } else if (isMember(parent) && parent.object === child) {
      if (
        !/^(trim|toLowerCase|toUpperCase|toString|replace|split|trimEnd|trimStart|slice|map|filter)$/.test(
          keyName(parent) ?? "",
        )
      )
        break;
    } else if (isCall(parent) && parent.callee === child) {
      // The method call just before.
    } else if (
      !/^(TSNonNullExpression|TSAsExpression|TSSatisfiesExpression|ParenthesizedExpression|ChainExpression)$/.test(
        parent.type,
      )
    ) {
      if (parent.type === "ConditionalExpression" && parent.test === child) {
        const value = literalText(nodeOf(parent, "alternate"));
        if (value !== null) return { fallback: "literal", value: value === "" ? null : value, type };
      }
      break;
    }
    child = parent;
  }
  return { fallback: "none", value: null, type };
}

/** What code takes in the place of a value that is not there, or null where that says nothing. */
function valueInPlace(node: SyntaxNode): Pick<Read, "fallback" | "value"> | null {
  if (isNothing(node)) return null;
  const value = literalText(node);
  if (value !== null) return { fallback: "literal", value };
  return mayFail(node) || readsSomething(node) ? null : { fallback: "computed", value: null };
}

function mayFail(node: SyntaxNode): boolean {
  return isCall(node) || node.type === "NewExpression"
    ? /throw|fail|exit|error|missing|required|die|abort/i.test(JSON.stringify(calleeName(node) ?? "")) ||
        isImmediate(node)
    : false;
}

function isImmediate(node: SyntaxNode): boolean {
  const callee = nodeOf(node, "callee");
  return (
    callee !== null &&
    isFunction(callee.type === "ParenthesizedExpression" ? (nodeOf(callee, "expression") ?? callee) : callee)
  );
}

/** Returns whether the fallback is another variable or option, which is another way to give the value. */
function readsSomething(node: SyntaxNode): boolean {
  return (
    isMember(node) ||
    node.type === "Identifier" ||
    (node.type === "LogicalExpression" && nodesOf(node, "left").some(readsSomething))
  );
}

function helperRead(
  node: SyntaxNode,
  ancestors: readonly SyntaxNode[],
  project: Project,
): { keys: string[]; found: Found } | null {
  const chosen = namesChosen(node, project);
  if (chosen) return { keys: chosen.keys, found: givenInstead(chosen.fallback) ?? fallbackOf(node, ancestors) };
  const helper = project.helpers.get(calleeName(node) ?? "");
  if (!helper) return null;
  const args = nodesOf(node, "arguments");
  const asked = args[helper.nameAt];
  const name = asked ? (stringValue(asked) ?? project.texts.get(pathOf(asked) ?? "") ?? null) : null;
  if (name === null) return null;
  const keys = variablesOf(helper, name);
  const given = fallbackField(helper, args) ?? (helper.fallbackAt === null ? null : (args[helper.fallbackAt] ?? null));
  const instead = givenInstead(given);
  if (instead) return { keys, found: instead };
  if (helper.fallback !== null) return { keys, found: { fallback: "literal", value: helper.fallback } };
  return { keys, found: fallbackOf(node, ancestors) };
}

/** The value that a call gives in case the variable is missing. */
function givenInstead(given: SyntaxNode | null): Found | null {
  const value = given ? literalText(given) : null;
  return given && !isNothing(given) ? { fallback: value === null ? "computed" : "literal", value } : null;
}
