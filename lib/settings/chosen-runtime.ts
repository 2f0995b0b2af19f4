import { env } from "../env/env.ts";
import type { RuntimeName } from "../env/runtime-name.ts";
import { getSettingTimes } from "./settings.ts";

/** Returns the runtime of new deployments: RUNTIME, else `fly` when a Fly token is set, else `local`. */
export async function resolveRuntimeName(): Promise<RuntimeName> {
  const { RUNTIME, FLY_API_TOKEN } = env();
  if (RUNTIME) return RUNTIME;
  if (FLY_API_TOKEN) return "fly";
  return (await getSettingTimes(["fly_token"])).fly_token ? "fly" : "local";
}
