import { env } from "../env/env.ts";
import { regionLabel } from "./fly-regions.ts";

/** Where machines go for which no region is chosen, by name: "Virginia (iad)". */
export async function defaultRegionLabel(): Promise<string> {
  return regionLabel(env().FLY_REGION ?? "iad");
}

/** The same while new servers run on Fly; null while they run where there is no choice. */
export async function offeredRegionLabel(): Promise<string | null> {
  return env().runtime === "fly" ? defaultRegionLabel() : null;
}
