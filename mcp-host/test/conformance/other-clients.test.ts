import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startHost, type TestHost } from "../testing/host-process.ts";
import type { Rpc } from "../testing/rpc.ts";

// Programs that people connect with. They are installed when the test runs, by npm as it is set up here, for they bring hundreds of
// packages; where npm does not get them the tests are skipped.

const run = promisify(execFile);
const fixture = fileURLToPath(new URL("./fixture-server.ts", import.meta.url));
const PACKAGES = ["mcp-remote@0.15.1", "@modelcontextprotocol/inspector@2.12.0"];
const INSTALL_WITHIN_MS = 120_000;
const RUN_WITHIN_MS = 60_000;

describe("clients of other programs", () => {
  let host: TestHost;
  let folder: string;
  let missing: string | null = null;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mcp-host-clients-"));
    host = await startHost({ command: [process.execPath, fixture] });
    const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, ...PACKAGES];
    await run("npm", args, { timeout: INSTALL_WITHIN_MS }).catch((error: unknown) => {
      missing = `npm did not install them: ${String(error).slice(0, 300)}`;
    });
  });
  after(async () => {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  });

  const program = (name: string) => join(folder, "node_modules", ".bin", name);
  /** HOME is theirs alone: they keep files there. The rest of this environment is none of their business. */
  const env = () => ({ PATH: process.env.PATH, HOME: folder, NODE_ENV: "production" }) as const;

  test("mcp-remote connects a stdio-only program", async (t) => {
    if (missing !== null) return t.skip(missing);
    const child = spawn(program("mcp-remote"), [`${host.url}/mcp`, "--transport", "http-only", "--allow-http"], {
      env: env(),
      stdio: ["pipe", "pipe", "ignore"],
      timeout: RUN_WITHIN_MS,
    });
    t.after(() => child.kill());
    const waiting = new Map<unknown, (message: Rpc) => void>();
    createInterface({ input: child.stdout }).on("line", (line) => {
      const message = JSON.parse(line) as Rpc;
      waiting.get(message.id)?.(message);
    });
    const gone = once(child, "exit").then(() => assert.fail("mcp-remote ended"));
    gone.catch(() => {});
    const request = (id: number, method: string, params: object): Promise<Rpc> => {
      const answer = new Promise<Rpc>((resolve) => waiting.set(id, resolve));
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      return Promise.race([answer, gone]);
    };
    const clientInfo = { name: "stdio-only", version: "1" };
    const opened = await request(1, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
    assert.match(JSON.stringify(opened.result?.serverInfo), /conformance-fixture/);
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
    const listed = await request(2, "tools/list", {});
    assert.match(JSON.stringify(listed.result?.tools), /test_tool_with_progress/);
    const called = await request(3, "tools/call", { name: "test_simple_text", arguments: {} });
    assert.match(called.result?.content?.[0]?.text ?? "", /simple text response/);
  });

  test("the MCP inspector's command line lists and calls tools", async (t) => {
    if (missing !== null) return t.skip(missing);
    const inspect = async (...args: string[]) => {
      const all = ["--cli", `${host.url}/mcp`, "--transport", "http", ...args];
      const { stdout } = await run(program("mcp-inspector"), all, { env: env(), timeout: RUN_WITHIN_MS });
      return JSON.parse(stdout) as { tools?: unknown[]; content?: { text: string }[] };
    };
    assert(((await inspect("--method", "tools/list")).tools ?? []).length > 20);
    const called = await inspect("--method", "tools/call", "--tool-name", "test_simple_text");
    assert.match(called.content?.[0]?.text ?? "", /simple text response/);
  });
});
