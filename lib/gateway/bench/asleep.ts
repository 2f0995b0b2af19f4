import { setTimeout as delay } from "node:timers/promises";
import { DURATIONS } from "../../../fly-simulator/src/rules.ts";
import { startFlySimulator } from "../../../fly-simulator/src/simulator.ts";
import type { FlySimulator } from "../../../fly-simulator/src/simulator-types.ts";
import { quantile } from "./report.ts";
import { type DeployingApp, startDeployingApp } from "./subjects.ts";
import { INITIALIZE_PARAMS, openWire, requestText, type Target, type Wire } from "./wire.ts";

/** Slightly longer than the gateway caches a probe, and than a machine counts as awake after its last answer. */
const PROBE_TTL_MS = 10_500;
const SURELY_AWAKE_MS = 16_000;
const MODERN_VERSION = "2026-07-28";

/** How Fly answers when it is asked about a machine. */
const PLATFORMS = [
  { name: "at once", delayMs: 0 },
  { name: "after 1 s", delayMs: 1_000 },
  { name: "not at all", delayMs: 600_000 },
] as const;

const METHODS = ["initialize", "tools/list", "server/discover"] as const;
type Method = (typeof METHODS)[number];

/** A deployment whose machine sleeps, and a client of it. */
interface Sleeper {
  wire: Wire;
  app: string;
  machine: string;
}

interface Latencies {
  /** Durations of requests that asked the platform, in milliseconds. */
  asking: number[];
  /** Durations of the other requests, in milliseconds. */
  others: number[];
}

export interface AsleepOptions {
  machines: number;
  rounds: number;
}

/**
 * Measures what clients wait for while machines sleep, at a played Fly, and what their first call waits for.
 *
 * @returns two Markdown tables
 * @throws Error when an answer is none, or a machine was woken by what must not wake it
 */
export async function measureAsleep({ machines, rounds }: AsleepOptions): Promise<string> {
  const fly = await startFlySimulator({ autostopEveryMs: "never" });
  let app: DeployingApp | null = null;
  try {
    console.error("Catwalk …");
    app = await startDeployingApp({ settings: fly.env });
    const sleepers: Sleeper[] = [];
    for (let at = 1; at <= machines; at++) {
      console.error(`machine ${at} of ${machines} …`);
      sleepers.push(await deploySleeper(fly, app));
    }
    const answers: string[] = [];
    for (const platform of PLATFORMS) {
      await sleep(fly, sleepers);
      answers.push(...(await measurePlatform(fly, sleepers, platform, rounds)));
    }
    fly.clearFaults();
    const wakes = await measureWakes(fly, sleepers, rounds);
    return [
      "| Fly says how the machine is | request | p50 | p99 | p50, of those that ask Fly | the longest of those |",
      "| --- | --- | --- | --- | --- | --- |",
      ...answers,
      "",
      "| The first call finds the machine | p50 | the longest | of that, simulated |",
      "| --- | --- | --- | --- |",
      ...wakes,
    ].join("\n");
  } finally {
    await app?.stop();
    await fly.stop();
  }
}

async function deploySleeper(fly: FlySimulator, app: DeployingApp): Promise<Sleeper> {
  const known = new Set(fly.apps().map(({ name }) => name));
  const target: Target = await app.deploy();
  const name = fly.apps().find((each) => !known.has(each.name))?.name ?? "";
  const machine = fly.machines(name)[0]?.id;
  if (machine === undefined) throw new Error("the deployment has no machine");
  return { wire: openWire(target), app: name, machine };
}

/** Lets all machines sleep, and the gateway find that they may. */
async function sleep(fly: FlySimulator, sleepers: readonly Sleeper[]): Promise<void> {
  await delay(SURELY_AWAKE_MS);
  const isAsleep = ({ app }: Sleeper) => fly.machines(app)[0]?.state === "suspended";
  // Background work of earlier calls may still be running.
  while (!sleepers.every(isAsleep)) {
    fly.autostopNow();
    await delay(100);
  }
  fly.forget();
}

