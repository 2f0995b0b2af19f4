import { randomUUID } from "node:crypto";
import type { FlyApi, MachineId } from "./api.ts";
import type { Clock } from "./clock.ts";
import { FlyError } from "./fly-error.ts";
import type { FlyLease } from "./shapes.ts";

const TTL_S = 90;
/** A little longer than what a process that was killed leaves. */
const WAIT_MS = 100_000;
const PAUSE_MS = 2_000;

/**
 * Does work while nobody else can change the machine.
 *
 * @param work gets the nonce that its changes carry
 * @throws FlyError 409 when somebody else keeps the machine for longer than a lease of ours could last
 */
export async function withLease<T>(
  api: FlyApi,
  id: MachineId,
  clock: Clock,
  work: (nonce: string) => Promise<T>,
): Promise<T> {
  const { nonce } = await acquire(api, id, clock);
  try {
    return await work(nonce);
  } finally {
    // Otherwise it ends by itself.
    await api.releaseLease(id, nonce).catch(() => {});
  }
}

async function acquire(api: FlyApi, id: MachineId, clock: Clock): Promise<FlyLease> {
  const description = `catwalk ${randomUUID()}`;
  const deadlineMs = clock.nowMs() + WAIT_MS;
  for (;;) {
    try {
      return await api.acquireLease(id, description, TTL_S);
    } catch (error) {
      const mayPass = error instanceof FlyError && (error.ambiguous || error.status === 409 || error.status === 412);
      if (!mayPass || clock.nowMs() > deadlineMs) throw error;
      // The answer may have been lost on its way.
      const held = error.ambiguous ? await api.lease(id) : null;
      if (held?.description === description) return held;
      await clock.sleep(PAUSE_MS);
    }
  }
}
