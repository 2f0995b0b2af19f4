import { z } from "zod";
import { alternativeSchema, specSchema } from "../../analysis/spec.ts";
import { AppError } from "../../errors/app-error.ts";
import { MAX_START_TIMEOUT_S, MIN_START_TIMEOUT_S } from "../view.ts";

const otherInstallSchema = z.object({
  constraints: z.array(z.string().max(100)).max(5),
  /** ISO 8601 in UTC, or null. */
  publishedBefore: z.string().max(40).nullable(),
  /** The line with which the first install's server exited. */
  reason: z.string().max(500),
});
export type OtherInstall = z.infer<typeof otherInstallSchema>;

/** The part of an analysis that a deployment keeps, with the person's edits. */
export const storedSpecSchema = specSchema.extend({
  alternatives: z.array(alternativeSchema).max(20).default([]),
  /** How a server is installed whose first install was broken by newer dependencies. */
  install: otherInstallSchema.optional(),
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
