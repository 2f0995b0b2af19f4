import type { Project } from "../project.ts";
import {
  argument,
  childrenOf,
  definitionName,
  enclosing,
  type PyNode,
  type PythonTree,
  parametersOf,
  statementsOf,
} from "./syntax.ts";

/** A read of the environment: the expression of the name, and the fallback. */
export interface EnvRead {
  key: PyNode;
  fallback: PyNode | null;
  /** Raises without the variable, as `os.environ[…]` does. */
  isStrict: boolean;
}

/** Names of the environment and of its readers in one file. */
export interface EnvNames {
  environs: Set<string>;
  getters: Set<string>;
  /** Readers that raise where there is neither a value nor a default. */
  strictGetters: Set<string>;
  /** Import aliases: local name to original name. */
  aliases: Map<string, string>;
  /** It makes a parser of argparse. */
  hasParser: boolean;
}

export function environmentNamesOf(tree: PythonTree): EnvNames {
  const names: EnvNames = {
    environs: new Set(["os.environ", "environ"]),
    getters: new Set(["os.getenv", "getenv", "os.environ.get", "environ.get"]),
    strictGetters: new Set(),
    aliases: new Map(),
    hasParser: tree.text(tree.root).includes("ArgumentParser("),
  };
  const text = tree.text(tree.root);
  for (const match of text.matchAll(/^[ \t]*(\w+)[ \t]*=[ \t]*os\.environ(?:\.copy\(\))?[ \t]*$/gm)) {
    if (match[1]) {
      names.environs.add(match[1]);
      names.getters.add(`${match[1]}.get`);
    }
  }
  for (const match of text.matchAll(/^import[ \t]+os[ \t]+as[ \t]+(\w+)/gm)) {
    names.environs.add(`${match[1]}.environ`);
    names.getters.add(`${match[1]}.getenv`).add(`${match[1]}.environ.get`);
  }
  for (const [, imported = ""] of text.matchAll(/^[ \t]*from[ \t]+\S+[ \t]+import[ \t]+([^\n]+)/gm)) {
    for (const [, name = "", alias = ""] of imported.matchAll(/\b(\w+)[ \t]+as[ \t]+(\w+)/g)) {
      names.aliases.set(alias, name);
    }
  }
  const decouple = /^[ \t]*from[ \t]+decouple[ \t]+import[ \t]+(\S.{0,300})/m.exec(text)?.[1] ?? "";
  if (/\bconfig\b/.test(decouple)) addStrictGetter(names, "config");
  const starlette = /^[ \t]*from[ \t]+starlette\.config[ \t]+import\b/m.test(text);
  const made = starlette ? /^[ \t]*(\w+)[ \t]*=[ \t]*Config\(/m.exec(text)?.[1] : undefined;
  if (made) addStrictGetter(names, made);
  const environs = /^[ \t]*(\w+)[ \t]*=[ \t]*(?:environs\.|environ\.)?Env\(/m.exec(text)?.[1];
  if (environs)
    for (const method of ["", ".str", ".int", ".bool", ".url", ".list", ".float"])
      addStrictGetter(names, `${environs}${method}`);
  return names;
}

function addStrictGetter(names: EnvNames, getter: string): void {
  names.getters.add(getter);
  names.strictGetters.add(getter);
}

/** Returns the read of the environment at a node, or null. */
export function envRead(node: PyNode, tree: PythonTree, names: EnvNames): EnvRead | null {
  if (node.name === "CallExpression") {
    const call = tree.call(node);
    const getter = call ? (tree.dotted(call.callee) ?? "") : "";
    if (!call || !names.getters.has(getter)) return null;
    const key = call.args.find((one) => one.name === null || one.name === "key")?.value;
    if (!key) return null;
    const fallback = argument(call.args, "default", 1);
    const isStrict = fallback === null && names.strictGetters.has(getter);
    return { key, fallback: fallback?.name === "None" ? null : fallback, isStrict };
  }
  if (node.name !== "MemberExpression") return null;
  const [object, bracket, key] = childrenOf(node);
  if (!object || bracket?.name !== "[" || !key || !names.environs.has(tree.dotted(object) ?? "")) return null;
  return { key, fallback: null, isStrict: true };
}

const MAX_TEXTS = 40;

/** Returns the texts that an expression can be, as far as the file says. */
export function possibleTexts(node: PyNode, tree: PythonTree, project: Project, depth = 0): string[] {
  if (depth > 5) return [];
  const literal = tree.string(node);
  if (literal !== null) return [literal];
  switch (node.name) {
    case "VariableName":
      return textsOfName(tree.text(node), node, tree, project, depth);
    case "ParenthesizedExpression": {
      const inner = childrenOf(node)[1];
      return inner ? possibleTexts(inner, tree, project, depth + 1) : [];
    }
    case "ConditionalExpression": {
      const [first, , , , last] = childrenOf(node);
      return [first, last].flatMap((part) => (part ? possibleTexts(part, tree, project, depth + 1) : []));
    }
    case "FormatString":
      return formatted(node, tree, project, depth);
    case "BinaryExpression": {
      const [left, operator, right] = childrenOf(node);
      if (!left || !right || !operator || tree.text(operator) !== "+") return [];
      const ends = possibleTexts(right, tree, project, depth + 1);
      return possibleTexts(left, tree, project, depth + 1)
        .flatMap((start) => ends.map((end) => start + end))
        .slice(0, MAX_TEXTS);
    }
    case "CallExpression": {
      const call = tree.call(node);
      const [object, , method] = call ? childrenOf(call.callee) : [];
      if (!object || !method) return [];
      const texts = possibleTexts(object, tree, project, depth + 1);
      const name = tree.text(method);
      if (name === "upper") return texts.map((text) => text.toUpperCase());
      return name === "lower" ? texts.map((text) => text.toLowerCase()) : name === "strip" ? texts : [];
    }
    default:
      return [];
  }
}

/** Returns every combination of the parts of an f-string. */
function formatted(node: PyNode, tree: PythonTree, project: Project, depth: number): string[] {
  const opening = /^[a-zA-Z]{1,2}("""|'''|"|')/.exec(tree.text(node))?.[0] ?? "";
  const quote = opening.replace(/^[a-zA-Z]+/, "");
  let texts = [""];
  let at = node.from + opening.length;
  for (const part of childrenOf(node)) {
    if (part.name !== "FormatReplacement") continue;
    const before = tree.slice(at, part.from);
    const inner = childrenOf(part)[1];
    const values = inner ? possibleTexts(inner, tree, project, depth + 1) : [];
    texts = texts.flatMap((text) => values.map((value) => text + before + value)).slice(0, MAX_TEXTS);
    at = part.to;
  }
  const rest = tree.slice(at, node.to - quote.length);
  return texts.map((text) => text + rest);
}

/**
 * Returns the texts of a name: a loop over a list, an earlier assignment, or a parameter with the texts that callers
 * pass.
 */
function textsOfName(name: string, from: PyNode, tree: PythonTree, project: Project, depth: number): string[] {
  for (let node: PyNode | null = from.parent; node; node = node.parent) {
    // A generator that is a call's only argument stands in the call's own brackets.
    const isGenerator = node.name === "ArgList" && node.getChild("for") !== null;
    if (node.name === "ForStatement" || /Comprehension/.test(node.name) || isGenerator) {
      const children = childrenOf(node);
      const at = children.findIndex((child) => child.name === "for");
      const variable = children[at + 1];
      const list = children[at + 3];
      if (at >= 0 && variable && list && tree.text(variable) === name) return listTexts(list, tree);
    }
    if (node.name === "FunctionDefinition") {
      const assigned = assignedIn(node.getChild("Body"), name, tree, from);
      if (assigned) return possibleTexts(assigned, tree, project, depth + 1);
      const parameters = parametersOf(tree, node);
      const at = parameters.findIndex((parameter) => parameter.name === name);
      if (at >= 0) {
        const callee = definitionName(tree, node).name;
        const fallback = tree.string(parameters[at]?.fallback ?? null);
        const given = [
          ...(project.literals.get(`${callee} ${at}`) ?? []),
          ...(project.literals.get(`${callee} ${name}`) ?? []),
        ];
        const own = [...given, ...(fallback ? [fallback] : [])];
        return [...new Set(own.length > 0 ? own : (project.literals.get(`* ${name}`) ?? []))];
      }
    }
    if (node.name === "Script") {
      const assigned = assignedIn(node, name, tree, from);
      return assigned
        ? possibleTexts(assigned, tree, project, depth + 1)
        : [...(project.literals.get(`= ${name}`) ?? [])];
    }
  }
  return [];
}

function listTexts(list: PyNode, tree: PythonTree): string[] {
  const target = list.name === "VariableName" ? assignedAnywhere(tree, tree.text(list)) : list;
  if (!target || !/^(ArrayExpression|TupleExpression|SetExpression)$/.test(target.name)) return [];
  return childrenOf(target)
    .flatMap((child) => tree.string(child) ?? [])
    .slice(0, MAX_TEXTS);
}

function assignedAnywhere(tree: PythonTree, name: string): PyNode | null {
  return assignedIn(tree.root, name, tree, null);
}

/** Returns what the function around a place, or else the file, assigns to a name first. */
export function assignedNear(name: string, from: PyNode, tree: PythonTree): PyNode | null {
  const definition = enclosing(from, "FunctionDefinition");
  const own = definition ? assignedIn(definition.getChild("Body"), name, tree, null) : null;
  return own ?? assignedAnywhere(tree, name);
}

/** Returns the value of the first assignment to a name in a body, also inside its blocks. */
function assignedIn(
  body: PyNode | null,
  name: string,
  tree: PythonTree,
  avoid: PyNode | null,
  depth = 0,
): PyNode | null {
  if (depth > 6) return null;
  for (const statement of statementsOf(body)) {
    if (statement.name === "AssignStatement") {
      const children = childrenOf(statement);
      const [target] = children;
      const value = children.at(-1);
      const isSelf = avoid !== null && statement.from <= avoid.from && statement.to >= avoid.to;
      if (target && value && target.name === "VariableName" && tree.text(target) === name && !isSelf) return value;
    }
    if (/^(If|For|With|Try|While)Statement$/.test(statement.name)) {
      for (const inner of statement.getChildren("Body")) {
        const found = assignedIn(inner, name, tree, avoid, depth + 1);
        if (found) return found;
      }
    }
  }
  return null;
}

/** Returns the callee as "function", "Class.method" or ".method". */
export function pythonCallee(node: PyNode, tree: PythonTree): string | null {
  const call = tree.call(node);
  const dotted = call ? tree.dotted(call.callee) : null;
  if (dotted === null) {
    const property = call?.callee.name === "MemberExpression" ? call.callee.getChild("PropertyName") : null;
    return property ? `.${tree.text(property)}` : null;
  }
  const parts = dotted.split(".");
  if (parts.length === 1) return dotted;
  const owner = parts.at(-2) ?? "";
  const last = parts.at(-1) ?? "";
  if (owner === "cls" || owner === "self") {
    const holder = enclosing(node, "ClassDefinition")?.getChild("VariableName");
    return parts.length === 2 && holder ? `${tree.text(holder)}.${last}` : `.${last}`;
  }
  return /^[A-Z]/.test(owner) ? `${owner}.${last}` : `.${last}`;
}
