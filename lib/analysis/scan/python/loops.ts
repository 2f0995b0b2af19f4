import type { Condition } from "../flow.ts";
import { Scope } from "../scope.ts";
import { PythonKeys } from "./keys.ts";
import { headOf, type Round, roundsOf } from "./rounds.ts";
import { childrenOf, type PyNode } from "./syntax.ts";

/** Loops that are taken apart, in all files of a server. */
const MAX_LOOPS = 5_000;
/** Entries of a dictionary that are looked at one by one. */
const MAX_ENTRIES = 24;

/** What a loop goes over, one round after the other. */
export abstract class PythonLoops extends PythonKeys {
  abstract condition(node: PyNode, scope: Scope): Condition;

  /** Runs something once for each round of a loop over what is written out, or returns null for another loop. */
  protected eachRound<T>(loop: readonly PyNode[], scope: Scope, run: (inner: Scope) => T): T[] | null {
    this.project.loops += 1;
    if (this.project.loops > MAX_LOOPS) return null;
    const rounds = roundsOf(loop, this.tree, this.project) ?? this.#roundsOfEntries(loop, scope);
    return rounds && this.repeats.within(() => rounds.map((round) => this.#inRound(round, scope, run)));
  }

  /** The rounds of a loop over a dictionary whose entries are known, though they are not written out: `values.items()`. */
  #roundsOfEntries(loop: readonly PyNode[], scope: Scope): Round[] | null {
    const head = headOf(loop);
    const call = head ? this.tree.call(head.list) : null;
    const [object, , method] = call?.callee.name === "MemberExpression" ? childrenOf(call.callee) : [];
    const name = object ? this.tree.dotted(object) : null;
    const word = method ? this.tree.text(method) : "";
    if (!head || !name || !/^(items|keys|values)$/.test(word)) return null;
    const entries = scope.entriesOf(name).filter(([entry]) => /^\.\w+$/.test(entry));
    if (entries.length === 0 || entries.length > MAX_ENTRIES) return null;
    const targets = head.targets.map((target) => this.tree.dotted(target) ?? "");
    const key = word === "values" ? undefined : targets[0];
    const value = word === "keys" ? undefined : targets[word === "items" ? 1 : 0];
    return entries.map(([entry, condition]) => ({
      values: new Map(),
      texts: new Map(key ? [[key, entry.slice(1)]] : []),
      held: new Map(value ? [[value, condition]] : []),
    }));
  }

  #inRound<T>({ values, texts, held }: Round, scope: Scope, run: (inner: Scope) => T): T {
    const before = new Map(this.bound);
    const inner = new Scope(scope);
    for (const [name, value] of values) {
      this.bound.delete(name);
      if (this.tree.literal(value) === null) inner.bind(name, this.condition(value, scope));
    }
    for (const [name, condition] of held ?? []) {
      this.bound.delete(name);
      inner.bind(name, condition);
    }
    for (const [place, text] of texts) this.bound.set(place, text);
    const result = run(inner);
    this.bound.clear();
    for (const [place, text] of before) this.bound.set(place, text);
    return result;
  }
}
