import { Surroundings } from "../collecting.ts";
import { otherwiseOf } from "../compared-words.ts";
import { anyOf, type Condition, type Statement } from "../flow.ts";
import { atom, tellsOfVariables } from "../project.ts";
import { Scope } from "../scope.ts";
import type { Call } from "../types.ts";
import { assignedNames, flagVariable } from "./assignments.ts";
import { ALWAYS, BraceConditions, UNKNOWN } from "./conditions.ts";
import { demandOf, isDemandedName, isPrinting } from "./demanding-calls.ts";
import { endingOf, goesOn } from "./endings.ts";
import { implsOf } from "./functions.ts";
import { handedName, handedOn } from "./handed-on.ts";
import { endOfHandler } from "./handlers.ts";
import { flagHeldAt, isOfFlagsOnly } from "./held-flags.ts";
import type { BraceProject } from "./project.ts";
import { Ranges } from "./ranges.ts";
import { callAt, demandsOption, isSecondChoice, knownOfCall, readAt } from "./reads.ts";
import { Rounds, roundOf } from "./rounds.ts";
import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

const NEVER: Condition = { kind: "constant", value: false };
const MAX_DEPTH = 40;

/** Turns the tokens of one function's body into what the presence of variables decides in it. */
export class BraceFlow {
  readonly calls: Call[] = [];
  readonly #tokens: readonly Token[];
  readonly #language: BraceLanguage;
  readonly #project: BraceProject;
  readonly #failsByReturn: boolean;
  readonly #ranges: Ranges;
  readonly #conditions: BraceConditions;
  /** What the function returns, where that is known; null for something else. */
  readonly returned: (Condition | null)[] = [];
  /** Errors that are there in the code at hand: `if err != nil {`. */
  readonly #errors = new Set<string>();
  readonly #surroundings = new Surroundings();
  readonly #rounds: Rounds;
  readonly #endsByReturn: boolean;

  /**
   * @param failsByReturn whether returning an error counts as a failure, as it does where the program itself begins
   * @param endsByReturn whether the program ends where the function returns
   */
  constructor(
    tokens: readonly Token[],
    language: BraceLanguage,
    project: BraceProject,
    failsByReturn = true,
    endsByReturn = false,
  ) {
    this.#endsByReturn = endsByReturn;
    this.#failsByReturn = failsByReturn;
    this.#ranges = new Ranges(tokens, language);
    this.#conditions = new BraceConditions(tokens, language, project, this.#ranges);
    this.#tokens = tokens;
    this.#language = language;
    this.#project = project;
    this.#rounds = new Rounds(tokens, language, project, this.#conditions, this.lower.bind(this));
  }

