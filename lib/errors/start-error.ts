/** Why a command cannot go on, in a sentence for the person at the terminal. Commands print it alone, without a stack. */
export class StartError extends Error {
  override readonly name = "StartError";
}
