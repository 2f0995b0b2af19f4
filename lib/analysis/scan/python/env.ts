import { isEnvName } from "../../inputs/input-names.ts";
import { readsByName } from "../library-readers.ts";
import { argument, childrenOf, enclosing, type PyNode, type PythonTree, parametersOf, walkPython } from "./syntax.ts";

/** A read of the environment: the expression of the name, and the fallback. */
export interface EnvRead {
  key: PyNode;
  fallback: PyNode | null;
  /** Raises without the variable, as `os.environ[…]` does. */
  isStrict: boolean;
}

/** Names of the environment and of its readers in one file. */
export interface EnvNames {
  /** Names that hold the environment, with the stretches of the file where they do. */
  environs: Map<string, Stretch[]>;
  getters: Set<string>;
  /** Readers that raise where there is neither a value nor a default. */
  strictGetters: Set<string>;
  /** Values that the file itself gives to variables that are not there, by their keys. */
  written: Map<string, PyNode>;
  /** Import aliases: local name to original name. */
  aliases: Map<string, string>;
  /** Functions that return something of the HTTP request at hand, and nothing over stdio. */
  ofRequest: Set<string>;
  /** It makes a parser of argparse. */
  hasParser: boolean;
}

type Stretch = Pick<PyNode, "from" | "to">;

const MAX_ALIASES = 200;

