/** Ends a command with one sentence for the person at the terminal. Commands print it without a stack. */
export class StartError extends Error {
  /** Next copies this class into each bundle, so `instanceof` goes by the name instead of the prototype. */
  static override [Symbol.hasInstance](value: unknown): value is StartError {
    return value instanceof Error && value.name === "StartError";
  }

  override readonly name = "StartError";
}
