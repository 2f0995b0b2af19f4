import { allOf, type Condition } from "./flow.ts";
import { tellsOfVariables } from "./project.ts";

/**
 * The conditions around a statement that adds to a list of what is missing. `if (oauth) { if (!url) missing.push("URL"); }` demands
 * nothing of a server without that setting.
 */
export class Surroundings {
  readonly #held: Condition[] = [];

  /** Runs something in the arm of an `if`. */
  within<T>(condition: Condition, run: () => T): T {
    this.#held.push(condition);
    const result = run();
    this.#held.pop();
    return result;
  }

  /** Whether a statement stands in the arm of an `if`. */
  get isInside(): boolean {
    return this.#held.length > 0;
  }

  /**
   * Returns when a list has members that is added to under a test, or null where a setting that is not known has to be switched on for
   * it. What holds unless something is switched on (`if (!skipped)`) is taken to hold.
   */
  join(test: Condition): Condition | null {
    if (this.#held.some(isSwitchedOn)) return null;
    const told = this.#held.filter(tellsOfVariables);
    return told.length === 0 ? test : allOf([...told, test]);
  }
}

function isSwitchedOn({ kind }: Condition): boolean {
  return kind === "unknown" || kind === "something";
}