export function environmentNamesOf(tree: PythonTree): EnvNames {
  const whole = { from: 0, to: Number.POSITIVE_INFINITY };
  const names: EnvNames = {
    environs: new Map([
      ["os.environ", [whole]],
      ["environ", [whole]],
    ]),
    getters: new Set(["os.getenv", "getenv"]),
    strictGetters: new Set(),
    written: new Map(),
    aliases: new Map(),
    ofRequest: new Set(),
    hasParser: tree.text(tree.root).includes("ArgumentParser("),
  };
  const text = tree.text(tree.root);
  for (const [, own] of text.matchAll(/^import[ \t]+os[ \t]+as[ \t]+(\w+)/gm)) {
    names.environs.set(`${own}.environ`, [whole]);
    names.getters.add(`${own}.getenv`);
  }
  for (const [, imported = ""] of text.matchAll(/^[ \t]*from[ \t]+\S+[ \t]+import[ \t]+([^\n]+)/gm)) {
    for (const [, name = "", alias = ""] of imported.matchAll(/\b(\w+)[ \t]+as[ \t]+(\w+)/g)) {
      names.aliases.set(alias, name);
      if (name === "environ") names.environs.set(alias, [whole]);
      if (name === "getenv") names.getters.add(alias);
    }
  }
  for (const [, imported = ""] of text.matchAll(REQUEST_IMPORT))
    for (const [name] of imported.matchAll(OF_REQUEST)) names.ofRequest.add(name);
  addAliases(tree, names);
  const decouple = /^[ \t]*from[ \t]+decouple[ \t]+import[ \t]+(\S.{0,300})/m.exec(text)?.[1] ?? "";
  if (/\bconfig\b/.test(decouple)) addStrictGetter(names, "config");
  const starlette = /^[ \t]*from[ \t]+starlette\.config[ \t]+import\b/m.test(text);
  const made = starlette ? /^[ \t]*(\w+)[ \t]*=[ \t]*Config\(/m.exec(text)?.[1] : undefined;
  if (made) addStrictGetter(names, made);
  const environs = /^[ \t]*(\w+)[ \t]*=[ \t]*(?:environs\.|environ\.)?Env\(/m.exec(text)?.[1];
  if (environs)
    for (const method of ["", ".str", ".int", ".bool", ".url", ".list", ".float"])
      addStrictGetter(names, `${environs}${method}`);
  addWritten(tree, names);
  return names;
}

/**
 * Adds the values that a file writes into the environment as soon as it is loaded, where the variable is not there:
 * `os.environ.setdefault("X", "no")`, `if "X" not in os.environ: os.environ["X"] = "no"`.
 */
function addWritten(tree: PythonTree, names: EnvNames): void {
  const add = (key: PyNode | undefined, value: PyNode | undefined) => {
    const name = key ? tree.string(key) : null;
    if (name && value && tree.string(value) !== null && names.written.size < MAX_ALIASES)
      names.written.set(name, value);
  };
  walkPython(tree.root, (node) => {
    if (!/^(?:CallExpression|AssignStatement)$/.test(node.name) || enclosing(node, "FunctionDefinition")) return;
    const call = node.name === "CallExpression" ? tree.call(node) : null;
    const [target] = call ? [call.callee] : childrenOf(node);
    const [object, mark, entry] = target?.name === "MemberExpression" ? childrenOf(target) : [];
    if (!object || !entry || !isEnvironment(object, tree, names)) return;
    if (call && tree.text(entry) === "setdefault") add(call.args[0]?.value, call.args[1]?.value);
    const condition = enclosing(node, "IfStatement");
    const test = condition ? childrenOf(condition)[1] : undefined;
    const isDefault = test && /\bnot\b|\bis None\b/.test(tree.text(test)) && tree.text(test).includes(tree.text(entry));
    if (!call && mark?.name === "[" && isDefault) add(entry, childrenOf(node).at(-1));
  });
}

/** What the MCP SDK and FastMCP know of the HTTP request at hand. Over stdio there is none. */
const REQUEST_IMPORT =
  /^[ \t]*from[ \t]+(?:fastmcp\.server\.dependencies|mcp\.server\.auth[\w.]{0,60})[ \t]+import[ \t]+(\([^()]{0,500}\)|[^\n]{1,300})/gm;
const OF_REQUEST = /\bget_(?:access_token|http_headers|http_request)\b/g;

/** Adds the names that a file gives to the environment: `env = environ or os.environ`, `def load(env=os.environ)`, `get = os.environ.get`. */
function addAliases(tree: PythonTree, names: EnvNames): void {
  let left = MAX_ALIASES;
  const add = (target: PyNode | undefined, value: PyNode | null | undefined, within: Stretch) => {
    const name = target ? tree.dotted(target) : null;
    if (!name || !value || left <= 0) return;
    const path = tree.dotted(value) ?? "";
    if (names.getters.has(path) || (path.endsWith(".get") && names.environs.has(path.slice(0, -".get".length))))
      names.getters.add(name);
    if (!isEnvironment(value, tree, names)) return;
    left -= 1;
    const around = name.startsWith("self.") && target ? enclosing(target, "ClassDefinition") : null;
    names.environs.set(name, [...(names.environs.get(name) ?? []), around ?? within]);
  };
  walkPython(tree.root, (node) => {
    if (node.name === "FunctionDefinition")
      for (const { node: own, fallback } of parametersOf(tree, node)) add(own, fallback, node);
    if (node.name !== "AssignStatement") return;
    const children = childrenOf(node);
    if (children.some((child) => child.name === ",")) return;
    add(children[0], children.at(-1), enclosing(node, "FunctionDefinition") ?? tree.root);
  });
}

const MAX_DEPTH = 8;

/** Returns whether an expression is the environment, or a copy of it. */
export function isEnvironment(node: PyNode, tree: PythonTree, names: EnvNames, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  const isOne = (part: PyNode | undefined) => part !== undefined && isEnvironment(part, tree, names, depth + 1);
  switch (node.name) {
    case "VariableName":
    case "MemberExpression":
      return (names.environs.get(tree.dotted(node) ?? "") ?? []).some(
        ({ from, to }) => node.from >= from && node.to <= to,
      );
    case "ParenthesizedExpression":
      return isOne(childrenOf(node)[1]);
    case "BinaryExpression": {
      const children = childrenOf(node);
      return /^(or|\|)$/.test(tree.text(children[1] ?? node)) && (isOne(children[0]) || isOne(children.at(-1)));
    }
    case "ConditionalExpression": {
      const children = childrenOf(node);
      return isOne(children[0]) || isOne(children.at(-1));
    }
    case "DictionaryExpression": {
      const children = childrenOf(node);
      return children.some((child, at) => child.name === "**" && isOne(children[at + 1]));
    }
    case "CallExpression": {
      const call = tree.call(node);
      const [object, , method] = call ? childrenOf(call.callee) : [];
      if (/^(copy|keys)$/.test(method ? tree.text(method) : "")) return isOne(object);
      return /^(dict|set|list|MappingProxyType|types\.MappingProxyType)$/.test(tree.dotted(call?.callee ?? null) ?? "")
        ? isOne(call?.args[0]?.value)
        : false;
    }
    default:
      return false;
  }
}

function addStrictGetter(names: EnvNames, getter: string): void {
  names.getters.add(getter);
  names.strictGetters.add(getter);
}

/** Returns the read of the environment at a node, or null. */
export function envRead(node: PyNode, tree: PythonTree, names: EnvNames): EnvRead | null {
  if (node.name === "CallExpression") {
    const call = tree.call(node);
    if (!call) return null;
    const getter = tree.dotted(call.callee) ?? "";
    const [object, , name] = call.callee.name === "MemberExpression" ? childrenOf(call.callee) : [];
    const method = object && name && isEnvironment(object, tree, names) ? tree.text(name) : "";
    const isOfLibrary = !names.getters.has(getter) && method === "" && call.args.length === 1 && readsByName(getter);
    if (!names.getters.has(getter) && !/^(get|pop)$/.test(method) && !isOfLibrary) return null;
    const key = call.args.find((one) => one.name === null || one.name === "key")?.value;
    if (!key) return null;
    const fallback = argument(call.args, "default", 1);
    if (isOfLibrary && !isEnvName(tree.string(key) ?? "")) return null;
    const written = names.written.get(tree.string(key) ?? "");
    if (written) return { key, fallback: written, isStrict: false };
    const isStrict = fallback === null && (names.strictGetters.has(getter) || method === "pop" || isOfLibrary);
    return { key, fallback: fallback?.name === "None" ? null : fallback, isStrict };
  }
  if (node.name !== "MemberExpression") return null;
  const [object, bracket, key] = childrenOf(node);
  if (!object || bracket?.name !== "[" || !key || !isEnvironment(object, tree, names)) return null;
  const written = names.written.get(tree.string(key) ?? "");
  return { key, fallback: written ?? null, isStrict: written === undefined };
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
  // A class method makes an object of its class: `cls(os.getenv("KEY"))`.
  const own = dotted === "cls" ? enclosing(node, "ClassDefinition")?.getChild("VariableName") : null;
  if (parts.length === 1) return own ? tree.text(own) : dotted;
  const owner = parts.at(-2) ?? "";
  const last = parts.at(-1) ?? "";
  if (owner === "cls" || owner === "self") {
    const holder = enclosing(node, "ClassDefinition")?.getChild("VariableName");
    return parts.length === 2 && holder ? `${tree.text(holder)}.${last}` : `.${last}`;
  }
  return /^[A-Z]/.test(owner) ? `${owner}.${last}` : `.${last}`;
}
