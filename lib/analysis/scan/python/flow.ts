import { type Condition, needsOf, type Statement } from "../flow.ts";
import { Scope } from "../scope.ts";
import { isOverNetwork, isOverStdio } from "../transport.ts";
import type { Call, Chain } from "../types.ts";
import { PythonConditions } from "./conditions.ts";
import { type EnvRead, envRead, pythonCallee } from "./env.ts";
import { argument, armsOf, childrenOf, type PyNode, parametersOf, statementsOf, walkPython } from "./syntax.ts";

const SOMETHING: Condition = { kind: "something" };
const UNKNOWN: Condition = { kind: "unknown" };
/** Functions that raise a TypeError for None as their first argument. */
const FAILS_ON_NONE =
  /^(int|float|json\.loads|Path|pathlib\.Path|open|os\.path\.\w+|os\.(listdir|makedirs|chdir)|base64\.\w+)$/;

/** Turns the statements of one Python function into what the presence of variables decides in them. */
export class PythonFlow extends PythonConditions {
  readonly calls: Call[] = [];
  /** Takes a return of nothing for a failure, to learn when a function returns something. */
  isEmptyFailure = false;
  #arm: Call["arm"] = null;
  readonly #hasParser = this.names.hasParser;

  parameters(definition: PyNode, scope: Scope): void {
    for (const { name, fallback } of parametersOf(this.tree, definition)) {
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
        const raised = this.tree.text(node);
        return [
          {
            kind: /^raise\s+(SystemExit\s*\(\s*(?:0\s*)?\)|(typer|click)\.(Exit|Abort)\(\s*(?:code=\s*)?(?:0\s*)?\))/.test(
              raised,
            )
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
        if (this.isEmptyFailure && (!value || /^(None|False)$/.test(this.tree.text(value)))) return [{ kind: "fail" }];
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
        // Over a list of names that is written out, the body speaks of each of them.
        if (node.name === "ForStatement" && this.#readsNames(node)) {
          return body.at(-1)?.kind === "leave" ? body.slice(0, -1) : body;
        }
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

  /** Returns whether a loop reads the variables that its own list names. */
  #readsNames(loop: PyNode): boolean {
    const body = loop.getChild("Body");
    if (!body || body.to - body.from > 3_000) return false;
    let reads = false;
    walkPython(body, (node) => {
      if (reads) return;
      const key = this.keyNode(node);
      if (key?.name === "VariableName") reads = this.keysOf(key).length > 1;
    });
    return reads;
  }

  #if(node: PyNode, scope: Scope, isCaught: boolean): Statement[] {
    const { arms, otherwise } = armsOf(node);
    if (arms[0] && /^__name__\s*==/.test(this.tree.text(arms[0].test)))
      return this.#body(arms[0].body, scope, isCaught);
    const outer = this.#arm;
    const chain: Chain = { arms: arms.length + (otherwise ? 1 : 0), isWhole: otherwise !== null };
    this.#arm = { chain, at: arms.length };
    const passed: Scope[] = [];
    const lowerArm = (body: PyNode, isUnreached: boolean) => {
      const calls = this.calls.length;
      const inner = new Scope(scope);
      const lowered = this.#body(body, inner, isCaught);
      // Another transport alone reaches it.
      if (isUnreached) this.calls.length = calls;
      // What an arm assigns before it leaves is not there afterwards.
      if (!/^(leave|fail)$/.test(lowered.at(-1)?.kind ?? "")) passed.push(inner);
      return lowered;
    };
    const isStdioChosen = arms.some(({ test }) => isOverStdio(this.condition(test, scope)));
    let alternate: Statement[] | null = otherwise ? lowerArm(otherwise, isStdioChosen) : null;
    const noted: Statement[] = [];
    for (const [at, { test, body }] of [...arms.entries()].reverse()) {
      this.#arm = outer;
      noted.push(...this.#value(test, isCaught));
      const condition = this.condition(test, scope);
      this.#collect(body, condition, scope);
      this.#arm = { chain, at, isNamed: this.#comparesWord(test) };
      const consequent = lowerArm(body, isOverNetwork(condition));
      alternate = [{ kind: "if", test: condition, consequent, alternate }];
    }
    scope.join(passed, { isWhole: otherwise !== null, isBlockScoped: false });
    this.#arm = outer;
    return [...noted, ...(alternate ?? [])];
  }

  /** Returns whether a test asks for one word: `backend == "file"`. */
  #comparesWord(test: PyNode): boolean {
    const [, operator] = childrenOf(test);
    const right = childrenOf(test).at(-1) ?? null;
    return operator !== undefined && this.tree.text(operator) === "==" && Boolean(this.tree.string(right));
  }

  /** `if not a: missing.append("A")`: the list has members when the test holds. */
  #collect(body: PyNode, test: Condition, scope: Scope): void {
    for (const statement of statementsOf(body)) {
      const filled = statement.name === "AssignStatement" ? this.#filled(statement) : null;
      const held = filled ? scope.find(filled) : null;
      if (filled && held?.kind === "or") scope.rebind(filled, { kind: "or", of: [held, test] });
      const call = statement.name === "ExpressionStatement" ? childrenOf(statement)[0] : null;
      const callee = call ? this.tree.dotted(this.tree.call(call)?.callee ?? null) : null;
      const list = callee?.endsWith(".append") ? callee.slice(0, -".append".length) : null;
      const before = list ? scope.find(list) : null;
      if (list && before) scope.rebind(list, { kind: "or", of: [before, test] });
    }
  }

  /** The dictionary that `name["key"] = value` fills. */
  #filled(statement: PyNode): string | null {
    const [target] = childrenOf(statement);
    const [object, bracket] = target?.name === "MemberExpression" ? childrenOf(target) : [];
    return object && bracket?.name === "[" ? this.tree.dotted(object) : null;
  }

