import { type Condition, compareDefault, withinBounds } from "../flow.ts";
import { atom, findField, type Project } from "../project.ts";
import { Repeats } from "../repeats.ts";
import { Scope } from "../scope.ts";
import { compareTransport } from "../transport.ts";
import { assignedNear, type EnvNames, envRead, possibleTexts, pythonCallee } from "./env.ts";
import { argument, childrenOf, type PyNode, type PythonTree } from "./syntax.ts";

const SOMETHING: Condition = { kind: "something" };
const UNKNOWN: Condition = { kind: "unknown" };
const NO: Condition = { kind: "constant", value: false };
const YES: Condition = { kind: "constant", value: true };

/** Values of a dictionary or list that are looked at one by one. */
const MAX_VALUES = 24;

/** Computed names that are followed to where they come from, in all files of a server. */
const MAX_LOOKUPS = 3_000;

/** What the truth of an expression says of the presence of variables. */
export class PythonConditions {
  protected readonly tree: PythonTree;
  protected readonly names: EnvNames;
  protected readonly project: Project;
  /** A parameter whose value is the name of the variable, and the key that stands for it. */
  protected readonly parameter: { name: string; key: string } | null;

  protected readonly repeats = new Repeats();

  constructor(
    tree: PythonTree,
    names: EnvNames,
    project: Project,
    parameter: { name: string; key: string } | null = null,
  ) {
    this.tree = tree;
    this.names = names;
    this.project = project;
    this.parameter = parameter;
  }

  condition(node: PyNode, scope: Scope): Condition {
    return this.#boolean(flatten(node, this.tree), scope);
  }

