import { anyOf, type Condition } from "../flow.ts";
import { GIVEN_NAME, type NameForm, nameForm } from "../name-forms.ts";
import { isPrefix } from "../prefixes.ts";
import { tellsOfVariables } from "../project.ts";
import type { Scope } from "../scope.ts";
import { PythonDemands } from "./demands.ts";
import { envRead } from "./env.ts";
import { placeOf } from "./rounds.ts";
import { childrenOf, type PyNode, walkPython } from "./syntax.ts";
import { possibleTexts } from "./texts.ts";

const SOMETHING: Condition = { kind: "something" };
const YES: Condition = { kind: "constant", value: true };
/** "values[key]" */
const ENTRY = /^([\w.]{1,100})\[(\w{1,100})\]$/;
const MAX_ENTRIES = 60;
const MAX_DEPTH = 6;

/** What a dictionary holds: as ".key" what is there, and as "[key]" whether anything is. */
type Entries = Map<string, Condition>;

/** Follows variables into dictionaries: `{"token": os.getenv("A_TOKEN")}`, `{k: os.environ["A_" + k] for k in NAMES}`, `{**these, **those}`. */
export class PythonDictionaries extends PythonDemands {
  /** The names that hold a dictionary. */
  readonly #dictionaries = new Set<string>();

  /** Binds what a name's dictionary holds under each of its own names. */
  protected bindEntries(name: string, value: PyNode, scope: Scope): void {
    const entries = this.#entriesOf(value, scope, 0);
    const before = this.#dictionaries.has(name) ? scope.entriesOf(name) : [];
    for (const [entry] of before) scope.bind(`${name}${entry}`, SOMETHING);
    for (const [entry, held] of entries) scope.bind(`${name}${entry}`, held);
    if (entries.size > 0 || this.#isEmpty(value)) this.#dictionaries.add(name);
    const form = this.#formOf(value, 0);
    if (form) this.forms.set(name, form);
  }

  /** `{}`, `dict()`: what it holds is written into it below. */
  #isEmpty(value: PyNode): boolean {
    const call = this.tree.call(value);
    if (call) return this.tree.dotted(call.callee) === "dict" && call.args.length === 0;
    return value.name === "DictionaryExpression" && childrenOf(value).length <= 2;
  }

  /** `values["key"] = value` */
  protected bindEntry(target: PyNode, held: Condition, scope: Scope): void {
    const [, name, key] = ENTRY.exec(placeOf(target, this.tree) ?? "") ?? [];
    if (!name || !key || !this.#dictionaries.has(name)) return;
    // What a file may hold in a variable's place is no way for a server that has no such file.
    const before = held.kind === "something" ? scope.find(`${name}.${key}`) : null;
    if (before && tellsOfVariables(before)) return;
    scope.bind(`${name}.${key}`, held);
    scope.bind(`${name}[${key}]`, YES);
  }

  #entriesOf(value: PyNode, scope: Scope, depth: number): Entries {
    if (depth > MAX_DEPTH) return new Map();
    const path = this.tree.dotted(value);
    if (path) return new Map(this.#dictionaries.has(path) ? scope.entriesOf(path) : []);
    if (value.name === "DictionaryExpression") return this.#written(value, scope, depth);
    if (value.name === "DictionaryComprehensionExpression") return this.#comprehension(value, scope);
    const copied = this.#copied(value);
    return copied ? this.#entriesOf(copied, scope, depth + 1) : new Map();
  }

  #written(value: PyNode, scope: Scope, depth: number): Entries {
    let entries: Entries = new Map();
    const children = childrenOf(value);
    for (const [at, child] of children.entries()) {
      const next = children[at + (child.name === "**" ? 1 : 2)];
      if (!next || entries.size > MAX_ENTRIES) continue;
      if (child.name === "**") entries = joined(entries, this.#entriesOf(next, scope, depth + 1));
      const key = children[at + 1]?.name === ":" ? this.tree.string(child) : null;
      if (key !== null) entries.set(`.${key}`, this.condition(next, scope)).set(`[${key}]`, YES);
    }
    return entries;
  }

  #comprehension(value: PyNode, scope: Scope): Entries {
    const [, key, , held, ...loop] = childrenOf(value);
    const test = loop[loop.findIndex((child) => child.name === "if") + 1];
    const isFiltered = loop.some((child) => child.name === "if");
    const entries: Entries = new Map();
    if (!key || !held) return entries;
    this.eachRound(loop, scope, (inner) => {
      const [name, ...others] = this.keysOf(key);
      if (name === undefined || others.length > 0 || entries.size > MAX_ENTRIES) return;
      entries.set(`.${name}`, this.condition(held, inner));
      entries.set(`[${name}]`, isFiltered && test ? this.condition(test, inner) : YES);
    });
    return entries;
  }

  /** How the variables are made of the names in a dictionary that is filled for names which another package lists. */
  #formOf(value: PyNode, depth: number): NameForm | null {
    if (depth > MAX_DEPTH) return null;
    const known = this.forms.get(this.tree.dotted(value) ?? "");
    if (known) return known;
    if (value.name === "DictionaryComprehensionExpression") return this.#formIn(value);
    const copied = this.#copied(value);
    if (copied) return this.#formOf(copied, depth + 1);
    const children = value.name === "DictionaryExpression" ? childrenOf(value) : [];
    const spread = children.filter((_, at) => children[at - 1]?.name === "**");
    if (spread.length > 1) for (const one of spread) this.#noteMerged(this.#formOf(one, depth + 1));
    return spread.map((one) => this.#formOf(one, depth + 1)).find((form) => form !== null) ?? null;
  }

  /** Beginnings of variables whose names go on as those do that another dictionary holds: `{**from_environment, **from_arguments}`. */
  readonly merged = new Set<string>();

  #noteMerged(form: NameForm | null): void {
    if (form && form.after === "" && isPrefix(form.before)) this.merged.add(form.before);
  }

  #formIn(comprehension: PyNode): NameForm | null {
    const children = childrenOf(comprehension);
    const target = children[children.findIndex((child) => child.name === "for") + 1];
    const [, key, , held] = children;
    const name = target?.name === "VariableName" ? this.tree.text(target) : null;
    if (!held || !name || key?.name !== "VariableName" || this.tree.text(key) !== name) return null;
    let form: NameForm | null = null;
    walkPython(held, (node) => {
      const read = form ? null : envRead(node, this.tree, this.names);
      const bound = new Map([[name, GIVEN_NAME]]);
      const [text] = read ? possibleTexts(read.key, this.tree, this.project, bound) : [];
      form ??= nameForm(text ?? "");
    });
    return form;
  }

  /** The dictionary of which another one is made: `dict(these)`, `these.copy()`, `these if x else {}`. */
  #copied(value: PyNode): PyNode | null {
    if (value.name === "ConditionalExpression") return childrenOf(value)[0] ?? null;
    const call = this.tree.call(value);
    if (!call) return null;
    const [object, , method] = call.callee.name === "MemberExpression" ? childrenOf(call.callee) : [];
    if (object && method && this.tree.text(method) === "copy") return object;
    return this.tree.dotted(call.callee) === "dict" ? (call.args[0]?.value ?? null) : null;
  }
}

/** Adds the entries of another dictionary. One of which nothing is known may hold anything. */
function joined(entries: Entries, others: Entries): Entries {
  if (others.size > 0) return new Map([...entries, ...others]);
  return new Map([...entries].map(([key, held]) => [key, held === YES ? held : anyOf([held, SOMETHING])]));
}
