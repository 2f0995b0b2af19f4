import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { createCounters } from "../src/counters.ts";
import { Log } from "../src/log.ts";
import { SessionIds } from "../src/protocol/session-ids.ts";
import { MemoryBudget } from "../src/server/memory.ts";
import { Pool } from "../src/server/pool.ts";
import { Upstream } from "../src/server/upstream.ts";
import { Sessions } from "../src/session/sessions.ts";
import type { Clock } from "../src/util/clock.ts";
import { Redactor } from "../src/util/redact.ts";

class HeldClock implements Clock {
  mono = 0;
  wall = 1_750_000_000_000;
  monotonicMs = () => this.mono;
  wallMs = () => this.wall;
}

const pools: Pool[] = [];
after(() => Promise.all(pools.map((pool) => pool.stop())));

/** Sessions whose server is never started, under a clock that the test holds. */
function sessionsUnder(clock: Clock, maxServers = 4): Sessions {
  const log = new Log(new Redactor([]));
  const launch = () => ({ command: process.execPath, args: ["-e", ""], env: {} });
  const create = () =>
    new Upstream({
      launch,
      era: "legacy",
      handshakeTimeoutMs: 1_000,
      restartBackoffMs: 1_000,
      log,
      counters: createCounters(),
    });
  const pool = new Pool({ isolation: "shared", maxServers, idleMs: 60_000, create, hasRoom: () => false });
  pools.push(pool);
  const ids = new SessionIds({ secret: "s", scope: "", maxAgeMs: 3_600_000, clock });
  return new Sessions({ pool, ids, clock, maxSessions: 10, idleMs: 60_000, log });
}

describe("a machine that was suspended", () => {
  const params = { protocolVersion: "2025-11-25", capabilities: {} };

  test("sessions do not age while the machine is suspended, despite a jump of the wall clock", () => {
    const clock = new HeldClock();
    const sessions = sessionsUnder(clock);
    sessions.open(params);
    for (const jumpMs of [10 * 86_400_000, -30 * 86_400_000]) {
      clock.wall += jumpMs;
      clock.mono += 20_000;
      sessions.sweep();
      assert.equal(sessions.count, 1);
    }
    clock.mono += 20_001;
    sessions.sweep();
    assert.equal(sessions.count, 0, "only time that has passed while it ran counts");
    sessions.closeAll();
  });

  test("a live session stays known after its id has become too old to resume elsewhere", () => {
    const clock = new HeldClock();
    const sessions = sessionsUnder(clock);
    const session = sessions.open(params);
    assert(session !== null);
    clock.wall += 10 * 86_400_000;
    assert.equal(sessions.find(session.id), session);
    sessions.close(session);
    assert.equal(sessions.find(session.id), "gone");
    sessions.closeAll();
  });
});

describe("the memory for servers", () => {
  const MIB = 1024 * 1024;
  const budget = (limitMib: number | null, availableMib: number, residentMib: Record<number, number>) =>
    new MemoryBudget({
      limitBytes: limitMib === null ? null : limitMib * MIB,
      availableBytes: () => availableMib * MIB,
      readPrivateBytes: (pid) => (residentMib[pid] === undefined ? null : residentMib[pid] * MIB),
    });

  const grown = (...pids: number[]) => pids.map((pid) => ({ pid, ageMs: 60_000 }));

  test("one more process fits while the size of the largest is free, with a reserve", () => {
    assert.equal(budget(null, 105, {}).hasRoom([]), true);
    assert.equal(budget(null, 103, {}).hasRoom([]), false);
    // 48 for itself, half of that for each of three, 32 for mcp-host.
    assert.equal(budget(null, 153, { 1: 48, 2: 20 }).hasRoom(grown(1, 2)), true);
    assert.equal(budget(null, 151, { 1: 48, 2: 20 }).hasRoom(grown(1, 2)), false);
  });

  test("processes that have just started count at their expected size", () => {
    const young = { pid: 2, ageMs: 10 };
    assert.equal(budget(null, 153, { 1: 48, 2: 20 }).hasRoom([...grown(1), young]), false);
    assert.equal(budget(null, 181, { 1: 48, 2: 20 }).hasRoom([...grown(1), young]), true);
    assert.equal(budget(null, 155, { 2: 20 }).hasRoom([young]), false, "its size says nothing yet");
    assert.equal(budget(130, 1_000, { 1: 50, 2: 20 }).hasRoom([...grown(1), young]), false);
  });

  test("the limit counts the running processes, and remembers the largest size", () => {
    const sizes: Record<number, number> = { 1: 40 };
    const limited = budget(100, 1_000, sizes);
    assert.equal(limited.hasRoom(grown(1)), true);
    sizes[2] = 40;
    assert.equal(limited.hasRoom(grown(1, 2)), false);
    delete sizes[2];
    sizes[1] = 90;
    assert.equal(limited.hasRoom(grown(1)), false);
    assert.equal(limited.hasRoom([]), true);
  });
});

describe("the only process allowed", () => {
  const ofKind = (kind: string) => ({ protocolVersion: "2025-11-25", capabilities: { [kind]: {} } });

  test("the process stays with its recent clients, and goes to another kind of client after a minute", () => {
    const clock = new HeldClock();
    clock.mono = performance.now();
    const sessions = sessionsUnder(clock, 1);
    const first = sessions.open(ofKind("a"));
    assert.equal(sessions.open(ofKind("b")), null);
    if (first !== null) first.lastUsedMs -= 60_001;
    const second = sessions.open(ofKind("b"));
    assert(first !== null && second !== null);
    assert(first.upstream.isRetired);
    assert(!sessions.ensureUpstream(first), "in its turn it waits a minute too");
    second.lastUsedMs -= 60_001;
    assert(sessions.ensureUpstream(first));
    assert(!first.upstream.isRetired && second.upstream.isRetired);
    sessions.closeAll();
  });

  test("the process is never taken from a call in flight", () => {
    const clock = new HeldClock();
    clock.mono = performance.now() - 60_001;
    const sessions = sessionsUnder(clock, 1);
    const first = sessions.open(ofKind("a"));
    assert(first !== null);
    first.callsInFlight++;
    assert.equal(sessions.open(ofKind("b")), null);
    first.callsInFlight--;
    assert(sessions.open(ofKind("b")) !== null);
    sessions.closeAll();
  });
});
