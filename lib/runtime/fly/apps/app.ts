import { AppError } from "../../../errors/app-error.ts";
import type { AddressType, FlyApi } from "../api/fly-api.ts";
import { FlyError, hasFlyStatus, isUnsupportedOrMissing } from "../api/fly-error.ts";
import type { Clock } from "../clock.ts";
import { isPermanent, nameTaken, toFailure } from "./failures.ts";

const MAX_ATTEMPTS = 6;
const BASE_BACKOFF_MS = 500;
/** Of an app that was made a moment ago not every part of Fly knows; after so many looks every one does. */
const KNOWN_AFTER_ATTEMPTS = 3;
const DELETE_TIMEOUT_MS = 90_000;
const REPEAT_DELETE_MS = 20_000;
/** After a refusal: its machines are on their way out. */
const REPEAT_REFUSED_DELETE_MS = 4_000;
const PROBE_INTERVAL_MS = 1_500;

/** Both are free. Names of apps are found in the DNS only with one. */
const ADDRESSES: readonly AddressType[] = ["shared_v4", "v6"];

/**
 * Makes an app of its own on a private network of its own, or takes it as it is where it is there: a name is unique on all of
 * Fly, so that it is never made twice.
 *
 * @param api with the organization's token
 * @throws AppError `app_name_taken`; FlyError
 */
export async function ensureApp(api: FlyApi, app: string, org: string, clock: Clock): Promise<void> {
  let maybeMade = false;
  let failure: FlyError | null = null;
  const isThere = async () => {
    try {
      return await ownsApp(api, app, org);
    } catch (error) {
      // A name that is not known, or not everywhere yet, is refused as a token is; the order to make it tells them apart.
      if (!hasFlyStatus(error, 401) || isPermanent(error)) throw error;
      failure ??= error;
      return false;
    }
  };
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await clock.sleep(BASE_BACKOFF_MS * 2 ** (attempt - 1));
    if (await isThere()) return;
    try {
      await api.createApp({ name: app, org_slug: org, network: app });
      maybeMade = true;
      failure = null;
      if (await isThere()) return;
    } catch (error) {
      if (!(error instanceof FlyError)) throw error;
      if (error.code === "name_taken") {
        // It may be ours and not be seen everywhere yet.
        if (!maybeMade && !(await isThere())) throw toFailure(nameTaken(), error.message);
      } else if (!error.isAmbiguous) {
        throw error;
      }
      maybeMade = true;
      failure ??= error;
    }
  }
  if (failure) throw failure;
  throw new AppError("machine_unavailable", "Fly made the app, and does not show it yet.", {
    hint: "Try again in a moment.",
    retryAfterS: 15,
  });
}

/** Whether there is an app of this name in this organization. Throws AppError `app_name_taken` when it is in another. */
async function ownsApp(api: FlyApi, app: string, org: string): Promise<boolean> {
  try {
    const found = await api.app(app);
    const slug = found?.organization?.slug;
    // "personal" is another name of somebody's own organization.
    if (found && slug && slug !== org && org !== "personal") throw toFailure(nameTaken());
    return found !== null;
  } catch (error) {
    if (!hasFlyStatus(error, 403) || isPermanent(error)) throw error;
    // A name in another organization; or a token that may do nothing, which then fails here.
    await api.apps(org);
    throw toFailure(nameTaken(), error.message);
  }
}

/**
 * Gives the app the addresses that it lacks. One is enough to be reached at; where Fly assigns none at all, its public address is
 * somebody else's doing, and whether it answers is seen when the machine is up.
 */
export async function ensureAddresses(api: FlyApi, app: string, clock: Clock): Promise<void> {
  let failure: FlyError | null = null;
  let present = new Set<AddressType>();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await clock.sleep(BASE_BACKOFF_MS * 2 ** (attempt - 1));
    try {
      present = await api.addresses(app);
      const missing = ADDRESSES.filter((type) => !present.has(type));
      if (missing.length === 0) return;
      for (const type of missing) await api.assignAddress(app, type);
      if (failure === null) return;
    } catch (error) {
      // 404: the app was made a moment ago. What may have been done all the same is seen at the next look.
      if (!(error instanceof FlyError) || isPermanent(error)) throw error;
      if (await hasNoAddressApi(api, app, error, attempt)) return;
      if (present.size > 0 && error.status === 422) return;
      if (!(error.isAmbiguous || [404, 409, 422].includes(error.status))) throw error;
      failure = error;
    }
  }
  if (failure && present.size === 0) throw failure;
}

/** Whether Fly has no such operation: it does not know the app's addresses though it has known the app for a while. */
async function hasNoAddressApi(api: FlyApi, app: string, error: FlyError, attempt: number): Promise<boolean> {
  if (!isUnsupportedOrMissing(error)) return false;
  if (error.status !== 404) return true;
  return attempt >= KNOWN_AFTER_ATTEMPTS && (await api.app(app)) !== null;
}

/**
 * Deletes the app with everything in it, and resolves when Fly has none of this name any more.
 *
 * @param api with the organization's token
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
    hint: "It is tried again.",
    detail: `${app}${failure ? `: ${failure.message}` : ""}`,
    retryAfterS: 15,
  });
}

/** Gives what Fly answered when it did not take the order. */
async function orderDeletion(api: FlyApi, app: string): Promise<FlyError | null> {
  try {
    await api.deleteApp(app);
    return null;
  } catch (error) {
    if (hasFlyStatus(error, 404)) return null;
    if (!(error instanceof FlyError) || [401, 403].includes(error.status)) throw error;
    // It refuses while machines run.
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
