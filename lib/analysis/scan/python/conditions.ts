import { isEnvName } from "../../inputs/input-names.ts";
import { compareWords } from "../compared-words.ts";
import { compareFlag } from "../flags.ts";
import { anyOf, type Condition, withinBounds } from "../flow.ts";
import { Judgements } from "../judgements.ts";
import { type NameForm, variablesOf } from "../name-forms.ts";
import { atom, findField, type Switch } from "../project.ts";
import { Scope } from "../scope.ts";
import { underSwitch } from "../switches.ts";
import { compareTransport, orSwitch, transportArgument, transportNamed } from "../transport.ts";
import { type BooleanToken, flatten } from "./boolean-words.ts";
import { envRead, isEnvironment, pythonCallee } from "./env.ts";
import { PythonLoops } from "./loops.ts";
import { lookedUp, membersOf, placeOf } from "./rounds.ts";
import { argument, childrenOf, type PyNode } from "./syntax.ts";

const SOMETHING: Condition = { kind: "something" };
const UNKNOWN: Condition = { kind: "unknown" };
const NO: Condition = { kind: "constant", value: false };
const YES: Condition = { kind: "constant", value: true };

/** Values of a dictionary or list that are looked at one by one. */
const MAX_VALUES = 24;

/** Variables that are made of names in dictionaries. */
const MAX_MADE = 50;

/** What the truth of an expression says of the presence of variables. */
export class PythonConditions extends PythonLoops {
  readonly #judgements = new Judgements<string>();

  condition(node: PyNode, scope: Scope): Condition {
    return this.#boolean(flatten(node, this.tree), scope);
  }

  /** What a value says of variables, and whether it is the value of one that may be None: `url = os.getenv("URL")`. */
  protected toldOf(value: PyNode, scope: Scope): Condition {
    const told = this.condition(value, scope);
    if (told.kind !== "atom") return told;
    const read = envRead(value, this.tree, this.names);
    const isRead = read !== null && !read.isStrict && read.fallback === null;
    const isValue = isRead || (value.name === "VariableName" && told.isValue);
    return { kind: "atom", key: told.key, ...(isValue ? { isValue } : {}) };
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
    const place = this.bound.size > 0 ? placeOf(node, this.tree) : null;
    const literal = this.tree.literal(node) ?? (place === null ? undefined : this.bound.get(place)) ?? null;
    if (node.name === "None" || literal === "") return NO;
    if (literal !== null) return { kind: "constant", value: literal !== "false" && literal !== "0", text: literal };
    switch (node.name) {
      case "VariableName":
        return this.#ofName(this.tree.text(node), scope);
      case "MemberExpression": {
        const position = positionRead(this.tree.text(node));
        if (position) return { kind: "atom", key: position };
        const path = this.tree.dotted(node);
        return path === null ? (this.#entry(node, scope) ?? SOMETHING) : this.#ofMember(path, scope);
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
        return this.#once(node, scope, () => this.#comparison(node, scope));
      case "ConditionalExpression":
        return this.#once(node, scope, () => this.#choice(node, scope));
      case "CallExpression":
        return this.#once(node, scope, () => this.#callCondition(node, scope));
      case "AwaitExpression": {
        const awaited = childrenOf(node).at(-1);
        return awaited ? this.condition(awaited, scope) : SOMETHING;
      }
      case "ArrayComprehensionExpression":
      case "SetComprehensionExpression":
      case "DictionaryComprehensionExpression":
      case "ComprehensionExpression":
        return this.#comprehended(node, scope, "filter", false) ?? SOMETHING;
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

  #once(node: PyNode, scope: Scope, judge: () => Condition): Condition {
    return this.#judgements.of(`${node.name} ${node.from} ${node.to}`, scope, judge);
  }

  #choice(node: PyNode, scope: Scope): Condition {
    const [first, , test, , last] = childrenOf(node);
    // `Client(key) if key else None`
    if (first && test && last?.name === "None")
      return withinBounds({ kind: "and", of: [this.condition(test, scope), this.condition(first, scope)] });
    return withinBounds({
      kind: "or",
      of: [first, last].flatMap((part) => (part ? [this.condition(part, scope)] : [])),
    });
  }

  #ofName(name: string, scope: Scope): Condition {
    const known = scope.find(name) ?? this.project.constants.get(name);
    const text = known ? undefined : this.project.texts.get(name);
    if (!known && text !== undefined) return { kind: "constant", value: true, text };
    return orSwitch(known, name);
  }

  #ofMember(path: string, scope: Scope): Condition {
    // The text of an enum's member is what the member is compared by.
    const own = path.replace(/\.value$/, "");
    const text = this.project.texts.get(own);
    if (text !== undefined) return { kind: "constant", value: true, text };
    const known = scope.find(path) ?? scope.find(own) ?? this.project.constants.get(own);
    return orSwitch(known ?? findField(this.project, own, true), own);
  }

