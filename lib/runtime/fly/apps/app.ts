import { AppError } from "../../../errors/app-error.ts";
import { exponentialBackoffMs } from "../../../util/backoff.ts";
import type { AddressType, FlyApi } from "../api/fly-api.ts";
import { FlyError, hasFlyStatus, isUnsupportedOrMissing } from "../api/fly-error.ts";
import type { Clock } from "../clock.ts";
import { isPermanent, nameTaken, toFailure } from "./failures.ts";

const MAX_ATTEMPTS = 6;
const BASE_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 8_000;
/** Attempts after which every part of Fly knows a new app. */
const KNOWN_AFTER_ATTEMPTS = 3;
const DELETE_TIMEOUT_MS = 90_000;
const REPEAT_DELETE_MS = 20_000;
/** Shorter after a refusal, since the app's machines are being destroyed. */
const REPEAT_REFUSED_DELETE_MS = 4_000;
const PROBE_INTERVAL_MS = 1_500;

/** Both are free. Without an address the app's name is not in the DNS. */
const ADDRESSES: readonly AddressType[] = ["shared_v4", "v6"];

/**
 * Creates an app on a private network of its own, or adopts the existing one. Names are unique on all of Fly, so that a repeated
 * request never creates a second app.
 *
 * @param api uses the organization's token
 * @throws AppError `app_name_taken`; FlyError
 */
export async function ensureApp(api: FlyApi, app: string, org: string, clock: Clock): Promise<void> {
  let maybeMade = false;
  let failure: FlyError | null = null;
  const isThere = async () => {
    try {
      return await ownsApp(api, app, org);
    } catch (error) {
      // Fly answers 401 for a bad token, but also for a name that it does not know yet. Creating the app tells them apart.
      if (!hasFlyStatus(error, 401) || isPermanent(error)) throw error;
      failure ??= error;
      return false;
    }
  };
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0)
      await clock.sleep(exponentialBackoffMs(attempt, { baseMs: BASE_BACKOFF_MS, maxMs: MAX_BACKOFF_MS }));
    if (await isThere()) return;
    try {
      await api.createApp({ name: app, org_slug: org, network: app });
      maybeMade = true;
      failure = null;
      if (await isThere()) return;
    } catch (error) {
      if (!(error instanceof FlyError)) throw error;
      if (error.code === "name_taken") {
        // It may be ours, and not visible in every part of Fly yet.
        if (!maybeMade && !(await isThere())) throw toFailure(nameTaken(), error.message);
      } else if (!error.isAmbiguous) {
        throw error;
      }
      maybeMade = true;
      failure ??= error;
    }
  }
  if (failure) throw failure;
  throw new AppError("machine_unavailable", "Fly created the app but does not show it yet.", {
    hint: "Try again in a moment.",
    retryAfterS: 15,
  });
}

/** Tells whether the organization has an app of this name. Throws AppError `app_name_taken` when another one has it. */
async function ownsApp(api: FlyApi, app: string, org: string): Promise<boolean> {
  try {
    const found = await api.app(app);
    const slug = found?.organization?.slug;
    // "personal" is a second name of a user's own organization.
    if (found && slug && slug !== org && org !== "personal") throw toFailure(nameTaken());
    return found !== null;
  } catch (error) {
    if (!hasFlyStatus(error, 403) || isPermanent(error)) throw error;
    // 403: the name is in another organization, or the token may do nothing. The second fails here.
    await api.apps(org);
    throw toFailure(nameTaken(), error.message);
  }
}

/**
 * Assigns the public addresses that the app lacks. One suffices. Where Fly has no such operation, the operator routes the public
 * address, and the start of the machine proves that it answers.
 */
export async function ensureAddresses(api: FlyApi, app: string, clock: Clock): Promise<void> {
  let failure: FlyError | null = null;
  let present = new Set<AddressType>();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0)
      await clock.sleep(exponentialBackoffMs(attempt, { baseMs: BASE_BACKOFF_MS, maxMs: MAX_BACKOFF_MS }));
    try {
      present = await api.addresses(app);
      const missing = ADDRESSES.filter((type) => !present.has(type));
      if (missing.length === 0) return;
      for (const type of missing) await api.assignAddress(app, type);
      if (failure === null) return;
    } catch (error) {
      // 404: not every part of Fly knows the new app. The next attempt sees what an ambiguous failure did.
      if (!(error instanceof FlyError) || isPermanent(error)) throw error;
      if (await hasNoAddressApi(api, app, error, attempt)) return;
      if (present.size > 0 && error.status === 422) return;
      if (!(error.isAmbiguous || [404, 409, 422].includes(error.status))) throw error;
      failure = error;
    }
  }
  if (failure && present.size === 0) throw failure;
}

/** Tells whether Fly lacks the operation: it knows the app for a while, but not its addresses. */
async function hasNoAddressApi(api: FlyApi, app: string, error: FlyError, attempt: number): Promise<boolean> {
  if (!isUnsupportedOrMissing(error)) return false;
  if (error.status !== 404) return true;
  return attempt >= KNOWN_AFTER_ATTEMPTS && (await api.app(app)) !== null;
}

/**
 * Deletes the app with everything in it. Resolves when Fly has no app of this name.
 *
 * @param api uses the organization's token
 * @throws AppError `machine_unavailable` when it is still there after 90 seconds; FlyError
 */
export async function deleteApp(api: FlyApi, app: string, clock: Clock): Promise<void> {
  const startedAtMs = clock.nowMs();
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let failure: FlyError | null = null;
  while (clock.nowMs() - startedAtMs < DELETE_TIMEOUT_MS) {
    if ((await api.app(app)) === null) return;
    if (clock.nowMs() - askedAtMs > (failure ? REPEAT_REFUSED_DELETE_MS : REPEAT_DELETE_MS)) {
      askedAtMs = clock.nowMs();
      failure = await orderDeletion(api, app);
    }
    await clock.sleep(PROBE_INTERVAL_MS);
  }
  throw new AppError("machine_unavailable", "Fly has not deleted the app yet.", {
    hint: "Catwalk retries.",
    detail: `${app}${failure ? `: ${failure.message}` : ""}`,
    retryAfterS: 15,
  });
}

/** Orders the deletion. Returns Fly's refusal, or null. */
async function orderDeletion(api: FlyApi, app: string): Promise<FlyError | null> {
  try {
    await api.deleteApp(app);
    return null;
  } catch (error) {
    if (hasFlyStatus(error, 404)) return null;
    if (!(error instanceof FlyError) || [401, 403].includes(error.status)) throw error;
    // Fly may refuse while machines run.
    if (!error.isRetryable) {
      for (const { id } of await api.machines(app)) await api.destroyMachine({ app, machineId: id });
      try {
        await api.deleteApp(app);
        return null;
      } catch (again) {
        if (!(again instanceof FlyError)) throw again;
      }
    }
    return error;
  }
}
