import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../errors/app-error.ts";
import type { OfferedRegion } from "../runtime/fly/regions.ts";
import { processWide } from "../util/process-wide.ts";
import { listRegions } from "./leftover-apps.ts";

const FRESH_MS = 60 * 60_000;
const RETRY_MS = 60_000;
/** How long a page waits for Fly. A later page has the answer. */
const WAIT_MS = 800;

interface Cache {
  regions: OfferedRegion[] | null;
  askAgainMs: number;
  asking: Promise<void> | null;
}

/** Returns the regions that Fly offers now, from a cache; null without a token and until Fly has answered. Never throws. */
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
    // Without a pause, so that a token that is set next is used at once.
    if (error instanceof AppError && error.code === "fly_not_configured") known.regions = null;
    else known.askAgainMs = performance.now() + RETRY_MS;
  }
}