  /** What is asked for by a name that is worked out: `getattr(config, name)`, `globals()[name]`. */
  #ofWorkedOut(node: PyNode, scope: Scope): Condition | null {
    const call = this.tree.call(node);
    const [object, name] = call?.args ?? [];
    if (call && this.tree.dotted(call.callee) === "getattr" && object && name) {
      const owner = this.tree.dotted(object.value);
      const field = this.#textOf(name.value);
      return owner && field ? this.#ofMember(`${owner}.${field}`, scope) : null;
    }
    const { holder, key } = lookedUp(node, this.tree);
    const text = key ? this.#textOf(key) : null;
    if (!holder || text === null) return null;
    const names = this.tree.call(holder);
    if (names && /^(globals|vars)$/.test(this.tree.dotted(names.callee) ?? "")) {
      const [of] = names.args;
      return of ? this.#ofMember(`${this.tree.dotted(of.value)}.${text}`, scope) : this.#ofName(text, scope);
    }
    const path = this.tree.dotted(holder);
    return path ? scope.find(`${path}.${text}`) : null;
  }

  /** The text of a name that the code spells out or that a loop goes over. */
  #textOf(node: PyNode): string | null {
    const place = placeOf(node, this.tree);
    return this.tree.string(node) ?? (place === null ? null : (this.bound.get(place) ?? null));
  }

  /** How variables are made of the names in dictionaries, by what holds the dictionary. */
  protected readonly forms = new Map<string, NameForm>();
  /** The variables that were made so, with the places that name them. */
  readonly made = new Map<string, PyNode>();

  /** What a dictionary of values holds under a name: `values["key"]`, `values.get("key")`. */
  #entry(node: PyNode, scope: Scope): Condition | null {
    const [, name, key] = /^([\w.]{1,100})\[(\w{1,100})\]$/.exec(placeOf(node, this.tree) ?? "") ?? [];
    return name && key
      ? (scope.find(`${name}.${key}`) ?? this.#formed(name, key, node))
      : this.#ofWorkedOut(node, scope);
  }

  /** Whether a dictionary has a name: `"key" in values`. */
  #hasEntry(key: PyNode, values: PyNode, scope: Scope): Condition | null {
    const name = this.tree.dotted(values);
    const text = this.tree.string(key);
    if (name === null || text === null) return null;
    return scope.find(`${name}[${text}]`) ?? this.#formed(name, text, key);
  }

  /** The variable for a name in a dictionary that is filled for all names of another package. */
  #formed(name: string, key: string, node: PyNode): Condition | null {
    const form = this.forms.get(name);
    const [variable] = form ? variablesOf({ forms: [form] }, key) : [];
    if (variable === undefined || !isEnvName(variable) || this.made.size >= MAX_MADE) return null;
    this.made.set(variable, node);
    return anyOf([atom(variable), SOMETHING]);
  }

  #callCondition(node: PyNode, scope: Scope): Condition {
    const found = this.helper(node);
    if (found) return found.hasFallback ? YES : found.told;
    const call = this.tree.call(node);
    if (!call) return SOMETHING;
    if (this.names.ofRequest.has(this.tree.dotted(call.callee) ?? "")) return NO;
    const returned = this.project.returns.get((pythonCallee(node, this.tree) ?? "").split(".").at(-1) ?? "");
    if (returned) return returned;
    const name = this.tree.dotted(call.callee) ?? "";
    const [first] = call.args;
    const filter = /^(all|any)$/.test(name) ? this.#comprehended(node, scope, "first", name === "all") : null;
    if (filter) return filter;
    const values = /^(all|any)$/.test(name) && first ? this.#membersOf(first.value) : null;
    if (values) return { kind: name === "all" ? "and" : "or", of: values.map((value) => this.condition(value, scope)) };
    // `list(filter(None, [a, b]))` has members when one of them is there.
    if (name === "filter" && first?.value.name === "None" && call.args[1]) {
      const parts = this.#membersOf(call.args[1].value);
      if (parts) return { kind: "or", of: parts.map((part) => this.condition(part, scope)) };
    }
    if (name === "next" && first) return this.#comprehended(first.value, scope, "filter", false) ?? SOMETHING;
    if (/^(list|set|dict)$/.test(name) && !first) return NO;
    // An enum that is called makes its member of a text; other classes with constants take more than that.
    const isMember = this.project.named.has(name) && call.args.length === 1;
    const isValue = /^(bool|str|int|len|float|list|tuple|set)$/.test(name) || isMember;
    if (/^(typing\.)?cast$/.test(name) && call.args[1]) return this.condition(call.args[1].value, scope);
    if (isValue && first) return this.condition(first.value, scope);
    const held = this.#entry(node, scope);
    if (held) return held;
    const [object, , method] = childrenOf(call.callee);
    // Of what is nothing, there is no part: `get_http_headers().get("authorization")`.
    if (object && method && this.tree.text(method) === "get") {
      const whole = this.condition(object, scope);
      if (whole.kind === "constant" && !whole.value) return NO;
    }
    const compared = object && method && first && isEnvironment(first.value, this.tree, this.names);
    const names = compared ? this.#namesIn(object) : null;
    if (names && method && this.tree.text(method) === "issubset") return names;
    if (names && method && this.tree.text(method) === "difference") return { kind: "not", of: names };
    // `key: str = field(default_factory=lambda: os.getenv("KEY"))`
    const made = /(^|\.)[Ff]ield$/.test(name) ? argument(call.args, "default_factory") : null;
    const body = made?.name === "LambdaExpression" ? childrenOf(made).at(-1) : null;
    if (body) return this.condition(body, scope);
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
  #comprehended(node: PyNode, scope: Scope, part: "first" | "filter", isAll: boolean): Condition | null {
    let children = childrenOf(node);
    if (part === "first") {
      const list = children.at(-1);
      children = list ? childrenOf(list) : [];
    }
    const loop = children.findIndex((child) => child.name === "for");
    if (loop < 0) return null;
    const at = part === "first" ? loop - 1 : children.findIndex((child) => child.name === "if") + 1;
    const tested = at > 0 ? children[at] : null;
    if (!tested) return null;
    const of = this.eachRound(children, scope, (inner) => this.condition(tested, inner));
    if (of) return of.length === 0 ? null : { kind: isAll ? "and" : "or", of };
    return this.condition(tested, new Scope(scope));
  }

  /** The members of a list or of a dictionary's values that are written out, or null. */
  #membersOf(node: PyNode): PyNode[] | null {
    const members = membersOf(node, this.tree)?.flatMap((member) => member.at(-1) ?? []) ?? [];
    return members.length > 0 && members.length <= MAX_VALUES ? members : null;
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
    if (/^(not )?in$/.test(operator) && isEnvironment(right, this.tree, this.names)) {
      const key = this.keyOf(left);
      if (key === null) {
        const all: Condition = { kind: "and", of: this.keysOf(left).map(atom) };
        if (all.of.length === 0) return UNKNOWN;
        return operator === "in" ? all : { kind: "not", of: all };
      }
      return operator === "in" ? atom(key) : { kind: "not", of: atom(key) };
    }
    if (/^(not )?in$/.test(operator) && /^sys\.argv\b/.test(this.tree.text(right).slice(0, 20))) {
      const told = transportArgument(this.tree.string(left) ?? "") ?? SOMETHING;
      return operator === "in" ? told : { kind: "not", of: told };
    }
    const entry = /^(not )?in$/.test(operator) ? this.#hasEntry(left, right, scope) : null;
    if (entry) return operator === "in" ? entry : { kind: "not", of: entry };
    // `REQUIRED - set(os.environ)`, `REQUIRED <= os.environ.keys()`
    if (/^(-|<=)$/.test(operator) && isEnvironment(right, this.tree, this.names)) {
      const names = this.#namesIn(left);
      if (names) return operator === "-" ? { kind: "not", of: names } : names;
    }
    // `None in (key, url)`
    const members = /^(not )?in$/.test(operator) && this.#isNothing(left) ? this.#membersOf(right) : null;
    if (members) {
      const of: Condition = { kind: "and", of: members.map((member) => this.condition(member, scope)) };
      return operator === "in" ? { kind: "not", of } : of;
    }
    const written = /^(==|!=|is|is not|in|not in)$/.test(operator) ? this.#words(right, scope) : [];
    // `value in ("", "0", "false")` holds for a variable that is not set.
    const held = written.length > 1 && written.includes("") ? this.condition(left, scope) : null;
    if (held?.kind === "atom" && /in$/.test(operator)) {
      const absent: Condition = { kind: "or", of: [{ kind: "not", of: held }, SOMETHING] };
      return operator === "in" ? absent : { kind: "not", of: absent };
    }
    const isNegated = /^(!=|is not|not in)$/.test(operator);
    const transport = compareTransport(this.tree.text(left), written, isNegated);
    if (transport) return transport;
    const chosen = compareWords(this.condition(left, scope), written);
    if (chosen) return isNegated ? { kind: "not", of: chosen } : chosen;
    const literal = this.tree.literal(right);
    const flag = literal === null ? null : compareFlag(this.condition(left, scope), operator, literal);
    if (flag) return flag;
    const counted = this.#countedList(left);
    if (counted && this.tree.literal(right) === "0") {
      const isAny = this.condition(counted, scope);
      if (/^(>|!=)$/.test(operator)) return isAny;
      return operator === "==" ? { kind: "not", of: isAny } : UNKNOWN;
    }
    const isNothing = this.#isNothing(right);
    // `if "default" not in accounts` is true unless something added that key, so it asks for no setting.
    if (!isNothing && operator === "not in") return { kind: "not", of: UNKNOWN };
    if (!isNothing || !/^(is|is not|==|!=)$/.test(operator)) return UNKNOWN;
    const value = this.condition(left, scope);
    return operator === "is" || operator === "==" ? { kind: "not", of: value } : value;
  }

  /** The text that a constant has: `Mode.TOKEN`, `DEFAULT_MODE`. */
  #named(node: PyNode, scope: Scope): string | null {
    const path = this.tree.dotted(node);
    const known = path === null ? null : this.condition(node, scope);
    return (known?.kind === "constant" ? known.text : null) ?? (path === null ? null : transportNamed(path));
  }

  /** `value in words`, as a `match` asks it. */
  protected sameAs(value: PyNode, words: readonly string[], scope: Scope): Condition {
    return (
      compareTransport(this.tree.text(value), words, false) ??
      compareWords(this.condition(value, scope), words) ??
      UNKNOWN
    );
  }

  #isNothing(node: PyNode): boolean {
    return node.name === "None" || this.tree.literal(node) === "";
  }

  /** All variables that a list or set names that is written out, or null. */
  #namesIn(node: PyNode): Condition | null {
    const names = this.#membersOf(node)?.map((member) => this.tree.string(member)) ?? [];
    return names.length > 0 && names.every((name) => name !== null) ? { kind: "and", of: names.map(atom) } : null;
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

  /** The texts of a literal or a constant, or of a list, tuple or set of them. */
  #words(node: PyNode, scope: Scope): string[] {
    const own = this.tree.string(node) ?? this.#named(node, scope);
    if (own !== null) return [own];
    return (this.#membersOf(node) ?? []).flatMap((part) => this.tree.string(part) ?? this.#named(part, scope) ?? []);
  }

  /** What a call demands of a function whose demand may hang on a switch. */
  protected demandedUnder(demanded: Condition, hangsOn: Switch | null | undefined, call: PyNode, scope: Scope) {
    if (!hangsOn) return demanded;
    const given = argument(this.tree.call(call)?.args ?? [], hangsOn.name, hangsOn.at);
    return underSwitch(demanded, hangsOn, given && this.condition(given, scope));
  }
}

/** The key of the position that `sys.argv[1]` reads, or null. */
export function positionRead(text: string): string | null {
  const index = /^sys\.argv\[([1-9])\]$/.exec(text)?.[1];
  return index === undefined ? null : `position ${Number(index) - 1}`;
}
