import { type ChildProcess, execFile, spawn } from "node:child_process";
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { prepareContextForge } from "./context-forge.ts";
import { type PeerProgram, SERVER_COMMAND } from "./peer-program.ts";
import { endTree, processTree } from "./processes.ts";
import { freePort, type Subject } from "./subjects.ts";
import { INITIALIZE_PARAMS, openWire, requestText, type Target } from "./wire.ts";

// Published gateways that `npm run bench` sets beside Catwalk. Each is installed once, in a pinned version, into the person's cache
// folder, and starts the same server over stdio.

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 90_000;
const UV_VERSION = "0.13.8";

/** A gateway that could not be measured, and why. */
export interface AbsentPeer {
  name: string;
  reason: string;
}

interface Peer {
  name: string;
  install(folder: string): Promise<void>;
  /** Returns the command that serves the server on a port of 127.0.0.1, and where clients call it. */
  prepare(folder: string, port: number): Promise<PeerProgram>;
}

const PEERS: readonly Peer[] = [
  {
    name: "npm mcp-proxy 6.7.19",
    install: (folder) => installFromNpm(folder, "mcp-proxy@6.7.19"),
    prepare: async (folder, port) => ({
      command: process.execPath,
      args: [
        join(folder, "node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs"),
        ...["--port", String(port), "--host", "127.0.0.1", "--server", "stream", "--", ...SERVER_COMMAND],
      ],
      target: { url: `http://127.0.0.1:${port}/mcp`, headers: {} },
    }),
  },
  {
    name: "sparfenyuk mcp-proxy 0.13.0",
    install: (folder) => installFromPyPI(folder, ["mcp-proxy==0.13.0", "mcp<2"]),
    prepare: async (folder, port) => ({
      command: join(folder, "venv/bin/mcp-proxy"),
      args: ["--port", String(port), "--host", "127.0.0.1", "--pass-environment", "--", ...SERVER_COMMAND],
      target: { url: `http://127.0.0.1:${port}/mcp/`, headers: {} },
    }),
  },
  {
    name: "FastMCP proxy 4.1.6",
    install: (folder) => installFromPyPI(folder, ["fastmcp==4.1.6"]),
    async prepare(folder, port) {
      const [command, ...args] = SERVER_COMMAND;
      const config = join(folder, "servers.json");
      await writeFile(config, JSON.stringify({ mcpServers: { everything: { command, args } } }));
      return {
        command: join(folder, "venv/bin/fastmcp"),
        args: ["run", config, "--transport", "http", "--host", "127.0.0.1", "--port", String(port), "--no-banner"],
        env: { FASTMCP_LOG_LEVEL: "ERROR" },
        target: { url: `http://127.0.0.1:${port}/mcp`, headers: {} },
      };
    },
  },
  {
    name: "ContextForge 1.0.7",
    install: (folder) => installFromPyPI(folder, ["mcp-contextforge-gateway==1.0.7"]),
    prepare: prepareContextForge,
  },
];

/** Starts every peer that can be had. `stop` of each ends it; those that cannot be had are returned with the reason. */
export async function startPeers(): Promise<{ subjects: Subject[]; absent: AbsentPeer[] }> {
  const subjects: Subject[] = [];
  const absent: AbsentPeer[] = [];
  for (const peer of PEERS) {
    console.error(`${peer.name} …`);
    try {
      subjects.push(await startPeer(peer));
    } catch (error) {
      absent.push({ name: peer.name, reason: toFirstLine(error) });
    }
  }
  return { subjects, absent };
}

async function startPeer(peer: Peer): Promise<Subject> {
  const folder = await ensureInstalled(peer);
  const port = await freePort();
  const { command, args, env, target, configure } = await peer.prepare(folder, port);
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    // Some bridges end when their standard input does.
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.stdin?.on("error", () => {});
  try {
    const configured = await configure?.();
    const called = configured?.target ?? target;
    await waitForAnswer(child, called);
    return {
      name: peer.name,
      target: called,
      memory: () => memoryOf(child.pid),
      async stop() {
        await endTree(child);
        await configured?.stop();
      },
    };
  } catch (error) {
    await endTree(child);
    throw error;
  }
}

/** Waits until the peer has answered `initialize`. */
async function waitForAnswer(child: ChildProcess, target: Target): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const wire = openWire(target);
    const answer = await wire.send("POST", requestText(0, "initialize", INITIALIZE_PARAMS)).catch(toError);
    wire.close();
    if (!(answer instanceof Error)) return;
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
    if (performance.now() > deadline) throw new Error(`it did not start: ${answer.message}`);
    await delay(100);
  }
}

async function memoryOf(pid: number | undefined): Promise<Record<string, number>> {
  const tree = pid === undefined ? [] : await processTree(pid);
  // A bridge names the server among its own arguments.
  const own = tree.filter(({ command }) => !/^\S+ \S*server-everything\/dist/.test(command));
  return { gateway: own.reduce((sum, { rssBytes }) => sum + rssBytes, 0) };
}

/** Installs a peer into a folder of the person's cache unless it is there. Returns the folder. */
async function ensureInstalled({ name, install }: Peer): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "catwalk-bench", name.replaceAll(" ", "-"));
  const marker = join(folder, "installed");
  if (await exists(marker)) return folder;
  console.error(`installing ${name} in ${folder} …`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await install(folder);
  await writeFile(marker, "");
  return folder;
}

async function installFromNpm(folder: string, spec: string): Promise<void> {
  const flags = ["--no-save", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["install", "--prefix", folder, ...flags, spec], { timeout: INSTALL_TIMEOUT_MS });
}

/** Installs with uv, which comes from PyPI itself where the machine has none. */
async function installFromPyPI(folder: string, specs: readonly string[]): Promise<void> {
  const venv = join(folder, "venv");
  const python = join(venv, "bin", "python");
  const options = { timeout: INSTALL_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 };
  await run("python3", ["-m", "venv", venv], options);
  await run(python, ["-m", "pip", "install", "--quiet", `uv==${UV_VERSION}`], options);
  await run(join(venv, "bin", "uv"), ["pip", "install", "--quiet", "--python", python, ...specs], options);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function toFirstLine(error: unknown): string {
  const { message } = toError(error);
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  return (stderr.split("\n").at(-1) || message).split("\n")[0]?.slice(0, 200) ?? "";
}
