import { z } from "zod";
import { requireOwner, type SessionUser } from "../auth/user.ts";
import { env } from "../env/env.ts";
import type { RuntimeName } from "../env/runtime-name.ts";
import { AppError } from "../errors/app-error.ts";
import { isTokenShaped } from "../runtime/fly/api/token.ts";
import { parseImage } from "../runtime/fly/machines/image.ts";
import { checkFly, type FlyCheck } from "./fly-check.ts";
import {
  DEFAULT_ORG,
  FLY_SETTING_KEYS,
  findAppImage,
  resolveFlyApiHostname,
  resolveFlyPublicUrlTemplate,
  resolveFlyRegion,
} from "./fly-settings.ts";
import type { Origin } from "./language-model.ts";
import { getSettings, getSettingTimes, setSettings } from "./settings.ts";

export { type CheckLine, checkFly, type FlyCheck } from "./fly-check.ts";
export { loadFlySettings } from "./fly-settings.ts";

/** The Fly settings as the page shows them, without the token. Times are ISO 8601. */
export interface FlyOverview {
  /** The runtime of new deployments. */
  runtime: { name: RuntimeName; origin: Origin };
  token: { origin: Origin; updatedAt: string | null };
  org: { origin: Origin; value: string };
  region: { origin: Origin; value: string };
  image: { origin: Origin; value: string | null };
  apiHostname: { origin: Origin; value: string };
  publicUrlTemplate: { origin: Origin; value: string };
}

/** Loads every Fly setting with its origin. Decrypts no secret. */
export async function loadFlyOverview(): Promise<FlyOverview> {
  const variables = env();
  const region = resolveFlyRegion();
  const [stored, times] = await Promise.all([
    getSettings(["fly_org", "fly_region", "fly_image"]),
    getSettingTimes(["fly_token"]),
  ]);
  const storedAt = times.fly_token;
  const token: FlyOverview["token"] = variables.FLY_API_TOKEN
    ? { origin: "environment", updatedAt: null }
    : { origin: storedAt ? "settings" : "none", updatedAt: storedAt?.toISOString() ?? null };
  const hasToken = token.origin !== "none";
  return {
    runtime: variables.RUNTIME
      ? { name: variables.RUNTIME, origin: "environment" }
      : { name: hasToken ? "fly" : "local", origin: hasToken ? token.origin : "default" },
    token,
    org: resolve(variables.FLY_ORG, stored.fly_org, DEFAULT_ORG),
    region: resolve(region.set, stored.fly_region, region.fallback),
    image: resolve(variables.MCP_HOST_IMAGE, stored.fly_image, findAppImage()),
    apiHostname: resolve(variables.FLY_API_HOSTNAME, undefined, resolveFlyApiHostname()),
    publicUrlTemplate: resolve(variables.FLY_PUBLIC_URL_TEMPLATE, undefined, resolveFlyPublicUrlTemplate()),
  };
}

function resolve<T extends string | null>(variable: string | undefined, stored: string | undefined, fallback: T) {
  if (variable) return { origin: "environment" as const, value: variable };
  if (stored) return { origin: "settings" as const, value: stored };
  return { origin: fallback === null ? ("none" as const) : ("default" as const), value: fallback };
}

/** The settings form. An empty token keeps the stored one; an empty image names none. */
export const flySchema = z.object({
  token: z
    .string()
    .trim()
    .max(10_000, "This token is too long.")
    .refine((text) => text === "" || isTokenShaped(text), "This does not look like a Fly token (FlyV1 fm2_…)."),
  org: z
    .string()
    .trim()
    .min(1, "Enter the organization's slug, or personal.")
    .max(100, "This name is too long.")
    .regex(/^[a-z0-9][a-z0-9-]*$/, "A slug has lower-case letters, digits and hyphens."),
  region: z
    .string()
    .trim()
    .regex(/^[a-z]{3}$/, "A region is three letters, such as iad or fra."),
  image: z
    .string()
    .trim()
    .refine(
      (text) => text === "" || parseImage(text) !== null,
      "Enter a full reference such as registry.fly.io/APP:TAG, or one with @sha256:….",
    ),
});
export type FlyInput = z.output<typeof flySchema>;

/**
 * Checks the form's settings at Fly and saves them. The environment's values take precedence over saved ones.
 *
 * @returns the check's results
 * @throws AppError `forbidden`; `invalid_request` with a sentence for each bad field, after which nothing is saved
 */
export async function saveFly(user: SessionUser, input: FlyInput): Promise<FlyCheck> {
  requireOwner(user);
  const { FLY_API_TOKEN, FLY_ORG, MCP_HOST_IMAGE } = env();
  const check = await checkFly({ ...input, image: input.image || null }, { probe: true });
  // Without a choice the image is Catwalk's own. A token of another organization is saved all the same, so that the owner can choose
  // an image next.
  const required = [check.token, check.org, check.createApps, ...(input.image === "" ? [] : [check.image])];
  if (required.some(({ state }) => state === "failed")) {
    const fields: Record<string, string> = {};
    if (check.token.state === "failed") fields.token = check.token.message;
    if (check.createApps.state === "failed") fields.token ??= check.createApps.message;
    if (check.org.state === "failed") fields.org = check.org.message;
    if (required.includes(check.image) && check.image.state === "failed") fields.image = check.image.message;
    const details = Object.values(check).flatMap((line) => ("detail" in line && line.detail ? [line.detail] : []));
    const [message = "Fly does not accept these settings."] = Object.values(fields);
    throw new AppError("invalid_request", message, {
      hint: "Nothing was saved.",
      fields,
      detail: details.join("\n") || undefined,
    });
  }
  await setSettings({
    ...(input.token && !FLY_API_TOKEN && { fly_token: input.token }),
    ...(!FLY_ORG && { fly_org: input.org }),
    ...(!resolveFlyRegion().set && { fly_region: input.region }),
    ...(!MCP_HOST_IMAGE && { fly_image: input.image || null }),
  });
  return check;
}

/** Removes the token and the other Fly settings. Machines stay at Fly, out of Catwalk's reach. Throws AppError `forbidden`. */
export async function removeFly(user: SessionUser): Promise<void> {
  requireOwner(user);
  await setSettings(Object.fromEntries(FLY_SETTING_KEYS.map((key) => [key, null])));
}
