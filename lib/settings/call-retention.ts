import { z } from "zod";
import { requireOwner, type SessionUser } from "../auth/user.ts";
import { processWide } from "../util/process-wide.ts";
import { getSettings, setSettings } from "./settings.ts";

/** How long call records are kept. */
export interface CallRetention {
  days: number;
  /** The largest number of records of one deployment. */
  maxPerDeployment: number;
}

const DEFAULT_CALL_RETENTION: CallRetention = { days: 30, maxPerDeployment: 10_000 };

/** The form of the settings page, with the bounds of both numbers. */
export const callRetentionSchema = z.object({
  days: z.coerce
    .number("Enter a number of days.")
    .int("Enter whole days.")
    .min(1, "At least 1 day.")
    .max(365, "At most 365 days."),
  maxPerDeployment: z.coerce
    .number("Enter a number of calls.")
    .int("Enter a whole number.")
    .min(100, "At least 100 calls.")
    .max(100_000, "At most 100,000 calls."),
});

/** Time for which an instance uses what it read, in milliseconds. */
const FRESH_MS = 60_000;

/** Returns how long call records are kept. Asks the database once a minute at most. */
export async function loadCallRetention(now = Date.now()): Promise<CallRetention> {
  const known = cached();
  if (known.value !== null && now - known.atMs < FRESH_MS) return known.value;
  const stored = await getSettings(["call_records_days", "call_records_max"]);
  const parsed = callRetentionSchema.safeParse({
    days: stored.call_records_days ?? DEFAULT_CALL_RETENTION.days,
    maxPerDeployment: stored.call_records_max ?? DEFAULT_CALL_RETENTION.maxPerDeployment,
  });
  known.value = parsed.data ?? DEFAULT_CALL_RETENTION;
  known.atMs = now;
  return known.value;
}

/** Sets how long call records are kept. Throws AppError `forbidden`. */
export async function saveCallRetention(user: SessionUser, { days, maxPerDeployment }: CallRetention): Promise<void> {
  requireOwner(user);
  await setSettings({ call_records_days: String(days), call_records_max: String(maxPerDeployment) });
  cached().value = null;
}

function cached(): { value: CallRetention | null; atMs: number } {
  return processWide("settings.call-retention", () => ({ value: null as CallRetention | null, atMs: 0 }));
}
