import { z } from "zod";
import { alternativeSchema, specSchema } from "../../analysis/spec.ts";
import { AppError } from "../../errors/app-error.ts";

/** The part of an analysis that a deployment keeps, with the person's edits. */
export const storedSpecSchema = specSchema.extend({ alternatives: z.array(alternativeSchema).max(20).default([]) });

export type StoredSpec = z.infer<typeof storedSpecSchema>;

/** Parses a deployment's `spec` column. Throws AppError `internal` when it is damaged. */
export function parseStoredSpec(value: unknown): StoredSpec {
  const parsed = storedSpecSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError("internal", "What this deployment keeps of its server is damaged.", {
    hint: "Delete it and deploy it again.",
    cause: parsed.error,
  });
}
