/** Why a command cannot go on, in a sentence for the person at the terminal. Commands print it alone, without a stack. */
export class StartError extends Error {
  /** Next makes a copy of this class for each bundle; an error of one is an error of all. */
  static override [Symbol.hasInstance](value: unknown): value is StartError {
    return value instanceof Error && value.name === "StartError";
  }

  override readonly name = "StartError";
}
