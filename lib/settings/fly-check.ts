import { randomInt } from "node:crypto";
import { AppError } from "../errors/app-error.ts";
import { FlyClient } from "../runtime/fly/api/client.ts";
import { FlyApi } from "../runtime/fly/api/fly-api.ts";
import { FlyError, hasFlyStatus, isUnsupportedOrMissing } from "../runtime/fly/api/fly-error.ts";
import type { FlyTokenInfo } from "../runtime/fly/api/schemas.ts";
import { isTokenShaped } from "../runtime/fly/api/token.ts";
import { explainFlyError, formatFlyError, isPermanent } from "../runtime/fly/apps/failures.ts";
import { loadInstallationId } from "../runtime/fly/apps/installation.ts";
import { systemClock } from "../runtime/fly/clock.ts";
import { checkImage } from "../runtime/fly/machines/image.ts";
import { findAppImage, loadFlySettings, resolveFlyApiHostname } from "./fly-settings.ts";

/** Settings that are not saved yet. A field that is empty or absent takes the value in use. */
export interface FlyCandidate {
  token?: string;
  org?: string;
  image?: string | null;
}

export interface CheckLine {
  /** `unknown`: Fly was not asked, or did not answer. */
  state: "ok" | "failed" | "unknown" | "not_set";
  /** A sentence for the person. */
  message: string;
  /** The person's next step. */
  hint: string | null;
  /** Fly's own words with the request's id. */
  detail: string | null;
}

/** The results of a check of Fly's settings. */
export interface FlyCheck {
  /** The token's owner. */
  token: CheckLine;
  org: CheckLine;
  createApps: CheckLine;
  image: CheckLine;
  /** The organizations that the token is valid for, as far as Fly tells. */
  organizations: { slug: string; name: string }[];
  regions: { code: string; name: string }[];
}

export interface CheckOptions {
  /** Creates and deletes an app: nothing else proves that the token permits it. */
  probe: boolean;
}

const TOKEN_HINT = "Create one with: fly tokens create org --expiry 8760h";
const IMAGE_HINT = "Settings → Set-up has the command that pushes one into an app of your organization.";
const DELETE_ATTEMPTS = 4;
const DELETE_PAUSE_MS = 500;
const NOT_ASKED: CheckLine = {
  state: "unknown",
  message: "Not asked: the token has to be right first.",
  hint: null,
  detail: null,
};

/**
 * Checks the token's owner, its organization and its permission to create apps at Fly, and the image at its registry. Reports each
 * failure in its line instead of throwing.
 */
export async function checkFly(
  candidate: FlyCandidate = {},
  options: CheckOptions = { probe: false },
): Promise<FlyCheck> {
  const stored = await loadFlySettings();
  const token = candidate.token || stored?.token;
  const org = candidate.org || stored?.org || "personal";
  const image = candidate.image === undefined ? (stored?.image ?? null) : (candidate.image ?? findAppImage());
  const check: FlyCheck = {
    token: NOT_ASKED,
    org: NOT_ASKED,
    createApps: NOT_ASKED,
    image: NOT_ASKED,
    organizations: [],
    regions: [],
  };
  if (!token) {
    check.token = { state: "not_set", message: "No Fly token is set.", hint: TOKEN_HINT, detail: null };
    return check;
  }
  // FLY_API_TOKEN may be for another API than Fly's, with tokens of another shape.
  if (candidate.token && !isTokenShaped(candidate.token)) {
    check.token = failed("This does not look like a Fly token.", TOKEN_HINT);
    return check;
  }
  const api = new FlyApi(new FlyClient({ apiHostname: resolveFlyApiHostname(), maxAttempts: 2 }), token);
  const checkingImage = checkImageSetting(image, token);
  check.token = await checkToken(api, check);
  if (check.token.state !== "failed") check.org = await checkOrg(api, org, check);
  if (check.org.state === "ok" || check.org.state === "unknown") {
    if (check.token.state !== "failed") check.createApps = await checkCreateApps(api, org, options);
    check.regions = await api.regions().catch(() => []);
  }
  check.image = await checkingImage;
  return check;
}

