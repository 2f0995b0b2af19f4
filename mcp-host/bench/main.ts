import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type Bridge,
  type Memory,
  mcpHost,
  mcpProxyBridge,
  type Running,
  relay,
  serverStartMs,
  start,
  stopAll,
  supergatewayBridge,
} from "./bridges.ts";
import { type Client, connect, load } from "./client.ts";
import { abandon, type Quiet } from "./memory.ts";
import { install, mcpProxy, supergateway } from "./peers.ts";
import { type Costed, type Result, table } from "./table.ts";

// npm run bench:host: mcp-host beside two published bridges and a relay that checks nothing, called by one client with one server behind
// each. Prints one Markdown table; what it is doing goes to standard error. Takes some eight minutes.

const rounds = 5;
const starts = 5;
/** Before the first round, so that what is measured is a steady state; the same for all. */
const warmUpMs = 4_000;
/** Before each measurement, of which it is no part: the bridge was idle while others had their turn. */
const leadInMs = 500;
const measureMs = 2_000;

/** A bridge with the sessions by which it is called. */
interface Turn {
  name: string;
  running: Running;
  clients: Client[];
}

const build = await mkdtemp(join(tmpdir(), "mcp-host-bench-"));
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void cleanUp().then(() => process.exit(1)));
try {
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, "../build.ts"), build]);
  const main = join(build, "main.js");
  const [proxyProgram, gatewayProgram] = [await install(mcpProxy), await install(supergateway)];
  const proxy = proxyProgram === null ? [] : [mcpProxyBridge(proxyProgram)];
  const gateway = gatewayProgram === null ? [] : [supergatewayBridge(gatewayProgram)];
  const host = mcpHost(main, "shared");
  const hostOfSessions = mcpHost(main, "session");

  const result: Result = {
    calls: new Map(),
    sessionCalls: new Map(),
    single: new Map(),
    idle: new Map(),
    busy: new Map(),
    abandoned: new Map(),
    starts: await startTimes([host, ...proxy, ...gateway, relay]),
    rounds,
    measureMs,
  };
  const shared = await startAll([host, ...proxy, relay], result.idle);
  const ofSessions = await startAll(gateway, result.idle);
  const single = await sessions([...shared, ...ofSessions], 1);
  const many = await sessions(shared, 16);
  const manyOfSessions = await sessions([...(await startAll([hostOfSessions])), ...ofSessions], 16);
  console.error("warming up …");
  for (const { clients } of [...many, ...manyOfSessions, ...single]) await load(clients, warmUpMs, 0);
  for (let round = 1; round <= rounds; round++) {
    console.error(`round ${round} of ${rounds} …`);
    await measure(single, result.single);
    await measure(many, result.calls);
    await measure(manyOfSessions, result.sessionCalls);
  }
  console.error("32 sessions …");
  for (const { name, running, clients } of await sessions(shared, 32)) {
    await load(clients, 0, measureMs);
    result.busy.set(name, await running.memory());
    await Promise.all(clients.map((client) => client.close()));
  }
  await stopAll();
  console.error("abandoned sessions …");
  await Promise.all([
    ...[host, ...proxy, relay].map((bridge) => leave(result.abandoned, bridge.name, bridge, [1000, 2000])),
    ...gateway.map((bridge) => leave(result.abandoned, bridge.name, bridge, [200])),
  ]);
  await leave(result.abandoned, "mcp-host, a process for each session", hostOfSessions, [100, 100]);
  console.log(table(result));
} finally {
  await cleanUp();
}

async function startTimes(bridges: Bridge[]): Promise<Result["starts"]> {
  console.error("starting each five times …");
  const times = new Map<string, number[]>();
  const add = (name: string, ms: number) => times.set(name, [...(times.get(name) ?? []), ms]);
  for (let at = 0; at < starts; at++) {
    add("", await serverStartMs());
    for (const bridge of bridges) {
      const running = await start(bridge);
      add(bridge.name, running.startedInMs);
      await running.stop();
    }
  }
  return times;
}

async function startAll(bridges: Bridge[], idle?: Map<string, Memory>): Promise<[Bridge, Running][]> {
  const all: [Bridge, Running][] = [];
  for (const bridge of bridges) {
    const running = await start(bridge);
    idle?.set(bridge.name, await running.memory());
    all.push([bridge, running]);
  }
  return all;
}

async function sessions(bridges: [Bridge, Running][], count: number): Promise<Turn[]> {
  const all: Turn[] = [];
  for (const [{ name }, running] of bridges) {
    console.error(`${count} at once, ${name} …`);
    all.push({
      name,
      running,
      clients: await Promise.all(Array.from({ length: count }, () => connect(running.target))),
    });
  }
  return all;
}

/** They take turns, so that whatever else the machine does meets all of them. */
async function measure(turns: Turn[], into: Map<string, Costed[]>): Promise<void> {
  for (const { name, running, clients } of turns) {
    const beforeMs = await running.processorMs();
    const measured = await load(clients, leadInMs, measureMs);
    const processorMs = ((await running.processorMs()) - beforeMs) / measured.calls;
    into.set(name, [...(into.get(name) ?? []), { ...measured, processorMs }]);
  }
}

/** One that does not survive it is reported, and has no figures. */
async function leave(into: Map<string, Quiet[]>, name: string, bridge: Bridge, counts: number[]): Promise<void> {
  try {
    into.set(name, await abandon(bridge, counts));
  } catch (error) {
    console.error(`${name} did not survive abandoned sessions: ${error instanceof Error ? error.message : error}`);
  }
}

async function cleanUp(): Promise<void> {
  await stopAll(true);
  await rm(build, { recursive: true, force: true, maxRetries: 5 });
}
