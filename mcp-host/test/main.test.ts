import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { NODE_FLAGS } from "../node-flags.ts";
import { Client } from "./testing/client.ts";
import { type HostOptions, startHost, type TestHost } from "./testing/host-process.ts";
import { textOf } from "./testing/rpc.ts";

const run = promisify(execFile);
const parts = ["package.json", "build.ts", "fresh-build.ts", "node-flags.ts", "src"];

describe("src/main.ts", () => {
  let folder = "";
  const path = (...names: string[]) => join(folder, ...names);
  const changed = (file: string, agoMs: number) => {
    const at = new Date(Date.now() - agoMs);
    return utimes(path(file), at, at);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mcp-host-main-"));
    for (const part of parts) {
      await cp(fileURLToPath(new URL(`../${part}`, import.meta.url)), path(part), {
        recursive: true,
        preserveTimestamps: true,
      });
    }
    await run(process.execPath, [path("build.ts")]);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Starts it as a person does who says nothing of how Node is to run; it works, whichever program it has become. */
  async function start(t: TestContext, options: HostOptions = {}): Promise<{ host: TestHost; command: string }> {
    const env = { NODE_OPTIONS: "", NODE_V8_COVERAGE: "", ...options.env };
    const host = await startHost({ program: path("src", "main.ts"), ...options, env });
    t.after(() => host.close());
    const client = await Client.open(host);
    assert.equal(textOf(await client.call("echo", { message: "one" })), "one");
    const { stdout } = await run("ps", ["-ww", "-o", "args=", "-p", String(host.process.pid)]);
    return { host, command: stdout.trim() };
  }
  const build = () => `${NODE_FLAGS.join(" ")} ${path("dist", "main.js")} --port 0`;

  test("main.ts continues as the build, silently and in the same process", async (t) => {
    const { host, command } = await start(t);
    assert(command.includes(build()), command);
    assert.equal(host.stderr(), "");
    host.process.kill("SIGTERM");
    assert.deepEqual(await once(host.process, "exit"), [0, null]);
  });

  test("the build still stops at the end of standard input", async (t) => {
    const { host, command } = await start(t, { flags: ["--exit-with-stdin"] });
    assert(command.includes(build()), command);
    host.process.stdin?.end();
    assert.deepEqual(await once(host.process, "exit"), [0, null]);
  });

  test("main.ts runs the sources when one has changed since the build", async (t) => {
    await changed("src/status.ts", -60_000);
    t.after(() => changed("src/status.ts", 60_000));
    const { command } = await start(t);
    assert(!command.includes("dist"), command);
  });

  test("main.ts runs the sources when one has gone since the build", async (t) => {
    await changed("src/http", -60_000);
    t.after(() => changed("src/http", 60_000));
    const { command } = await start(t);
    assert(!command.includes("dist"), command);
  });

  for (const { what, line } of [
    { what: "has no execve", line: "process.execve = undefined;" },
    { what: "refuses it", line: "process.execve = () => { throw new Error('not here'); };" },
  ]) {
    test(`main.ts runs the sources where Node ${what}`, async (t) => {
      await writeFile(path("system.mjs"), `${line}\nawait import("./src/main.ts");\n`);
      const { command } = await start(t, { program: path("system.mjs") });
      assert(!command.includes("dist"), command);
    });
  }

  for (const { what, options } of [
    { what: "with options", options: () => ({ nodeOptions: ["--enable-source-maps"] }) },
    { what: "with NODE_OPTIONS", options: () => ({ env: { NODE_OPTIONS: "--enable-source-maps" } }) },
    { what: "for coverage", options: () => ({ env: { NODE_V8_COVERAGE: path("coverage") } }) },
  ]) {
    test(`main.ts does not restart Node ${what}`, async (t) => {
      const { command } = await start(t, options());
      assert(!command.includes("dist"), command);
    });
  }
});
