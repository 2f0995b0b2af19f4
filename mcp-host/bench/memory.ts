import { setTimeout as delay } from "node:timers/promises";
import { type Bridge, type Memory, type Running, start } from "./bridges.ts";
import { connect, serve } from "./client.ts";

/** The shortest idle time that all of them can be set to. */
const idleMs = 2_000;
/** After that: to notice it, and to give memory back. */
const sweepMs = 16_000;
const giveUpAfterMs = 45_000;
const atOnce = 8;
const callsServed = 20_000;

/** How a bridge is when it is quiet, after some use of it. */
export interface Quiet {
  /** How many calls of sessions that were ended in order, and how many abandoned sessions, it has had until then. */
  calls: number;
  sessions: number;
  memory: Memory;
  servers: number;
}

/**
 * Starts a bridge, has it serve 20,000 calls, and abandons sessions, so many and then so many more. Gives what it is like when
 * it is new, after the calls, and after each lot of sessions, when the bridge, which was told to end a session after 2 s without
 * a client, has had time for that.
 */
export async function abandon(bridge: Bridge, counts: number[]): Promise<Quiet[]> {
  const running = await start(bridge, idleMs);
  try {
    const seen: Quiet[] = [await look(running, 0, 0)];
    const clients = await Promise.all(Array.from({ length: atOnce }, () => connect(running.target)));
    const calls = await serve(clients, callsServed, giveUpAfterMs);
    await Promise.all(clients.map((client) => client.close()));
    await delay(idleMs + sweepMs);
    seen.push(await look(running, calls, 0));
    let sessions = 0;
    for (const count of counts) {
      sessions += await openAndLeave(running, count);
      await delay(idleMs + sweepMs);
      seen.push(await look(running, calls, sessions));
    }
    return seen;
  } finally {
    await running.stop();
  }
}

async function look(running: Running, calls: number, sessions: number): Promise<Quiet> {
  return { calls, sessions, memory: await running.memory(), servers: await running.servers() };
}

/** Opens sessions, eight at a time, makes one call in each and vanishes without ending them. After 45 s no more are opened. Gives how many were. */
async function openAndLeave({ target }: Running, count: number): Promise<number> {
  const deadline = performance.now() + giveUpAfterMs;
  let opened = 0;
  const open = async () => {
    while (opened < count && performance.now() < deadline) {
      opened++;
      const client = await connect(target);
      await client.call();
      client.vanish();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, open));
  return opened;
}
