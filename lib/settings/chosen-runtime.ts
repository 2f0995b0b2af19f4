import { env } from "../env/env.ts";
import type { RuntimeName } from "../env/runtime-name.ts";
import { getSettingTimes } from "./settings.ts";

/** Where new deployments run: as RUNTIME says, else at Fly when a token of it is set, else on this host. */
export async function resolveRuntimeName(): Promise<RuntimeName> {
  const { RUNTIME, FLY_API_TOKEN } = env();
  if (RUNTIME) return RUNTIME;
  if (FLY_API_TOKEN) return "fly";
  return (await getSettingTimes(["fly_token"])).fly_token ? "fly" : "local";
}
