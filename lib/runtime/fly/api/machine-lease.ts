import { isPermanent } from "../apps/failures.ts";
import type { Clock } from "../clock.ts";
import type { FlyApi, MachineId } from "./fly-api.ts";
import { FlyError } from "./fly-error.ts";

const LEASE_TTL_S = 60;
/** A little longer than a lease that a killed process leaves behind. */
const MAX_WAIT_MS = 70_000;
/** How long Fly may fail to answer before the work runs without a lease. */
const MAX_FAILING_MS = 15_000;
const RETRY_MS = 2_000;

/**
 * Runs work while it holds the machine's lease, so that no other client changes the machine. Where Fly gives no lease the work runs
 * without one: an update names the version that it replaces, and a deployment's tasks are queued.
 *
 * @param leaseHolder names the caller, which does one thing to a machine at a time: a lease of its own that it finds is left over
 * @param work gets the nonce for its requests; empty without a lease
 * @throws FlyError 409 when another holder keeps the machine for longer than a lease of ours lasts
 */
export async function withLease<T>(
  { api, leaseHolder, clock }: { api: FlyApi; leaseHolder: string; clock: Clock },
  id: MachineId,
  work: (nonce: string) => Promise<T>,
): Promise<T> {
  const nonce = await acquire(api, id, `catwalk ${leaseHolder}`, clock);
  try {
    return await work(nonce);
  } finally {
    // A lease that is not released expires.
    if (nonce !== "") await api.releaseLease(id, nonce).catch(() => {});
  }
}

/** Acquires a lease. Returns its nonce, or an empty string where Fly gives none. */
async function acquire(api: FlyApi, id: MachineId, description: string, clock: Clock): Promise<string> {
  const startedAtMs = clock.nowMs();
  for (;;) {
    let refusal: FlyError;
    try {
      return (await api.acquireLease(id, description, LEASE_TTL_S)).nonce;
    } catch (error) {
      if (!(error instanceof FlyError) || error.status === 401 || isPermanent(error)) throw error;
      refusal = error;
    }
    const isHeld = [409, 412].includes(refusal.status);
    if (!isHeld && !refusal.isAmbiguous) return "";
    const waitedMs = clock.nowMs() - startedAtMs;
    if (isHeld && waitedMs > MAX_WAIT_MS) throw refusal;
    if (!isHeld && waitedMs > MAX_FAILING_MS) return "";
    // The answer to an earlier request may have been lost, or the release of an earlier lease.
    const held = await findLease(api, id);
    if (held?.description === description) return held.nonce;
    await clock.sleep(RETRY_MS);
  }
}

/** Returns the machine's lease; null when there is none, and where Fly does not tell. */
async function findLease(api: FlyApi, id: MachineId) {
  try {
    return await api.lease(id);
  } catch (error) {
    if (error instanceof FlyError) return null;
    throw error;
  }
}