async function measurePlatform(
  fly: FlySimulator,
  sleepers: readonly Sleeper[],
  { name, delayMs }: (typeof PLATFORMS)[number],
  rounds: number,
): Promise<string[]> {
  fly.clearFaults();
  if (delayMs > 0) {
    const match = { method: "GET", path: "/apps/{app_name}/machines/{machine_id}" };
    fly.inject({ match, times: 1_000_000, answer: "delay", delayMs });
  }
  const latencies = new Map<Method, Latencies>(METHODS.map((method) => [method, { asking: [], others: [] }]));
  const sessions = new Map<Sleeper, string>();
  const measure = async (sleeper: Sleeper, method: Method, kind: keyof Latencies) => {
    latencies.get(method)?.[kind].push(await ask(sleeper.wire, method, sessions.get(sleeper)));
  };
  for (const sleeper of sleepers) sessions.set(sleeper, await openSession(sleeper.wire));
  for (let round = 0; round < rounds; round++) {
    console.error(`asleep, Fly answers ${name}, round ${round + 1} …`);
    await delay(PROBE_TTL_MS);
    for (const [at, sleeper] of sleepers.entries()) {
      await measure(sleeper, METHODS[(round + at) % METHODS.length] ?? "initialize", "asking");
    }
    for (const sleeper of sleepers) {
      for (let turn = 0; turn < 20; turn++) for (const method of METHODS) await measure(sleeper, method, "others");
    }
  }
  const [woken] = fly.publicRequests;
  if (woken !== undefined) throw new Error(`a machine was asked for ${woken.method} ${woken.path}`);
  return [...latencies].map(([method, { asking, others }]) => {
    const cells = [quantile(others, 0.5), quantile(others, 0.99), quantile(asking, 0.5), quantile(asking, 1)];
    return `| ${name} | \`${method}\` | ${cells.map(milliseconds).join(" | ")} |`;
  });
}

/** Measures the first call to suspended machines, and to machines whose snapshot Fly has lost. */
async function measureWakes(fly: FlySimulator, sleepers: readonly Sleeper[], rounds: number): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, duration, loses] of [
    ["suspended", DURATIONS.resumeMs, false],
    ["stopped: mcp-host and the server start anew", DURATIONS.startMs, true],
  ] as const) {
    const latencies: number[] = [];
    for (let round = 0; round < rounds; round++) {
      console.error(`waking, ${name}, round ${round + 1} …`);
      await sleep(fly, sleepers);
      for (const { wire, app, machine } of sleepers) {
        if (loses) await fly.loseSnapshot(app, machine);
        const session = await openSession(wire);
        if (fly.publicRequests.some((request) => request.app === app)) throw new Error("initialize woke a machine");
        const text = requestText(9, "tools/call", { name: "echo", arguments: { message: "awake" } });
        const startedAt = performance.now();
        const answer = await wire.send("POST", text, { "mcp-session-id": session });
        latencies.push(performance.now() - startedAt);
        if (!answer.text.includes("Echo: awake")) throw new Error(`the call was answered with: ${answer.text}`);
      }
    }
    const cells = [quantile(latencies, 0.5), quantile(latencies, 1), duration.value];
    lines.push(`| ${name} | ${cells.map(milliseconds).join(" | ")} |`);
  }
  return lines;
}

async function openSession(wire: Wire): Promise<string> {
  const { session } = await wire.send("POST", requestText(1, "initialize", INITIALIZE_PARAMS));
  if (session === undefined) throw new Error("initialize gave no session");
  return session;
}

/** Sends one request; resolves with how long its answer took, in ms. */
async function ask(wire: Wire, method: Method, session = ""): Promise<number> {
  const [text, headers, expected] = requestOf(method, session);
  const startedAt = performance.now();
  const answer = await wire.send("POST", text, headers);
  const tookMs = performance.now() - startedAt;
  if (!answer.text.includes(expected)) throw new Error(`${method} was answered with: ${answer.text.slice(0, 500)}`);
  return tookMs;
}

/** A request, its own headers, and what its answer has in it. */
function requestOf(method: Method, session: string): [string, Record<string, string>, string] {
  switch (method) {
    case "initialize":
      return [requestText(2, method, INITIALIZE_PARAMS), {}, '"protocolVersion"'];
    case "tools/list":
      return [requestText(3, method), { "mcp-session-id": session }, '"echo"'];
    case "server/discover": {
      const _meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN_VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
      };
      const headers = { "mcp-protocol-version": MODERN_VERSION, "mcp-method": method };
      return [requestText(4, method, { _meta }), headers, '"supportedVersions"'];
    }
  }
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
