import { parseSource } from "@/lib/analysis/source";
import { toAppError } from "@/lib/errors/app-error";

/** What is wrong with a pasted source, as a sentence (or two) for the field; null when it can be analysed. Nothing is looked up. */
export function checkSource(text: string): string | null {
  try {
    parseSource(text);
    return null;
  } catch (thrown) {
    const { message, hint } = toAppError(thrown);
    return hint ? `${message} ${hint}` : message;
  }
}
