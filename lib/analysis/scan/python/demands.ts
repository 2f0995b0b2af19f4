import { allOf, anyOf, type Condition, type Statement } from "../flow.ts";
import { Guards, opposite } from "../guards.ts";
import { type Demanding, tellsOfVariables } from "../project.ts";
import type { Scope } from "../scope.ts";
import type { Call, Chain } from "../types.ts";
import { PythonConditions } from "./conditions.ts";
import { type EnvRead, envRead, pythonCallee } from "./env.ts";
import { argument, childrenOf, enclosing, type PyNode } from "./syntax.ts";

const UNKNOWN: Condition = { kind: "unknown" };
/** Nesting of one expression that is taken apart. */
const MAX_NESTING = 60;
/** Functions that raise a TypeError for None as their first argument. */
const FAILS_ON_NONE =
  /^(int|float|json\.loads|Path|pathlib\.Path|open|os\.path\.\w+|os\.(listdir|makedirs|chdir)|base64\.\w+)$/;

/** What one expression needs in order not to raise when it is evaluated, and the calls that it makes. */
export class PythonDemands extends PythonConditions {
  readonly calls: Call[] = [];
  protected readonly guards = new Guards();
  /** The arm of a chain in which the code at hand stands. */
  protected arm: Call["arm"] = null;

  /** Returns whether a test asks for one word: `backend == "file"`. */
  protected comparesWord(test: PyNode): boolean {
    const [, operator] = childrenOf(test);
    const right = childrenOf(test).at(-1) ?? null;
    return operator !== undefined && this.tree.text(operator) === "==" && Boolean(this.tree.string(right));
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
  protected value(node: PyNode, scope: Scope, isCaught: boolean, depth = 0, inBranch = false): Statement[] {
    if (depth > MAX_NESTING || node.name === "LambdaExpression") return [];
    const inner = (part: PyNode | undefined, isBranch = inBranch) =>
      part ? this.value(part, scope, isCaught, depth + 1, isBranch) : [];
    if (node.name === "ConditionalExpression") {
      const [consequent, , test, , alternate] = childrenOf(node);
      const outer = this.arm;
      const chain: Chain = { arms: 2, isWhole: true };
      const noted = inner(test, true);
      const given = test ? this.condition(test, scope) : UNKNOWN;
      this.arm = { chain, at: 0, isNamed: test !== undefined && this.comparesWord(test) };
      const first = this.guards.within(given, () => inner(consequent, true));
      this.arm = { chain, at: 1 };
      const second = this.guards.within(opposite(given), () => inner(alternate, true));
      this.arm = outer;
      return [...noted, ...whenever(given, first, second)];
    }
    const word = node.name === "BinaryExpression" ? (node.getChild("or") ?? node.getChild("and")) : null;
    if (word) {
      const children = childrenOf(node);
      const [left] = children;
      const noted = inner(left);
      // The parser takes `not a or b` for `not (a or b)`.
      const isNegated = node.parent?.name === "UnaryExpression" && node.parent.getChild("not") !== null;
      const told: Condition = left ? this.condition(left, scope) : UNKNOWN;
      const test: Condition = isNegated ? { kind: "not", of: told } : told;
      const right = this.guards.within(word.name === "and" ? test : opposite(test), () => inner(children.at(-1), true));
      return [...noted, ...(word.name === "and" ? whenever(test, right, []) : whenever(test, [], right))];
    }
    if (/Comprehension/.test(node.name)) {
      const children = childrenOf(node);
      const loop = children.findIndex((child) => child.name === "for");
      const each = this.eachRound(children, scope, (own) =>
        children.slice(0, Math.max(loop, 0)).flatMap((part) => this.value(part, own, isCaught, depth + 1, inBranch)),
      );
      if (each) return each.flat();
    }
    // `os.environ.get("A") or sys.exit("…")`
    if (inBranch && this.ending(node)) return [{ kind: "fail" }];
    if (node.name === "CallExpression") this.#noteCall(node, isCaught, inBranch);
    const statements = childrenOf(node).flatMap((child) => inner(child));
    const condition = this.#demanded(node, scope);
    return condition === null ? statements : [...statements, { kind: "demand", condition }];
  }

  /** How a call ends the program or the function around it, or null for one that does not. */
  protected ending(node: PyNode): Statement | null {
    const call = this.tree.call(node);
    if (!call) return null;
    const dotted = this.tree.dotted(call.callee) ?? "";
    if (/^(sys\.exit|exit|quit|os\._exit|(\w{0,20}_)?(ctx|context|parser)\.exit)$/.test(dotted)) {
      const code = call.args[0]?.value;
      return { kind: code === undefined || this.tree.text(code) === "0" ? "leave" : "fail" };
    }
    // argparse's error() and click's fail() print the usage and end the program.
    const isUsage =
      this.names.hasParser && /\.error$/.test(dotted) && !/^(self\.)?_?log(ger|ging)?\.|^(console|st)\./.test(dotted);
    if (isUsage || /(^|\.)(\w*parser\.error|ctx\.fail|context\.fail)$/.test(dotted)) return { kind: "fail" };
    return this.project.failing.has(pythonCallee(node, this.tree)?.replace(/^\./, "") ?? "") ? { kind: "fail" } : null;
  }

  #noteCall(node: PyNode, isCaught: boolean, isBranch: boolean): void {
    const name = pythonCallee(node, this.tree);
    const under = this.guards.current;
    if (name) this.calls.push({ name: this.names.aliases.get(name) ?? name, isCaught, isBranch, arm: this.arm, under });
    // A server's lifespan is handed over by name and runs when it starts.
    const lifespan = argument(this.tree.call(node)?.args ?? [], "lifespan");
    const handed = lifespan ? this.tree.dotted(lifespan) : null;
    if (handed) this.calls.push({ name: handed, isCaught, isBranch: false, under });
  }

