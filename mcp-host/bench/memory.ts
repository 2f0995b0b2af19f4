import { setTimeout as delay } from "node:timers/promises";
import { type Bridge, start } from "./bridges.ts";
import { connect } from "./client.ts";

/** The shortest idle time that all of them can be set to. */
const idleMs = 2_000;
const sweepMs = 8_000;
const giveUpAfterMs = 45_000;
const atOnce = 8;

export interface Abandoned {
  sessions: number;
  /** Resident memory of the bridge before the first and after the last has ended. */
  beforeBytes: number;
  afterBytes: number;
  serversBefore: number;
  serversAfter: number;
}

/**
 * Opens sessions, eight at a time, makes one call in each and vanishes without ending them; then waits until the bridge, which was
 * told to end a session after 2 s without a client, has had time for that. After 45 s no more are opened.
 */
export async function abandon(bridge: Bridge, sessions: number): Promise<Abandoned> {
  const running = await start(bridge, idleMs);
  try {
    const [beforeBytes, serversBefore] = [await running.rssBytes(), await running.servers()];
    const deadline = performance.now() + giveUpAfterMs;
    let opened = 0;
    const open = async () => {
      while (opened < sessions && performance.now() < deadline) {
        opened++;
        const client = await connect(running.target);
        await client.call();
        client.vanish();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, open));
    await delay(idleMs + sweepMs);
    const [afterBytes, serversAfter] = [await running.rssBytes(), await running.servers()];
    return { sessions: opened, beforeBytes, afterBytes, serversBefore, serversAfter };
  } finally {
    await running.stop();
  }
}
