import type { FlyApi, MachineId } from "./api.ts";
import type { Clock } from "./clock.ts";
import { isLasting } from "./errors.ts";
import { FlyError } from "./fly-error.ts";
import type { FlyLease } from "./shapes.ts";

const TTL_S = 60;
/** A little longer than what a process that was killed leaves. */
const WAIT_MS = 70_000;
const PAUSE_MS = 2_000;

/**
 * Does work while nobody else can change the machine.
 *
 * @param owner who asks; does one thing to a machine at a time, so that a lease of its own that it finds is left over
 * @param work gets the nonce that its changes carry
 * @throws FlyError 409 when somebody else keeps the machine for longer than a lease of ours could last
 */
export async function withLease<T>(
  { api, owner, clock }: { api: FlyApi; owner: string; clock: Clock },
  id: MachineId,
  work: (nonce: string) => Promise<T>,
): Promise<T> {
  const { nonce } = await acquire(api, id, `catwalk ${owner}`, clock);
  try {
    return await work(nonce);
  } finally {
    // Otherwise it ends by itself.
    await api.releaseLease(id, nonce).catch(() => {});
  }
}

async function acquire(api: FlyApi, id: MachineId, description: string, clock: Clock): Promise<FlyLease> {
  const deadlineMs = clock.nowMs() + WAIT_MS;
  for (;;) {
    try {
      return await api.acquireLease(id, description, TTL_S);
    } catch (error) {
      const mayPass =
        error instanceof FlyError && !isLasting(error) && (error.ambiguous || [409, 412].includes(error.status));
      if (!mayPass || clock.nowMs() > deadlineMs) throw error;
      // The answer may have been lost on its way, or the end of the one before.
      const held = await api.lease(id);
      if (held?.description === description) return held;
      await clock.sleep(PAUSE_MS);
    }
  }
}
