import { compareWords } from "../compared-words.ts";
import { compareFlag } from "../flags.ts";
import { allOf, anyOf, type Condition } from "../flow.ts";
import { Judgements } from "../judgements.ts";
import { variablesOf } from "../name-forms.ts";
import { atom, findField, type Project, tellsOfChoices, tellsOfVariables } from "../project.ts";
import { Repeats } from "../repeats.ts";
import { Scope } from "../scope.ts";
import { compareTransport, orSwitch, transportArgument, transportNamed } from "../transport.ts";
import { cleanedBy } from "./cleaned-values.ts";
import {
  calleeName,
  isCall,
  isFunction,
  isMember,
  isNothing,
  literalText,
  readKey,
  substituteRead,
  unwrap,
} from "./env.ts";
import { fallbackField } from "./helper-arguments.ts";
import { namesChosen } from "./list-helpers.ts";
import { IS_CONSTANT, listName, pathOf, valueName } from "./paths.ts";
import { positionRead } from "./positions.ts";
import { fieldsOfRows, rowsIn, withRow } from "./rows.ts";
import { speller } from "./spelling.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue } from "./syntax.ts";

const SOMETHING: Condition = { kind: "something" };
/** What a caller passes. A flag's value in a name like it is another one. */
export const PARAMETER: Condition = { kind: "something" };
const UNKNOWN: Condition = { kind: "unknown" };
const YES: Condition = { kind: "constant", value: true };
const NO: Condition = { kind: "constant", value: false };

/** What tells a file that it is the program. */
const IS_PROGRAM = /^require\.main$/;

/** Names of a list for which a loop's body is looked at, and the length of such a body. */
export const MAX_UNROLLED = 24;
export const MAX_UNROLLED_LENGTH = 3_000;

/** What the truth of an expression says of the presence of variables. */
export class JavaScriptConditions {
  protected readonly project: Project;
  protected readonly names: ReadonlySet<string>;
  /** Names that hold the command line's arguments. */
  protected readonly argumentNames: ReadonlySet<string>;

  protected readonly repeats = new Repeats();
  readonly #judgements = new Judgements<SyntaxNode>();
  /** Flags by the name that holds their value in the file. */
  protected readonly flagPaths: ReadonlyMap<string, string>;

  constructor(
    project: Project,
    environment: ReadonlySet<string>,
    argumentNames: ReadonlySet<string> = new Set(),
    flagPaths: ReadonlyMap<string, string> = new Map(),
  ) {
    this.project = project;
    this.names = environment;
    this.argumentNames = argumentNames;
    this.flagPaths = flagPaths;
  }