  /** The statements between two tokens. */
  lower(from: number, to: number, scope: Scope, depth = 0): Statement[] {
    const statements: Statement[] = [];
    if (depth > MAX_DEPTH) return statements;
    if (depth === 0) this.#bindHeld(from, scope);
    for (let at = from; at < to; ) {
      const token = this.#tokens[at];
      if (token?.kind === "mark" && (token.value === "{" || token.value === "}" || token.value === ";")) {
        at += 1;
        continue;
      }
      const chosen =
        this.#guard(at, to, scope, depth) ??
        this.#rounds.through(at, to, scope, depth) ??
        this.#choice(at, to, scope, depth);
      if (chosen) {
        statements.push(...chosen.statements);
        at = Math.max(chosen.end, at + 1);
      } else if (token?.value === "if" && token.kind === "word") {
        const { statement, end } = this.#if(at, to, scope, depth);
        statements.push(...statement);
        at = end;
      } else if (token?.kind === "word" && /^(for|while|switch|match|select|when|loop|foreach)$/.test(token.value)) {
        const open = this.#ranges.loopStart(at, to);
        if (open === null) {
          at += 1;
          continue;
        }
        const close = Math.min(closingMark(this.#tokens, open), to);
        statements.push(...this.#rounds.each(at, open, close, scope, depth));
        this.#note(at, open);
        const consequent = roundOf(this.lower(open + 1, close, scope, depth + 1));
        statements.push({ kind: "if", test: UNKNOWN, consequent, alternate: null });
        at = close + 1;
      } else {
        const end = Math.max(at + 1, this.#ranges.statementEnd(at, to));
        statements.push(...this.#plain(at, end, scope));
        at = end;
      }
    }
    return statements;
  }

  /** Variables that are read by names of a list. */
  get looped(): readonly { key: string; line: number }[] {
    return [...this.#rounds.looped, ...this.#conditions.listed];
  }

  /**
   * A statement that takes one of several ways: `match`, `when`, `switch`, `let Ok(x) = … else {`, and an assignment of what one of them
   * gives. Null for any other, and where the ways say nothing of variables.
   */
  #choice(at: number, to: number, scope: Scope, depth: number): { statements: Statement[]; end: number } | null {
    const word = this.#tokens[at]?.value ?? "";
    if (this.#tokens[at]?.kind !== "word" || this.#language === "java" || this.#language === "csharp") return null;
    if (/^(let|val|var)$/.test(word) && this.#language !== "go") {
      const assigned = this.#ranges.indexOf(at, Math.min(to, at + 60), (token) => /^(=|\{|;)$/.test(token.value));
      if (assigned === null || this.#tokens[assigned]?.value !== "=") return null;
      const next = this.#tokens[assigned + 1]?.value ?? "";
      if (next === "if") {
        const { statement, end } = this.#if(assigned + 1, to, scope, depth);
        return { statements: statement, end };
      }
      if (/^(match|when)$/.test(next)) return this.#arms(assigned + 1, to, scope, depth);
      const end = this.#ranges.statementEnd(at, to);
      const otherwise = this.#language === "rust" ? this.#ranges.elseOf(assigned, end) : null;
      if (otherwise === null) return null;
      const test = this.#conditions.pattern(at + 1, assigned, [
        this.#conditions.condition(assigned + 1, otherwise, scope),
      ]);
      const close = Math.min(closingMark(this.#tokens, otherwise + 1), to);
      const alternate = this.lower(otherwise + 2, close, scope, depth + 1);
      return {
        statements: [...this.#plain(at, otherwise, scope), { kind: "if", test, consequent: [], alternate }],
        end,
      };
    }
    return /^(match|when|switch)$/.test(word) ? this.#arms(at, to, scope, depth) : null;
  }

  /** Swift's `guard let key = … else { … }`. */
  #guard(at: number, to: number, scope: Scope, depth: number): { statements: Statement[]; end: number } | null {
    if (this.#language !== "swift" || this.#tokens[at]?.value !== "guard") return null;
    const otherwise = this.#ranges.elseOf(at, Math.min(to, at + 500));
    if (otherwise === null) return null;
    const before = this.#plain(at + 1, otherwise, scope);
    const test = this.#conditions.condition(at + 1, otherwise, scope);
    const open = otherwise + 1;
    const close = Math.min(closingMark(this.#tokens, open), to);
    const alternate = this.#told(this.lower(open + 1, close, scope, depth + 1), open, close);
    return { statements: [...before, { kind: "if", test, consequent: [], alternate }], end: close + 1 };
  }

  /** `if key == "" { fmt.Println("no key"); return }` ends the program where it begins. */
  #told(lowered: Statement[], from: number, to: number): Statement[] {
    const isTold = this.#endsByReturn && lowered.at(-1)?.kind === "leave" && isPrinting(this.#tokens, from, to);
    return isTold ? [...lowered.slice(0, -1), { kind: "fail" }] : lowered;
  }

  #arms(at: number, to: number, scope: Scope, depth: number): { statements: Statement[]; end: number } | null {
    const open = this.#ranges.blockStart(at, to);
    if (open === null) return null;
    const close = Math.min(closingMark(this.#tokens, open), to);
    const arms = this.#ranges.arms(open, close);
    const subject = this.#ranges.split(at + 1, open, ";").at(-1) ?? [at + 1, open];
    const before = subject[0] > at + 1 ? this.#plain(at + 1, subject[0] - 1, scope) : [];
    const isTuple = this.#tokens[subject[0]]?.value === "(" && closingMark(this.#tokens, subject[0]) === subject[1] - 1;
    const [start, end] = isTuple ? [subject[0] + 1, subject[1] - 1] : subject;
    const values = this.#ranges
      .split(start, end, ",")
      .map(([from, until]) => this.#conditions.condition(from, until, scope));
    const tests = arms.map(({ pattern: [from, until] }) =>
      start >= end ? this.#conditions.bareTest(from, until, scope) : this.#conditions.pattern(from, until, values),
    );
    if (tests.every((test) => test.kind === "unknown" || test === ALWAYS)) return null;
    this.#note(at, open);
    const bodies = arms.map(({ body: [from, until] }) => this.lower(from, until, scope, depth + 1));
    let statements: Statement[] = tests.includes(ALWAYS) ? [] : otherwiseOf(tests);
    for (const [index, test] of [...tests.entries()].reverse()) {
      const consequent = bodies[index] ?? [];
      statements = test === ALWAYS ? consequent : [{ kind: "if", test, consequent, alternate: statements }];
    }
    return { statements: [...before, ...statements], end: close + 1 };
  }

  #if(at: number, to: number, scope: Scope, depth: number): { statement: Statement[]; end: number } {
    const open = this.#ranges.blockStart(at, to);
    const hasBrackets = this.#tokens[at + 1]?.value === "(" && !/^(go|rust|swift)$/.test(this.#language);
    const testEnd = hasBrackets ? closingMark(this.#tokens, at + 1) : (open ?? to);
    let testStart = hasBrackets ? at + 2 : at + 1;
    const before: Statement[] = [];
    // `if token := os.Getenv("X"); token == "" {`
    for (let index = at + 1; index < testEnd; index += 1) {
      if (this.#tokens[index]?.value !== ";" || this.#language !== "go") continue;
      before.push(...this.#plain(testStart, index, scope));
      testStart = index + 1;
    }
    const test = this.#conditions.condition(testStart, testEnd, scope);
    this.#note(testStart, testEnd);
    const isBlock = this.#tokens[hasBrackets ? testEnd + 1 : testEnd]?.value === "{";
    const bodyStart = hasBrackets ? testEnd + 1 : testEnd;
    const bodyEnd = isBlock
      ? Math.min(closingMark(this.#tokens, bodyStart), to)
      : this.#ranges.statementEnd(bodyStart, to);
    const error = this.#conditions.errorOf(testStart, testEnd);
    if (error) this.#errors.add(error);
    const from = isBlock ? bodyStart + 1 : bodyStart;
    const inner = new Scope(scope);
    const lowered = this.#surroundings.within(test, () => this.lower(from, bodyEnd, inner, depth + 1));
    if (error) this.#errors.delete(error);
    const consequent = this.#told(lowered, bodyStart, bodyEnd);
    this.#collect(from, bodyEnd, test, scope);
    let end = isBlock ? bodyEnd + 1 : bodyEnd;
    let alternate: Statement[] | null = null;
    const others = new Scope(scope);
    if (this.#tokens[end]?.value === "else" && end < to) {
      if (this.#tokens[end + 1]?.value === "if" && depth < MAX_DEPTH) {
        const other = this.#if(end + 1, to, others, depth + 1);
        alternate = other.statement;
        end = other.end;
      } else {
        const block = this.#tokens[end + 1]?.value === "{" ? 1 : 0;
        const behind = end + 1;
        const close = block ? Math.min(closingMark(this.#tokens, behind), to) : this.#ranges.statementEnd(behind, to);
        alternate = this.#told(this.lower(behind + block, close, others, depth + 1), behind, close);
        end = close + block;
      }
    }
    // Afterwards a name holds what an arm that goes on gave it, or what it held before.
    const arms = [...(goesOn(consequent) ? [inner] : []), ...(alternate && goesOn(alternate) ? [others] : [])];
    scope.join(arms, { isWhole: alternate !== null, isBlockScoped: false });
    return { statement: [...before, { kind: "if", test, consequent, alternate }], end: Math.max(end, at + 1) };
  }

  /** A list that what is missing is added to: it is empty where nothing is. `missing = append(missing, "A_KEY")`, `missing.push("A_KEY")` */
  #collect(from: number, to: number, test: Condition, scope: Scope): void {
    const under = tellsOfVariables(test) ? this.#surroundings.join(test) : null;
    if (!under) return;
    for (let at = from; at < to; at += 1) {
      const token = this.#tokens[at];
      // What stands in a block of its own has a condition of its own.
      if (token?.value === "{" && token.kind === "mark") at = closingMark(this.#tokens, at);
      const isAppend = token?.value === "append" && /^(=|:=)$/.test(this.#tokens[at - 1]?.value ?? "");
      const isAdd = /^(push|add|Add)$/.test(token?.value ?? "") && this.#tokens[at - 1]?.value === ".";
      const list = this.#tokens[at - 2];
      if ((!isAppend && !isAdd) || list?.kind !== "word" || this.#tokens[at + 1]?.value !== "(") continue;
      const before = scope.find(list.value);
      scope.bind(list.value, before && tellsOfVariables(before) ? anyOf([before, under]) : under);
    }
  }

  /** A statement without blocks of its own: an assignment, a call, a return. */
  #plain(from: number, to: number, scope: Scope): Statement[] {
    const statements: Statement[] = [];
    this.#note(from, to);
    const replaced = new Set<number>();
    for (let at = from; at < to; at += 1) {
      at = endOfHandler(this.#tokens, this.#language, at) ?? at;
      const read = replaced.has(at) ? null : readAt(this.#tokens, at, this.#language, this.#project);
      for (const other of read?.others ?? []) replaced.add(other.at);
      if (read?.fails && read.fallback === "none" && !isSecondChoice(this.#tokens, at)) {
        const keys = [read.key, ...(read.others ?? []).map(({ key }) => key)];
        statements.push({ kind: "demand", condition: anyOf(keys.map(atom)) });
      }
      const option = this.#language === "rust" ? this.#project.options.get(this.#tokens[at]?.value ?? "") : null;
      if (option && demandsOption(this.#tokens, at, this.#project))
        statements.push({ kind: "demand", condition: atom(option) });
      const given = this.#given(at, scope, false);
      if (given) statements.push({ kind: "demand", condition: given });
      const own = demandOf(this.#tokens, at, this.#language, this.#project);
      const demanded = own ?? (this.#isDemanded(at, scope) ? ([at, at + 1] as const) : null);
      const condition = demanded ? this.#conditions.condition(demanded[0], demanded[1], scope) : UNKNOWN;
      if (tellsOfVariables(condition)) statements.push({ kind: "demand", condition });
    }
    if (this.#language === "go") this.#bindFlag(from, to, scope);
    this.#assign(from, to, scope);
    if (this.#tokens[from]?.value === "return") this.#noteReturned(from + 1, to, scope);
    return [...statements, ...this.#returned(from, to, scope)];
  }

  /** In Rust, a field leads to an error that goes no further than the caller, and a name of its own is no other one's field. */
  #isDemanded(at: number, scope: Scope): boolean {
    if (!isDemandedName(this.#tokens, at, this.#language, this.#project)) return false;
    const isField = this.#tokens[at - 1]?.value === ".";
    const isHeld = () => (isField ? this.#failsByReturn : scope.find(this.#tokens[at]?.value ?? "") !== null);
    return this.#language !== "rust" || isHeld();
  }

  /** How a statement leaves the function, if it does. What a returned error tells comes first. */
  #returned(from: number, to: number, scope: Scope): Statement[] {
    const ending = endingOf(this.#tokens, from, to, this.#language, this.#failsByReturn);
    const isReturn = this.#tokens[from]?.value === "return";
    if (!isReturn || this.#language !== "go") return ending ? [ending] : [];
    const [start, end] = this.#ranges.split(from + 1, to, ",").at(-1) ?? [from + 1, to];
    const word = end - start === 1 ? (this.#tokens[start]?.value ?? "") : "";
    const byReturn: Statement = { kind: this.#failsByReturn ? "fail" : "leave" };
    if (this.#errors.has(word)) return [byReturn];
    const call = callAt(this.#tokens, start);
    const joined =
      call?.name === "errors.Join"
        ? this.#conditions.condition(call.open + 1, closingMark(this.#tokens, call.open), scope)
        : null;
    const error = joined ?? (/^err|Err$/.test(word) ? scope.find(word) : null);
    if (error && tellsOfVariables(error))
      return [{ kind: "if", test: error, consequent: [byReturn], alternate: [{ kind: "leave" }] }];
    // `return validate(cfg)`
    const passed = call && this.#failsByReturn ? knownOfCall(this.#project.returns, call.name) : null;
    return [
      ...(passed ? [{ kind: "demand" as const, condition: passed }] : []),
      ...(ending && !joined ? [ending] : [{ kind: "leave" as const }]),
    ];
  }

  /** Notes what a function returns, of several values the first. */
  #noteReturned(from: number, to: number, scope: Scope): void {
    const [start, end] = this.#ranges.split(from, this.#tokens[to - 1]?.value === ";" ? to - 1 : to, ",")[0] ?? [
      from,
      to,
    ];
    const only = end - start === 1 ? this.#tokens[start] : undefined;
    if (only?.kind === "text") this.returned.push(only.value === "" ? NEVER : ALWAYS);
    else if (only && /^(nil|null|None)$/.test(only.value)) this.returned.push(NEVER);
    else {
      const value = this.#conditions.isPlain(start, end) ? this.#conditions.condition(start, end, scope) : UNKNOWN;
      this.returned.push(tellsOfVariables(value) ? value : null);
    }
  }

  /** What a call gives the function for the parameter that it demands: `newClient(os.Getenv("A_KEY"))`. */
  #given(at: number, scope: Scope, returnsError: boolean): Condition | null {
    const call = callAt(this.#tokens, at);
    const demanded = call ? knownOfCall(this.#project.demanding, call.name) : null;
    if (!call || !demanded || demanded.returnsError !== returnsError) return null;
    const args = this.#ranges.split(call.open + 1, closingMark(this.#tokens, call.open), ",");
    const [from, to] = args[demanded.at] ?? [0, 0];
    const condition = this.#conditions.condition(from, to, scope);
    return tellsOfVariables(condition) ? condition : null;
  }

  /** `flag.StringVar(&key, "key", os.Getenv("A_KEY"), "The key")` */
  #bindFlag(from: number, to: number, scope: Scope): void {
    const bound = flagVariable(this.#tokens, from, to, this.#ranges);
    if (!bound) return;
    const value = this.#conditions.condition(...bound.range, scope);
    if (tellsOfVariables(value)) scope.bind(bound.variable, value);
  }

  /** Binds the names that hold a flag where a function begins, so that another value is a second one. */
  #bindHeld(from: number, scope: Scope): void {
    for (const name of this.#project.flagHolders.get(this.#tokens)?.keys() ?? []) {
      const key = flagHeldAt(this.#project, this.#tokens, from, name);
      if (key !== null && scope.find(name) === null) scope.bind(name, atom(key));
    }
  }

  /** `if key != "" { cfg.Key = key }`: the field may have got a value from elsewhere before. */
  #mayBeGiven(name: number, value: Condition): boolean {
    return this.#tokens[name - 1]?.value === "." && this.#surroundings.isInside && isOfFlagsOnly(value);
  }

  #assign(from: number, to: number, scope: Scope): void {
    const tokens = this.#tokens;
    const at = this.#ranges.indexOf(from, to, (token) => token.value === "=" || token.value === ":=");
    // What is added to a list, `#collect` says.
    if (at === null || tokens[at + 1]?.value === "append") return;
    const names = assignedNames(tokens.slice(from, at), this.#language);
    const value = this.#conditions.condition(at + 1, to, scope);
    const last = names.at(-1) ?? "";
    if (this.#language === "go" && /^err|Err$/.test(last)) {
      // An error that is not known says nothing, whatever an earlier one of that name said.
      const call = callAt(this.#tokens, at + 1);
      const returns = call ? (knownOfCall(this.#project.returns, call.name) ?? this.#given(at + 1, scope, true)) : null;
      scope.bind(last, returns ? { kind: "not", of: returns } : UNKNOWN);
      names.pop();
    }
    const isMixed = this.#conditions.isMixed(at + 1);
    if ((value.kind === "unknown" && !isMixed) || this.#mayBeGiven(at - 1, value)) return;
    for (const name of names) scope.bind(name, isMixed ? UNKNOWN : value);
  }

  /** The type that a name stands for: `Self` for the one whose `impl` it stands in. */
  #typeOf(name: string | undefined, at: number): string | null {
    if (name !== "Self") return name ?? null;
    return implsOf(this.#tokens).findLast((one) => one.from < at && at < one.to)?.name ?? null;
  }

  #note(from: number, to: number): void {
    for (let at = from; at < to; at += 1) {
      at = endOfHandler(this.#tokens, this.#language, at) ?? at;
      const call = callAt(this.#tokens, at);
      const word = this.#tokens[at];
      if (word?.kind === "word" && this.#project.properties.has(word.value) && this.#tokens[at - 1]?.value === ".")
        this.calls.push({ name: word.value, isCaught: false, isBranch: false });
      if (!call) {
        const handed = this.#language === "go" ? handedOn(this.#tokens, at, this.#project) : null;
        if (handed !== null) this.calls.push({ name: handedName(handed), isCaught: false, isBranch: false });
        continue;
      }
      const parts = call.name.replace(/!$/, "").split(/\.|::/);
      const name = parts.at(-1) ?? "";
      // Rust calls what belongs to a type by both: `Client::new()`.
      const owner =
        this.#language === "rust" && /^[A-Z]/.test(parts.at(-2) ?? "") ? this.#typeOf(parts.at(-2), at) : null;
      if (name !== "") this.calls.push({ name: owner ? `${owner}.${name}` : name, isCaught: false, isBranch: false });
    }
  }
}
