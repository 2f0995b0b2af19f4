import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fetchHostStatus } from "../host-client.ts";
import type { LogLine, MachineSpec } from "../runtime.ts";
import { locateFolders, removeFolders, writeFiles } from "./folders.ts";
import { findLeftovers } from "./leftovers.ts";
import { findHostScript, LocalRuntime } from "./local-runtime.ts";
import { LogRing } from "./log-ring.ts";

const dataDir = await mkdtemp(join(tmpdir(), "catwalk-runtime-"));
after(() => rm(dataDir, { recursive: true, force: true }));
const id = "0199d7a4-0000-7000-8000-000000000001";

function spec(fields: Partial<MachineSpec> = {}): MachineSpec {
  const hostToken = "h".repeat(43);
  return {
    deploymentId: id,
    package: "npm:x@1.0.0",
    args: [],
    serverEnv: {},
    files: [],
    hostToken,
    secrets: [],
    size: { memoryMb: 512, region: null, alwaysOn: false },
    ...fields,
  };
}

test("create names the path where mcp-host is missing", async () => {
  const runtime = new LocalRuntime({ dataDir, hostScript: join(dataDir, "nothing.ts"), env: process.env });
  await assert.rejects(runtime.create(spec()), { code: "machine_unavailable", hint: /nothing\.ts/ });
});

test("a failed start is reported and leaves no process", async () => {
  const script = join(dataDir, "broken.ts");
  await writeFile(script, 'console.error("no, thanks"); process.exit(7);');
  const runtime = new LocalRuntime({ dataDir, hostScript: script, env: process.env });
  const machine = await runtime.create(spec());
  await assert.rejects(runtime.start(machine, spec()), {
    code: "machine_unavailable",
    detail: /exit code 7\nno, thanks/,
  });
  assert.equal((await runtime.describe(machine)).state, "stopped");
  const large = spec({ serverEnv: { LARGE: "x".repeat(3_000_000) } });
  await assert.rejects(runtime.start(machine, large), { code: "machine_unavailable" });
  assert.equal(await runtime.endpoint(machine), null);
  await runtime.destroy(id, machine);
  assert.equal((await runtime.describe(machine)).state, "absent");
  await runtime.close();
});

test("a machine's token and inputs are in no environment or command line that its neighbors can read", {
  skip: existsSync("/proc/self/environ") ? false : "needs /proc",
}, async () => {
  const runtime = new LocalRuntime({ dataDir, hostScript: findHostScript(process.cwd()), env: process.env });
  const secret = spec({
    args: ["argument-secret"],
    serverEnv: { API_KEY: "environment-secret" },
    secrets: ["other-secret"],
  });
  const machine = await runtime.create(secret);
  await runtime.start(machine, secret);
  const endpoint = await runtime.endpoint(machine);
  assert.ok(endpoint);
  // The token has arrived all the same.
  await fetchHostStatus(endpoint, secret.hostToken, 10_000);
  await assert.rejects(fetchHostStatus(endpoint, "another", 10_000), /401/);
  const pids = await findLeftovers(locateFolders(dataDir, id));
  assert.ok(pids.length > 0);
  for (const pid of pids) {
    for (const file of ["environ", "cmdline"]) {
      const text = await readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
      assert.doesNotMatch(text, /-secret|h{43}/);
    }
  }
  await runtime.destroy(id, machine);
  await runtime.close();
});

test("create, start, stop and destroy can each be repeated", async () => {
  const runtime = new LocalRuntime({ dataDir, hostScript: findHostScript(process.cwd()), env: process.env });
  const machine = await runtime.create(spec());
  assert.deepEqual(await runtime.create(spec()), machine);
  await Promise.all([runtime.start(machine, spec()), runtime.start(machine, spec())]);
  const endpoint = await runtime.endpoint(machine);
  await runtime.start(machine, spec());
  assert.deepEqual(await runtime.endpoint(machine), endpoint);
  await runtime.stop(machine);
  await runtime.stop(machine);
  assert.equal(await runtime.endpoint(machine), null);
  await runtime.destroy(id, machine);
  await runtime.destroy(id, null);
  await runtime.close();
  await assert.rejects(runtime.start(machine, spec()), { code: "machine_unavailable" });
});

test("folders are located only for UUIDs", () => {
  for (const bad of ["..", "../../etc", "", `${id}/..`]) assert.throws(() => locateFolders(dataDir, bad), TypeError);
});

test("a person's file replaces a server's link instead of writing through it", async () => {
  const folders = locateFolders(dataDir, id);
  const target = join(dataDir, "target");
  await mkdir(folders.home, { recursive: true });
  await writeFile(target, "untouched");
  await symlink(target, join(folders.home, "key.json"));
  await writeFiles(folders, [{ name: "key.json", content: "secret" }]);
  assert.equal(await readFile(target, "utf8"), "untouched");
  assert.ok((await lstat(join(folders.home, "key.json"))).isFile());
  for (const name of ["../x", "a/b", ".bashrc", ""]) {
    await assert.rejects(writeFiles(folders, [{ name, content: "" }]), TypeError);
  }
});

test("read-only folders are removed, and the targets of their links stay", async () => {
  const folders = locateFolders(dataDir, id);
  const outside = join(dataDir, "outside");
  await mkdir(outside, { recursive: true });
  await writeFile(join(outside, "kept"), "");
  await mkdir(join(folders.home, "cache", "deep"), { recursive: true });
  await writeFile(join(folders.home, "cache", "deep", "file"), "");
  await symlink(outside, join(folders.home, "link"));
  await chmod(join(folders.home, "cache", "deep"), 0o500);
  await chmod(join(folders.home, "cache"), 0o500);
  await removeFolders(folders);
  await assert.rejects(lstat(folders.root), { code: "ENOENT" });
  await lstat(join(outside, "kept"));
});

test("a log ring gives each reader the bounded end of the log, then live lines", async () => {
  const ring = new LogRing();
  const line = (text: string): LogLine => ({ time: "2026-01-01T00:00:00.000Z", stream: "stderr", line: text });
  for (let number = 0; number < 3_000; number++) ring.add(line(String(number)));
  const reader = ring.read(new AbortController().signal);
  assert.equal((await reader.next()).value?.line, "1000");
  for (let number = 0; number < 10; number++) ring.add(line("x".repeat(200_000)));
  assert.equal((await reader.next()).value?.line.length, 200_000);
  assert.equal((await reader.next()).value?.line.length, 200_000);
  const live = reader.next();
  ring.add(line("live"));
  assert.equal((await live).value?.line, "live");
  const waiting = reader.next();
  ring.close();
  assert.equal((await waiting).done, true);

  const aborted = new AbortController();
  const other = new LogRing().read(aborted.signal);
  const next = other.next();
  aborted.abort();
  assert.equal((await next).done, true);
});