  /** What a name is known to hold: where that says nothing, the value of a flag. */
  #held(path: string, known: Condition | null | undefined): Condition | null {
    if (known === PARAMETER || (known && (known.kind !== "something" || known.setting))) return known;
    const flag = this.flagPaths.get(path);
    return flag === undefined ? (known ?? null) : { kind: "atom", key: flag };
  }

  /** Returns whether an expression throws or ends the process. */
  protected fails(node: SyntaxNode, _scope: Scope): boolean {
    return isCall(node) && this.project.failing.has(calleeName(node) ?? "");
  }

  /** The variable whose value an expression has, undefined included: `process.env.X`, or a constant that holds it. */
  protected variableIn(expression: SyntaxNode, scope: Scope): string | null {
    const node = unwrap(expression);
    const path = pathOf(node) ?? "";
    const held = scope.find(path) ?? this.project.constants.get(path) ?? null;
    // The program may have given it a value itself: `process.env.X ||= "…"`.
    if (held !== null) return held.kind === "atom" && held.isValue ? held.key : null;
    const key = readKey(node, this.names);
    return key === null || typeof key === "string" ? key : stringValue(key);
  }

  /** What an expression's truth says of the presence of variables. */
  condition(expression: SyntaxNode, scope: Scope): Condition {
    const node = unwrap(expression);
    const key = readKey(node, this.names);
    if (typeof key === "string") return atom(key);
    if (key) {
      const literal = stringValue(key) ?? this.textNamed(key, scope);
      return literal ? atom(literal) : SOMETHING;
    }
    if (isNothing(node)) return NO;
    const literal = literalText(node);
    if (literal !== null) return { kind: "constant", value: literal !== "false" && literal !== "0", text: literal };
    switch (node.type) {
      case "Identifier":
        return orSwitch(
          this.#held(String(node.name), scope.find(String(node.name)) ?? this.project.constants.get(String(node.name))),
          String(node.name),
        );
      case "MemberExpression":
      case "OptionalMemberExpression":
        return this.#member(node, scope);
      case "CallExpression":
      case "OptionalCallExpression":
        return this.#judgements.of(node, scope, () => this.#callCondition(node, scope));
      case "UnaryExpression": {
        const argument = nodeOf(node, "argument");
        return node.operator === "!" && argument ? { kind: "not", of: this.condition(argument, scope) } : UNKNOWN;
      }
      case "LogicalExpression": {
        const parts = [nodeOf(node, "left"), nodeOf(node, "right")].flatMap((part) => (part ? [part] : []));
        const usable = node.operator === "&&" ? parts : parts.filter((part) => !this.fails(unwrap(part), scope));
        const conditions = usable.map((part) => this.condition(part, scope));
        return node.operator === "&&" ? allOf(conditions) : anyOf(conditions);
      }
      case "BinaryExpression":
        return this.#judgements.of(node, scope, () => this.#comparison(node, scope));
      case "ConditionalExpression":
        return this.#judgements.of(node, scope, () => this.#judged(node, scope) ?? this.#eitherArm(node, scope));
      case "AssignmentExpression": {
        const right = nodeOf(node, "right");
        return right ? this.condition(right, scope) : UNKNOWN;
      }
      case "ArrayExpression":
        return nodesOf(node, "elements").length === 0 ? NO : YES;
      case "TemplateLiteral":
      case "ObjectExpression":
      case "NewExpression":
        return YES;
      default:
        return SOMETHING;
    }
  }

  /** `test ? hasKey : true`: a judgement that hangs on variables or settings; `key ? new Client(key) : null`. Null for another value. */
  #judged(node: SyntaxNode, scope: Scope): Condition | null {
    const [test, yes, no] = ["test", "consequent", "alternate"].map((part) => nodeOf(node, part));
    const isJudgement = [yes, no].some((arm) => arm && unwrap(arm).type === "BooleanLiteral");
    const made = no && isNothing(no) ? yes : yes && isNothing(yes) ? no : null;
    const under = (isJudgement || made) && test ? this.condition(test, scope) : null;
    if (made && under && tellsOfVariables(under) && isSomething(this.condition(made, scope)))
      return made === yes ? under : { kind: "not", of: under };
    if (!isJudgement) return null;
    if (!under || !yes || !no || !tellsOfChoices(under)) return null;
    return anyOf([
      allOf([under, this.condition(yes, scope)]),
      allOf([{ kind: "not", of: under }, this.condition(no, scope)]),
    ]);
  }

  #eitherArm(node: SyntaxNode, scope: Scope): Condition {
    const arms = [nodeOf(node, "consequent"), nodeOf(node, "alternate")];
    return anyOf(arms.flatMap((arm) => (arm ? [this.condition(arm, scope)] : [])));
  }

  #member(node: SyntaxNode, scope: Scope): Condition {
    const position = positionRead(node, this.argumentNames);
    if (position) return { kind: "atom", key: position };
    const path = pathOf(node);
    const text = path ? this.project.texts.get(path) : undefined;
    if (text !== undefined) return { kind: "constant", value: true, text };
    const known = path ? this.#held(path, scope.find(path) ?? this.project.constants.get(path)) : null;
    const held = known ?? (path ? findField(this.project, path, false) : null);
    if (held && path) return orSwitch(held, path);
    const object = nodeOf(node, "object");
    const outcome = object ? this.outcomesOf(object, scope)?.get(keyName(node) ?? "") : undefined;
    if (outcome) return outcome;
    if (keyName(node) === "length" && object) return this.condition(object, scope);
    return path ? orSwitch(null, path) : SOMETHING;
  }

  /** What the fields of a call's result say of variables, or null. */
  protected outcomesOf(call: SyntaxNode, _scope: Scope): ReadonlyMap<string, Condition> | null {
    const node = unwrap(call);
    const name = isCall(node) ? calleeName(node)?.replace(/^\./, "") : undefined;
    return (name ? this.project.outcomes.get(name) : undefined) ?? null;
  }

  #callCondition(node: SyntaxNode, scope: Scope): Condition {
    const helper = this.helper(node);
    if (helper) return helper.hasFallback ? YES : anyOf(helper.keys.map(atom));
    const cleaned = cleanedBy(node, this.project);
    if (cleaned) return this.condition(cleaned, scope);
    const returned = this.project.returns.get(calleeName(node)?.replace(/^\./, "") ?? "");
    if (returned) return returned;
    const callee = nodeOf(node, "callee");
    const name = calleeName(node) ?? "";
    const [first] = nodesOf(node, "arguments");
    if (/^(Boolean|String|Number|(Number\.)?parse(Int|Float)|BigInt|isNonEmpty|isSet|JSON\.parse)$/.test(name) && first)
      return this.condition(first, scope);
    const object = callee && isMember(callee) ? nodeOf(callee, "object") : null;
    if (
      object &&
      /^\.(trim|toLowerCase|toUpperCase|toString|replace|split|slice|trimEnd|trimStart|map|join)$/.test(name)
    )
      return this.condition(object, scope);
    if (object && first && name === ".includes") {
      // `process.argv.includes("--http")`, `["http", "sse"].includes(transport)`
      const isArguments = pathOf(object) === "process.argv" || this.argumentNames.has(pathOf(object) ?? "");
      const told = isArguments ? transportArgument(stringValue(first) ?? "") : null;
      const words = this.texts(object) ?? [];
      const transport = told ?? compareTransport(valueName(unwrap(first)), words, false);
      if (transport) return transport;
      const chosen = compareWords(this.condition(first, scope), words);
      if (chosen) return chosen;
    }
    const tested =
      object && first && isFunction(first)
        ? this.repeats.within(() => this.#tested(object, keyName(callee ?? node), first, scope))
        : null;
    if (tested) return tested;
    // `[a, b].filter(Boolean)`
    if (object && name === ".filter" && identifierName(first ?? null) === "Boolean") {
      const values = this.#elementsOf(object, scope);
      if (values) return anyOf(values);
    }
    // `value.split(",").filter(Boolean)` has members only where there is a value.
    if (object && name === ".filter") {
      const value = this.condition(object, scope);
      if (tellsOfVariables(value)) return value;
    }
    if (first && /^\.?(isEmpty|isNil|isUndefined|isBlank)$/.test(name)) {
      const value = this.condition(first, scope);
      if (tellsOfVariables(value)) return { kind: "not", of: value };
    }
    if (first && /^(Number\.)?(isNaN|isFinite|isInteger|isSafeInteger)$/.test(name)) {
      const value = this.condition(first, scope);
      if (tellsOfVariables(value)) return name.endsWith("isNaN") ? { kind: "not", of: value } : value;
    }
    if (object?.type === "ArrayExpression" && /^\.(every|some)$/.test(name)) {
      return {
        kind: name === ".every" ? "and" : "or",
        of: nodesOf(object, "elements").map((one) => this.condition(one, scope)),
      };
    }
    return SOMETHING;
  }

  /**
   * `["A", "B"].filter((name) => !process.env[name])` has members when one is missing, as `some` holds and `every` does not.
   * Also over the entries of an object that holds values: `Object.entries({a, b}).filter(([, value]) => !value)`.
   */
  #tested(object: SyntaxNode, method: string | null, callback: SyntaxNode, scope: Scope): Condition | null {
    if (!/^(filter|some|find|every)$/.test(method ?? "")) return null;
    const body = nodeOf(callback, "body");
    const returned = body?.type === "BlockStatement" ? nodeOf(nodesOf(body, "body").at(-1) ?? body, "argument") : body;
    const [parameter] = nodesOf(callback, "params");
    if (!returned || !parameter || returned.end - returned.start > MAX_UNROLLED_LENGTH) return null;
    const kind = method === "every" ? "and" : "or";
    const rows = rowsIn(object, this.project);
    if (rows.length > 0 && rows.length <= MAX_UNROLLED) {
      const fields = fieldsOfRows(rows);
      const of = rows.map((row) => this.condition(withRow(returned, parameter, row, fields), scope));
      if (of.some(tellsOfVariables)) return kind === "and" ? allOf(of) : anyOf(of);
    }
    const texts = this.texts(object);
    const name = identifierName(parameter);
    if (texts && name) {
      const of = texts.map((text) => this.condition(this.withText(returned, name, text), scope));
      return { kind, of };
    }
    const [fieldsOf] = calleeName(unwrap(object)) === "Object.values" ? nodesOf(unwrap(object), "arguments") : [];
    const values = name
      ? (this.#elementsOf(object, scope) ?? (fieldsOf ? this.fieldConditions(fieldsOf, scope) : null))
      : null;
    if (values && name && values.length > 0 && values.length <= MAX_UNROLLED) {
      const of = values.map((value) => {
        const inner = new Scope(scope);
        inner.bind(name, value);
        return this.condition(returned, inner);
      });
      return kind === "and" ? allOf(of) : anyOf(of);
    }
    const entries = calleeName(unwrap(object)) === "Object.entries" ? nodesOf(unwrap(object), "arguments")[0] : null;
    const value =
      parameter.type === "ArrayPattern" ? identifierName(nodesOf(parameter, "elements").at(-1) ?? null) : null;
    if (!value) return null;
    const held = entries ? this.fieldConditions(entries, scope) : this.#lastOfEach(object, scope);
    const of = held.map((field) => {
      const inner = new Scope(scope);
      inner.bind(value, field);
      return this.condition(returned, inner);
    });
    return of.length > 0 && of.length <= MAX_UNROLLED ? { kind, of } : null;
  }

  /** What the last member of each list in a list says: `[["A_KEY", key], ["A_URL", url]]`. */
  #lastOfEach(list: SyntaxNode, scope: Scope): Condition[] {
    const pairs = unwrap(list).type === "ArrayExpression" ? nodesOf(unwrap(list), "elements").map(unwrap) : [];
    if (pairs.length > MAX_UNROLLED || !pairs.every((pair) => pair.type === "ArrayExpression")) return [];
    const last = pairs.flatMap((pair) => nodesOf(pair, "elements").at(-1) ?? []);
    return last.map((one) => this.condition(one, scope));
  }

  /** A copy of what stands in a loop over names, for one of them. */
  protected withText(body: SyntaxNode, name: string, text: string): SyntaxNode {
    return substituteRead(body, this.names, speller(body, new Map([[name, text]]), this.project));
  }

  /** `value === word`, as a switch asks it. */
  protected sameAs(value: SyntaxNode, word: SyntaxNode, scope: Scope): Condition {
    const { start, end } = word;
    return this.condition({ type: "BinaryExpression", operator: "===", left: value, right: word, start, end }, scope);
  }

  /** What the members of a list that is written here say of the presence of variables, or null for another list. */
  #elementsOf(list: SyntaxNode, scope: Scope): Condition[] | null {
    const node = unwrap(list);
    const elements = node.type === "ArrayExpression" ? nodesOf(node, "elements") : [];
    return elements.length > 0 && elements.length <= MAX_UNROLLED
      ? elements.map((one) => this.condition(one, scope))
      : null;
  }

  protected fieldConditions(object: SyntaxNode, scope: Scope): Condition[] {
    const node = unwrap(object);
    if (node.type === "ObjectExpression") {
      return nodesOf(node, "properties").flatMap((property) => {
        const given = nodeOf(property, "value");
        return given ? [this.condition(given, scope)] : [];
      });
    }
    const path = pathOf(node);
    return path ? scope.fieldsOf(path) : [];
  }

  /** The text that a constant has: `Mode.Token`, `DEFAULT_MODE`. */
  protected textNamed(node: SyntaxNode, scope: Scope): string | null {
    const path = pathOf(unwrap(node));
    if (path === null) return null;
    const known = this.condition(node, scope);
    if (known.kind === "constant" && known.text !== undefined) return known.text;
    const texts = IS_CONSTANT.test(path) ? this.project.literals.get(`= ${path}`) : undefined;
    return texts?.size === 1 ? ([...texts][0] ?? null) : null;
  }

  #named(node: SyntaxNode, scope: Scope): string | null {
    return this.textNamed(node, scope) ?? transportNamed(pathOf(unwrap(node)) ?? "");
  }

  /** Comparisons with nothing tell presence, those with a word what is chosen; all others say nothing. */
  #comparison(node: SyntaxNode, scope: Scope): Condition {
    const left = nodeOf(node, "left");
    const right = nodeOf(node, "right");
    const operator = String(node.operator);
    if (!left || !right) return UNKNOWN;
    const inner = unwrap(left);
    // What runs where a file is the program itself: `if (require.main === module)`.
    if (/^===?$/.test(operator) && [left, right].some((side) => IS_PROGRAM.test(pathOf(unwrap(side)) ?? "")))
      return YES;
    const isCount = isMember(inner) && keyName(inner) === "length";
    // More than a few is no question of whether there is anything.
    if (isCount && /^>=?$/.test(operator))
      return /^\d\d|^[2-9]/.test(literalText(right) ?? "") ? UNKNOWN : this.condition(left, scope);
    const number = literalText(right);
    const flag = number === null ? null : compareFlag(this.condition(left, scope), operator, number);
    if (flag) return flag;
    if (!/^[!=]==?$/.test(operator)) return UNKNOWN;
    const word = stringValue(right) ?? this.#named(right, scope);
    const transport = word === null ? null : compareTransport(valueName(inner), [word], operator.startsWith("!"));
    if (transport) return transport;
    const chosen = word ? compareWords(this.condition(left, scope), [word]) : null;
    if (chosen) return operator.startsWith("!") ? { kind: "not", of: chosen } : chosen;
    const isTypeof = inner.type === "UnaryExpression" && inner.operator === "typeof" ? nodeOf(inner, "argument") : null;
    if (isTypeof) {
      const isPresent = (literalText(right) === "undefined") === operator.startsWith("!");
      const value = this.condition(isTypeof, scope);
      return isPresent ? value : { kind: "not", of: value };
    }
    const isEmpty = isNothing(right) || (literalText(right) === "0" && isMember(inner) && keyName(inner) === "length");
    if (!isEmpty) return UNKNOWN;
    const value = this.condition(left, scope);
    return operator.startsWith("!") ? value : { kind: "not", of: value };
  }

  /** The texts of a list that is written here, or that a constant holds. */
  protected texts(list: SyntaxNode): string[] | null {
    const node = unwrap(list);
    const texts =
      node.type === "ArrayExpression"
        ? nodesOf(node, "elements").flatMap((one) => stringValue(one) ?? [])
        : this.project.lists.get(listName(node) ?? "");
    return texts && texts.length > 0 && texts.length <= MAX_UNROLLED ? texts : null;
  }

  protected helper(node: SyntaxNode) {
    const chosen = namesChosen(node, this.project);
    if (chosen) return chosen;
    const helper = this.project.helpers.get(calleeName(node) ?? "");
    if (!helper) return null;
    const args = nodesOf(node, "arguments");
    const given = args[helper.nameAt];
    const key = given ? (stringValue(given) ?? this.project.texts.get(pathOf(unwrap(given)) ?? "") ?? null) : null;
    if (key === null) return null;
    const hasFallback =
      helper.fallback !== null ||
      fallbackField(helper, args) !== null ||
      (helper.fallbackAt !== null &&
        args[helper.fallbackAt] !== undefined &&
        !isNothing(args[helper.fallbackAt] ?? node));
    return { helper, keys: variablesOf(helper, key), hasFallback };
  }
}

/** Returns whether a value is there of which nothing else is known. */
function isSomething(held: Condition): boolean {
  return held.kind === "something" || (held.kind === "constant" && held.value && held.text === undefined);
}
