import { allOf, type Condition, holdsByItself } from "./flow.ts";
import { tellsOfChoices } from "./project.ts";

/** The conditions under which the statement at hand runs, as far as they are about variables and the words of settings. */
export class Guards {
  readonly #held: Condition[] = [];

  /** How many conditions hold, to be given to {@link release}. */
  get count(): number {
    return this.#held.length;
  }

  /** Lets a condition hold from here on. One that is about anything else says nothing. */
  hold(condition: Condition): void {
    if (tellsOfChoices(condition)) this.#held.push(condition);
  }

  /**
   * Lets the condition hold under which code goes on behind an `if` that returns. `if (!key) { complain(); return; }` is a failure that is
   * told and not thrown, and what follows needs the key all the same; `if (!key) return;` leaves something out.
   *
   * @param isSilent the arm that returns does nothing else
   */
  holdAfter(condition: Condition, isSilent: boolean): void {
    if (isSilent || holdsByItself(condition)) this.hold(condition);
  }

  /** Drops the conditions that were held since. */
  release(count: number): void {
    this.#held.length = Math.min(count, this.#held.length);
  }

  /** Runs something under a condition. */
  within<T>(condition: Condition | null, run: () => T): T {
    const { count } = this;
    if (condition) this.hold(condition);
    const result = run();
    this.release(count);
    return result;
  }

  /** All conditions at once, or null where none is known. */
  get current(): Condition | null {
    return this.#held.length > 0 ? allOf(this.#held) : null;
  }
}

/** The opposite of a condition. */
export function opposite(condition: Condition): Condition {
  return condition.kind === "not" ? condition.of : { kind: "not", of: condition };
}
