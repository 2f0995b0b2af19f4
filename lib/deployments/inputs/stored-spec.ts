import { z } from "zod";
import { alternativeSchema, specSchema } from "../../analysis/spec.ts";
import { AppError } from "../../errors/app-error.ts";
import { MAX_START_TIMEOUT_S, MIN_START_TIMEOUT_S } from "../view.ts";

/** The part of an analysis that a deployment keeps, with the person's edits. */
export const storedSpecSchema = specSchema.extend({
  alternatives: z.array(alternativeSchema).max(20).default([]),
  /** How long the server may take to its first answer, in seconds, where the person gives it more than others. */
  startTimeoutS: z.number().int().min(MIN_START_TIMEOUT_S).max(MAX_START_TIMEOUT_S).optional(),
});

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
