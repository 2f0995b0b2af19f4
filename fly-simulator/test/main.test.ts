import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";

const program = join(import.meta.dirname, "../src/main.ts");

function start(args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return { child, output: () => output };
}

test("the command prints the settings and stops at a signal", async () => {
  const { child, output } = start(["--speed", "100"]);
  while (!output().includes("State and faults")) await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
  const settings = Object.fromEntries(
    [...output().matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
  );
  assert.deepEqual(Object.keys(settings).sort(), [
    "FLY_API_HOSTNAME",
    "FLY_API_TOKEN",
    "FLY_ORG",
    "FLY_PUBLIC_URL_TEMPLATE",
    "FLY_REGION",
    "MCP_HOST_IMAGE",
    "RUNTIME",
  ]);
  const { FLY_API_HOSTNAME: url, FLY_API_TOKEN: token = "", FLY_ORG: org } = settings;
  const response = await fetch(`${url}/v1/apps?org_slug=${org}`, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual(await response.json(), { apps: [], total_apps: 0 });
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("the help lists every command and stand-in, and an invalid speed is refused", async () => {
  const help = start(["--help"]);
  assert.deepEqual(await once(help.child, "close"), [0, null]);
  for (const word of ["inject", "cut-after", "/_simulator", "mcp-host", "SIGSTOP"])
    assert.ok(help.output().includes(word), word);
  const wrong = start(["--speed", "fast"]);
  assert.deepEqual(await once(wrong.child, "close"), [2, null]);
});
