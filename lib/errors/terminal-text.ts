import { AppError } from "./app-error.ts";
import { StartError } from "./start-error.ts";

/** What a person at a terminal is told of an error: the sentence alone when it was made for them, the stack of a defect. */
export function toTerminalText(error: unknown): string {
  if (error instanceof StartError) return error.message;
  if (error instanceof AppError) return [error.message, error.hint].filter(Boolean).join(" ");
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
