import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startFlySimulator } from "../../fly-simulator/src/simulator.ts";
import type { FlySimulator } from "../../fly-simulator/src/simulator-types.ts";
import { removeTree } from "../../mcp-host/src/install/ownership.ts";
import { buildRuntime, buildSpec, deploymentId, until } from "./fly/testing/runtime.ts";
import { fetchHostStatus } from "./host-client.ts";
import { findHostScript, LocalRuntime } from "./local/local-runtime.ts";
import type { MachineRef, Runtime } from "./runtime.ts";

// What every runtime promises, held against each of them with an mcp-host that really runs.

const dataDir = await mkdtemp(join(tmpdir(), "catwalk-runtimes-"));
const fly: FlySimulator = await startFlySimulator({ timeScale: 0.02, autostopEveryMs: "never" });
const local = new LocalRuntime({ dataDir, hostScript: findHostScript(process.cwd()), env: process.env });
after(async () => {
  await local.close();
  await fly.stop();
  await removeTree(dataDir);
});

const runtimes: [Runtime, string][] = [
  [local, deploymentId(1)],
  [buildRuntime(fly).runtime, deploymentId(2)],
];

for (const [runtime, id] of runtimes) {
  const spec = buildSpec(id);
  const status = async (machine: MachineRef) => {
    const endpoint = await runtime.endpoint(machine);
    assert.ok(endpoint);
    return await fetchHostStatus(endpoint, spec.hostToken, 20_000);
  };

  test(`${runtime.name}: repeats every step safely and restarts a machine as it was`, async () => {
    const machine = await runtime.create(spec);
    assert.deepEqual(await runtime.create(spec), machine);
    // It is kept in the database as it is.
    assert.deepEqual(JSON.parse(JSON.stringify(machine)), machine);
    assert.doesNotMatch(JSON.stringify(machine), /an-input|h{43}/);

    const [first, second] = await Promise.all([runtime.start(machine, spec), runtime.start(machine, spec)]);
    assert.deepEqual(first, second);
    await status(first);
    assert.deepEqual(await runtime.describe(first), { state: "started", reason: null, problem: null });
    const before = await runtime.endpoint(first);
    assert.deepEqual(await runtime.start(first, spec), first);
    assert.deepEqual(await runtime.endpoint(first), before);

    const reading = new AbortController();
    const lines: string[] = [];
    const read = (async () => {
      for await (const { line } of runtime.logs(first, spec.hostToken, reading.signal)) lines.push(line);
    })();
    await until(() => lines.some((line) => line.includes("there-is-none")), "mcp-host's own lines");
    reading.abort();
    await read;

    await runtime.stop(first);
    await runtime.stop(first);
    assert.equal((await runtime.describe(first)).state, "stopped");
    const again = await runtime.start(first, spec);
    await status(again);

    await runtime.destroy(id, again);
    await runtime.destroy(id, again);
    await runtime.destroy(id, null);
    assert.equal((await runtime.describe(again)).state, "absent");
    // From nothing it is all made again.
    const anew = await runtime.start(await runtime.create(spec), spec);
    await status(anew);
    await runtime.destroy(id, anew);
  });

  test(`${runtime.name}: rejects a damaged record`, async () => {
    await assert.rejects(runtime.describe({ nothing: true }), { code: "machine_unavailable" });
    assert.ok(runtime.homePath(id).startsWith("/"));
  });
}
