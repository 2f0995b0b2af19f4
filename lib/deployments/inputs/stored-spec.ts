import { z } from "zod";
import { alternativeSchema, specSchema } from "../../analysis/spec.ts";
import { AppError } from "../../errors/app-error.ts";

/** What a deployment keeps of its analysis, with what the person has edited. */
export const storedSpecSchema = specSchema.extend({ alternatives: z.array(alternativeSchema).max(20).default([]) });

export type StoredSpec = z.infer<typeof storedSpecSchema>;

/** A deployment's `spec` column. Throws AppError `internal` when it was damaged. */
export function parseStoredSpec(value: unknown): StoredSpec {
  const parsed = storedSpecSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError("internal", "What this deployment keeps of its server is damaged.", {
    hint: "Delete it and deploy it again.",
    cause: parsed.error,
  });
}
