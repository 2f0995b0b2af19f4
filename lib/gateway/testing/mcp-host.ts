import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "..", "..", "..");

/** The entry point of the server that the tests and the benchmark use. */
export const everythingServer = join(root, "node_modules/@modelcontextprotocol/server-everything/dist/index.js");

export interface HostProcess {
  url: string;
  process: ChildProcess;
  stop(): Promise<void>;
}

/** Starts a real mcp-host over a stdio server, with this token. */
export async function startMcpHost(
  token: string,
  command = [everythingServer, "stdio"],
  env: Record<string, string> = {},
): Promise<HostProcess> {
  const child = spawn(
    process.execPath,
    [join(root, "mcp-host/src/main.ts"), "--port", "0", "--host", "127.0.0.1", "--", process.execPath, ...command],
    { env: { ...process.env, ...env, MCP_HOST_TOKEN: token }, stdio: ["ignore", "pipe", "ignore"] },
  );
  assert(child.stdout);
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit"),
  ])) as [unknown];
  const url = /http:\/\/\S+/.exec(String(line))?.[0];
  assert(url, "mcp-host did not start");
  return {
    url,
    process: child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
