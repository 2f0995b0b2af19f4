import { type Condition, needsOf, type Statement } from "../flow.ts";
import { atom, type Project } from "../project.ts";
import type { Scope } from "../scope.ts";
import type { Call } from "../types.ts";
import { type EnvNames, envRead, pythonCallee } from "./env.ts";
import { argument, armsOf, childrenOf, type PyNode, type PythonTree, parametersOf, statementsOf } from "./syntax.ts";

const SOMETHING: Condition = { kind: "something" };
const UNKNOWN: Condition = { kind: "unknown" };
const NO: Condition = { kind: "constant", value: false };
const YES: Condition = { kind: "constant", value: true };

/** Reduces the statements of a Python function to what the presence of variables decides in them. */
export class PythonFlow {
  readonly calls: Call[] = [];
  readonly #tree: PythonTree;
  readonly #names: EnvNames;
  readonly #project: Project;
  /** The parameter that names the variable, and the key that stands for it. */
  readonly #parameter: { name: string; key: string } | null;

  constructor(
    tree: PythonTree,
    names: EnvNames,
    project: Project,
    parameter: { name: string; key: string } | null = null,
  ) {
    this.#tree = tree;
    this.#names = names;
    this.#project = project;
    this.#parameter = parameter;
  }

  parameters(definition: PyNode, scope: Scope): void {
    for (const { name, fallback } of parametersOf(this.#tree, definition)) {
      const known = fallback && fallback.name !== "None" ? this.condition(fallback, scope) : null;
      // The caller may pass the parameter; only its default is known.
      scope.bind(name, known?.kind === "atom" ? known : SOMETHING);
    }
  }

  lower(statements: readonly PyNode[], scope: Scope, isCaught = false): Statement[] {
    return statements.flatMap((statement) => this.#statement(statement, scope, isCaught));
  }

  #body(body: PyNode | null, scope: Scope, isCaught: boolean): Statement[] {
    return this.lower(statementsOf(body), scope, isCaught);
  }

  #statement(node: PyNode, scope: Scope, isCaught: boolean): Statement[] {
    switch (node.name) {
      case "IfStatement":
        return this.#if(node, scope, isCaught);
      case "RaiseStatement": {
        const raised = this.#tree.text(node);
        return [
          {
            kind: /^raise\s+(SystemExit\s*\(\s*0?\s*\)|(typer|click)\.(Exit|Abort)\(\s*(code=)?0?\s*\))/.test(raised)
              ? "leave"
              : "fail",
          },
        ];
      }
      case "AssertStatement": {
        const test = childrenOf(node)[1];
        return test ? [{ kind: "demand", condition: this.condition(test, scope) }] : [];
      }
      case "ReturnStatement": {
        const value = childrenOf(node)[1];
        return [...(value ? this.#value(value, isCaught) : []), { kind: "leave" }];
      }
      case "ExpressionStatement": {
        const expression = childrenOf(node)[0];
        return expression ? this.#expression(expression, scope, isCaught) : [];
      }
      case "AssignStatement":
        return this.#assign(node, scope, isCaught);
      case "StatementGroup":
        return this.lower(childrenOf(node), scope, isCaught);
      case "WithStatement":
        return this.#body(node.getChild("Body"), scope, isCaught);
      case "TryStatement":
        return this.#try(node, scope, isCaught);
      case "ForStatement":
      case "WhileStatement": {
        const body = this.#body(node.getChild("Body"), scope, isCaught);
        return [
          {
            kind: "if",
            test: UNKNOWN,
            consequent: body.at(-1)?.kind === "leave" ? body.slice(0, -1) : body,
            alternate: null,
          },
        ];
      }
      default:
        return [];
    }
  }

  #if(node: PyNode, scope: Scope, isCaught: boolean): Statement[] {
    const { arms, otherwise } = armsOf(node);
    if (arms[0] && /^__name__\s*==/.test(this.#tree.text(arms[0].test)))
      return this.#body(arms[0].body, scope, isCaught);
    let alternate: Statement[] | null = otherwise ? this.#body(otherwise, scope, isCaught) : null;
    const noted: Statement[] = [];
    for (const { test, body } of [...arms].reverse()) {
      noted.push(...this.#value(test, isCaught));
      alternate = [
        { kind: "if", test: this.condition(test, scope), consequent: this.#body(body, scope, isCaught), alternate },
      ];
    }
    return [...noted, ...(alternate ?? [])];
  }

  /** A `try` contains what it raises, unless an `except` raises again or ends the process. */
  #try(node: PyNode, scope: Scope, isCaught: boolean): Statement[] {
    let part = "";
    let main: PyNode | null = null;
    const handlers: PyNode[] = [];
    const after: PyNode[] = [];
    for (const child of childrenOf(node)) {
      if (/^(try|except|else|finally)$/.test(child.name)) part = child.name;
      else if (child.name === "Body") {
        if (part === "try") main = child;
        else if (part === "except") handlers.push(child);
        else after.push(child);
      }
    }
    const swallows =
      handlers.length > 0 && handlers.some((handler) => needsOf(this.#body(handler, scope, isCaught)).length > 0);
    const body = this.#body(main, scope, isCaught || swallows);
    return [...(swallows ? [] : body), ...after.flatMap((one) => this.#body(one, scope, isCaught))];
  }

  #assign(node: PyNode, scope: Scope, isCaught: boolean): Statement[] {
    const children = childrenOf(node);
    const value = children.at(-1);
    const targets = children.filter(
      (_, index) => children[index + 1]?.name === "AssignOp" || children[index + 1]?.name === "TypeDef",
    );
    if (!value) return [];
    const statements = this.#value(value, isCaught);
    const condition = this.condition(value, scope);
    const isPlain = children.filter((child) => child.name === ",").length === 0;
    for (const target of isPlain ? targets : []) {
      const name = this.#tree.dotted(target);
      if (name) scope.bind(name, condition);
    }
    return [...statements, ...this.#helperDemand(value)];
  }

  #expression(node: PyNode, _scope: Scope, isCaught: boolean): Statement[] {
    const inner = node.name === "AwaitExpression" ? (childrenOf(node)[1] ?? node) : node;
    const statements = this.#value(inner, isCaught);
    const call = this.#tree.call(inner);
    if (!call) return statements;
    const dotted = this.#tree.dotted(call.callee) ?? "";
    if (/^(sys\.exit|exit|quit|os\._exit)$/.test(dotted)) {
      const code = call.args[0]?.value;
      return [...statements, { kind: code === undefined || this.#tree.text(code) === "0" ? "leave" : "fail" }];
    }
    if (this.#project.failing.has(pythonCallee(inner, this.#tree)?.replace(/^\./, "") ?? ""))
      return [...statements, { kind: "fail" }];
    return [...statements, ...this.#helperDemand(inner)];
  }

  #helper(node: PyNode) {
    const call = this.#tree.call(node);
    const name = call ? (pythonCallee(node, this.#tree) ?? "").split(".").at(-1) : null;
    const helper = name ? this.#project.helpers.get(name) : undefined;
    if (!call || !helper) return null;
    const key = this.#tree.string(
      argument(call.args, "name", helper.nameAt) ?? argument(call.args, "key", helper.nameAt),
    );
    if (key === null) return null;
    const given = helper.fallbackAt === null ? null : argument(call.args, "default", helper.fallbackAt);
    return { helper, key, hasFallback: helper.fallback !== null || (given !== null && given.name !== "None") };
  }

  #helperDemand(node: PyNode): Statement[] {
    const found = this.#helper(node);
    return found?.helper.fails && !found.hasFallback
      ? [{ kind: "demand", condition: { kind: "atom", key: found.key } }]
      : [];
  }

  /** Records the calls of an expression, and the variables that `os.environ["X"]` in it demands. */
  #value(node: PyNode, isCaught: boolean, depth = 0, inBranch = false): Statement[] {
    if (depth > 60 || node.name === "LambdaExpression") return [];
    const statements: Statement[] = [];
    if (node.name === "CallExpression") {
      const name = pythonCallee(node, this.#tree);
      if (name) this.calls.push({ name: this.#names.aliases.get(name) ?? name, isCaught, isBranch: inBranch });
      // A server's lifespan is passed by name and runs at start.
      const lifespan = argument(this.#tree.call(node)?.args ?? [], "lifespan");
      const handed = lifespan ? this.#tree.dotted(lifespan) : null;
      if (handed) this.calls.push({ name: handed, isCaught, isBranch: false });
    }
    const read = envRead(node, this.#tree, this.#names);
    const key = read?.isStrict ? this.#keyOf(read.key) : null;
    if (key) statements.push({ kind: "demand", condition: { kind: "atom", key } });
    const isBranch =
      node.name === "ConditionalExpression" || (node.name === "BinaryExpression" && node.getChild("or") !== null);
    for (const [index, child] of childrenOf(node).entries()) {
      const inner = this.#value(child, isCaught, depth + 1, inBranch || (isBranch && index > 0));
      if (!isBranch) statements.push(...inner);
    }
    return statements;
  }

  #keyOf(node: PyNode): string | null {
    const name = node.name === "VariableName" ? this.#tree.text(node) : null;
    if (this.#parameter && name === this.#parameter.name) return this.#parameter.key;
    return this.#tree.string(node);
  }

  condition(node: PyNode, scope: Scope): Condition {
    return this.#boolean(flatten(node, this.#tree), scope);
  }

  /** Applies the precedence of `not`, `and` and `or`, which the parser's tree does not keep for `not`. */
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
      if (parts.length > 1) return { kind: word, of: parts.map((part) => this.#boolean(part, scope)) };
    }
    const [first, ...rest] = tokens;
    if (first === "not") return { kind: "not", of: this.#boolean(rest, scope) };
    return first && typeof first !== "string" ? this.#operand(first, scope) : UNKNOWN;
  }

  #operand(node: PyNode, scope: Scope): Condition {
    const read = envRead(node, this.#tree, this.#names);
    if (read) {
      const key = this.#keyOf(read.key);
      if (key === null) return SOMETHING;
      const fallback = read.fallback ? this.condition(read.fallback, scope) : null;
      return fallback && !(fallback.kind === "constant" && !fallback.value)
        ? { kind: "or", of: [atom(key), fallback] }
        : atom(key);
    }
    const literal = this.#tree.literal(node);
    if (node.name === "None" || literal === "") return NO;
    if (literal !== null) return { kind: "constant", value: literal !== "false" && literal !== "0" };
    switch (node.name) {
      case "VariableName": {
        const name = this.#tree.text(node);
        return scope.find(name) ?? this.#project.constants.get(name) ?? SOMETHING;
      }
      case "MemberExpression": {
        const path = this.#tree.dotted(node);
        return (path ? (scope.find(path) ?? this.#project.constants.get(path)) : null) ?? SOMETHING;
      }
      case "ParenthesizedExpression": {
        const inner = childrenOf(node)[1];
        return inner ? this.condition(inner, scope) : UNKNOWN;
      }
      case "BinaryExpression":
        return this.#comparison(node, scope);
      case "ConditionalExpression": {
        const [first, , , , last] = childrenOf(node);
        return { kind: "or", of: [first, last].flatMap((part) => (part ? [this.condition(part, scope)] : [])) };
      }
      case "CallExpression":
        return this.#callCondition(node, scope);
      case "AwaitExpression":
        return SOMETHING;
      case "FormatString":
      case "DictionaryExpression":
      case "ArrayExpression":
        return YES;
      default:
        return SOMETHING;
    }
  }

  #callCondition(node: PyNode, scope: Scope): Condition {
    const found = this.#helper(node);
    if (found) return found.hasFallback ? YES : atom(found.key);
    const call = this.#tree.call(node);
    if (!call) return SOMETHING;
    const name = this.#tree.dotted(call.callee) ?? "";
    const [first] = call.args;
    if (/^(all|any)$/.test(name) && first && /^(ArrayExpression|TupleExpression)$/.test(first.value.name)) {
      const parts = childrenOf(first.value).filter((child) => !/^[[\](),]$/.test(child.name));
      return { kind: name === "all" ? "and" : "or", of: parts.map((part) => this.condition(part, scope)) };
    }
    if (/^(bool|str|int|len|float)$/.test(name) && first) return this.condition(first.value, scope);
    const [object, , method] = childrenOf(call.callee);
    if (
      object &&
      method &&
      /^(strip|rstrip|lstrip|lower|upper|replace|split|get_secret_value)$/.test(this.#tree.text(method))
    ) {
      return this.condition(object, scope);
    }
    return SOMETHING;
  }

  /** Only `is None`, `== ""` and `"X" in os.environ` say something about presence. */
  #comparison(node: PyNode, scope: Scope): Condition {
    const children = childrenOf(node);
    const left = children[0];
    const right = children.at(-1);
    if (!left || !right) return UNKNOWN;
    const operator = children
      .slice(1, -1)
      .map((child) => this.#tree.text(child))
      .join(" ");
    if (/^(not )?in$/.test(operator) && this.#names.environs.has(this.#tree.dotted(right) ?? "")) {
      const key = this.#keyOf(left);
      if (key === null) return UNKNOWN;
      return operator === "in" ? atom(key) : { kind: "not", of: atom(key) };
    }
    const isNothing = right.name === "None" || this.#tree.literal(right) === "";
    if (!isNothing || !/^(is|is not|==|!=)$/.test(operator)) return UNKNOWN;
    const value = this.condition(left, scope);
    return operator === "is" || operator === "==" ? { kind: "not", of: value } : value;
  }
}

type BooleanToken = PyNode | "and" | "or" | "not";

/** Returns the operands and operators of a boolean expression in written order. */
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
