import type { Condition, Statement } from "../flow.ts";
import { needsOf } from "../flow.ts";
import { atom, type Project } from "../project.ts";
import { Scope } from "../scope.ts";
import type { Call } from "../types.ts";
import {
  calleeName,
  isCall,
  isEnvironment,
  isFunction,
  isMember,
  isNothing,
  literalText,
  readKey,
  unwrap,
} from "./env.ts";
import { childrenOf, identifierName, keyName, nodeOf, nodesOf, type SyntaxNode, stringValue } from "./syntax.ts";

const SOMETHING: Condition = { kind: "something" };
const UNKNOWN: Condition = { kind: "unknown" };
const YES: Condition = { kind: "constant", value: true };
const NO: Condition = { kind: "constant", value: false };

/** Reduces a function's statements to what the presence of variables decides in them. */
export class JavaScriptFlow {
  readonly calls: Call[] = [];
  readonly #project: Project;
  readonly #names: ReadonlySet<string>;

  constructor(project: Project, environment: ReadonlySet<string>) {
    this.#project = project;
    this.#names = environment;
  }

  /** Binds the defaults of a function's parameters. */
  parameters(node: SyntaxNode, scope: Scope): void {
    for (const parameter of nodesOf(node, "params")) {
      const inner = parameter.type === "TSParameterProperty" ? nodeOf(parameter, "parameter") : parameter;
      if (inner?.type !== "AssignmentPattern") {
        const name = identifierName(inner);
        if (name) scope.bind(name, SOMETHING);
        continue;
      }
      const left = nodeOf(inner, "left");
      const right = nodeOf(inner, "right");
      if (left && right) this.#bindPattern(left, right, scope);
    }
  }

  lower(nodes: readonly SyntaxNode[], scope: Scope, isCaught = false): Statement[] {
    return nodes.flatMap((node) => this.#statement(node, scope, isCaught));
  }

  #block(node: SyntaxNode | null, scope: Scope, isCaught: boolean): Statement[] {
    if (!node) return [];
    return node.type === "BlockStatement"
      ? this.lower(nodesOf(node, "body"), scope, isCaught)
      : this.lower([node], scope, isCaught);
  }

  #statement(node: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] {
    switch (node.type) {
      case "ExportNamedDeclaration":
      case "ExportDefaultDeclaration": {
        const declaration = nodeOf(node, "declaration");
        return declaration ? this.#statement(declaration, scope, isCaught) : [];
      }
      case "BlockStatement":
        return this.#block(node, scope, isCaught);
      case "LabeledStatement":
        return this.#block(nodeOf(node, "body"), scope, isCaught);
      case "IfStatement": {
        const test = nodeOf(node, "test");
        if (test) this.#note(test, isCaught);
        const alternate = nodeOf(node, "alternate");
        return [
          {
            kind: "if",
            test: test ? this.condition(test, scope) : UNKNOWN,
            consequent: this.#block(nodeOf(node, "consequent"), scope, isCaught),
            alternate: alternate ? this.#block(alternate, scope, isCaught) : null,
          },
        ];
      }
      case "ThrowStatement":
        return [{ kind: "fail" }];
      case "ReturnStatement": {
        const argument = nodeOf(node, "argument");
        return [...(argument ? this.#expression(argument, scope, isCaught) : []), { kind: "leave" }];
      }
      case "ExpressionStatement": {
        const expression = nodeOf(node, "expression");
        return expression ? this.#expression(expression, scope, isCaught) : [];
      }
      case "VariableDeclaration":
        return nodesOf(node, "declarations").flatMap((one) => this.#declaration(one, scope, isCaught));
      case "TryStatement":
        return this.#try(node, scope, isCaught);
      case "ForStatement":
      case "ForOfStatement":
      case "ForInStatement":
      case "WhileStatement":
      case "SwitchStatement": {
        const body =
          node.type === "SwitchStatement"
            ? nodesOf(node, "cases").flatMap((one) => nodesOf(one, "consequent"))
            : nodesOf(node, "body");
        const lowered = this.lower(body, scope, isCaught);
        return [
          {
            kind: "if",
            test: UNKNOWN,
            consequent: lowered.at(-1)?.kind === "leave" ? lowered.slice(0, -1) : lowered,
            alternate: null,
          },
        ];
      }
      default:
        return [];
    }
  }

  /** A `try` contains what it throws, unless its `catch` rethrows or ends the process. */
  #try(node: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] {
    const handler = nodeOf(node, "handler");
    const handled = handler ? this.#block(nodeOf(handler, "body"), scope, isCaught) : [];
    const swallows = handler !== null && needsOf(handled).length > 0;
    const body = this.#block(nodeOf(node, "block"), scope, isCaught || swallows);
    const last = this.#block(nodeOf(node, "finalizer"), scope, isCaught);
    return swallows ? last : [...body, ...last];
  }

  #declaration(node: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] {
    const id = nodeOf(node, "id");
    const init = nodeOf(node, "init");
    if (!id || !init) return [];
    if (isFunction(unwrap(init))) return [];
    const statements = this.#expression(init, scope, isCaught);
    this.#bindPattern(id, init, scope);
    return statements;
  }

