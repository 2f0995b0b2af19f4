import type { Condition } from "./flow.ts";

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

  /** Binds a name anew where it was bound before, here or further out. */
  rebind(name: string, value: Condition): void {
    if (this.#own.has(name) || this.#outer?.find(name) == null) this.#own.set(name, value);
    else this.#outer.rebind(name, value);
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
