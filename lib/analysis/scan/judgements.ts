import type { Condition } from "./flow.ts";
import type { Scope } from "./scope.ts";

/**
 * What expressions were found to say while one that holds them is judged. A comparison asks its left side several questions; in
 * `a + b + c + …` each left side is such an expression again, so that without this the cost doubles with each part.
 */
export class Judgements<Key> {
  readonly #known = new Map<Scope, Map<Key, Condition>>();
  #depth = 0;

  /** Returns what an expression says in a scope: what is known already, or what `judge` finds. */
  of(key: Key, scope: Scope, judge: () => Condition): Condition {
    const known = this.#known.get(scope)?.get(key);
    if (known) return known;
    this.#depth += 1;
    try {
      const found = judge();
      const inScope = this.#known.get(scope) ?? new Map<Key, Condition>();
      this.#known.set(scope, inScope.set(key, found));
      return found;
    } finally {
      this.#depth -= 1;
      // What a scope holds changes from one statement to the next.
      if (this.#depth === 0) this.#known.clear();
    }
  }
}
