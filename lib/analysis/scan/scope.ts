import { anyOf, type Condition } from "./flow.ts";

/** Names and what is known about their values. An inner scope sees the outer one. */
export class Scope {
  readonly #own = new Map<string, Condition>();
  readonly #outer: Scope | null;

  constructor(outer: Scope | null) {
    this.#outer = outer;
  }

  bind(name: string, value: Condition): void {
    this.#own.set(name, value);
  }

  /** The names that were bound in this scope itself. */
  ownNames(): string[] {
    return [...this.#own.keys()];
  }

  /** What a name is bound to in this scope itself. */
  own(name: string): Condition | null {
    return this.#own.get(name) ?? null;
  }

  /** Binds a name anew where it was bound before, here or further out. */
  rebind(name: string, value: Condition): void {
    if (this.#own.has(name) || this.#outer?.find(name) == null) this.#own.set(name, value);
    else this.#outer.rebind(name, value);
  }

  /**
   * Takes over what the arms of a conditional assigned: afterwards a name holds what any of them gave it, or what it held
   * before.
   *
   * @param isWhole one of the arms always runs, so that what a name held before counts only where an arm leaves it alone
   * @param isBlockScoped names that an arm declares for itself end with it
   */
  join(arms: readonly Scope[], { isWhole, isBlockScoped }: { isWhole: boolean; isBlockScoped: boolean }): void {
    for (const name of new Set(arms.flatMap((arm) => [...arm.#own.keys()]))) {
      const before = this.find(name);
      if (isBlockScoped && before === null && !name.includes(".")) continue;
      const kept = before === null ? [] : [before];
      const values = arms.flatMap((arm) => arm.#own.get(name) ?? kept);
      this.rebind(name, anyOf(isWhole ? values : [...kept, ...values]));
    }
  }

  /** The values of an object's fields, which are bound as "object.field". */
  fieldsOf(path: string): Condition[] {
    const own = [...this.#own].flatMap(([name, value]) => (name.startsWith(`${path}.`) ? [value] : []));
    return own.length > 0 ? own : (this.#outer?.fieldsOf(path) ?? []);
  }

  find(name: string): Condition | null {
    return this.#own.get(name) ?? this.#outer?.find(name) ?? null;
  }
}
