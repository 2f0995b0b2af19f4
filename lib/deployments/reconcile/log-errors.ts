import { isDatabaseUnavailable } from "../../errors/database-unavailable.ts";
import { workerState } from "./worker-state.ts";

/** Runs background work and logs its error. A database outage is logged once. */
export async function logErrors(work: () => Promise<void>): Promise<void> {
  const state = workerState();
  try {
    await work();
  } catch (error) {
    if (!isDatabaseUnavailable(error)) {
      console.error("Reconciling deployments failed:", error);
    } else if (!state.hasLoggedOutage) {
      state.hasLoggedOutage = true;
      console.error("The database is unavailable; deployments are reconciled again when it is back.");
    }
  }
}