  /** Binds a name, a member such as `this.key`, or the parts of a pattern to a value. */
  #bindPattern(target: SyntaxNode, value: SyntaxNode, scope: Scope): void {
    const path = pathOf(target);
    if (path) {
      const inner = unwrap(value);
      if (inner.type === "ObjectExpression") {
        for (const property of nodesOf(inner, "properties")) {
          const key = keyName(property);
          const given = nodeOf(property, "value");
          if (key && given && property.type === "ObjectProperty")
            scope.bind(`${path}.${key}`, this.condition(given, scope));
        }
      }
      scope.bind(path, this.condition(value, scope));
      return;
    }
    if (target.type !== "ObjectPattern") return;
    const isEnv = isEnvironment(value, this.#names);
    const source = pathOf(unwrap(value));
    for (const property of nodesOf(target, "properties")) {
      const key = keyName(property);
      const bound = nodeOf(property, "value");
      const hasDefault = bound?.type === "AssignmentPattern";
      const name = identifierName(hasDefault && bound ? nodeOf(bound, "left") : bound);
      if (!key || !name) continue;
      const known = isEnv ? atom(key) : ((source ? scope.find(`${source}.${key}`) : null) ?? SOMETHING);
      scope.bind(name, hasDefault ? YES : known);
    }
  }

  #expression(expression: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] {
    const node = unwrap(expression);
    const inlined = immediateBody(node);
    if (inlined) return withoutEnd(this.#block(inlined, new Scope(scope), isCaught));
    this.#note(node, isCaught);
    if (node.type === "AssignmentExpression") {
      const left = nodeOf(node, "left");
      const right = nodeOf(node, "right");
      if (!left || !right) return [];
      const statements = this.#failingRight(unwrap(right), scope);
      if (node.operator === "=") this.#bindPattern(left, right, scope);
      return statements;
    }
    if (node.type === "UnaryExpression" && node.operator === "void") {
      const argument = nodeOf(node, "argument");
      return argument ? this.#expression(argument, scope, isCaught) : [];
    }
    if (isCall(node)) return this.#call(node, scope, isCaught);
    return this.#failingRight(node, scope);
  }

  /** `process.env.X ?? fail("…")` demands X. */
  #failingRight(node: SyntaxNode, scope: Scope): Statement[] {
    if (node.type === "LogicalExpression" && (node.operator === "||" || node.operator === "??")) {
      const left = nodeOf(node, "left");
      const right = nodeOf(node, "right");
      if (left && right && this.#fails(unwrap(right), scope))
        return [{ kind: "demand", condition: this.condition(left, scope) }];
    }
    if (isCall(node)) return this.#helperDemand(node);
    return [];
  }

