import http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { serveAsPackage } from "../../../e2e/testing/registry.ts";
import { removeTree } from "../../../mcp-host/src/install/ownership.ts";
import { temporaryDataFolder } from "../../cli/testing/app.ts";
import { BULK_SERVER, BULK_SERVER_FOLDER } from "./bulk-server.ts";
import { loadCalls } from "./load.ts";
import { processTree } from "./processes.ts";
import { formatTargets, type Target as Goal, toMegabytes } from "./report.ts";
import { openSession } from "./session.ts";
import { type DeployingApp, startDeployingApp } from "./subjects.ts";
import { requestText, type Target, type Wire } from "./wire.ts";

const MB = 2 ** 20;
const CLIENTS = 16;
const QUIET_MS = 30_000;
const READY_MS = 10_000;
/** Streams opened at once. */
const STREAMS_AT_ONCE = 20;
/** Sessions at each of two deployments, below what mcp-host accepts. */
const SESSIONS_EACH = 50;
/** Longer than the measurement. */
const STREAM_MS = 600_000;

export interface MemoryOptions {
  calls: number;
  streams: number;
}

/** Measures the app's resident memory: idle, after many calls when it is quiet again, and with many open event streams. */
export async function measureMemory({ calls, streams }: MemoryOptions): Promise<string> {
  console.error("Catwalk …");
  const dataFolder = await temporaryDataFolder();
  // The first start of a data folder creates its database, with programs whose memory the process would keep.
  await (await startDeployingApp({ dataFolder })).stop();
  const registry = await serveAsPackage(BULK_SERVER_FOLDER);
  const app = await startDeployingApp({ dataFolder, settings: registry.settings });
  try {
    const target = await app.deploy();
    await delay(QUIET_MS);
    const goals = [toGoal("idle", 250, await readMemory(app))];
    console.error(`${calls} calls …`);
    await loadCalls(target, CLIENTS, calls);
    const busyBytes = await readMemory(app);
    await delay(QUIET_MS);
    goals.push(
      toGoal(
        `after ${calls} calls, quiet again (${toMegabytes(busyBytes)} MB at the last call)`,
        280,
        await readMemory(app),
      ),
    );
    console.error(`${streams} event streams …`);
    const slow = [await app.deploy(BULK_SERVER), await app.deploy(BULK_SERVER)];
    const close = await openStreams(slow, streams);
    await delay(READY_MS);
    goals.push(toGoal(`with ${streams} open event streams`, 350, await readMemory(app)));
    close();
    return formatTargets(goals);
  } finally {
    await app.stop();
    await removeTree(dataFolder);
    registry.close();
  }
}

async function readMemory({ pid = 0 }: DeployingApp): Promise<number> {
  return (await processTree(pid)).find((process) => process.pid === pid)?.rssBytes ?? Number.NaN;
}

/** Opens event streams: calls that have begun to answer and go on. Returns what closes them. */
async function openStreams(targets: readonly Target[], count: number): Promise<() => void> {
  const agent = new http.Agent({ maxSockets: Number.POSITIVE_INFINITY });
  const sessions = await Promise.all(
    targets.flatMap((target) =>
      Array.from({ length: SESSIONS_EACH }, async () => ({ target, wire: await openSession(target) })),
    ),
  );
  for (let opened = 0; opened < count; opened += STREAMS_AT_ONCE) {
    const next = Array.from({ length: Math.min(STREAMS_AT_ONCE, count - opened) }, (_, at) => opened + at);
    await Promise.all(
      next.map((n) => {
        const { target, wire } = sessions[n % sessions.length] ?? {};
        return target && wire && openStream(target, wire, n + 1, agent);
      }),
    );
  }
  return () => {
    for (const { wire } of sessions) wire.close();
    agent.destroy();
  };
}

function openStream({ url }: Target, { headers }: Wire, id: number, agent: http.Agent): Promise<void> {
  const params = { name: "wait", arguments: { ms: STREAM_MS }, _meta: { progressToken: id } };
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, headers, method: "POST" }, (response) => {
      response.on("error", () => {});
      const isStream = response.headers["content-type"]?.startsWith("text/event-stream");
      if (!isStream) reject(new Error(`a stream was answered ${response.statusCode}`));
      response.once("data", () => resolve());
    });
    request.on("error", reject);
    request.end(requestText(id, "tools/call", params));
  });
}

function toGoal(name: string, boundMb: number, bytes: number): Goal {
  const measured = bytes / MB;
  console.error(`${name}: ${measured.toFixed(0)} MB`);
  return {
    name: `the app's resident memory, ${name}`,
    bound: `${boundMb} MB`,
    measured: `${measured.toFixed(0)} MB`,
    isMet: measured <= boundMb,
  };
}
