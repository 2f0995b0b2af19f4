import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fixtureCommand } from "./server-commands.ts";

/** The sources, whether or not a build exists. */
const MAIN = fileURLToPath(new URL("../../src/serve.ts", import.meta.url));

export interface TestHost {
  url: string;
  process: ChildProcess;
  /** Returns everything written to standard error so far. */
  stderr(): string;
  /** Sends SIGTERM and waits for the exit. Does nothing after an exit. */
  close(): Promise<void>;
}

export interface HostOptions {
  /** Arguments of mcp-host before `--`. */
  flags?: string[];
  /** The server's command. Default: the fixture in the given mode. Null: none. */
  command?: string[] | null;
  mode?: string;
  env?: Record<string, string>;
  /** mcp-host's main file. Default: the one in src. */
  program?: string;
  /** Node's options for mcp-host alone. */
  nodeOptions?: string[];
  /** A program that gets mcp-host's command line and executes it in its place. */
  launcher?: string[];
}

/**
 * Starts mcp-host as a child process. Its environment is the machine's without variables of mcp-host or the test runner, and the
 * test's own.
 */
export async function startHost(options: HostOptions = {}): Promise<TestHost> {
  const command = options.command === undefined ? fixtureCommand(options.mode ?? "normal") : options.command;
  const [program = process.execPath, ...args] = [
    ...(options.launcher ?? []),
    process.execPath,
    ...(options.nodeOptions ?? []),
    options.program ?? MAIN,
    "--port",
    "0",
    ...(options.flags ?? []),
    ...(command === null ? [] : ["--", ...command]),
  ];
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("MCP_") && name !== "NODE_TEST_CONTEXT",
  );
  const child = spawn(program, args, {
    env: { ...(Object.fromEntries(inherited) as NodeJS.ProcessEnv), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const errors: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  assert(child.stdout);
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), once(child, "exit")]);
  const url = /http:\/\/\S+/.exec(String(first[0]))?.[0];
  assert(url, `mcp-host did not start: ${errors.join("")}`);
  return {
    url: url.replace("[::]", "127.0.0.1"),
    process: child,
    stderr: () => errors.join(""),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** Runs mcp-host with a configuration that it refuses. Returns its exit code and its stderr. */
export async function runToExit(
  flags: string[],
  env: Record<string, string>,
): Promise<{ code: number; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...flags], {
    env: { ...process.env, ...env },
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, "exit")) as [number];
  return { code, stderr };
}