  #call(node: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] {
    const name = calleeName(node) ?? "";
    const args = nodesOf(node, "arguments");
    const callee = nodeOf(node, "callee");
    if (name === ".exit" && callee && identifierName(nodeOf(callee, "object")) === "process") {
      const code = args[0];
      return [{ kind: code === undefined || literalText(code) === "0" ? "leave" : "fail" }];
    }
    if (/^(assert|invariant|ok|\.ok|tiny_invariant|ensure|check)$/.test(name) && args[0]) {
      return [{ kind: "demand", condition: this.condition(args[0], scope) }];
    }
    if (this.#project.failing.has(name)) return [{ kind: "fail" }];
    // In `(async () => { … })().catch(…)` and `main().then(…)` the first call runs first.
    if (/^\.(catch|then|finally)$/.test(name) && callee) {
      const object = nodeOf(callee, "object");
      return object ? this.#expression(object, scope, isCaught) : [];
    }
    return this.#helperDemand(node);
  }

  #helperDemand(node: SyntaxNode): Statement[] {
    const helper = this.#helper(node);
    return helper?.helper.fails && !helper.hasFallback
      ? [{ kind: "demand", condition: { kind: "atom", key: helper.key } }]
      : [];
  }

  #fails(node: SyntaxNode, scope: Scope): boolean {
    const body = immediateBody(node);
    if (body) return needsOf(this.#block(body, new Scope(scope), false)).length === 0;
    return isCall(node) && this.#project.failing.has(calleeName(node) ?? "");
  }

  #helper(node: SyntaxNode) {
    const helper = this.#project.helpers.get(calleeName(node) ?? "");
    if (!helper) return null;
    const args = nodesOf(node, "arguments");
    const key = stringValue(args[helper.nameAt]);
    if (key === null) return null;
    const hasFallback =
      helper.fallback !== null ||
      (helper.fallbackAt !== null &&
        args[helper.fallbackAt] !== undefined &&
        !isNothing(args[helper.fallbackAt] ?? node));
    return { helper, key, hasFallback };
  }

  /** Returns what the truth of an expression says about the presence of variables. */
  condition(expression: SyntaxNode, scope: Scope): Condition {
    const node = unwrap(expression);
    const key = readKey(node, this.#names);
    if (typeof key === "string") return atom(key);
    if (key) {
      const literal = stringValue(key);
      return literal ? atom(literal) : SOMETHING;
    }
    if (isNothing(node)) return NO;
    const literal = literalText(node);
    if (literal !== null) return { kind: "constant", value: literal !== "false" && literal !== "0" };
    switch (node.type) {
      case "Identifier":
        return scope.find(String(node.name)) ?? this.#project.constants.get(String(node.name)) ?? SOMETHING;
      case "MemberExpression":
      case "OptionalMemberExpression":
        return this.#member(node, scope);
      case "CallExpression":
      case "OptionalCallExpression":
        return this.#callCondition(node, scope);
      case "UnaryExpression": {
        const argument = nodeOf(node, "argument");
        return node.operator === "!" && argument ? { kind: "not", of: this.condition(argument, scope) } : UNKNOWN;
      }
      case "LogicalExpression": {
        const parts = [nodeOf(node, "left"), nodeOf(node, "right")].flatMap((part) => (part ? [part] : []));
        const usable = node.operator === "&&" ? parts : parts.filter((part) => !this.#fails(unwrap(part), scope));
        return { kind: node.operator === "&&" ? "and" : "or", of: usable.map((part) => this.condition(part, scope)) };
      }
      case "BinaryExpression":
        return this.#comparison(node, scope);
      case "ConditionalExpression": {
        const parts = [nodeOf(node, "consequent"), nodeOf(node, "alternate")].flatMap((part) =>
          part ? [this.condition(part, scope)] : [],
        );
        return { kind: "or", of: parts };
      }
      case "AssignmentExpression": {
        const right = nodeOf(node, "right");
        return right ? this.condition(right, scope) : UNKNOWN;
      }
      case "TemplateLiteral":
      case "ObjectExpression":
      case "ArrayExpression":
      case "NewExpression":
        return YES;
      default:
        return SOMETHING;
    }
  }

  #member(node: SyntaxNode, scope: Scope): Condition {
    const path = pathOf(node);
    const known = path ? (scope.find(path) ?? this.#project.constants.get(path)) : null;
    if (known) return known;
    const object = nodeOf(node, "object");
    return keyName(node) === "length" && object ? this.condition(object, scope) : SOMETHING;
  }

  #callCondition(node: SyntaxNode, scope: Scope): Condition {
    const helper = this.#helper(node);
    if (helper) return helper.hasFallback ? YES : atom(helper.key);
    const callee = nodeOf(node, "callee");
    const name = calleeName(node) ?? "";
    const [first] = nodesOf(node, "arguments");
    if (/^(Boolean|String|Number|parseInt|isNonEmpty|isSet|JSON\.parse)$/.test(name) && first)
      return this.condition(first, scope);
    const object = callee && isMember(callee) ? nodeOf(callee, "object") : null;
    if (object && /^\.(trim|toLowerCase|toUpperCase|toString|replace|split|slice|trimEnd|trimStart)$/.test(name))
      return this.condition(object, scope);
    if (object?.type === "ArrayExpression" && /^\.(every|some)$/.test(name)) {
      return {
        kind: name === ".every" ? "and" : "or",
        of: nodesOf(object, "elements").map((one) => this.condition(one, scope)),
      };
    }
    return SOMETHING;
  }

  /** Only comparisons with `undefined`, `null` or "" say something about presence. */
  #comparison(node: SyntaxNode, scope: Scope): Condition {
    const left = nodeOf(node, "left");
    const right = nodeOf(node, "right");
    const operator = String(node.operator);
    if (!left || !right || !/^[!=]==?$/.test(operator)) return UNKNOWN;
    const inner = unwrap(left);
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

  /** Records the calls in an expression, but not functions that are only passed on. */
  #note(node: SyntaxNode, isCaught: boolean, depth = 0, inBranch = false): void {
    if (depth > 60 || isFunction(node)) return;
    if (isCall(node) || node.type === "NewExpression") {
      const name = calleeName(node);
      if (name) this.calls.push({ name, isCaught, isBranch: inBranch });
    }
    const isBranch = node.type === "LogicalExpression" || node.type === "ConditionalExpression";
    for (const [index, child] of childrenOf(node).entries()) {
      this.#note(child, isCaught, depth + 1, inBranch || (isBranch && index > 0));
    }
  }
}

/** Returns the path that a value can be bound to: "name", "this.name", "config.key". */
function pathOf(node: SyntaxNode | null): string | null {
  if (!node) return null;
  const name = identifierName(node);
  if (name) return name;
  if (node.type === "ThisExpression") return "this";
  if (!isMember(node)) return null;
  const object = nodeOf(node, "object");
  const owner = pathOf(object ? unwrap(object) : null);
  const property = keyName(node);
  return owner && property ? `${owner}.${property}` : null;
}

/** Returns the body of a function that is called where it is defined. */
function immediateBody(node: SyntaxNode): SyntaxNode | null {
  if (!isCall(node)) return null;
  const callee = nodeOf(node, "callee");
  const target = callee ? unwrap(callee) : null;
  return target && isFunction(target) ? nodeOf(target, "body") : null;
}

/** Drops returns: inside an inlined function they leave only that function. */
function withoutEnd(statements: Statement[]): Statement[] {
  return statements.at(-1)?.kind === "leave" ? statements.slice(0, -1) : statements;
}
