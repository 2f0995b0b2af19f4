import { compareDefault } from "../compared-words.ts";
import { allOf, anyOf, type Condition, withinBounds } from "../flow.ts";
import { atom } from "../project.ts";
import type { Scope } from "../scope.ts";
import { compareTransport } from "../transport.ts";
import { flagCallAt } from "./go-flags.ts";
import { askedFlag, flagHeldAt, isEmpty } from "./held-flags.ts";
import { type ListedNames, listedNamesAt } from "./listed-names.ts";
import { type BraceProject, variableIn } from "./project.ts";
import type { Ranges } from "./ranges.ts";
import { callAt, isOfArguments, isSecondChoice, knownOfCall, readAt, textOf } from "./reads.ts";
import { type BraceLanguage, closingMark, type Token } from "./tokens.ts";

const SOMETHING: Condition = { kind: "something" };
export const UNKNOWN: Condition = { kind: "unknown" };
export const ALWAYS: Condition = { kind: "constant", value: true };
const MAX_DEPTH = 40;
/** Functions that return one of several values that is there, or a value under a name or with a description. */
const CHOOSING =
  /(^|\.|::)(Or|firstNonEmpty|FirstNonEmpty|firstNonBlank|[cC]oalesce|defaultIfBlank|defaultIfEmpty|getProperty|requireNonNull\w{0,10}|checkNotNull)$|^(flag|pflag)\./;
/** Functions whose result is there when what they are given is. */
const KEEPING =
  /(^|\.|::)(TrimSpace|Trim|TrimSuffix|TrimPrefix|ToLower|trim|strip|Ok|Some|ofNullable|IsNullOrEmpty|IsNullOrWhiteSpace|len|errors\.Join)$/;
/** Functions that return the first of their values that is there, with texts among them that are values. */
const FIRST_OF = /(^|\.)(Or|firstNonEmpty|FirstNonEmpty|firstNonBlank|[cC]oalesce|defaultIfBlank|defaultIfEmpty)$/;

/** What the expressions and patterns of a file say of variables. */
export class BraceConditions {
  readonly #tokens: readonly Token[];
  readonly #language: BraceLanguage;
  readonly #project: BraceProject;
  readonly #ranges: Ranges;
  /** Variables that are read by the names of a list. */
  readonly listed: { key: string; line: number }[] = [];

  constructor(tokens: readonly Token[], language: BraceLanguage, project: BraceProject, ranges: Ranges) {
    this.#tokens = tokens;
    this.#language = language;
    this.#project = project;
    this.#ranges = ranges;
  }

