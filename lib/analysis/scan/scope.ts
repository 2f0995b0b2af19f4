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

  find(name: string): Condition | null {
    return this.#own.get(name) ?? this.#outer?.find(name) ?? null;
  }
}
