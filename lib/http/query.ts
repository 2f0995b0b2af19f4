import type { z } from "zod";
import { AppError } from "../errors/app-error.ts";

/**
 * Checks a request's query against a schema. A repeated parameter counts once, with its last value.
 *
 * @throws AppError `invalid_request` naming each bad parameter
 */
export function parseQuery<T>(parameters: URLSearchParams, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(Object.fromEntries(parameters));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => [issue.path.join("."), issue.message] as const);
  throw new AppError("invalid_request", "The query is not as documented.", {
    hint: "Correct the parameters that are named.",
    fields: Object.fromEntries(fields),
  });
}