  /** Puts `not`, `and` and `or` in their order of precedence, which the parser's tree does not keep for `not`. */
  #boolean(tokens: BooleanToken[], scope: Scope): Condition {
    const split = (word: "and" | "or") => {
      const parts: BooleanToken[][] = [[]];
      for (const token of tokens) {
        if (token === word) parts.push([]);
        else parts.at(-1)?.push(token);
      }
      return parts;
    };
    for (const word of ["or", "and"] as const) {
      const parts = split(word);
      if (parts.length > 1) return withinBounds({ kind: word, of: parts.map((part) => this.#boolean(part, scope)) });
    }
    const [first, ...rest] = tokens;
    if (first === "not") return { kind: "not", of: this.#boolean(rest, scope) };
    return first && typeof first !== "string" ? this.#operand(first, scope) : UNKNOWN;
  }

  #operand(node: PyNode, scope: Scope): Condition {
    const read = envRead(node, this.tree, this.names);
    if (read) {
      const key = this.keyOf(read.key);
      if (key === null) {
        const keys = this.keysOf(read.key);
        return keys.length > 0 && !read.fallback ? { kind: "and", of: keys.map(atom) } : SOMETHING;
      }
      const fallback = read.fallback ? this.condition(read.fallback, scope) : null;
      return fallback && !(fallback.kind === "constant" && !fallback.value)
        ? { kind: "or", of: [atom(key), fallback] }
        : atom(key);
    }
    const literal = this.tree.literal(node);
    if (node.name === "None" || literal === "") return NO;
    if (literal !== null) return { kind: "constant", value: literal !== "false" && literal !== "0", text: literal };
    switch (node.name) {
      case "VariableName": {
        const name = this.tree.text(node);
        const known = scope.find(name) ?? this.project.constants.get(name);
        const text = known ? undefined : this.project.texts.get(name);
        return known ?? (text === undefined ? SOMETHING : { kind: "constant", value: true, text });
      }
      case "MemberExpression": {
        const position = positionRead(this.tree.text(node));
        if (position) return { kind: "atom", key: position };
        const path = this.tree.dotted(node);
        if (path === null) return SOMETHING;
        const text = this.project.texts.get(path.replace(/\.value$/, ""));
        if (text !== undefined) return { kind: "constant", value: true, text };
        const known = scope.find(path) ?? this.project.constants.get(path);
        return known ?? findField(this.project, path, true) ?? SOMETHING;
      }
      case "ParenthesizedExpression": {
        const inner = childrenOf(node)[1];
        return inner ? this.condition(inner, scope) : UNKNOWN;
      }
      case "NamedExpression": {
        // `(key := os.getenv("KEY"))`
        const [target] = childrenOf(node);
        const value = childrenOf(node).at(-1);
        const bound = value ? this.condition(value, scope) : UNKNOWN;
        if (target) scope.bind(this.tree.text(target), bound);
        return bound;
      }
      case "BinaryExpression":
        return this.#comparison(node, scope);
      case "ConditionalExpression": {
        const [first, , , , last] = childrenOf(node);
        return withinBounds({
          kind: "or",
          of: [first, last].flatMap((part) => (part ? [this.condition(part, scope)] : [])),
        });
      }
      case "CallExpression":
        return this.#callCondition(node, scope);
      case "AwaitExpression":
        return SOMETHING;
      case "ArrayComprehensionExpression":
      case "SetComprehensionExpression":
      case "ComprehensionExpression":
        return this.repeats.within(() => this.#comprehended(node, scope, "filter")) ?? SOMETHING;
      case "ArrayExpression":
        return childrenOf(node).length <= 2 ? NO : YES;
      // An empty one is filled later, by code that may not be followed.
      case "DictionaryExpression":
        return childrenOf(node).length <= 2 ? { kind: "or", of: [SOMETHING] } : YES;
      case "FormatString":
        return YES;
      default:
        return SOMETHING;
    }
  }

  #callCondition(node: PyNode, scope: Scope): Condition {
    const found = this.helper(node);
    if (found) return found.hasFallback ? YES : atom(found.key);
    const call = this.tree.call(node);
    if (!call) return SOMETHING;
    const returned = this.project.returns.get((pythonCallee(node, this.tree) ?? "").split(".").at(-1) ?? "");
    if (returned) return returned;
    const name = this.tree.dotted(call.callee) ?? "";
    const [first] = call.args;
    const filter = /^(all|any)$/.test(name)
      ? this.repeats.within(() => this.#comprehended(node, scope, "first"))
      : null;
    if (filter) return filter;
    const values = /^(all|any)$/.test(name) && first ? this.#valuesOf(first.value) : null;
    if (values) return { kind: name === "all" ? "and" : "or", of: values.map((value) => this.condition(value, scope)) };
    // `list(filter(None, [a, b]))` has members when one of them is there.
    if (name === "filter" && first?.value.name === "None" && call.args[1]) {
      const parts = this.#membersOf(call.args[1].value);
      if (parts) return { kind: "or", of: parts.map((part) => this.condition(part, scope)) };
    }
    if (/^(all|any)$/.test(name) && first && /^(ArrayExpression|TupleExpression)$/.test(first.value.name)) {
      const parts = childrenOf(first.value).filter((child) => !/^[[\](),]$/.test(child.name));
      return { kind: name === "all" ? "and" : "or", of: parts.map((part) => this.condition(part, scope)) };
    }
    if (/^(bool|str|int|len|float|list|tuple|set)$/.test(name) && first) return this.condition(first.value, scope);
    const [object, , method] = childrenOf(call.callee);
    if (
      object &&
      method &&
      /^(strip|rstrip|lstrip|lower|upper|replace|split|get_secret_value)$/.test(this.tree.text(method))
    ) {
      return this.condition(object, scope);
    }
    return SOMETHING;
  }

  /**
   * `[name for name in NAMES if not os.getenv(name)]` has members when its condition can hold; `all(os.getenv(n) for n in NAMES)`
   * holds when its first part does.
   */
  #comprehended(node: PyNode, scope: Scope, part: "first" | "filter"): Condition | null {
    let children = childrenOf(node);
    if (part === "first") {
      const list = children.at(-1);
      children = list ? childrenOf(list) : [];
    }
    const loop = children.findIndex((child) => child.name === "for");
    if (loop < 0) return null;
    const at = part === "first" ? loop - 1 : children.findIndex((child) => child.name === "if") + 1;
    const tested = at > 0 ? children[at] : null;
    const inner = new Scope(scope);
    const entries = this.entriesOf(children.slice(loop));
    if (tested && entries) {
      // Over the items of a dictionary that is written out: one condition for each value.
      const of = entries.values.map((value) => {
        inner.bind(entries.name, this.condition(value, scope));
        return this.condition(tested, inner);
      });
      return of.length === 0 ? null : { kind: part === "first" ? "and" : "or", of };
    }
    return tested ? this.condition(tested, inner) : null;
  }

  /** The values of `for name, value in {"A": a, "B": b}.items()`, with the name that stands for each. */
  protected entriesOf(loop: PyNode[]): { name: string; values: PyNode[] } | null {
    const at = loop.findIndex((child) => child.name === "in");
    const list = loop[at + 1];
    const name = loop[at - 1];
    if (!list || name?.name !== "VariableName") return null;
    const values = this.#valuesOf(list) ?? this.#membersOf(list);
    return values ? { name: this.tree.text(name), values } : null;
  }

  /** The values of `{"A": a, "B": b}.items()` or `.values()`, also where the dictionary has a name or is made by `dict(…)`. */
  #valuesOf(node: PyNode): PyNode[] | null {
    const call = this.tree.call(node);
    const [object, , method] = call ? childrenOf(call.callee) : [];
    if (!object || !method || !/^(items|values)$/.test(this.tree.text(method))) return null;
    const written = object.name === "VariableName" ? assignedNear(this.tree.text(object), object, this.tree) : object;
    const made = written ? this.tree.call(written) : null;
    const members = written?.name === "DictionaryExpression" ? childrenOf(written) : [];
    const values =
      made && this.tree.dotted(made.callee) === "dict"
        ? made.args.filter((one) => one.name !== null).map((one) => one.value)
        : members.filter((_, index) => members[index - 1]?.name === ":");
    return values.length > 0 && values.length <= MAX_VALUES ? values : null;
  }

  /** The members of a list or tuple that is written out, or null for one of texts, which names what it stands for. */
  #membersOf(node: PyNode): PyNode[] | null {
    if (!/^(ArrayExpression|TupleExpression)$/.test(node.name)) return null;
    const members = childrenOf(node).filter((child) => !/^[[\](),]$/.test(child.name));
    const isOfTexts = members.every((member) => this.tree.string(member) !== null);
    return members.length > 0 && members.length <= MAX_VALUES && !isOfTexts ? members : null;
  }

