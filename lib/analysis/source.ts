import { AppError } from "../errors/app-error.ts";
import { readSource, type Source, SourceSyntaxError } from "./source-syntax.ts";

export type { GitHubSource, PackageSource, Source } from "./source-syntax.ts";

/**
 * Parses what a person pasted, without looking anything up.
 *
 * @throws AppError `invalid_source` with a sentence for the field
 */
export function parseSource(text: string): Source {
  try {
    return readSource(text);
  } catch (thrown) {
    if (thrown instanceof SourceSyntaxError)
      throw new AppError("invalid_source", thrown.message, { hint: thrown.hint, cause: thrown });
    throw thrown;
  }
}
