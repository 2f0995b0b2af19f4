import { AppError } from "./app-error.ts";
import { StartError } from "./start-error.ts";

/** Formats an error for a terminal: an error with text for people as its sentence, a defect with its stack. */
export function toTerminalText(error: unknown): string {
  if (error instanceof StartError) return error.message;
  if (error instanceof AppError) return [error.message, error.hint].filter(Boolean).join(" ");
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
