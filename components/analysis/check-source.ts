import { readSource, SourceSyntaxError } from "@/lib/analysis/source-syntax";

/** Checks the form of a pasted source, without a request. Returns the problem for the field, or null. */
export function checkSource(text: string): string | null {
  try {
    readSource(text);
    return null;
  } catch (thrown) {
    if (thrown instanceof SourceSyntaxError) return `${thrown.message} ${thrown.hint}`;
    throw thrown;
  }
}
