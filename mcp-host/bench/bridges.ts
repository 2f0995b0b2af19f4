import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { NODE_FLAGS, NODE_VARIABLES } from "../node-flags.ts";
import { initializeMessage, send, type Target } from "./client.ts";

const run = promisify(execFile);
const startTimeoutMs = 20_000;
const stopTimeoutMs = 5_000;
const pollMs = 5;
const token = "a-token-for-the-benchmark";
const started = new Set<ChildProcess>();
let stopped = false;
const everything = join(
  import.meta.dirname,
  "../../node_modules/@modelcontextprotocol/server-everything/dist/index.js",
);

/** The server that stands behind every bridge. */
const serverCommand = [process.execPath, everything, "stdio"];

/** How a bridge is started on a port of 127.0.0.1. */
export interface Bridge {
  name: string;
  headers: Record<string, string>;
  /** Arguments of Node; `idleMs` says when a session without a client ends, otherwise as the bridge is set by default. */
  command(port: number, idleMs?: number): string[];
  env(idleMs?: number): Record<string, string>;
}

export interface Memory {
  /** Resident. */
  rssBytes: number;
  /** What of it is not a file's, as Linux tells it: without the program of Node itself, which its server may run too. NaN elsewhere. */
  ownBytes: number;
}

export interface Running {
  target: Target;
  /** From its spawn to the first answer to `initialize`. */
  startedInMs: number;
  /** Memory of the bridge alone, when two readings in a row are alike. */
  memory(): Promise<Memory>;
  /** Processor time that the bridge alone has taken until now, in ms of user and system time, as Linux tells it. NaN elsewhere. */
  processorMs(): Promise<number>;
  /** How many server processes it has. */
  servers(): Promise<number>;
  stop(): Promise<void>;
}

/** mcp-host as it is started where memory is scarce; `main` is the built program. */
export function mcpHost(main: string, isolation: "shared" | "session"): Bridge {
  return {
    name: "mcp-host",
    headers: { authorization: `Bearer ${token}` },
    command: (port) => [
      ...[...NODE_FLAGS, main, "--port", String(port), "--host", "127.0.0.1", "--exit-with-stdin"],
      ...["--", ...serverCommand],
    ],
    env: (idleMs) => ({
      ...NODE_VARIABLES,
      MCP_HOST_TOKEN: token,
      MCP_ISOLATION: isolation,
      MCP_MAX_SESSIONS: "2000",
      ...(idleMs !== undefined && { MCP_IDLE_SESSION_S: String(idleMs / 1000) }),
    }),
  };
}

export function mcpProxyBridge(program: string): Bridge {
  return plain("mcp-proxy", (port, idleMs) => [
    ...[program, "--port", String(port), "--host", "127.0.0.1", "--server", "stream"],
    ...(idleMs === undefined ? [] : ["--sessionIdleTimeout", String(idleMs)]),
    ...["--", ...serverCommand],
  ]);
}

export function supergatewayBridge(program: string): Bridge {
  return plain("supergateway", (port, idleMs) => [
    ...[program, "--stdio", serverCommand.map((part) => `'${part}'`).join(" "), "--port", String(port)],
    ...["--outputTransport", "streamableHttp", "--stateful", "--logLevel", "none"],
    ...(idleMs === undefined ? [] : ["--sessionTimeout", String(idleMs)]),
  ]);
}

export const relay = plain("relay", (port) => [join(import.meta.dirname, "relay.ts"), String(port), ...serverCommand]);

function plain(name: string, command: Bridge["command"]): Bridge {
  return { name, headers: {}, command, env: () => ({}) };
}

/** Starts a bridge and waits until it has answered `initialize`. What it prints is dropped; its standard input stays open, for some end with it. */
export async function start(bridge: Bridge, idleMs?: number): Promise<Running> {
  const port = await freePort();
  const target: Target = { url: `http://127.0.0.1:${port}/mcp`, headers: bridge.headers };
  // An interrupted benchmark goes on until it has cleaned up.
  if (stopped) throw new Error("the benchmark was interrupted");
  const spawnedAt = performance.now();
  const child = spawn(process.execPath, bridge.command(port, idleMs), {
    env: { ...process.env, ...bridge.env(idleMs) },
    stdio: ["pipe", "ignore", "ignore"],
    // A group of its own: what is left of it can be ended by one signal.
    detached: true,
  });
  child.stdin?.on("error", () => {});
  started.add(child);
  try {
    await firstAnswer(child, bridge.name, target);
  } catch (error) {
    await end(child);
    throw error;
  }
  const { pid = 0 } = child;
  return {
    target,
    startedInMs: performance.now() - spawnedAt,
    memory: () => settledMemory(pid),
    processorMs: () => processorMs(pid),
    servers: async () =>
      (await processesBelow(pid)).filter(({ command }) => command.startsWith(process.execPath)).length,
    stop: () => end(child),
  };
}

/** How long the server itself takes over stdio, from its spawn to its answer to `initialize`, in ms. */
export async function serverStartMs(): Promise<number> {
  const [command = "", ...args] = serverCommand;
  const spawnedAt = performance.now();
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.write(`${initializeMessage}\n`);
  await once(child.stdout, "data", { signal: AbortSignal.timeout(startTimeoutMs) });
  const tookMs = performance.now() - spawnedAt;
  await end(child);
  return tookMs;
}

async function firstAnswer(child: ChildProcess, name: string, target: Target): Promise<void> {
  const agent = new Agent();
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const answer = await send(target, agent, "POST", initializeMessage).catch((error: unknown) => error);
    if (!(answer instanceof Error)) return;
    if (child.exitCode !== null) throw new Error(`${name} ended with exit code ${child.exitCode}`);
    if (performance.now() > deadline) throw new Error(`${name} did not start: ${answer.message}`);
    await delay(pollMs);
  }
}

async function settledMemory(pid: number): Promise<Memory> {
  let last = Number.NaN;
  for (let reading = 0; ; reading++) {
    const rssBytes = (await processes()).find((item) => item.pid === pid)?.rssBytes ?? Number.NaN;
    if (reading === 10 || Math.abs(rssBytes - last) < last / 100) return { rssBytes, ownBytes: await ownBytes(pid) };
    last = rssBytes;
    await delay(300);
  }
}

async function ownBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/** From proc(5): the 14th and 15th field, in ticks of 10 ms; the second is a name in brackets, which may hold anything. */
async function processorMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? Number.NaN) + Number(fields[12] ?? Number.NaN)) * 10;
}

interface ProcessInfo {
  pid: number;
  parentPid: number;
  rssBytes: number;
  command: string;
}

async function processes(): Promise<ProcessInfo[]> {
  const { stdout } = await run("ps", ["-A", "-ww", "-o", "pid=,ppid=,rss=,args="], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parentPid, kilobytes, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined) return [];
    return [{ pid: Number(pid), parentPid: Number(parentPid), rssBytes: Number(kilobytes) * 1024, command }];
  });
}

async function processesBelow(pid: number): Promise<ProcessInfo[]> {
  const all = await processes();
  const below = all.filter((item) => item.parentPid === pid);
  for (const item of below) below.push(...all.filter((child) => child.parentPid === item.pid));
  return below;
}

/** Stops every bridge that is still running; for good when no more are to be started. */
export async function stopAll(forGood = false): Promise<void> {
  stopped ||= forGood;
  await Promise.all([...started].map(end));
}

/** SIGTERM, and SIGKILL for whatever of its group is there five seconds later. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await Promise.race([exited, delay(stopTimeoutMs, undefined, { ref: false })]);
  }
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nothing of it is left, or it has no group.
  }
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  started.delete(child);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
