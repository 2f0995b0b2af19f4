import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { removeTree } from "../../../mcp-host/src/install/ownership.ts";
import { startApp, temporaryDataFolder } from "../../cli/testing/app.ts";
import { everythingServer, startMcpHost } from "../testing/mcp-host.ts";
import { processTree } from "./processes.ts";
import type { Target } from "./wire.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..", "..");
const packageName = "@modelcontextprotocol/server-everything";
const startTimeoutMs = 300_000;
/** Password of the accounts that benchmarks sign in with. */
export const PASSWORD = "a password for the benchmark";
/** The account that a Catwalk of the benchmarks starts with. */
export const OWNER = { email: "bench@example.com", password: PASSWORD };

/** One way to reach the server. */
export interface Subject {
  name: string;
  target: Target;
  /** Resident memory of each of its processes, by what the process is. */
  memory(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

/** The server behind its own HTTP transport. */
export async function startNative(): Promise<Subject> {
  const port = await freePort();
  const child = spawn(process.execPath, [everythingServer, "streamableHttp"], {
    env: { ...process.env, PORT: String(port) },
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}/mcp`;
  await until("the server's own transport", async () => (await fetch(url).catch(() => null)) !== null);
  return {
    name: "the server's own HTTP transport",
    target: { url, headers: {} },
    memory: () => memoryOf(child.pid, () => "server"),
    stop: () => end(child),
  };
}

/** The server behind mcp-host alone: server-everything, or another script with its arguments. */
export async function startHostAlone(command?: string[]): Promise<Subject> {
  const token = "a-token-for-the-benchmark";
  const host = await startMcpHost(token, command);
  return {
    name: "mcp-host alone",
    target: { url: `${host.url}/mcp`, headers: { authorization: `Bearer ${token}` } },
    memory: () => memoryOf(host.process.pid, (command) => (command.includes("mcp-host") ? "mcp-host" : "server")),
    stop: host.stop,
  };
}

/** The server as a deployment of Catwalk, started as `npm start` does and deployed through the API. */
export async function startCatwalk(): Promise<Subject> {
  const app = await startDeployingApp();
  try {
    const target = await app.deploy();
    return { name: "Catwalk: gateway and mcp-host", target, memory: () => memoryOf(app.pid, partOf), stop: app.stop };
  } catch (error) {
    await app.stop();
    throw error;
  }
}

/** A running Catwalk of its own. */
export interface DeployingApp {
  pid: number | undefined;
  url: string;
  dataFolder: string;
  /** Returns a personal API token of the account that deploys. */
  token(): Promise<string>;
  /** Deploys a server through the API, server-everything when absent. Resolves when it is live. */
  deploy(server?: PublishedPackage): Promise<Target>;
  stop(): Promise<void>;
}

/** One client calls as fast as it can. */
const UNLIMITED = { GATEWAY_MAX_CALLS_PER_S: "0" };

/** A package of npm's registry. */
export interface PublishedPackage {
  name: string;
  version: string;
}

export interface DeployingAppOptions {
  /** Settings beside an owner. */
  settings?: Record<string, string>;
  /** A data folder that stays; a new one that goes with the app when absent. */
  dataFolder?: string;
  /** The account that deploys; the owner that the settings create when absent. */
  email?: string;
}

/** Catwalk as `npm start` starts it. */
export async function startDeployingApp(options: DeployingAppOptions = {}): Promise<DeployingApp> {
  const owner = { OWNER_EMAIL: OWNER.email, OWNER_PASSWORD: OWNER.password };
  const dataFolder = options.dataFolder ?? (await temporaryDataFolder());
  const email = options.email ?? OWNER.email;
  const app = await startApp({ dataFolder, settings: { ...owner, ...UNLIMITED, ...options.settings } });
  return {
    pid: app.process.pid,
    url: app.url,
    dataFolder,
    token: () => createToken(dataFolder, email),
    deploy: async (server) => deploy(app.url, await createToken(dataFolder, email), server ?? (await findEverything())),
    async stop() {
      await app.stop();
      if (options.dataFolder === undefined) await removeTree(dataFolder);
    },
  };
}

/** Returns server-everything in the version that is installed. */
async function findEverything(): Promise<PublishedPackage> {
  const manifest = await readFile(join(root, "node_modules", packageName, "package.json"), "utf8");
  return { name: packageName, version: (JSON.parse(manifest) as { version: string }).version };
}

async function createToken(dataFolder: string, email: string): Promise<string> {
  const { stdout } = await run(process.execPath, ["lib/cli/token.ts", email], {
    cwd: root,
    env: { ...process.env, CATWALK_DATA_DIR: dataFolder, DATABASE_URL: "" },
  });
  return stdout.trimEnd().split("\n").at(-1) ?? "";
}

async function deploy(appUrl: string, token: string, { name, version }: PublishedPackage): Promise<Target> {
  const api = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(appUrl + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  };
  const { id, url } = await api<{ id: string; url: string }>("POST", "/api/deployments", {
    repo_url: `npm:${name}`,
    name: "bench",
    server: { version },
    inputs: {},
    // Of a server of the benchmarks' own, whose files say nothing of the protocol's SDK.
    accepted_warnings: ["server_unconfirmed"],
  });
  await until("the deployment", async () => {
    const { status, error } = await api<{ status: string; error: unknown }>("GET", `/api/deployments/${id}`);
    if (status === "failing") throw new Error(`the deployment failed: ${JSON.stringify(error)}`);
    return status === "live";
  });
  const { key } = await api<{ key: string }>("POST", `/api/deployments/${id}/keys`, { name: "bench" });
  return { url, headers: { authorization: `Bearer ${key}` } };
}

function partOf(command: string): string {
  if (command.includes("postgres")) return "PostgreSQL";
  if (command.includes("mcp-host")) return "mcp-host";
  return command.includes("machines") || command.includes("server-everything") ? "server" : "Catwalk";
}

async function memoryOf(pid: number | undefined, name: (command: string) => string): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  if (pid === undefined) return sums;
  for (const { command, rssBytes } of await processTree(pid)) {
    const part = name(command);
    sums[part] = (sums[part] ?? 0) + rssBytes;
  }
  return sums;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what} did not start in ${startTimeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