  /** `is None`, `== ""` and `"X" in os.environ` tell presence; other comparisons do not. */
  #comparison(node: PyNode, scope: Scope): Condition {
    const children = childrenOf(node);
    const left = children[0];
    const right = children.at(-1);
    if (!left || !right) return UNKNOWN;
    const operator = children
      .slice(1, -1)
      .map((child) => this.tree.text(child))
      .join(" ");
    if (/^(not )?in$/.test(operator) && this.names.environs.has(this.tree.dotted(right) ?? "")) {
      const key = this.keyOf(left);
      if (key === null) {
        const all: Condition = { kind: "and", of: this.keysOf(left).map(atom) };
        if (all.of.length === 0) return UNKNOWN;
        return operator === "in" ? all : { kind: "not", of: all };
      }
      return operator === "in" ? atom(key) : { kind: "not", of: atom(key) };
    }
    const written = /^(==|!=|in|not in)$/.test(operator) ? this.#words(right) : [];
    const transport = compareTransport(this.tree.text(left), written, /^(!=|not in)$/.test(operator));
    if (transport) return transport;
    const isEquality = /^(==|!=)$/.test(operator);
    const word = isEquality ? (written[0] ?? this.#named(right, scope)) : null;
    const chosen = word ? compareDefault(this.condition(left, scope), word) : null;
    if (chosen) return operator === "!=" ? { kind: "not", of: chosen } : chosen;
    const counted = this.#countedList(left);
    if (counted && this.tree.literal(right) === "0") {
      const isAny = this.condition(counted, scope);
      if (/^(>|!=)$/.test(operator)) return isAny;
      return operator === "==" ? { kind: "not", of: isAny } : UNKNOWN;
    }
    const isNothing = right.name === "None" || this.tree.literal(right) === "";
    // What is not among others holds unless somebody put it there.
    if (!isNothing && operator === "not in") return { kind: "not", of: UNKNOWN };
    if (!isNothing || !/^(is|is not|==|!=)$/.test(operator)) return UNKNOWN;
    const value = this.condition(left, scope);
    return operator === "is" || operator === "==" ? { kind: "not", of: value } : value;
  }

