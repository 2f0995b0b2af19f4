import { isPermanent } from "../apps/failures.ts";
import type { Clock } from "../clock.ts";
import type { FlyApi, MachineId } from "./fly-api.ts";
import { FlyError } from "./fly-error.ts";

const LEASE_TTL_S = 60;
/** A little longer than what a process that was killed leaves. */
const MAX_WAIT_MS = 70_000;
/** How long Fly may fail to answer before the work is done without. */
const MAX_FAILING_MS = 15_000;
const RETRY_MS = 2_000;

/**
 * Does work while nobody else can change the machine. Where Fly gives no leases it is done without: an update names the version
 * that it replaces, and deployments take turns.
 *
 * @param leaseHolder who asks; does one thing to a machine at a time, so that a lease of its own that it finds is left over
 * @param work gets the nonce that its changes carry; empty without a lease
 * @throws FlyError 409 when somebody else keeps the machine for longer than a lease of ours could last
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
    // Otherwise it ends by itself.
    if (nonce !== "") await api.releaseLease(id, nonce).catch(() => {});
  }
}

/** The nonce of a lease; empty where none is to be had. */
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
    // The answer may have been lost on its way, or the end of the one before.
    const held = await findLease(api, id);
    if (held?.description === description) return held.nonce;
    await clock.sleep(RETRY_MS);
  }
}

/** Null when nobody holds one, and where Fly does not tell. */
async function findLease(api: FlyApi, id: MachineId) {
  try {
    return await api.lease(id);
  } catch (error) {
    if (error instanceof FlyError) return null;
    throw error;
  }
}
