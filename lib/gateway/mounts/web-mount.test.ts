import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

// The gateway's tests run on Node's HTTP server. Those that cross a mount run here again, on web Request and Response.

const FILES = [
  "auth",
  "garbage",
  "limits",
  "long-bodies",
  "mcp-host",
  "streaming",
  "waking",
  "sleep-proxy/ended",
  "sleep-proxy/hostile",
  "sleep-proxy/sleep-proxy",
  "sleep-proxy/streams",
  "sleep-proxy/waking",
];
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

for (const name of FILES) {
  test(`the web mount passes ${name}.test.ts`, async () => {
    // Under the runner's own variables a child would report to it instead of exiting with a status.
    const env = Object.assign({}, process.env, { GATEWAY_TEST_MOUNT: "web" });
    for (const variable of Object.keys(env)) if (variable.startsWith("NODE_TEST")) delete env[variable];
    const file = `lib/gateway/${name}.test.ts`;
    const child = promisify(execFile)(process.execPath, ["--test", file], { env, maxBuffer: MAX_OUTPUT_BYTES });
    const { stdout } = await child.catch((error: { stdout: string }) => assert.fail(error.stdout));
    assert.match(stdout, /\bpass [1-9]/);
  });
}