  /** The parameter without which what is called raises. `super().__init__(…)` calls a class that the own one inherits from. */
  #demandingCallee(node: PyNode, callee: PyNode): Demanding | null {
    const own = this.project.demanding.get(pythonCallee(node, this.tree) ?? "") ?? null;
    if (own || !/^super\([^()]{0,60}\)\.__init__$/.test(this.tree.text(callee).slice(0, 100))) return own;
    const bases = enclosing(node, "ClassDefinition")?.getChild("ArgList");
    const names = bases ? childrenOf(bases).flatMap((one) => this.tree.dotted(one)?.split(".").at(-1) ?? []) : [];
    return names.flatMap((name) => this.project.demanding.get(name) ?? [])[0] ?? null;
  }

  /** The variable held by a name, which raises for None: `url.rstrip("/")`, `url + "/api"`. */
  #used(node: PyNode, scope: Scope): Condition | null {
    const [left, operator, right] = childrenOf(node);
    const isAddition = node.name === "BinaryExpression" && operator !== undefined && this.tree.text(operator) === "+";
    const isUse = node.name === "MemberExpression" || (isAddition && right?.name.endsWith("String"));
    const held = isUse && left?.name === "VariableName" ? this.condition(left, scope) : null;
    return held?.kind === "atom" && held.isValue ? held : null;
  }

  /** What a call needs that raises a TypeError for None: `open(path)`, `int(limit)`, where the name holds a variable or a flag alone. */
  #opened(node: PyNode, scope: Scope): Condition | null {
    const call = this.tree.call(node);
    const [first] = call?.args ?? [];
    if (!call || first?.name !== null || !FAILS_ON_NONE.test(this.tree.dotted(call.callee) ?? "")) return null;
    const { value } = first;
    const held = /^(VariableName|MemberExpression)$/.test(value.name) ? this.condition(value, scope) : null;
    if (held?.kind !== "atom") return null;
    // A field of settings may be filled in many a place; what argparse puts in one stays.
    return value.name === "VariableName" || held.key.startsWith("-") ? held : null;
  }

  /** What one expression needs in order not to raise, or null. */
  #demanded(node: PyNode, scope: Scope): Condition | null {
    const read = envRead(node, this.tree, this.names);
    const needed = read?.isStrict ? read : this.#dereferenced(node);
    const key = needed ? this.keyOf(needed.key) : null;
    if (key) return { kind: "atom", key };
    const used = this.#opened(node, scope) ?? this.#used(node, scope);
    if (used) return used;
    const found = this.helper(node);
    if (found) {
      const { helper, hasFallback, keys } = found;
      if (hasFallback || !(helper.fails || helper.hangsOn)) return null;
      const told = anyOf(keys.map((key): Condition => ({ kind: "atom", key })));
      return this.demandedUnder(told, helper.hangsOn, node, scope);
    }
    const call = this.tree.call(node);
    const checked = call
      ? this.project.checkedFields.get(this.tree.dotted(call.callee)?.split(".").at(-1) ?? "")
      : null;
    if (call && checked) {
      const given = call.args.filter(({ name }) => name !== null && checked.has(name));
      const told = given.map(({ value }) => this.condition(value, scope)).filter(tellsOfVariables);
      if (told.length > 0) return allOf(told);
    }
    // The argument without which the called function raises.
    const demanding = call ? this.#demandingCallee(node, call.callee) : null;
    const value = call && demanding ? argument(call.args, demanding.name, demanding.at) : null;
    const told = value ? this.condition(value, scope) : null;
    return told && (tellsOfVariables(told) || isEither(told))
      ? this.demandedUnder(told, demanding?.hangsOn, node, scope)
      : null;
  }
}

/** Returns whether a value is something that is not known, or else a variable: `key or os.getenv("KEY")`. */
function isEither(told: Condition): boolean {
  return told.kind === "or" && told.of.every(({ kind }) => kind === "something" || kind === "atom");
}

function whenever(test: Condition, consequent: Statement[], alternate: Statement[]): Statement[] {
  return consequent.length === 0 && alternate.length === 0 ? [] : [{ kind: "if", test, consequent, alternate }];
}
