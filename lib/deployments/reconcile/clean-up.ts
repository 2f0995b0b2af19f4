import { deleteUnusedAnalyses } from "../../analysis/store.ts";
import { workerState } from "./worker-state.ts";

const CLEAN_UP_INTERVAL_MS = 60 * 60_000;

/** Deletes rows that have outlived their use: at most once an hour in each process. */
export async function cleanUp(): Promise<void> {
  const state = workerState();
  if (performance.now() < state.cleanUpAtMs) return;
  await deleteUnusedAnalyses();
  state.cleanUpAtMs = performance.now() + CLEAN_UP_INTERVAL_MS;
}