  /** The text that a constant has: `Mode.TOKEN`, `DEFAULT_MODE`. */
  #named(node: PyNode, scope: Scope): string | null {
    const known = this.tree.dotted(node) === null ? null : this.condition(node, scope);
    return known?.kind === "constant" ? (known.text ?? null) : null;
  }

  /** `value == word`, as a `match` asks it. */
  protected sameAs(value: PyNode, word: string, scope: Scope): Condition {
    return (
      compareTransport(this.tree.text(value), [word], false) ??
      compareDefault(this.condition(value, scope), word) ??
      UNKNOWN
    );
  }

  /** The list of `len(list)`. */
  #countedList(node: PyNode): PyNode | null {
    const call = this.tree.call(node);
    return call && this.tree.dotted(call.callee) === "len" ? (call.args[0]?.value ?? null) : null;
  }

  /** What the parts of a tuple that a function returns say of variables, by their index, or null. */
  protected outcomesOf(node: PyNode): ReadonlyMap<string, Condition> | null {
    const name = (pythonCallee(node, this.tree) ?? "").split(".").at(-1) ?? "";
    return this.project.outcomes.get(name) ?? null;
  }

  /** The texts of a literal, or of a list, tuple or set that is written out. */
  #words(node: PyNode): string[] {
    const parts = /^(Array|Tuple|Set)Expression$/.test(node.name) ? childrenOf(node) : [node];
    return parts.flatMap((part) => this.tree.string(part) ?? []);
  }

  protected keyOf(node: PyNode): string | null {
    const name = node.name === "VariableName" ? this.tree.text(node) : null;
    if (this.parameter && name === this.parameter.name) return this.parameter.key;
    return this.tree.string(node);
  }

  /** The expression of a variable's name in a read of the environment or in `name in os.environ`. */
  protected keyNode(node: PyNode): PyNode | null {
    const read = envRead(node, this.tree, this.names);
    if (read) return read.key;
    if (node.name !== "BinaryExpression" || !node.getChild("in")) return null;
    const children = childrenOf(node);
    const right = children.at(-1);
    return right && this.names.environs.has(this.tree.dotted(right) ?? "") ? (children[0] ?? null) : null;
  }

  /** Every variable that a name can stand for. */
  protected keysOf(node: PyNode): string[] {
    this.project.lookups += 1;
    return this.project.lookups > MAX_LOOKUPS ? [] : possibleTexts(node, this.tree, this.project);
  }

  /** The variable that a call of a helper reads, or null. */
  helperKey(node: PyNode): string | null {
    return this.helper(node)?.key ?? null;
  }

  protected helper(node: PyNode) {
    const call = this.tree.call(node);
    const name = call ? (pythonCallee(node, this.tree) ?? "").split(".").at(-1) : null;
    const helper = name ? this.project.helpers.get(name) : undefined;
    if (!call || !helper) return null;
    const key = this.tree.string(
      argument(call.args, "name", helper.nameAt) ?? argument(call.args, "key", helper.nameAt),
    );
    if (key === null) return null;
    const given = helper.fallbackAt === null ? null : argument(call.args, "default", helper.fallbackAt);
    return { helper, key, hasFallback: helper.fallback !== null || (given !== null && given.name !== "None") };
  }
}

/** The key of the position that `sys.argv[1]` reads, or null. */
export function positionRead(text: string): string | null {
  const index = /^sys\.argv\[([1-9])\]$/.exec(text)?.[1];
  return index === undefined ? null : `position ${Number(index) - 1}`;
}

type BooleanToken = PyNode | "and" | "or" | "not";

/** The operands and words of a boolean expression in the order in which they are written. */
function flatten(node: PyNode, tree: PythonTree, depth = 0): BooleanToken[] {
  if (depth > 60) return [node];
  if (node.name === "UnaryExpression" && node.getChild("not")) {
    const operand = childrenOf(node)[1];
    return operand ? ["not", ...flatten(operand, tree, depth + 1)] : [node];
  }
  if (node.name === "BinaryExpression") {
    const word = node.getChild("and") ? "and" : node.getChild("or") ? "or" : null;
    const children = childrenOf(node);
    const left = children[0];
    const right = children.at(-1);
    if (word && left && right) return [...flatten(left, tree, depth + 1), word, ...flatten(right, tree, depth + 1)];
  }
  return [node];
}
