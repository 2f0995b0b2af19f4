import { anyOf, type Condition, withinBounds } from "./flow.ts";

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
   * The last one is what it holds where nothing is given.
   *
   * @param isWhole one of the arms always runs, so that what a name held before counts only where an arm leaves it alone
   * @param isBlockScoped names that an arm declares for itself end with it
   * @param taken the arm that runs where nothing is given, where that is known
   */
  join(
    arms: readonly Scope[],
    { isWhole, isBlockScoped, taken = null }: { isWhole: boolean; isBlockScoped: boolean; taken?: Scope | null },
  ): void {
    for (const name of new Set(arms.flatMap((arm) => [...arm.#own.keys()]))) {
      const before = this.find(name);
      if (isBlockScoped && before === null && !name.includes(".")) continue;
      const kept = before === null ? [] : [before];
      const values = arms.flatMap((arm) => arm.#own.get(name) ?? kept);
      const all = anyOf(isWhole ? values : [...kept, ...values]);
      this.rebind(name, withLast(all, taken ? taken.#own.get(name) : isWhole ? null : before));
    }
  }

  /** The values of an object's fields, which are bound as "object.field". */
  fieldsOf(path: string): Condition[] {
    const own = [...this.#own].flatMap(([name, value]) => (name.startsWith(`${path}.`) ? [value] : []));
    return own.length > 0 ? own : (this.#outer?.fieldsOf(path) ?? []);
  }

  /** What a dictionary holds, by ".key" and "[key]". */
  entriesOf(path: string): [string, Condition][] {
    const own = [...this.#own].flatMap(([name, value]): [string, Condition][] =>
      name.startsWith(path) && /^[.[]/.test(name.slice(path.length)) ? [[name.slice(path.length), value]] : [],
    );
    return [...(this.#outer?.entriesOf(path) ?? []), ...own];
  }

  find(name: string): Condition | null {
    return this.#own.get(name) ?? this.#outer?.find(name) ?? null;
  }
}

/**
 * Puts what a value holds where nothing is given behind everything else that it may hold. A flag that something may turn around is what it
 * is by itself, unless something is there.
 */
function withLast(all: Condition, value: Condition | null | undefined): Condition {
  const last = value?.kind === "or" ? value.of.at(-1) : value;
  if (all.kind !== "or" || last?.kind !== "constant") return all;
  const isTurned = all.of.some((part) => part.kind === "constant" && part.value !== last.value);
  if (isTurned && all.of.every((part) => part.kind === "constant"))
    return last.value ? { kind: "not", of: SOMETHING } : SOMETHING;
  return withinBounds({ kind: "or", of: [...all.of.filter((part) => part !== last), last] });
}

const SOMETHING: Condition = { kind: "something" };
