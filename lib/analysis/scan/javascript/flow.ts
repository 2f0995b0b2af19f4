import { Surroundings } from "../collecting.ts";
import { otherwiseOf, toChain } from "../compared-words.ts";
import { type Assigned, noteFlags, takenOf } from "../flags.ts";
import { allOf, anyOf, type Condition, needsOf, type Statement, waysToLeave } from "../flow.ts";
import { opposite } from "../guards.ts";
import { Scope } from "../scope.ts";
import { endsOverStdio, isOverNetwork, isOverStdio } from "../transport.ts";
import type { Chain } from "../types.ts";
import { calleeName, isCall, isFunction, isMember, isNothing, literalText, unwrap } from "./env.ts";
import { failureFields } from "./failure-fields.ts";
import { JavaScriptLoops, withoutEnd } from "./loops.ts";
import { comparesWord, pathOf } from "./paths.ts";
import { isLoopArgument } from "./positions.ts";
import { isRefusal } from "./refusals.ts";
import { identifierName, keyName, nodeOf, nodesOf, type SyntaxNode } from "./syntax.ts";

const UNKNOWN: Condition = { kind: "unknown" };

/** Methods that call a function for each member of a list. */
const EACH = /^(forEach|map|flatMap|reduce)$/;

/** Turns one function's statements into what the presence of variables decides in them. */
export class JavaScriptFlow extends JavaScriptLoops {
  readonly #surroundings = new Surroundings();

  /** Takes a return of nothing for a failure, to learn when a function returns something. */
  isEmptyFailure = false;
  /** Takes a return of an object that tells of a failure in this field for a failure: `{ ok: false }`, `{ error: "…" }`. */
  failureField: string | null = null;
  /** Takes a tool's answer that it cannot do its work for a failure. */
  areRefusalsFailures = false;
  /** A tool answered so. */
  hasRefused = false;
  /** Blocks that handle what was thrown around the statement at hand: what they return says that anything failed. */
  #handlers = 0;
  /** The list to which a schema's check adds what it refuses: "context.issues". */
  issues: string | null = null;

  override lower(nodes: readonly SyntaxNode[], scope: Scope, isCaught = false): Statement[] {
    const outer = this.arm;
    const held = this.guards.count;
    const statements: Statement[] = [];
    let open: Chain | null = null;
    for (const node of nodes) {
      this.#open = open;
      const lowered = this.#statement(node, scope, isCaught);
      statements.push(...lowered);
      this.#holdAfter(node, lowered);
      if (endsOverStdio(lowered.at(-1))) break;
      // `if (a) return x(); return y();`: what follows is the other arm.
      const [only] = lowered;
      const arm = only?.kind === "if" && only.alternate === null ? this.#last : null;
      if (arm && only?.kind === "if" && only.consequent.at(-1)?.kind === "leave") {
        arm.isWhole = true;
        open = arm;
        this.arm = { chain: arm, at: arm.arms };
        arm.arms += 1;
      }
    }
    this.arm = outer;
    this.guards.release(held);
    return statements;
  }

