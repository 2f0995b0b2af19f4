import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../errors/app-error.ts";
import type { OfferedRegion } from "../runtime/fly/regions.ts";
import { processWide } from "../util/process-wide.ts";
import { listRegions } from "./leftover-apps.ts";

const FRESH_MS = 60 * 60_000;
const RETRY_MS = 60_000;
/** A page does not wait for longer; the next one has what came meanwhile. */
const WAIT_MS = 800;

interface Cache {
  regions: OfferedRegion[] | null;
  askAgainMs: number;
  asking: Promise<void> | null;
}

/** The regions in which Fly makes machines now; null without a token, and while Fly has not said. Never throws. */
export async function loadOfferedRegions(): Promise<OfferedRegion[] | null> {
  const known = processWide<Cache>("fly.regions", () => ({ regions: null, askAgainMs: 0, asking: null }));
  if (performance.now() >= known.askAgainMs) {
    known.asking ??= refresh(known).finally(() => {
      known.asking = null;
    });
    await Promise.race([known.asking, delay(WAIT_MS, undefined, { ref: false })]);
  }
  return known.regions;
}

async function refresh(known: Cache): Promise<void> {
  try {
    const regions = await listRegions();
    if (regions.length > 0) known.regions = regions;
    known.askAgainMs = performance.now() + (regions.length > 0 ? FRESH_MS : RETRY_MS);
  } catch (error) {
    // A token that is set next is asked with at once.
    if (error instanceof AppError && error.code === "fly_not_configured") known.regions = null;
    else known.askAgainMs = performance.now() + RETRY_MS;
  }
}
