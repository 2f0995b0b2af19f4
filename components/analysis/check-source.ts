import { parseSource } from "@/lib/analysis/source";
import { toAppError } from "@/lib/errors/app-error";

/** Checks the form of a pasted source, without a request. Returns the problem for the field, or null. */
export function checkSource(text: string): string | null {
  try {
    parseSource(text);
    return null;
  } catch (thrown) {
    const { message, hint } = toAppError(thrown);
    return hint ? `${message} ${hint}` : message;
  }
}
