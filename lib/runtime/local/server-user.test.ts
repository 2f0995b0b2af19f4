import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { removeTree } from "../../../mcp-host/src/install/ownership.ts";
import { eventually } from "../../../mcp-host/test/testing/eventually.ts";
import { startRegistry } from "../../../mcp-host/test/testing/registry.ts";
import type { MachineSpec } from "../runtime.ts";
import { findLeftovers } from "./leftovers.ts";
import { findHostScript, LocalRuntime } from "./local-runtime.ts";
import { MachinePlace } from "./machine-place.ts";

// Servers under a Catwalk that root runs, with real processes. The server reports what it can reach, and waits.

const isRoot = process.platform === "linux" && process.getuid?.() === 0;
const ids = [1, 2].map((number) => `0199d7a4-0000-7000-8000-00000000010${number}`) as [string, string];
const SERVER = `#!/usr/bin/env node
const fs = require("node:fs");
const attempt = (work) => { try { work(); return "done"; } catch (error) { return error.code; } };
const { username, homedir } = require("node:os").userInfo();
const report = { uid: process.getuid(), gid: process.getgid(), file: __filename, username, homedir, variable: process.env.USER };
for (const path of JSON.parse(process.env.READ)) report[path] = attempt(() => fs.statSync(path).isDirectory() ? fs.readdirSync(path) : fs.readFileSync(path));
report.change = attempt(() => fs.appendFileSync(__filename, "// changed"));
report.add = attempt(() => fs.writeFileSync(require("node:path").join(__dirname, "added"), ""));
report.parent = attempt(() => fs.readFileSync("/proc/" + process.ppid + "/environ"));
fs.writeFileSync(process.env.HOME + "/report.json.draft", JSON.stringify(report));
fs.renameSync(process.env.HOME + "/report.json.draft", process.env.HOME + "/report.json");
process.on("SIGTERM", () => process.env.STAYS || process.exit());
setInterval(() => {}, 1000);
`;

let folder: string;
let registry: Awaited<ReturnType<typeof startRegistry>>;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "catwalk-users-"));
  registry = await startRegistry({ server: { manifest: { bin: "cli.js" }, files: { "cli.js": SERVER } } });
});
after(async () => {
  await registry.close();
  await removeTree(folder);
});

function createRuntime(dataDir: string): LocalRuntime {
  const env = { ...process.env, npm_config_registry: registry.url };
  return new LocalRuntime({ dataDir, hostScript: findHostScript(process.cwd()), env });
}

async function start(
  runtime: LocalRuntime,
  deploymentId: string,
  read: string[] = [],
  fields: Partial<MachineSpec> = {},
) {
  const spec: MachineSpec = {
    deploymentId,
    package: "npm:server@1.0.0",
    args: [],
    serverEnv: { READ: JSON.stringify(read) },
    files: [{ name: "key.json", content: "secret" }],
    hostToken: "h".repeat(43),
    secrets: [],
    size: { memoryMb: 512, region: null, alwaysOn: false },
    ...fields,
  };
  const machine = await runtime.create(spec);
  await runtime.start(machine, spec);
  const file = join(runtime.homePath(deploymentId), "report.json");
  const text = await eventually("the server's report", () => readFile(file, "utf8").catch(() => null));
  return { machine, report: JSON.parse(text) as Record<string, string | number> };
}

