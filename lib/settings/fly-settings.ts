import { env } from "../env/env.ts";
import type { FlySettings } from "../runtime/fly/types.ts";
import { getSettings } from "./settings.ts";

export const DEFAULT_ORG = "personal";
const DEFAULT_REGION = "iad";
/** The settings that the page stores in the database. */
export const FLY_SETTING_KEYS = ["fly_token", "fly_org", "fly_region", "fly_image"] as const;

/**
 * Returns the image of machines without the owner's choice: the one that this app runs from, which carries mcp-host, uv and Python.
 * Fly names it (FLY_IMAGE_REF), and every app of an organization may pull it. Null elsewhere.
 */
export function findAppImage(): string | null {
  return env().FLY_IMAGE_REF ?? null;
}

/** Returns the Machines API's base: Fly's own unless the operator names another. */
export function resolveFlyApiHostname(): string {
  return env().FLY_API_HOSTNAME ?? "https://api.machines.dev";
}

/** Returns an app's public address with `{app}` in place of its name. */
export function resolveFlyPublicUrlTemplate(): string {
  return env().FLY_PUBLIC_URL_TEMPLATE ?? "https://{app}.fly.dev";
}

/**
 * Returns the region that the operator set, and a fallback. On Fly's machines the platform sets FLY_REGION to the app's own region:
 * a good fallback, but not the operator's choice.
 */
export function resolveFlyRegion(): { set: string | undefined; fallback: string } {
  const { FLY_APP_NAME, FLY_REGION } = env();
  if (FLY_APP_NAME) return { set: undefined, fallback: FLY_REGION ?? DEFAULT_REGION };
  return { set: FLY_REGION, fallback: DEFAULT_REGION };
}

/**
 * Loads the settings of the Fly runtime. The environment takes precedence over the settings page.
 *
 * @returns null without a token
 * @throws AppError `encryption_key_missing` when no configured key decrypts the stored token
 */
export async function loadFlySettings(): Promise<FlySettings | null> {
  const { FLY_API_TOKEN, FLY_ORG, MCP_HOST_IMAGE } = env();
  const region = resolveFlyRegion();
  const isComplete = FLY_API_TOKEN && FLY_ORG && region.set && MCP_HOST_IMAGE;
  // A complete environment works while the database is away, too.
  const stored = isComplete ? {} : await getSettings(FLY_API_TOKEN ? FLY_SETTING_KEYS.slice(1) : FLY_SETTING_KEYS);
  const token = FLY_API_TOKEN ?? stored.fly_token;
  if (!token) return null;
  const chosenImage = MCP_HOST_IMAGE ?? stored.fly_image;
  return {
    apiHostname: resolveFlyApiHostname(),
    token,
    org: FLY_ORG ?? stored.fly_org ?? DEFAULT_ORG,
    region: region.set ?? stored.fly_region ?? region.fallback,
    image: chosenImage ?? findAppImage(),
    isAppImage: chosenImage === undefined && findAppImage() !== null,
    publicUrlTemplate: resolveFlyPublicUrlTemplate(),
  };
}
