import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client } from "./testing/client.ts";
import { type HostOptions, startHost, type TestHost } from "./testing/host-process.ts";
import { status } from "./testing/http.ts";
import { textOf } from "./testing/rpc.ts";

const run = promisify(execFile);
const build = fileURLToPath(new URL("../build.ts", import.meta.url));

const rssOf = async (host: TestHost) => ((await status(host)).memory as { rssBytes: number }).rssBytes;

test("the build behaves like the sources, in less memory", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "mcp-host-build-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  // Twice at once, and again over what is there: several programs may find it missing at the same time.
  await Promise.all([run(process.execPath, [build, folder]), run(process.execPath, [build, folder])]);
  await run(process.execPath, [build, folder]);

  const start = async (options: HostOptions) => {
    const host = await startHost(options);
    t.after(() => host.close());
    const client = await Client.open(host);
    assert.equal(textOf(await client.call("echo", { message: "one" })), "one");
    return rssOf(host);
  };
  const [built, source] = [await start({ program: join(folder, "main.js") }), await start({})];
  assert(built < source - 10_000_000, `${built} and ${source} bytes`);
});