  /** `if (!a) return;`: what follows runs with a. */
  #holdAfter(node: SyntaxNode, [only, ...others]: Statement[]): void {
    if (node.type !== "IfStatement" || only?.kind !== "if" || others.length > 0) return;
    const isSilent = (arm: SyntaxNode | null) =>
      arm !== null && (arm.type === "BlockStatement" ? nodesOf(arm, "body") : [arm]).length === 1;
    if (only.consequent.at(-1)?.kind === "leave")
      this.guards.holdAfter(opposite(only.test), isSilent(nodeOf(node, "consequent")));
    if (only.alternate?.at(-1)?.kind === "leave") this.guards.holdAfter(only.test, isSilent(nodeOf(node, "alternate")));
  }

  /** The chain of the `if` that was lowered last. */
  #last: Chain | null = null;
  /** The chain that an `if` goes on with: it stands behind `if (a) return …`. */
  #open: Chain | null = null;

  /** Lowers the arms of an if/else chain, each under its condition, so that calls in them are known to exclude each other. */
  #if(node: SyntaxNode, scope: Scope, isCaught: boolean): Statement {
    const outer = this.arm;
    const chain: Chain = this.#open ?? { arms: 0, isWhole: false };
    // What stands behind the `if` before was its last arm until now.
    if (this.#open) chain.arms -= 1;
    this.#open = null;
    const tests: { condition: Condition; body: SyntaxNode | null; isNamed: boolean }[] = [];
    let at: SyntaxNode | null = node;
    for (; at?.type === "IfStatement" && tests.length < 40; at = nodeOf(at, "alternate")) {
      const test = nodeOf(at, "test");
      if (test) this.note(test, scope, isCaught);
      const condition = test ? this.condition(test, scope) : UNKNOWN;
      this.#collect(nodeOf(at, "consequent"), condition, scope);
      tests.push({ condition, body: nodeOf(at, "consequent"), isNamed: comparesWord(test) });
    }
    const passed: Assigned[] = [];
    const before = this.guards.count;
    const lowerArm = (body: SyntaxNode | null, under: Condition, isUnreached: boolean, isNamed = false) => {
      this.arm = { chain, at: chain.arms, isNamed };
      chain.arms += 1;
      const calls = this.calls.length;
      const inner = new Scope(scope);
      const lowered = this.block(body, inner, isCaught);
      if (isUnreached) this.calls.length = calls;
      // What an arm assigns before it leaves is not there afterwards.
      if (!/^(leave|fail)$/.test(lowered.at(-1)?.kind ?? "")) passed.push({ scope: inner, under });
      return lowered;
    };
    const arms = tests.map(({ condition, body, isNamed }, index) => {
      const under = allOf([...tests.slice(0, index).map((one) => opposite(one.condition)), condition]);
      const consequent = this.guards.within(condition, () =>
        this.#surroundings.within(condition, () => lowerArm(body, under, isOverNetwork(condition), isNamed)),
      );
      this.guards.hold(opposite(condition));
      return { condition, consequent };
    });
    const unknown = otherwiseOf(tests.map(({ condition }) => condition));
    let alternate: Statement[] | null = unknown.length > 0 ? unknown : null;
    if (at) {
      chain.isWhole = true;
      alternate = lowerArm(
        at,
        allOf(tests.map(({ condition }) => opposite(condition))),
        tests.some(({ condition }) => isOverStdio(condition)),
      );
    }
    const held = new Map(passed.flatMap((arm) => arm.scope.ownNames()).map((name) => [name, scope.find(name)]));
    scope.join(
      passed.map((arm) => arm.scope),
      { isWhole: at !== null, isBlockScoped: true, taken: takenOf(passed) },
    );
    noteFlags(scope, (name) => held.get(name) ?? null, passed, this.#surroundings);
    this.arm = outer;
    this.guards.release(before);
    for (const { condition, consequent } of arms.reverse())
      alternate = [{ kind: "if", test: condition, consequent, alternate }];
    this.#last = chain;
    return alternate?.[0] ?? { kind: "if", test: UNKNOWN, consequent: [], alternate: null };
  }

  /** Lowers a `switch` as the chain of its cases. */
  #switch(node: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] {
    const outer = this.arm;
    const value = nodeOf(node, "discriminant");
    // Labels without a body share the next one's.
    const cases: { tests: (SyntaxNode | null)[]; body: SyntaxNode[] }[] = [];
    let labels: (SyntaxNode | null)[] = [];
    for (const one of nodesOf(node, "cases")) {
      labels.push(nodeOf(one, "test"));
      const body = nodesOf(one, "consequent");
      if (body.length === 0) continue;
      cases.push({ tests: labels, body });
      labels = [];
    }
    const isDefault = ({ tests }: { tests: (SyntaxNode | null)[] }) => tests.includes(null);
    const chain: Chain = { arms: cases.length, isWhole: cases.some(isDefault) };
    const held = this.guards.count;
    const arms = cases.map(({ tests, body }, index) => {
      const conditions = tests.flatMap((test) => (value && test ? [this.sameAs(value, test, scope)] : []));
      const test = anyOf(conditions);
      const isOther = tests.includes(null);
      this.arm = { chain, at: index, isNamed: !isOther };
      const calls = this.calls.length;
      const lowered = this.guards.within(isOther ? null : test, () => this.lower(body, scope, isCaught));
      if (!isOther) this.guards.hold(opposite(test));
      if (!isOther && isOverNetwork(test)) this.calls.length = calls;
      return { test, lowered, isDefault: isOther };
    });
    this.arm = outer;
    this.guards.release(held);
    return toChain(arms);
  }

  protected override block(node: SyntaxNode | null, scope: Scope, isCaught: boolean): Statement[] {
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
        if (!declaration) return [];
        // `export default { key: requireEnv("KEY") }`
        return /Declaration$/.test(declaration.type)
          ? this.#statement(declaration, scope, isCaught)
          : this.#expression(declaration, scope, isCaught);
      }
      case "BlockStatement":
        return this.block(node, scope, isCaught);
      case "LabeledStatement":
        return this.block(nodeOf(node, "body"), scope, isCaught);
      case "IfStatement":
        return [this.#if(node, scope, isCaught)];
      case "SwitchStatement":
        return this.#switch(node, scope, isCaught);
      case "ThrowStatement":
        return [{ kind: "fail" }];
      case "ReturnStatement": {
        const argument = nodeOf(node, "argument");
        const failure = this.#failureOf(argument);
        if (failure) return failure;
        const chosen = argument ? unwrap(argument) : null;
        const arms = chosen?.type === "ConditionalExpression" ? ["consequent", "alternate"] : [];
        // `return key ? { ok: true, key } : { ok: false }`
        if (chosen && arms.some((arm) => this.#failureOf(nodeOf(chosen, arm)) !== null))
          return [this.#if(asStatement(chosen), scope, isCaught)];
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
      case "ForOfStatement": {
        const unrolled = this.unrolled(node, scope, isCaught);
        return unrolled ?? this.loop(node, scope, isCaught);
      }
      case "ForStatement":
      case "ForInStatement":
      case "WhileStatement":
        return this.loop(node, scope, isCaught);
      default:
        return [];
    }
  }

  /** `if (!a) missing.push("A")`: the list has members when the test holds. */
  #collect(consequent: SyntaxNode | null, test: Condition, scope: Scope): void {
    if (!consequent) return;
    const statements = consequent.type === "BlockStatement" ? nodesOf(consequent, "body") : [consequent];
    for (const statement of statements) {
      const call = statement.type === "ExpressionStatement" ? nodeOf(statement, "expression") : null;
      const callee = call && isCall(call) ? nodeOf(call, "callee") : null;
      if (!callee || !isMember(callee) || keyName(callee) !== "push") continue;
      const list = pathOf(nodeOf(callee, "object"));
      const before = list ? scope.find(list) : null;
      const under = this.#surroundings.join(test);
      if (list && before && under) scope.rebind(list, anyOf([before, under]));
    }
  }

  /** What a `try` throws ends there, unless its `catch` throws again or ends the process. */
  #try(node: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] {
    const handler = nodeOf(node, "handler");
    this.#handlers += 1;
    const handled = handler ? this.block(nodeOf(handler, "body"), scope, isCaught) : [];
    this.#handlers -= 1;
    const swallows = handler !== null && needsOf(handled).length > 0;
    const body = this.block(nodeOf(node, "block"), scope, isCaught || swallows);
    const last = this.block(nodeOf(node, "finalizer"), scope, isCaught);
    // A tool that answers what went wrong has failed all the same.
    const isTold = this.areRefusalsFailures && handler !== null && this.#tellsRefusal(nodeOf(handler, "body"));
    if (swallows && isTold) this.hasRefused = true;
    if (!swallows || isTold) return [...body, ...last];
    // `try { return await load(); } catch { … }`: what follows runs only where that failed.
    return [...waysToLeave(body), ...last];
  }

  /** What it is to return something: a failure, or nothing of note (null). */
  #failureOf(returned: SyntaxNode | null): Statement[] | null {
    if (this.isEmptyFailure && (!returned || isNothing(returned) || literalText(returned) === "false"))
      return [{ kind: "fail" }];
    if (!returned) return null;
    if (this.failureField !== null && failureFields(unwrap(returned)).includes(this.failureField))
      return [{ kind: "fail" }];
    const isRefused = this.areRefusalsFailures && this.#handlers === 0 && isRefusal(returned, this.project.refusing);
    return isRefused ? this.#refuse() : null;
  }

  #refuse(): Statement[] {
    this.hasRefused = true;
    return [{ kind: "fail" }];
  }

  /** Returns whether the last thing that a block does is to answer that the tool cannot do its work. */
  #tellsRefusal(block: SyntaxNode | null): boolean {
    const last = block ? nodesOf(block, "body").at(-1) : undefined;
    const returned = last?.type === "ReturnStatement" ? nodeOf(last, "argument") : null;
    return returned !== null && isRefusal(returned, this.project.refusing);
  }

  #declaration(node: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] {
    const id = nodeOf(node, "id");
    const init = nodeOf(node, "init");
    if (!id || !init) return [];
    if (isFunction(unwrap(init))) return [];
    const statements = this.#expression(init, scope, isCaught);
    this.bindPattern(id, init, scope);
    return statements;
  }

  #expression(expression: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] {
    const node = unwrap(expression);
    const inlined = immediateBody(node);
    if (inlined) return withoutEnd(this.block(inlined, new Scope(scope), isCaught));
    this.note(node, scope, isCaught);
    if (node.type === "UpdateExpression") this.count(nodeOf(node, "argument"), scope);
    if (node.type === "AssignmentExpression") return this.#assignment(node, scope);
    if (node.type === "UnaryExpression" && node.operator === "void") {
      const argument = nodeOf(node, "argument");
      return argument ? this.#expression(argument, scope, isCaught) : [];
    }
    return isCall(node) ? this.#call(node, scope, isCaught) : this.demands(node, scope);
  }

  #assignment(node: SyntaxNode, scope: Scope): Statement[] {
    const left = nodeOf(node, "left");
    const right = nodeOf(node, "right");
    if (!left || !right) return [];
    const statements = this.demands(right, scope);
    const path = pathOf(left);
    if (node.operator === "+=") this.count(left, scope);
    const flag = path === null ? undefined : this.flagPaths.get(path);
    if (path && flag && node.operator === "=" && this.condition(right, scope).kind === "something")
      scope.bind(path, { kind: "atom", key: flag });
    else if (path && isLoopArgument(unwrap(right), this.argumentNames))
      scope.bind(path, { kind: "atom", key: "position 0" });
    else if (node.operator === "=") this.bindPattern(left, right, scope);
    else if (path) dropValue(path, scope);
    // `a ??= b()` evaluates what stands right only where there is nothing yet.
    if (!/^(\|\||\?\?|&&)=$/.test(String(node.operator)) || statements.length === 0) return statements;
    const isAnd = node.operator === "&&=";
    const [consequent, alternate] = isAnd ? [statements, []] : [[], statements];
    return [{ kind: "if", test: this.condition(left, scope), consequent, alternate }];
  }

  #call(node: SyntaxNode, scope: Scope, isCaught: boolean): Statement[] {
    const name = calleeName(node) ?? "";
    const args = nodesOf(node, "arguments");
    const callee = nodeOf(node, "callee");
    const isOfProcess = callee !== null && identifierName(nodeOf(callee, "object")) === "process";
    if ((name === ".exit" && isOfProcess) || name === "Deno.exit") {
      const code = args[0];
      return [{ kind: code === undefined || literalText(code) === "0" ? "leave" : "fail" }];
    }
    if (/^(assert|invariant|ok|\.ok|tiny_invariant|ensure|check)$/.test(name) && args[0]) {
      return [{ kind: "demand", condition: this.condition(args[0], scope) }];
    }
    // A schema's own check fails by what it adds.
    const isIssue =
      name === ".addIssue" ||
      (name === ".push" && this.issues !== null && pathOf(nodeOf(callee ?? node, "object")) === this.issues);
    // `program.error("…")` of commander ends the process.
    const isParserError =
      name === ".error" && /^(program|command|cmd|parser)$/.test(pathOf(nodeOf(callee ?? node, "object")) ?? "");
    if (isIssue || isParserError || this.project.failing.has(name)) return [{ kind: "fail" }];
    const [callback] = args;
    if (callee && isMember(callee) && EACH.test(keyName(callee) ?? "") && callback && isFunction(callback)) {
      const target = nodesOf(callback, "params")[keyName(callee) === "reduce" ? 1 : 0] ?? null;
      const parameter = identifierName(target);
      const list = nodeOf(callee, "object");
      const body = nodeOf(callback, "body");
      const each = this.repeats.within(
        () => this.forEach(list, parameter, body, scope, isCaught) ?? this.forRows(list, target, body, scope, isCaught),
      );
      if (each && (keyName(callee) === "forEach" || each.length > 0)) return each;
    }
    // `(async () => { … })().catch(…)` and `main().then(…)`: what runs first stands in front.
    if (/^\.(catch|then|finally)$/.test(name) && callee) {
      const object = nodeOf(callee, "object");
      return object ? this.#expression(object, scope, isCaught) : [];
    }
    return this.demands(node, scope);
  }

  protected override fails(node: SyntaxNode, scope: Scope): boolean {
    const body = immediateBody(node);
    if (body) return needsOf(this.block(body, new Scope(scope), false)).length === 0;
    return super.fails(node, scope);
  }
}

/** The body of a function that is called where it stands. */
function immediateBody(node: SyntaxNode): SyntaxNode | null {
  if (!isCall(node)) return null;
  const callee = nodeOf(node, "callee");
  const target = callee ? unwrap(callee) : null;
  return target && isFunction(target) ? nodeOf(target, "body") : null;
}

/** `return a ? b : c` as `if (a) return b; else return c;`. */
function asStatement(chosen: SyntaxNode): SyntaxNode {
  const { start, end } = chosen;
  const returning = (arm: string): SyntaxNode => ({
    type: "ReturnStatement",
    argument: nodeOf(chosen, arm),
    start,
    end,
  });
  const [consequent, alternate] = [returning("consequent"), returning("alternate")];
  return { type: "IfStatement", test: nodeOf(chosen, "test"), consequent, alternate, start, end };
}

/** After `a ??= "x"` and `a += "x"` a name no longer holds a variable's own value. */
function dropValue(path: string, scope: Scope): void {
  const held = scope.find(path);
  if (held?.kind === "atom" && held.isValue) scope.rebind(path, { kind: "atom", key: held.key });
}
