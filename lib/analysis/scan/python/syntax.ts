import { parser } from "@lezer/python";
import { toKnownSpelling } from "./spelling.ts";

type Tree = ReturnType<typeof parser.parse>;
/** A node of a Python syntax tree. */
export type PyNode = Tree["topNode"];

/** Names of the longest chain that is read: `os.environ.get` has three. */
const MAX_NAMES = 20;

/** The syntax tree of a Python file, with its text. */
export class PythonTree {
  readonly root: PyNode;
  readonly #text: string;
  readonly #lineStarts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    this.root = parseBounded(toKnownSpelling(text)).topNode;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
  }

  text(node: PyNode): string {
    return this.#text.slice(node.from, node.to);
  }

  slice(from: number, to: number): string {
    return this.#text.slice(from, to);
  }

  /** Returns the 1-based line of a node. */
  line(node: PyNode): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= node.from) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Returns the value of a string, also of adjacent strings; null for f-strings. */
  string(node: PyNode | null): string | null {
    if (!node) return null;
    if (node.name === "ParenthesizedExpression") {
      const inner = childrenOf(node)[1] ?? null;
      return inner?.name === "ParenthesizedExpression" ? null : this.string(inner);
    }
    if (node.name === "ContinuedString") {
      const parts = childrenOf(node).map((part) => this.string(part) ?? "");
      return parts.join("");
    }
    if (node.name !== "String") return null;
    const match = /^[a-zA-Z]{0,2}("""|'''|"|')([\s\S]*)\1$/.exec(this.text(node));
    return (
      match?.[2]
        ?.replace(/\\\r?\n/g, "")
        .replace(/\\n/g, "\n")
        .replace(/\\(["'\\])/g, "$1") ?? null
    );
  }

  /** Returns a literal as text; null for None and for computed values. */
  literal(node: PyNode | null): string | null {
    if (!node) return null;
    if (node.name === "Boolean") return this.text(node).toLowerCase();
    if (node.name === "Number" || (node.name === "UnaryExpression" && /^-[\d.]+$/.test(this.text(node))))
      return this.text(node);
    return this.string(node);
  }

  /** Returns a chain of names as "os.environ.get"; null for anything else. */
  dotted(node: PyNode | null): string | null {
    if (!node) return null;
    const parts: string[] = [];
    for (let at: PyNode = node; parts.length < MAX_NAMES; ) {
      if (at.name === "VariableName") return [this.text(at), ...parts].join(".");
      if (at.name !== "MemberExpression") return null;
      const [object, dot, property] = childrenOf(at);
      if (!object || dot?.name !== "." || property?.name !== "PropertyName") return null;
      parts.unshift(this.text(property));
      at = object;
    }
    return null;
  }

  /** Returns the callee and arguments of a call, or null. */
  call(node: PyNode): { callee: PyNode; args: Argument[] } | null {
    if (node.name !== "CallExpression") return null;
    const [callee, list] = childrenOf(node);
    if (!callee || list?.name !== "ArgList") return null;
    return { callee, args: this.#arguments(list) };
  }

  /** Returns the callee and arguments of a decorator that is called, or null. */
  decorator(node: PyNode): { callee: PyNode; args: Argument[] } | null {
    if (node.name !== "Decorator") return null;
    const children = childrenOf(node);
    const list = children.at(-1);
    const callee = children.at(-2);
    return callee && list?.name === "ArgList" ? { callee, args: this.#arguments(list) } : null;
  }

  #arguments(list: PyNode): Argument[] {
    const args: Argument[] = [];
    const children = childrenOf(list).slice(1, -1);
    for (let index = 0; index < children.length; index += 1) {
      const child = children[index];
      if (!child || child.name === ",") continue;
      const value = children[index + 2];
      if (child.name === "VariableName" && children[index + 1]?.name === "AssignOp" && value) {
        args.push({ name: this.text(child), value });
        index += 2;
      } else if (child.name !== "*" && child.name !== "**") args.push({ name: null, value: child });
    }
    return args;
  }
}

const MAX_PARSE_MS = 2_000;

/** Parses for a bounded time: recovering from many errors is slow, and the partial tree is enough for such a file. */
function parseBounded(text: string): Tree {
  const parse = parser.startParse(text);
  const endMs = performance.now() + MAX_PARSE_MS;
  for (let tree = parse.advance(); ; tree = parse.advance()) {
    if (tree) return tree;
    if (parse.stoppedAt === null && performance.now() > endMs) parse.stopAt(parse.parsedPos);
  }
}

export interface Argument {
  name: string | null;
  value: PyNode;
}

/** Returns the value of an argument, by name or else by position. */
export function argument(args: Argument[], name: string, at?: number): PyNode | null {
  const named = args.find((one) => one.name === name);
  if (named) return named.value;
  return at === undefined ? null : (args.filter((one) => one.name === null)[at]?.value ?? null);
}

export function childrenOf(node: PyNode): PyNode[] {
  const children: PyNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== "Comment") children.push(child);
  }
  return children;
}

const MAX_DEPTH = 400;

export function walkPython(node: PyNode, visit: (node: PyNode) => void, depth = 0): void {
  visit(node);
  if (depth >= MAX_DEPTH) return;
  for (const child of childrenOf(node)) walkPython(child, visit, depth + 1);
}

/** Returns the nearest ancestor with one of these node names. */
export function enclosing(node: PyNode, ...names: string[]): PyNode | null {
  for (let parent = node.parent; parent; parent = parent.parent) if (names.includes(parent.name)) return parent;
  return null;
}

/** Returns the statements of a body. */
export function statementsOf(body: PyNode | null): PyNode[] {
  return body ? childrenOf(body).filter((child) => child.name !== ":") : [];
}

export interface Parameter {
  name: string;
  node: PyNode;
  fallback: PyNode | null;
}

/** Returns the parameters of a function, without `self` and `cls`. */
export function parametersOf(tree: PythonTree, definition: PyNode): Parameter[] {
  const list = definition.getChild("ParamList");
  if (!list) return [];
  const parameters: Parameter[] = [];
  const children = childrenOf(list);
  children.forEach((child, index) => {
    if (child.name !== "VariableName") return;
    if (children[index - 1]?.name === "AssignOp") return;
    const typed = children[index + 1]?.name === "TypeDef" ? 1 : 0;
    const assigns = children[index + 1 + typed]?.name === "AssignOp";
    parameters.push({
      name: tree.text(child),
      node: child,
      fallback: assigns ? (children[index + 2 + typed] ?? null) : null,
    });
  });
  return parameters.filter((parameter, index) => index > 0 || !/^(self|cls)$/.test(parameter.name));
}

/** Returns what is written above a function, "" for nothing: "@property". */
export function decoratorsOf(definition: PyNode, tree: PythonTree): string {
  const { parent } = definition;
  return parent?.name === "DecoratedStatement" ? tree.slice(parent.from, definition.from) : "";
}

/** Returns the name as "Class.method" or "function"; null for code outside functions. */
export function definitionName(tree: PythonTree, definition: PyNode): { name: string; className: string | null } {
  const own = definition.getChild("VariableName");
  const name = own ? tree.text(own) : "";
  const owner = definition.parent?.name === "DecoratedStatement" ? definition.parent.parent : definition.parent;
  const holder = owner?.name === "Body" ? owner.parent : null;
  const className = holder?.name === "ClassDefinition" ? holder.getChild("VariableName") : null;
  return { name, className: className ? tree.text(className) : null };
}

/** Returns the parts of an `if`: each condition with its body, then the body of `else`. */
export function armsOf(node: PyNode): { arms: { test: PyNode; body: PyNode }[]; otherwise: PyNode | null } {
  const arms: { test: PyNode; body: PyNode }[] = [];
  let otherwise: PyNode | null = null;
  let test: PyNode | null = null;
  let isElse = false;
  for (const child of childrenOf(node)) {
    if (child.name === "if" || child.name === "elif") test = null;
    else if (child.name === "else") isElse = true;
    else if (child.name === "Body") {
      if (isElse) otherwise = child;
      else if (test) arms.push({ test, body: child });
    } else test ??= child;
  }
  return { arms, otherwise };
}
