import { Surroundings } from "../collecting.ts";
import { allOf, anyOf, type Condition, needsOf, otherwiseOf, type Statement, toChain } from "../flow.ts";
import { Guards, opposite } from "../guards.ts";
import { tellsOfVariables } from "../project.ts";
import { Scope } from "../scope.ts";
import { isOverNetwork, isOverStdio } from "../transport.ts";
import type { Call, Chain } from "../types.ts";
import { PythonConditions } from "./conditions.ts";
import { type EnvRead, envRead, pythonCallee } from "./env.ts";
import { argument, armsOf, childrenOf, type PyNode, parametersOf, statementsOf, walkPython } from "./syntax.ts";

const SOMETHING: Condition = { kind: "something" };
const UNKNOWN: Condition = { kind: "unknown" };
/** Length of a loop's body that is looked at once for each value. */
const MAX_UNROLLED_LENGTH = 3_000;
const MAX_NESTING = 60;
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
    const held = this.#guards.count;
    const lowered = statements.flatMap((statement) => {
      const one = this.#statement(statement, scope, isCaught);
      this.#holdAfter(statement, one.at(-1));
      return one;
    });
    this.#guards.release(held);
    return lowered;
  }

  readonly #guards = new Guards();
  readonly #surroundings = new Surroundings();

  /** `if not a: return`: what follows runs with a. */
  #holdAfter(node: PyNode, last: Statement | undefined): void {
    if (node.name !== "IfStatement" || last?.kind !== "if") return;
    const { arms, otherwise } = armsOf(node);
    const isSilent = (body: PyNode | null | undefined) => body != null && statementsOf(body).length === 1;
    if (last.consequent.at(-1)?.kind === "leave") this.#guards.holdAfter(opposite(last.test), isSilent(arms[0]?.body));
    if (last.alternate?.at(-1)?.kind === "leave") this.#guards.holdAfter(last.test, isSilent(otherwise));
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
      case "MatchStatement":
        return this.#match(node, scope, isCaught);
      case "ReturnStatement": {
        const value = childrenOf(node)[1];
        if (this.isEmptyFailure && (!value || /^(None|False)$/.test(this.tree.text(value)))) return [{ kind: "fail" }];
        return [...(value ? this.#value(value, scope, isCaught) : []), { kind: "leave" }];
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
        const unrolled =
          node.name === "ForStatement" ? this.repeats.within(() => this.#unrolled(node, scope, isCaught)) : null;
        if (unrolled) return unrolled;
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

  /** `for name, value in {"A": a, "B": b}.items(): if not value: …`: the body once for each value. */
  #unrolled(loop: PyNode, scope: Scope, isCaught: boolean): Statement[] | null {
    const body = loop.getChild("Body");
    const entries = this.entriesOf(childrenOf(loop));
    if (!body || !entries || body.to - body.from > MAX_UNROLLED_LENGTH) return null;
    return entries.values.flatMap((value) => {
      const inner = new Scope(scope);
      inner.bind(entries.name, this.condition(value, scope));
      const lowered = this.#body(body, inner, isCaught);
      return lowered.at(-1)?.kind === "leave" ? lowered.slice(0, -1) : lowered;
    });
  }

  /** Lowers a `match` as the chain of its clauses. */
  #match(node: PyNode, scope: Scope, isCaught: boolean): Statement[] {
    const value = childrenOf(node)[1];
    const clauses = node.getChild("MatchBody")?.getChildren("MatchClause") ?? [];
    const outer = this.#arm;
    const chain: Chain = { arms: clauses.length, isWhole: false };
    const arms = clauses.map((clause, at) => {
      const [, pattern] = childrenOf(clause);
      const words = pattern?.name === "OrPattern" ? childrenOf(pattern) : pattern ? [pattern] : [];
      const tests = words.flatMap((one) => this.#asked(one, value ?? node, scope) ?? []);
      const isDefault = pattern?.name === "CapturePattern";
      if (isDefault) chain.isWhole = true;
      this.#arm = { chain, at, isNamed: !isDefault };
      const calls = this.calls.length;
      const lowered = this.#body(clause.getChild("Body"), scope, isCaught);
      const test = tests.length > 0 ? anyOf(tests) : UNKNOWN;
      if (isOverNetwork(test)) this.calls.length = calls;
      return { test, lowered, isDefault };
    });
    this.#arm = outer;
    return toChain(arms);
  }

  /** What a clause's literal says of the value that is matched, or null for another pattern. */
  #asked(pattern: PyNode, value: PyNode, scope: Scope): Condition | null {
    const word = pattern.name === "LiteralPattern" ? this.tree.string(childrenOf(pattern)[0] ?? null) : null;
    return word === null ? null : this.sameAs(value, word, scope);
  }

  /** Returns whether a loop reads the variables that its own list names. */
  #readsNames(loop: PyNode): boolean {
    const body = loop.getChild("Body");
    if (!body || body.to - body.from > MAX_UNROLLED_LENGTH) return false;
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
    const conditions = arms.map(({ test }) => this.condition(test, scope));
    const unknown = otherwiseOf(conditions);
    const underNone = allOf(conditions.map(opposite));
    let alternate: Statement[] | null = otherwise
      ? this.#guards.within(underNone, () => lowerArm(otherwise, isStdioChosen))
      : unknown.length > 0
        ? unknown
        : null;
    const noted: Statement[] = [];
    for (const [at, { test, body }] of [...arms.entries()].reverse()) {
      this.#arm = outer;
      noted.push(...this.#value(test, scope, isCaught));
      const condition = this.condition(test, scope);
      this.#collect(body, condition, scope);
      this.#arm = { chain, at, isNamed: this.#comparesWord(test) };
      const underThis = allOf([...conditions.slice(0, at).map(opposite), condition]);
      const consequent = this.#guards.within(underThis, () =>
        this.#surroundings.within(condition, () => lowerArm(body, isOverNetwork(condition))),
      );
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
      const under = this.#surroundings.join(test);
      if (!under) return;
      const filled = statement.name === "AssignStatement" ? this.#filled(statement) : null;
      const held = filled ? scope.find(filled) : null;
      if (filled && held?.kind === "or") scope.rebind(filled, anyOf([held, under]));
      const call = statement.name === "ExpressionStatement" ? childrenOf(statement)[0] : null;
      const callee = call ? this.tree.dotted(this.tree.call(call)?.callee ?? null) : null;
      const list = callee?.endsWith(".append") ? callee.slice(0, -".append".length) : null;
      const before = list ? scope.find(list) : null;
      if (list && before) scope.rebind(list, anyOf([before, under]));
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
    const statements = this.#value(value, scope, isCaught);
    const condition = this.condition(value, scope);
    const outcomes = this.outcomesOf(value);
    if (outcomes) {
      const names = children.filter(
        (child, index) => /^(,|AssignOp)$/.test(children[index + 1]?.name ?? "") && child.name === "VariableName",
      );
      for (const [index, name] of names.entries())
        scope.bind(this.tree.text(name), outcomes.get(`${index}`) ?? SOMETHING);
    }
    const isPlain = children.filter((child) => child.name === ",").length === 0;
    for (const target of isPlain ? targets : []) {
      const name = this.tree.dotted(target);
      if (name) scope.bind(name, condition);
    }
    return statements;
  }

  #expression(node: PyNode, scope: Scope, isCaught: boolean): Statement[] {
    const inner = node.name === "AwaitExpression" ? (childrenOf(node)[1] ?? node) : node;
    const statements = this.#value(inner, scope, isCaught);
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
    return statements;
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

  /** Records the calls of an expression, and returns what it demands: by `os.environ["X"]`, a helper, or since None fails there. */
  #value(node: PyNode, scope: Scope, isCaught: boolean, depth = 0, inBranch = false): Statement[] {
    if (depth > MAX_NESTING || node.name === "LambdaExpression") return [];
    const inner = (part: PyNode | undefined, isBranch = inBranch) =>
      part ? this.#value(part, scope, isCaught, depth + 1, isBranch) : [];
    if (node.name === "ConditionalExpression") {
      const [consequent, , test, , alternate] = childrenOf(node);
      const outer = this.#arm;
      const chain: Chain = { arms: 2, isWhole: true };
      const noted = inner(test, true);
      const given = test ? this.condition(test, scope) : UNKNOWN;
      this.#arm = { chain, at: 0, isNamed: test !== undefined && this.#comparesWord(test) };
      const first = this.#guards.within(given, () => inner(consequent, true));
      this.#arm = { chain, at: 1 };
      const second = this.#guards.within(opposite(given), () => inner(alternate, true));
      this.#arm = outer;
      return [...noted, ...whenever(given, first, second)];
    }
    const word = node.name === "BinaryExpression" ? (node.getChild("or") ?? node.getChild("and")) : null;
    if (word) {
      const children = childrenOf(node);
      const [left] = children;
      const noted = inner(left);
      const test: Condition = left ? this.condition(left, scope) : UNKNOWN;
      const right = this.#guards.within(word.name === "and" ? test : opposite(test), () =>
        inner(children.at(-1), true),
      );
      return [...noted, ...(word.name === "and" ? whenever(test, right, []) : whenever(test, [], right))];
    }
    if (node.name === "CallExpression") this.#noteCall(node, isCaught, inBranch);
    const statements = childrenOf(node).flatMap((child) => inner(child));
    const condition = this.#demanded(node, scope);
    return condition === null ? statements : [...statements, { kind: "demand", condition }];
  }

  #noteCall(node: PyNode, isCaught: boolean, isBranch: boolean): void {
    const name = pythonCallee(node, this.tree);
    const under = this.#guards.current;
    if (name)
      this.calls.push({ name: this.names.aliases.get(name) ?? name, isCaught, isBranch, arm: this.#arm, under });
    // A server's lifespan is handed over by name and runs when it starts.
    const lifespan = argument(this.tree.call(node)?.args ?? [], "lifespan");
    const handed = lifespan ? this.tree.dotted(lifespan) : null;
    if (handed) this.calls.push({ name: handed, isCaught, isBranch: false, under });
  }

  /** What one expression needs in order not to raise, or null. */
  #demanded(node: PyNode, scope: Scope): Condition | null {
    const read = envRead(node, this.tree, this.names);
    const needed = read?.isStrict ? read : this.#dereferenced(node);
    const key = needed ? this.keyOf(needed.key) : null;
    if (key) return { kind: "atom", key };
    const found = this.helper(node);
    if (found) return found.helper.fails && !found.hasFallback ? { kind: "atom", key: found.key } : null;
    // The argument without which the called function raises.
    const call = this.tree.call(node);
    const name = call ? (pythonCallee(node, this.tree) ?? "") : "";
    const at = call ? this.project.demanding.get(name) : null;
    const value = call && at != null ? call.args.filter((one) => one.name === null)[at]?.value : undefined;
    const told = value ? this.condition(value, scope) : null;
    return told && tellsOfVariables(told) ? told : null;
  }
}

function whenever(test: Condition, consequent: Statement[], alternate: Statement[]): Statement[] {
  return consequent.length === 0 && alternate.length === 0 ? [] : [{ kind: "if", test, consequent, alternate }];
}