  /** What a `try` raises ends there, unless an `except` raises again or ends the process. */
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
      const name = this.tree.dotted(target);
      if (name) scope.bind(name, condition);
    }
    return [...statements, ...this.#helperDemand(value)];
  }

  #expression(node: PyNode, _scope: Scope, isCaught: boolean): Statement[] {
    const inner = node.name === "AwaitExpression" ? (childrenOf(node)[1] ?? node) : node;
    const statements = this.#value(inner, isCaught);
    const call = this.tree.call(inner);
    if (!call) return statements;
    const dotted = this.tree.dotted(call.callee) ?? "";
    if (/^(sys\.exit|exit|quit|os\._exit)$/.test(dotted)) {
      const code = call.args[0]?.value;
      return [...statements, { kind: code === undefined || this.tree.text(code) === "0" ? "leave" : "fail" }];
    }
    // argparse's error() and click's fail() print the usage and end the program.
    if (this.#hasParser && /\.error$/.test(dotted) && !/^(self\.)?_?log(ger|ging)?\.|^(console|st)\./.test(dotted))
      return [...statements, { kind: "fail" }];
    if (/(^|\.)(\w*parser\.error|ctx\.fail|context\.fail)$/.test(dotted)) return [...statements, { kind: "fail" }];
    if (this.project.failing.has(pythonCallee(inner, this.tree)?.replace(/^\./, "") ?? ""))
      return [...statements, { kind: "fail" }];
    return [...statements, ...this.#helperDemand(inner)];
  }

  #helperDemand(node: PyNode): Statement[] {
    const found = this.helper(node);
    return found?.helper.fails && !found.hasFallback
      ? [{ kind: "demand", condition: { kind: "atom", key: found.key } }]
      : [];
  }

  /** Returns the read without a default whose None fails where it is used: `int(os.getenv("X"))`, `os.getenv("X").split(",")`. */
  #dereferenced(node: PyNode): EnvRead | null {
    let used: PyNode | undefined;
    if (node.name === "MemberExpression") used = childrenOf(node)[0];
    else if (node.name === "CallExpression") {
      const call = this.tree.call(node);
      if (call && FAILS_ON_NONE.test(this.tree.dotted(call.callee) ?? "")) used = call.args[0]?.value;
    }
    const read = used ? envRead(used, this.tree, this.names) : null;
    return read !== null && !read.isStrict && read.fallback === null ? read : null;
  }

  /** Records the calls of an expression, and the variables that it demands: by `os.environ["X"]`, or since None fails there. */
  #value(node: PyNode, isCaught: boolean, depth = 0, inBranch = false): Statement[] {
    if (depth > 60 || node.name === "LambdaExpression") return [];
    const statements: Statement[] = [];
    if (node.name === "CallExpression") {
      const name = pythonCallee(node, this.tree);
      if (name)
        this.calls.push({ name: this.names.aliases.get(name) ?? name, isCaught, isBranch: inBranch, arm: this.#arm });
      // A server's lifespan is handed over by name and runs when it starts.
      const lifespan = argument(this.tree.call(node)?.args ?? [], "lifespan");
      const handed = lifespan ? this.tree.dotted(lifespan) : null;
      if (handed) this.calls.push({ name: handed, isCaught, isBranch: false });
    }
    const read = envRead(node, this.tree, this.names);
    const needed = read?.isStrict ? read : this.#dereferenced(node);
    const key = needed ? this.keyOf(needed.key) : null;
    if (key) statements.push({ kind: "demand", condition: { kind: "atom", key } });
    const isBranch =
      node.name === "ConditionalExpression" ||
      (node.name === "BinaryExpression" && (node.getChild("or") ?? node.getChild("and")) !== null);
    for (const [index, child] of childrenOf(node).entries()) {
      const inner = this.#value(child, isCaught, depth + 1, inBranch || (isBranch && index > 0));
      if (!isBranch) statements.push(...inner);
    }
    return statements;
  }
}
