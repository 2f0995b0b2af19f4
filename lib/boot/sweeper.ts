import { deleteOldAdminLog } from "../admin-log/retention.ts";
import { deleteOldCalls } from "../deployments/calls/call-retention.ts";
import { isDatabaseUnavailable } from "../errors/database-unavailable.ts";
import { sweepAuthorizationServer } from "../oauth/sweep.ts";
import { processWide } from "../util/process-wide.ts";

const SWEEP_EVERY_MS = 60 * 60 * 1_000;

/** Deletes what has expired or is older than it is kept. Repeating it does no harm, also by several instances at once. */
export async function sweep(): Promise<void> {
  await sweepAuthorizationServer();
  await deleteOldAdminLog();
  await deleteOldCalls();
}

/** Sweeps every hour, until the process ends. */
export function startSweeper(): void {
  processWide("sweeper", () => {
    const attempt = () =>
      sweep().catch((error: unknown) => {
        if (!isDatabaseUnavailable(error)) console.error("Sweeping failed:", error);
      });
    return setInterval(() => void attempt(), SWEEP_EVERY_MS).unref();
  });
}