async function checkToken(api: FlyApi, check: FlyCheck): Promise<CheckLine> {
  let tokens: FlyTokenInfo[];
  try {
    tokens = await api.currentToken();
  } catch (error) {
    if (!(error instanceof FlyError)) throw error;
    if (isPermanent(error)) return toPermanentFailure(error);
    if (error.status === 0) return failed("Fly cannot be asked at the moment.", "Try again in a moment.", error);
    if (hasFlyStatus(error, 401, 403)) return failed("Fly does not accept this token.", TOKEN_HINT, error);
    // Listing the organization's apps decides.
    return unknown("Fly does not say whose token this is.", error);
  }
  check.organizations = tokens
    .filter(({ org_slug }) => org_slug !== "")
    .map(({ org_slug, organization }) => ({ slug: org_slug, name: organization || org_slug }));
  const machine = tokens.find(({ restricted_to_machine }) => restricted_to_machine !== "");
  if (machine) return failed("This token is for one machine only.", TOKEN_HINT);
  const limited = tokens.find(({ apps }) => apps && apps.length > 0 && !apps.includes("*"));
  if (limited) {
    const app = String(limited.apps?.[0]);
    return failed(`This is a deploy token for one app only (${app}): it cannot create others.`, TOKEN_HINT);
  }
  const [first] = tokens;
  const whose = first?.user
    ? `the user ${first.user}`
    : `the organization ${first?.organization || first?.org_slug || ""}`;
  return ok(tokens.length === 0 ? "Fly accepts the token." : `Fly accepts the token. It belongs to ${whose.trim()}.`);
}

async function checkOrg(api: FlyApi, org: string, check: FlyCheck): Promise<CheckLine> {
  try {
    const apps = await api.apps(org);
    return ok(`${org}: ${apps.length === 1 ? "1 app" : `${apps.length} apps`}.`);
  } catch (error) {
    if (!(error instanceof FlyError)) throw error;
    if (error.isRetryable) return failed("Fly cannot be asked at the moment.", "Try again in a moment.", error);
    if (isPermanent(error)) return toPermanentFailure(error);
    // Fly answers 404 for an unknown slug too, and then names the organization.
    if (isUnsupportedOrMissing(error) && !/organi[sz]ation/i.test(error.message)) {
      return unknown(`Fly does not list the apps of ${org}.`, error);
    }
    const others = check.organizations.map(({ slug }) => slug).join(", ");
    const hint = others ? `It is valid for: ${others}.` : "Check the slug with: fly orgs list";
    return failed(`The token is not valid for the organization ${org}.`, hint, error);
  }
}

/** Creates an app of this installation and deletes it. After a crash the page lists the app among the leftover ones. */
async function checkCreateApps(api: FlyApi, org: string, { probe }: CheckOptions): Promise<CheckLine> {
  if (!probe) return unknown("Saving the token proves whether it may create apps.");
  const zeros = "0".repeat(24);
  const name = `cw-${await loadInstallationId()}-${zeros}${randomInt(0x7fffffff).toString(16).padStart(8, "0")}`;
  try {
    await api.createApp({ name, org_slug: org, network: name });
    await deleteNew(api, name);
    return ok("The token may create apps.");
  } catch (error) {
    // The answer to either request may have been lost.
    if (!(error instanceof FlyError) || error.isAmbiguous) await deleteNew(api, name).catch(() => {});
    if (!(error instanceof FlyError)) throw error;
    if (error.isRetryable) return failed("Fly cannot be asked at the moment.", "Try again in a moment.", error);
    if (isPermanent(error)) return toPermanentFailure(error);
    return failed("The token may not create apps.", `It must be an organization token. ${TOKEN_HINT}`, error);
  }
}

/** Deletes a new app, which not every part of Fly may know yet. */
async function deleteNew(api: FlyApi, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await api.deleteApp(name);
    } catch (error) {
      if (!hasFlyStatus(error, 404)) throw error;
      if (attempt === DELETE_ATTEMPTS) return;
      await systemClock.sleep(DELETE_PAUSE_MS);
    }
  }
}

async function checkImageSetting(image: string | null, token: string): Promise<CheckLine> {
  if (image === null) {
    return {
      state: "not_set",
      message: "No image is set yet.",
      hint: IMAGE_HINT,
      detail: null,
    };
  }
  try {
    const found = await checkImage({ image, token });
    if (found.ok) return ok(found.message);
    if (found.ok === null) return unknown(`${found.message} Fly pulls it when a machine is made.`);
    return failed(found.message, IMAGE_HINT);
  } catch (error) {
    if (error instanceof AppError) return failed(error.message, error.hint ?? "");
    throw error;
  }
}

function ok(message: string): CheckLine {
  return { state: "ok", message, hint: null, detail: null };
}

function failed(message: string, hint: string, error?: FlyError): CheckLine {
  return { state: "failed", message, hint, detail: error ? formatFlyError(error) : null };
}

/** A failure that is not the settings' fault, such as an unpaid account. */
function toPermanentFailure(error: FlyError): CheckLine {
  const { message, hint } = explainFlyError(error, "make an app");
  return failed(message, hint, error);
}

function unknown(message: string, error?: FlyError): CheckLine {
  return { state: "unknown", message, hint: null, detail: error ? formatFlyError(error) : null };
}