test("each server has a user of its own, which reaches its home and no one else's, nor Catwalk's", {
  skip: !isRoot && "needs root",
}, async () => {
  const dataDir = join(folder, "data");
  await mkdir(dataDir, { mode: 0o700 });
  await chmod(folder, 0o755);
  await writeFile(join(dataDir, "encryption-key"), "key", { mode: 0o600 });
  const runtime = createRuntime(dataDir);
  try {
    const one = await start(runtime, ids[0]);
    const foreign = [
      runtime.homePath(ids[0]),
      join(runtime.homePath(ids[0]), "key.json"),
      join(dataDir, "encryption-key"),
      join(dataDir, "state", ids[0]),
      join(dataDir, "state", ids[1]),
      dataDir,
    ];
    const own = join(runtime.homePath(ids[1]), "key.json");
    const two = await start(runtime, ids[1], [...foreign, own]);
    for (const { report } of [one, two]) {
      assert.ok(Number(report.uid) > 0 && report.uid === report.gid);
      for (const deed of ["change", "add", "parent"]) assert.equal(report[deed], "EACCES", deed);
    }
    assert.notEqual(one.report.uid, two.report.uid);
    // The system has no account for such a user, and a server that asks for its own would throw.
    const { username, homedir, variable } = two.report;
    assert.deepEqual([username, homedir, variable], ["server", runtime.homePath(ids[1]), "server"]);
    for (const path of foreign) assert.equal(two.report[path], "EACCES", path);
    assert.equal(two.report[own], "done");
    const info = await stat(own);
    assert.deepEqual([info.uid, info.mode & 0o777], [two.report.uid, 0o600]);

    await runtime.stop(two.machine);
    assert.equal((await start(runtime, ids[1])).report.uid, two.report.uid, "a restart keeps the user and its files");
  } finally {
    await runtime.close();
    for (const id of ids) await runtime.destroy(id, null);
  }
  assert.deepEqual(await readdir(join(dataDir, "machines")), []);
  assert.deepEqual(await readdir(join(dataDir, "state")), []);
});

test("a package is installed once for two deployments that ask at once, and removed with the last", async () => {
  const dataDir = join(folder, "shared");
  const runtime = createRuntime(dataDir);
  try {
    const [one, two] = await Promise.all(ids.map((id) => start(runtime, id)));
    const names = await readdir(join(dataDir, "packages"));
    assert.equal(names.filter((name) => !name.endsWith(".json")).length, 1, names.join(" "));
    const file = String(one?.report.file);
    assert.equal(two?.report.file, file);
    assert.equal((await stat(file)).mode & 0o222, 0, "it is read-only");
    await runtime.destroy(ids[0], null);
    assert.ok(existsSync(file), "the other still uses it");
    await runtime.destroy(ids[1], null);
    assert.ok(!existsSync(file));
    assert.deepEqual(await readdir(join(dataDir, "packages")), []);
  } finally {
    await runtime.close();
  }
});

test("a process of a server that keeps running under another environment is found by its user", {
  skip: !isRoot && "needs root",
}, async () => {
  const dataDir = join(folder, "leftover");
  const runtime = createRuntime(dataDir);
  const folders = new MachinePlace(dataDir).claim(ids[0]);
  const { machine, report } = await start(runtime, ids[0]);
  const user = Number(report.uid);
  const stray = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
    uid: user,
    gid: user,
    env: { NODE_ENV: "test" },
    cwd: "/",
  });
  try {
    assert.ok((await findLeftovers({ ...folders, user })).includes(Number(stray.pid)));
    await runtime.stop(machine);
    assert.deepEqual(await findLeftovers({ ...folders, user }), []);
  } finally {
    stray.kill("SIGKILL");
    await runtime.destroy(ids[0], null);
    await runtime.close();
  }
});

test("a data folder that only root can enter leaves machines in a system folder", {
  skip: !isRoot && "needs root",
}, async () => {
  const closed = join(folder, "closed");
  await mkdir(closed, { mode: 0o700 });
  const runtime = createRuntime(join(closed, "data"));
  const home = runtime.homePath(ids[0]);
  try {
    assert.ok(home.startsWith("/var/lib/catwalk/"), home);
    const { report } = await start(runtime, ids[0]);
    assert.ok(Number(report.uid) > 0);
  } finally {
    await runtime.close();
    await runtime.destroy(ids[0], null);
    await rm(join(home, "..", "..", ".."), { recursive: true, force: true });
  }
});
