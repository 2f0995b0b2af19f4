import { Surroundings } from "../collecting.ts";
import { otherwiseOf, toChain } from "../compared-words.ts";
import { type Assigned, isFlag, noteFlags, takenOf } from "../flags.ts";
import { allOf, anyOf, type Condition, needsOf, type Statement } from "../flow.ts";
import { opposite } from "../guards.ts";
import { tellsOfVariables } from "../project.ts";
import { Scope } from "../scope.ts";
import { demandsOverNetwork, endsOverStdio, isOverNetwork, isOverStdio, transportNamed } from "../transport.ts";
import type { Chain } from "../types.ts";
import { PythonDictionaries } from "./dictionaries.ts";
import { isMadeHere } from "./made-objects.ts";
import { servesBeside } from "./own-programs.ts";
import { isNothing, isText, tellsOfError, testOfValue } from "./returned-values.ts";
import { armsOf, childrenOf, type PyNode, parametersOf, statementsOf, walkPython } from "./syntax.ts";

const SOMETHING: Condition = { kind: "something" };
const UNKNOWN: Condition = { kind: "unknown" };
/** Length of a loop's body that is looked at once for each value. */
const MAX_UNROLLED_LENGTH = 3_000;
const PRINTING = /^(?:print|(?:self\.)?_?(?:log|logger|logging|console|click|typer)\.\w+|sys\.stderr\.write)\(/i;

/** Turns the statements of one Python function into what the presence of variables decides in them. */
export class PythonFlow extends PythonDictionaries {
  /** Takes a return of nothing for a failure, to learn when a function returns something. */
  isEmptyFailure = false;
  /** Takes an answer that tells of an error for a failure, to learn what a tool needs. */
  isToldFailure = false;
  /** The program ends with what the function returns, as its exit code. */
  isProgram = false;

  parameters(definition: PyNode, scope: Scope): void {
    for (const { name, fallback } of parametersOf(this.tree, definition)) {
      const known = fallback && fallback.name !== "None" ? this.condition(fallback, scope) : null;
      // The caller may pass the parameter; only its default is known.
      scope.bind(name, known?.kind === "atom" ? known : SOMETHING);
    }
  }

  lower(statements: readonly PyNode[], scope: Scope, isCaught = false): Statement[] {
    const held = this.guards.count;
    const lowered: Statement[] = [];
    for (const statement of statements) {
      const one = this.#statement(statement, scope, isCaught);
      this.#holdAfter(statement, one.at(-1));
      lowered.push(...one);
      if (endsOverStdio(one.at(-1))) break;
    }
    this.guards.release(held);
    return lowered;
  }

  readonly #surroundings = new Surroundings();

  /** `if not a: return`: what follows runs with a. */
  #holdAfter(node: PyNode, last: Statement | undefined): void {
    if (node.name !== "IfStatement" || last?.kind !== "if") return;
    const { arms, otherwise } = armsOf(node);
    const isSilent = (body: PyNode | null | undefined) => body != null && statementsOf(body).length === 1;
    if (last.consequent.at(-1)?.kind === "leave") this.guards.holdAfter(opposite(last.test), isSilent(arms[0]?.body));
    if (last.alternate?.at(-1)?.kind === "leave") this.guards.holdAfter(last.test, isSilent(otherwise));
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
        if (demandsOverNetwork(raised)) return [{ kind: "leave" }];
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
        if (this.isProgram && value && /^[1-9]\d{0,2}$/.test(this.tree.text(value))) return [{ kind: "fail" }];
        if (this.isToldFailure && value && tellsOfError(value, this.tree)) return [{ kind: "fail" }];
        if (this.isEmptyFailure && (!value || isNothing(value, this.tree))) return [{ kind: "fail" }];
        const test = this.isEmptyFailure && value ? testOfValue(value) : null;
        if (test) return [{ kind: "demand", condition: this.condition(test, scope) }, { kind: "leave" }];
        return [...(value ? this.value(value, scope, isCaught) : []), { kind: "leave" }];
      }
      case "ExpressionStatement": {
        const expression = childrenOf(node)[0];
        return expression ? this.#expression(expression, scope, isCaught) : [];
      }
      case "AssignStatement":
        return this.#assign(node, scope, isCaught);
      case "UpdateStatement": {
        // `missing += 1`, `errors += "…"`
        const name = this.tree.dotted(childrenOf(node)[0] ?? null);
        const before = name ? scope.find(name) : null;
        if (name && before && (before.kind === "constant" || isFlag(before)))
          scope.bind(name, { kind: "constant", value: true });
        return childrenOf(node).flatMap((part) => this.value(part, scope, isCaught));
      }
      case "ClassDefinition":
        // The values of its fields are worked out where the class stands.
        return this.#body(node.getChild("Body"), new Scope(scope), isCaught);
      case "DecoratedStatement":
        return childrenOf(node).flatMap((part) =>
          /^(Class|Function)Definition$/.test(part.name) ? this.#statement(part, scope, isCaught) : [],
        );
      case "StatementGroup":
        return this.lower(childrenOf(node), scope, isCaught);
      case "WithStatement":
        return [...this.#opened(node, scope, isCaught), ...this.#body(node.getChild("Body"), scope, isCaught)];
      case "FunctionDefinition":
        // The defaults of its parameters are worked out where it stands.
        return parametersOf(this.tree, node).flatMap(({ fallback }) =>
          fallback ? this.value(fallback, scope, isCaught) : [],
        );
      case "TryStatement":
        return this.#try(node, scope, isCaught);
      case "ForStatement":
      case "WhileStatement": {
        const unrolled = node.name === "ForStatement" ? this.#unrolled(node, scope, isCaught) : null;
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

  /**
   * What a `with` itself demands. Which of several connections it opens hangs on what the program is asked for, so that its calls are not
   * taken for what runs at the start.
   */
  #opened(node: PyNode, scope: Scope, isCaught: boolean): Statement[] {
    const calls = this.calls.length;
    const opened = childrenOf(node).flatMap((part) => (part.name === "Body" ? [] : this.value(part, scope, isCaught)));
    this.calls.length = calls;
    return opened;
  }

  /** `for name, value in {"A": a, "B": b}.items(): if not value: …`: the body once for each value. */
  #unrolled(loop: PyNode, scope: Scope, isCaught: boolean): Statement[] | null {
    const body = loop.getChild("Body");
    if (!body || body.to - body.from > MAX_UNROLLED_LENGTH) return null;
    const rounds = this.eachRound(childrenOf(loop), scope, (inner) => {
      const lowered = this.#body(body, inner, isCaught);
      return { inner, lowered: lowered.at(-1)?.kind === "leave" ? lowered.slice(0, -1) : lowered };
    });
    const inners = rounds?.map(({ inner }) => inner) ?? [];
    scope.join(inners, { isWhole: false, isBlockScoped: false });
    return rounds?.flatMap(({ lowered }) => lowered) ?? null;
  }

  /** Lowers a `match` as the chain of its clauses. */
  #match(node: PyNode, scope: Scope, isCaught: boolean): Statement[] {
    const value = childrenOf(node)[1];
    const clauses = node.getChild("MatchBody")?.getChildren("MatchClause") ?? [];
    const outer = this.arm;
    const held = this.guards.count;
    const chain: Chain = { arms: clauses.length, isWhole: false };
    const arms = clauses.map((clause, at) => {
      const [, pattern] = childrenOf(clause);
      const words = pattern ? this.#wordsAsked(pattern) : [];
      const isDefault = isCapture(pattern);
      if (isDefault) chain.isWhole = true;
      this.arm = { chain, at, isNamed: !isDefault };
      const test = words.length > 0 ? this.sameAs(value ?? node, words, scope) : UNKNOWN;
      const calls = this.calls.length;
      const lowered = this.guards.within(isDefault ? null : test, () =>
        this.#body(clause.getChild("Body"), scope, isCaught),
      );
      this.guards.hold(opposite(test));
      if (isOverNetwork(test)) this.calls.length = calls;
      return { test, lowered, isDefault };
    });
    this.arm = outer;
    this.guards.release(held);
    return toChain(arms);
  }

  /** The words for which a clause asks, none where one of its patterns is another one: `case "token" | Mode.BASIC`. */
  #wordsAsked(pattern: PyNode): string[] {
    const parts =
      pattern.name === "OrPattern" ? childrenOf(pattern).filter(({ name }) => name !== "LogicOp") : [pattern];
    const words = parts.flatMap((one) => {
      const written = one.name === "LiteralPattern" ? this.tree.string(childrenOf(one)[0] ?? null) : null;
      const path = this.tree.text(one).replace(/\.value$/, "");
      return written ?? this.project.texts.get(path) ?? transportNamed(path) ?? [];
    });
    return words.length === parts.length ? words : [];
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
    const outer = this.arm;
    const chain: Chain = { arms: arms.length + (otherwise ? 1 : 0), isWhole: otherwise !== null };
    this.arm = { chain, at: arms.length };
    const passed: Assigned[] = [];
    const lowerArm = (body: PyNode, under: Condition, isUnreached: boolean) => {
      const calls = this.calls.length;
      const inner = new Scope(scope);
      const lowered = this.#told(body, under, this.#body(body, inner, isCaught), servesBeside(node, body, this.tree));
      // Another transport alone reaches it.
      if (isUnreached) this.calls.length = calls;
      // What an arm assigns before it leaves is not there afterwards.
      if (!/^(leave|fail)$/.test(lowered.at(-1)?.kind ?? "")) passed.push({ scope: inner, under });
      return lowered;
    };
    const isStdioChosen = arms.some(({ test }) => isOverStdio(this.condition(test, scope)));
    const conditions = arms.map(({ test }) => this.condition(test, scope));
    const unknown = otherwiseOf(conditions);
    const underNone = allOf(conditions.map(opposite));
    let alternate: Statement[] | null = otherwise
      ? this.guards.within(underNone, () => lowerArm(otherwise, underNone, isStdioChosen))
      : unknown.length > 0
        ? unknown
        : null;
    const noted: Statement[] = [];
    for (const [at, { test, body }] of [...arms.entries()].reverse()) {
      this.arm = outer;
      noted.push(...this.value(test, scope, isCaught));
      const condition = this.condition(test, scope);
      this.#collect(body, condition, scope);
      this.arm = { chain, at, isNamed: this.comparesWord(test) };
      const underThis = allOf([...conditions.slice(0, at).map(opposite), condition]);
      const consequent = this.guards.within(underThis, () =>
        this.#surroundings.within(condition, () => lowerArm(body, underThis, isOverNetwork(condition))),
      );
      alternate = [{ kind: "if", test: condition, consequent, alternate }];
    }
    const before = new Map(passed.flatMap((arm) => arm.scope.ownNames()).map((name) => [name, scope.find(name)]));
    scope.join(
      passed.map((arm) => arm.scope),
      { isWhole: otherwise !== null, isBlockScoped: false, taken: takenOf(passed) },
    );
    noteFlags(
      scope,
      (name) => before.get(name) ?? null,
      passed,
      this.#surroundings,
      (name, under) => isMadeHere(name, under, node, this.tree),
    );
    this.arm = outer;
    return [...noted, ...(alternate ?? [])];
  }

  /**
   * `if not key: print("no key"); return` in the program itself, or `return "no key"`: it ends, as with an error. So does what only says
   * something where the server runs in the other arm.
   */
  #told(body: PyNode, under: Condition, lowered: Statement[], isBesideServer: boolean): Statement[] {
    if (!this.isProgram || !tellsOfVariables(under)) return lowered;
    const statements = statementsOf(body);
    const saying = statements.slice(0, -1);
    const says = (statement: PyNode) => PRINTING.test(this.tree.text(statement).slice(0, 40));
    if (isBesideServer && statements.every(says)) return [...lowered, { kind: "fail" }];
    if (lowered.at(-1)?.kind !== "leave") return lowered;
    const last = statements.at(-1) ?? body;
    // A script exits with the text that its function returns as with an error.
    if (isText(childrenOf(last)[1] ?? null, this.tree)) return [...lowered.slice(0, -1), { kind: "fail" }];
    const isBare = /^return(?:\s+None)?$/.test(this.tree.text(last));
    return isBare && saying.length > 0 && saying.every(says) ? [...lowered.slice(0, -1), { kind: "fail" }] : lowered;
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
      const list = callee ? (/^(.+)\.(?:append|add|extend|insert)$/.exec(callee)?.[1] ?? null) : null;
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
    const last = children.findLastIndex((child) => child.name === "AssignOp");
    const targets = children.filter(
      (_, index) => children[index + 1]?.name === "AssignOp" || children[index + 1]?.name === "TypeDef",
    );
    if (!value) return [];
    const given = children.slice(last + 1).filter((child) => child.name !== ",");
    if (last >= 0 && given.length > 1) return this.#assignEach(children.slice(0, last), given, scope, isCaught);
    const statements = this.value(value, scope, isCaught);
    const condition = this.toldOf(value, scope);
    const outcomes = this.outcomesOf(value);
    if (outcomes) {
      const names = children.filter(
        (child, index) => /^(,|AssignOp)$/.test(children[index + 1]?.name ?? "") && child.name === "VariableName",
      );
      for (const [index, name] of names.entries())
        scope.bind(this.tree.text(name), outcomes.get(`${index}`) ?? SOMETHING);
      // `config = get_config()`, and then `config["key"]`.
      const [only] = names;
      for (const [field, told] of only && names.length === 1 ? outcomes : [])
        scope.bind(`${this.tree.text(only ?? value)}.${field}`, told);
    }
    const isPlain = children.filter((child) => child.name === ",").length === 0;
    for (const target of isPlain ? targets : []) {
      const name = this.tree.dotted(target);
      if (name) scope.bind(name, condition);
      if (name) this.bindEntries(name, value, scope);
      else this.bindEntry(target, condition, scope);
    }
    return statements;
  }

  /** `a, b = os.environ["A"], os.environ["B"]` */
  #assignEach(targets: readonly PyNode[], given: readonly PyNode[], scope: Scope, isCaught: boolean): Statement[] {
    const names = targets
      .flatMap((target) => (target.name === "TupleExpression" ? childrenOf(target) : [target]))
      .filter((target) => !/^[(),]$/.test(target.name));
    return given.flatMap((value, at) => {
      const target = names.length === given.length ? names[at] : undefined;
      const name = target ? this.tree.dotted(target) : null;
      const statements = this.value(value, scope, isCaught);
      if (name) scope.bind(name, this.toldOf(value, scope));
      return statements;
    });
  }

  #expression(node: PyNode, scope: Scope, isCaught: boolean): Statement[] {
    const inner = node.name === "AwaitExpression" ? (childrenOf(node)[1] ?? node) : node;
    const statements = this.value(inner, scope, isCaught);
    const ending = this.ending(inner);
    return ending ? [...statements, ending] : statements;
  }
}

/** Returns whether a pattern of a `match` takes whatever is left: `case _`, `case _ as other`. */
function isCapture(pattern: PyNode | undefined): boolean {
  const inner = pattern?.name === "AsPattern" ? pattern.firstChild : pattern;
  return inner?.name === "CapturePattern";
}
