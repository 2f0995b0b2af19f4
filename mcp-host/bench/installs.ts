import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { Agent } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { initializeMessage, send } from "./client.ts";

// npm run bench:installs [-- PACKAGE…]: time from the start of mcp-host to the server's answer to `initialize`, for the first deployment of
// a package on a host and for the second, which shares what the first has installed. Package clients keep their caches, so that the
// first is not slower than it has to be. Prints one Markdown table.

const DEFAULT_PACKAGES = ["npm:@modelcontextprotocol/server-everything@2026.8.31", "pypi:mcp-server-time==2026.10.19"];
const ROUNDS = 3;
const INSTALL_TIMEOUT_MS = 600_000;
const POLL_MS = 10;
const running = new Set<ChildProcess>();

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill("SIGKILL");
    process.exit(1);
  });
}

const packages = process.argv.length > 2 ? process.argv.slice(2) : DEFAULT_PACKAGES;
console.log("| package | first deployment | second | ratio |\n| --- | --- | --- | --- |");
for (const name of packages) {
  const rounds: [first: number, second: number][] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(name));
  const [first, second] = [0, 1].map((index) => findMedian(rounds.map((times) => times[index] ?? 0))) as [
    number,
    number,
  ];
  const cells = [
    `${(first / 1000).toFixed(1)} s`,
    `${(second / 1000).toFixed(1)} s`,
    `${(first / second).toFixed(1)} ×`,
  ];
  console.log(`| ${name} | ${cells.join(" | ")} |`);
}

/** Measures both deployments in milliseconds, in a new folder of packages. */
async function measure(name: string): Promise<[number, number]> {
  const folder = await mkdtemp(join(tmpdir(), "mcp-host-installs-"));
  try {
    return [await deploy(name, folder, "first"), await deploy(name, folder, "second")];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function deploy(name: string, folder: string, deployment: string): Promise<number> {
  const state = join(folder, deployment);
  await mkdir(state);
  const port = await findFreePort();
  const begun = performance.now();
  const child = spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts"), "--port", String(port)], {
    env: {
      ...process.env,
      MCP_PACKAGE: name,
      MCP_INSTALL_DIR: join(folder, "packages"),
      MCP_STATE_DIR: state,
      MCP_SERVER_HOME: join(state, "home"),
      MCP_ARGS: name.includes("server-everything") ? '["stdio"]' : "[]",
      MCP_HANDSHAKE_TIMEOUT_S: String(INSTALL_TIMEOUT_MS / 1000),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  const agent = new Agent();
  try {
    await once(child.stdout, "data");
    const target = { url: `http://127.0.0.1:${port}/mcp`, headers: {} };
    for (;;) {
      const isAnswered = await send(target, agent, "POST", initializeMessage).then(
        () => true,
        () => false,
      );
      if (isAnswered) return performance.now() - begun;
      if (performance.now() - begun > INSTALL_TIMEOUT_MS) throw new Error(`${name} did not answer`);
      await delay(POLL_MS);
    }
  } finally {
    agent.destroy();
    running.delete(child);
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function findMedian(values: number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
