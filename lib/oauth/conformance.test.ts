import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../db/testing/cluster.ts";
import { formatConnectorUrl } from "../deployments/connector-url.ts";
import { TestBrowser } from "./testing/browser.ts";
import { register } from "./testing/client.ts";
import { makeOwnerWithDeployment } from "./testing/fixtures.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "./testing/server.ts";

// The official conformance suite's scenarios for authorization servers. Nothing is expected to fail.

const SUITE = dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json"));
const RUN_WITHIN_MS = 120_000;

let server: TestAuthorizationServer;
let userId: string;
let deploymentId: string;

before(async () => {
  server = await startAuthorizationServer();
  ({ userId, deploymentId } = await makeOwnerWithDeployment());
});

after(() => server.close());

interface Check {
  id: string;
  status: string;
  errorMessage?: string;
}

test("the authorization server passes the official suite", { timeout: 2 * RUN_WITHIN_MS }, async () => {
  const port = await freePort();
  const client = await register(server.url, { redirect_uris: [`http://127.0.0.1:${port}/callback`] });
  const browser = new TestBrowser(server.url);
  await browser.signIn(userId);
  const folder = await mkdtemp(join(tmpdir(), "catwalk-oauth-conformance-"));
  try {
    const options = ["--url", server.url, "--client-id", client.id, "--resource", formatConnectorUrl(deploymentId)];
    const args = [join(SUITE, "dist", "index.js"), "authorization", ...options, "-p", String(port), "-o", folder];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], timeout: RUN_WITHIN_MS });
    let output = "";
    let opened = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
        // It prints the address and waits for a person with a browser.
        const address = /https?:\/\/\S+\/oauth\/authorize\?\S+/.exec(output)?.[0];
        if (address === undefined || address === opened || !/\s/.test(output.slice(output.indexOf(address)))) return;
        opened = address;
        void browser.authorize(address).then((callback) => fetch(callback));
      });
    }
    const [code] = (await once(child, "exit")) as [number | null];
    const scenarios = await readdir(folder);
    const wrong: string[] = [];
    for (const name of scenarios) {
      const checks = JSON.parse(await readFile(join(folder, name, "checks.json"), "utf8")) as Check[];
      for (const { id, status, errorMessage } of checks) {
        if (status === "FAILURE" || status === "WARNING") wrong.push(`${id} ${status}: ${errorMessage}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.equal(scenarios.length, 2, output);
    assert.equal(code, 0, output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
