import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { type FlyMachine, machineSchema } from "../api/schemas.ts";
import type { Clock } from "../clock.ts";
import { until } from "../testing/runtime.ts";
import { type LogSource, streamMachineLogs } from "./logs.ts";

const token = "host-token";
const kept = [
  { time: "2026-01-01T00:00:01.000Z", stream: "stderr", line: "one" },
  { time: "2026-01-01T00:00:01.000Z", stream: "stderr", line: "two" },
];
let open: ServerResponse[] = [];
let asked = 0;

/** An mcp-host that gives what it kept and then holds the stream open. */
const server = createServer((request, response) => {
  assert.equal(request.url, "/logs");
  assert.equal(request.headers.authorization, `Bearer ${token}`);
  asked++;
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const line of kept) response.write(`data: ${JSON.stringify(line)}\n\n`);
  open.push(response);
  response.on("close", () => {
    open = open.filter((other) => other !== response);
  });
});
before(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
after(() => void server.close().closeAllConnections());

/** A clock whose time passes when a test says so; what waits looks again whenever it does. */
class HandClock implements Clock {
  now = Date.UTC(2026, 0, 1);
  #waiting: (() => void)[] = [];

  nowMs() {
    return this.now;
  }

  sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal?.addEventListener("abort", () => resolve(), { once: true });
      if (signal?.aborted) resolve();
    });
  }

  pass(ms: number): void {
    this.now += ms;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

function machine(state: string, events: unknown[] = []): FlyMachine {
  return machineSchema.parse({ id: "m", state, region: "iad", events });
}

/** Reads a log in the background. */
function reading(fields: Partial<LogSource>) {
  const clock = new HandClock();
  const stop = new AbortController();
  const lines: string[] = [];
  const { port } = server.address() as AddressInfo;
  const source: LogSource = {
    endpoint: { url: `http://127.0.0.1:${port}` },
    hostToken: token,
    probe: async () => machine("started"),
    lastCallAt: async () => null,
    clock,
    signal: stop.signal,
    ...fields,
  };
  const done = (async () => {
    for await (const { line } of streamMachineLogs(source)) lines.push(line);
  })();
  const end = async () => {
    stop.abort();
    await done;
  };
  return { clock, lines, end };
}

test("the log stream closes after two idle minutes and reopens after the next call", async () => {
  let called: Date | null = null;
  const { clock, lines, end } = reading({ lastCallAt: async () => called });
  await until(() => lines.length === 2, "the kept lines");
  assert.equal(open.length, 1);
  for (let minute = 0; minute < 2; minute++) clock.pass(61_000);
  await until(() => open.length === 0, "the stream is let go");
  const before = asked;
  for (let times = 0; times < 20; times++) {
    clock.pass(5_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(asked, before);
  called = new Date(clock.now);
  await until(() => {
    clock.pass(10);
    return open.length === 1;
  }, "it is followed again");
  kept.push({ time: "2026-01-01T00:00:02.000Z", stream: "stderr", line: "three" });
  open[0]?.write(`data: ${JSON.stringify(kept[2])}\n\n`);
  await until(() => lines.includes("three"), "the new line");
  assert.deepEqual(lines, ["one", "two", "three"]);
  await end();
  kept.pop();
});

test("a sleeping machine is not called, and each of its events appears once", async () => {
  const before = asked;
  const event = { id: "e1", type: "suspend", status: "suspended", timestamp: Date.UTC(2026, 0, 1) };
  const { clock, lines, end } = reading({ probe: async () => machine("suspended", [event]) });
  await until(() => lines.length === 2, "two lines");
  for (let times = 0; times < 5; times++) {
    clock.pass(60_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(asked, before);
  assert.deepEqual(lines, [
    "the machine: suspend, suspended",
    "the machine is asleep since 2026-01-01T00:00:00.000Z; its log is followed again when it is awake",
  ]);
  await end();
});