  /** `case key != "":`, `key != null ->`, `default:`, `else ->` */
  bareTest(from: number, to: number, scope: Scope): Condition {
    const isOther = to - from <= 1 && /^(else|default|_|)$/.test(this.#tokens[from]?.value ?? "");
    return isOther || from >= to ? ALWAYS : this.condition(from, to, scope);
  }

  /** What it says of values that they match a pattern: `Ok(key)`, `None`, `(Some(_), _)`, `"token"`, `_`. */
  pattern(from: number, to: number, values: readonly Condition[]): Condition {
    const first = this.#tokens[from];
    const [value = UNKNOWN] = values;
    if (from >= to || (to - from === 1 && /^(else|default|_)$/.test(first?.value ?? ""))) return ALWAYS;
    if (first?.value === "(" && closingMark(this.#tokens, from) === to - 1 && values.length > 1) {
      const parts = this.#ranges.split(from + 1, to - 1, ",");
      const of = parts.map(([start, end], index) => this.pattern(start, end, values.slice(index, index + 1)));
      const told = of.filter((one) => one !== ALWAYS);
      return told.length === 0 ? ALWAYS : withinBounds({ kind: "and", of: told });
    }
    if (first?.kind === "text") {
      const words = this.#tokens.slice(from, to).filter((token) => token.kind === "text");
      const told = words.map((token) => compareDefault(value, [token.value]) ?? UNKNOWN);
      return told.length === 1 ? (told[0] ?? UNKNOWN) : told.some((one) => one === UNKNOWN) ? UNKNOWN : anyOf(told);
    }
    if (value.kind === "unknown" || this.#language !== "rust") return UNKNOWN;
    if (/^(Ok|Some)$/.test(first?.value ?? "")) return value;
    if (/^(Err|None)$/.test(first?.value ?? "")) return { kind: "not", of: value };
    return UNKNOWN;
  }

  /** What an expression says of the presence of variables. */
  condition(from: number, to: number, scope: Scope, depth = 0): Condition {
    if (depth > MAX_DEPTH || from >= to) return UNKNOWN;
    for (const [mark, kind] of [
      ["||", "or"],
      ["&&", "and"],
    ] as const) {
      const parts = this.#ranges.split(from, to, mark);
      if (parts.length > 1)
        return withinBounds({ kind, of: parts.map(([start, end]) => this.condition(start, end, scope, depth + 1)) });
    }
    const first = this.#tokens[from];
    if (this.#language === "swift") {
      const parts = this.#ranges.split(from, to, ",");
      if (parts.length > 1)
        return withinBounds({
          kind: "and",
          of: parts.map(([start, end]) => this.condition(start, end, scope, depth + 1)),
        });
      if (/^(let|var)$/.test(first?.value ?? "")) return this.#bound(from, to, scope, depth);
    }
    if (first?.value === "let" && this.#language === "rust") {
      const assigned = this.#ranges.indexOf(from, to, (token) => token.value === "=");
      return assigned === null
        ? UNKNOWN
        : this.pattern(from + 1, assigned, [this.condition(assigned + 1, to, scope, depth + 1)]);
    }
    if (first?.value === "!" && first.kind === "mark")
      return { kind: "not", of: this.condition(from + 1, to, scope, depth + 1) };
    if (first?.value === "(" && closingMark(this.#tokens, from) === to - 1)
      return this.condition(from + 1, to - 1, scope, depth + 1);
    const shape = this.#language === "csharp" ? this.#shapeOf(from, to) : null;
    if (shape) {
      const value = this.#operand(from, shape.at, scope);
      const held = this.#tokens[to - 1];
      if (held?.kind === "word" && to - 1 > shape.at + 1) scope.bind(held.value, value);
      return shape.isNegated ? { kind: "not", of: value } : value;
    }
    // `len(missing) > 0`, `missing.Count > 0`
    if (this.#tokens[to - 1]?.value === "0" && this.#tokens[to - 2]?.value === ">" && to - from > 2)
      return this.#operand(from, to - 2, scope);
    // C#: `x is null`, `x is not null`
    const last = this.#tokens[to - 1];
    if (last?.value === "null" && this.#language === "csharp") {
      const isNegated = this.#tokens[to - 2]?.value === "not";
      const at = to - (isNegated ? 3 : 2);
      if (this.#tokens[at]?.value === "is" && at > from) {
        const value = this.#operand(from, at, scope);
        return isNegated ? value : { kind: "not", of: value };
      }
    }
    const comparison = this.#ranges.indexOf(from, to, (token) => token.value === "==" || token.value === "!=");
    if (comparison !== null) {
      const right = this.#tokens.slice(comparison + 1, to);
      const isNothing =
        right.length === 1 &&
        (/^(null|nil|None|0)$/.test(right[0]?.value ?? "") || (right[0]?.kind === "text" && right[0].value === ""));
      const isNegated = this.#tokens[comparison]?.value === "!=";
      const word = textOf(right, this.#project);
      if (!isNothing) {
        const transport = word && compareTransport(this.#text(from, comparison), [word], isNegated);
        if (transport) return transport;
        const told = word ? compareDefault(this.#operand(from, comparison, scope), [word]) : null;
        return told && isNegated ? { kind: "not", of: told } : (told ?? UNKNOWN);
      }
      const value = this.#operand(from, comparison, scope);
      return isNegated ? value : { kind: "not", of: value };
    }
    return this.#operand(from, to, scope);
  }

  /** Swift: `let key = …`, and `let key` for a name that is there already. */
  #bound(from: number, to: number, scope: Scope, depth: number): Condition {
    const name = this.#tokens[from + 1]?.value ?? "";
    const assigned = this.#ranges.indexOf(from, to, (token) => token.value === "=");
    if (assigned === null) return scope.find(name) ?? UNKNOWN;
    const value = this.condition(assigned + 1, to, scope, depth + 1);
    scope.bind(name, value);
    return value;
  }

  /** C#: `x is { Length: > 0 } key`, `x is not { Length: > 0 } key`, `x is string key` */
  #shapeOf(from: number, to: number): { at: number; isNegated: boolean } | null {
    const at = Array.from({ length: Math.min(to - from, 60) }, (_, index) => from + index).find(
      (index) => this.#tokens[index]?.kind === "word" && this.#tokens[index]?.value === "is",
    );
    if (at === undefined || at === from) return null;
    const isNegated = this.#tokens[at + 1]?.value === "not";
    return /^(\{|string)$/.test(this.#tokens[at + (isNegated ? 2 : 1)]?.value ?? "") ? { at, isNegated } : null;
  }

  /** A name, a read, `len(x)`, `x.is_empty()`, `string.IsNullOrEmpty(x)`. */
  #operand(from: number, to: number, scope: Scope): Condition {
    // What stands within the function that goes through a list is about its members.
    const listed = listedNamesAt(this.#tokens, from, this.#language, this.#project);
    const text = this.#text(listed && listed.end < to ? listed.end : from, to);
    const call = callAt(this.#tokens, from);
    const name = call?.name.split(/\.|::/).at(-1) ?? "";
    if (call && /^(IsNullOrEmpty|IsNullOrWhiteSpace)$/.test(name))
      return { kind: "not", of: this.#value(call.open + 1, to, scope) };
    const value = this.#value(from, to, scope);
    const isWhole = listed !== null && listed.end >= to;
    if (!isWhole && / (is_empty|isEmpty|isBlank|isNullOrEmpty|isNullOrBlank|is_none|is_err) \(/.test(` ${text}`))
      return { kind: "not", of: value };
    if (this.#language === "swift" && this.#tokens[to - 1]?.value === "isEmpty") return { kind: "not", of: value };
    return value;
  }

  /** The name of the error in `err != nil`. */
  errorOf(from: number, to: number): string | null {
    const isError =
      to - from === 3 && this.#tokens[from + 1]?.value === "!=" && this.#tokens[from + 2]?.value === "nil";
    return isError ? (this.#tokens[from]?.value ?? null) : null;
  }

  /** Whether an expression is a call that makes one value of several, in a way that is not known: `resolve(given, os.Getenv("A"), own)`. */
  isMixed(from: number): boolean {
    const call = callAt(this.#tokens, from);
    if (!call || KEEPING.test(call.name) || CHOOSING.test(call.name)) return false;
    if (listedNamesAt(this.#tokens, from, this.#language, this.#project)) return false;
    if (this.#language === "go" && flagCallAt(this.#tokens, from, this.#project)) return false;
    if (knownOfCall(this.#project.values, call.name) || readAt(this.#tokens, from, this.#language, this.#project))
      return false;
    return this.#ranges.split(call.open + 1, closingMark(this.#tokens, call.open), ",").length > 1;
  }

  /** Whether an expression is a value itself, not something that is made of it: an address, a client, an object. */
  isPlain(from: number, to: number): boolean {
    for (let at = from; at < to; at += 1) {
      if (this.#tokens[at]?.value === "{" || this.#tokens[at]?.value === "+") return false;
      const call = callAt(this.#tokens, at);
      if (!call || KEEPING.test(call.name) || knownOfCall(this.#project.values, call.name)) continue;
      if (!readAt(this.#tokens, at, this.#language, this.#project)) return false;
    }
    return true;
  }

  /** The first words of an expression, with spaces between them. */
  #text(from: number, to: number): string {
    const words = this.#tokens.slice(from, Math.min(to, from + 40));
    return words.map((token) => token.value).join(" ");
  }

  /** The variables in an expression; with a value written in their place it is always there. */
  #value(from: number, to: number, scope: Scope): Condition {
    const found: Condition[] = [];
    let known: Condition | null = null;
    for (let at = from; at < Math.min(to, from + 200); at += 1) {
      const listed = this.#isListing ? null : listedNamesAt(this.#tokens, at, this.#language, this.#project);
      if (listed && listed.through !== "each") {
        found.push(this.#ofListed(listed, scope));
        at = listed.end - 1;
        continue;
      }
      const read = readAt(this.#tokens, at, this.#language, this.#project);
      if (read && found.length === 0 && isSecondChoice(this.#tokens, at)) {
        // What stands before it is known, or it may be there without the variable.
        if (known === null) return UNKNOWN;
        found.push(known);
      }
      if (read) {
        const own: Condition[] = read.value === null ? [] : [{ kind: "constant", value: true, text: read.value }];
        found.push(anyOf([atom(read.key), ...own]));
      }
      const call = read ? null : callAt(this.#tokens, at);
      const given = call ? (knownOfCall(this.#project.values, call.name) ?? this.#gotten(call, at)) : null;
      if (given) found.push(given);
      const flag = this.#flagOf(at);
      if (flag) found.push(atom(flag));
      const fallback = call && FIRST_OF.test(call.name) ? this.#textIn(call.open) : null;
      if (fallback) found.push({ kind: "constant", value: true, text: fallback });
      const token = this.#tokens[at];
      if (token?.kind === "word" && this.#tokens[at + 1]?.value !== "(") {
        known = scope.find(token.value) ?? this.#field(token.value, at) ?? known;
      }
    }
    if (found.length === 1 && found[0]) return found[0];
    if (found.length > 1) return anyOf(found);
    const text = textOf(this.#tokens.slice(from, to), this.#project);
    if (known === null && text !== null) return { kind: "constant", value: text !== "", text };
    return known ?? (to - from === 1 ? SOMETHING : UNKNOWN);
  }

  // One list within another would take the product of their lengths.
  #isListing = false;

  /** What it says of variables that a method goes through a list of their names. */
  #ofListed({ names, through, variable, body: [from, to] }: ListedNames, scope: Scope): Condition {
    this.#isListing = true;
    const each = names.map((name) =>
      this.withName(variable, name, () => {
        for (let at = from; at < to; at += 1) {
          const read = readAt(this.#tokens, at, this.#language, this.#project);
          if (read?.key === name) this.listed.push({ key: name, line: read.line });
        }
        return this.condition(from, to, scope);
      }),
    );
    this.#isListing = false;
    const negated = (one: Condition): Condition => ({ kind: "not", of: one });
    if (through === "every") return allOf(each);
    return through === "some" ? anyOf(each) : through === "none" ? negated(anyOf(each)) : anyOf(each.map(negated));
  }

  /** Runs something while a name of the code stands for the name of a variable. */
  withName<T>(variable: string, name: string, run: () => T): T {
    const { constants } = this.#project;
    const before = constants.get(variable);
    constants.set(variable, name);
    const result = run();
    if (before === undefined) constants.delete(variable);
    else constants.set(variable, before);
    return result;
  }

  /**
   * The flag whose value a call returns, where it is empty by itself: `flag.String("token", "", "…")`, `cmd.Flags().GetString("token")`,
   * `c.String("token")`.
   */
  #flagOf(at: number): string | null {
    if (this.#language !== "go") return null;
    const declared = flagCallAt(this.#tokens, at, this.#project);
    if (
      declared &&
      declared.holder === null &&
      isEmpty(this.#tokens.slice(declared.fallback.from, declared.fallback.to))
    )
      return `--${declared.name}`;
    const asked = askedFlag(this.#tokens, at);
    return asked === null ? null : (this.#project.flags.get(asked) ?? null);
  }

  /** The first text among the arguments of a call, or null. */
  #textIn(open: number): string | null {
    const parts = this.#ranges.split(open + 1, closingMark(this.#tokens, open), ",");
    const texts = parts.flatMap(([start, end]) => textOf(this.#tokens.slice(start, end), this.#project) ?? []);
    return texts.find((text) => text !== "") ?? null;
  }

  /** What a getter returns, or the accessor of a record: `config.getKey()`, `config.key()`. */
  #gotten({ name, open }: { name: string; open: number }, at: number): Condition | null {
    if (this.#language !== "java" || !name.includes(".") || closingMark(this.#tokens, open) !== open + 1) return null;
    const last = name.slice(name.lastIndexOf(".") + 1);
    const own = /^get[A-Z]/.test(last) ? last.charAt(3).toLowerCase() + last.slice(4) : last;
    return this.#field(own, at);
  }

  #field(name: string, at: number): Condition | null {
    const option = isOfArguments(this.#tokens, at) ? this.#project.options.get(name) : null;
    const key = variableIn(this.#project, this.#tokens, name) ?? option;
    const flag = this.#language === "go" ? flagHeldAt(this.#project, this.#tokens, at, name) : null;
    const fallback = this.#project.fallbacks.get(name);
    if (flag !== null && !fallback) return key && key !== flag ? anyOf([atom(flag), atom(key)]) : atom(flag);
    if (!key) return null;
    return fallback ? anyOf([atom(key), { kind: "constant", value: true, text: fallback }]) : atom(key);
  }
}
