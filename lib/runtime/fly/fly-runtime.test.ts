import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startFlySimulator } from "../../../fly-simulator/src/simulator.ts";
import type { FlySimulator } from "../../../fly-simulator/src/simulator-types.ts";
import { AppError } from "../../errors/app-error.ts";
import { fetchHostStatus } from "../host-client.ts";
import type { MachineRef } from "../runtime.ts";
import { buildRuntime, buildSpec, buildTestAppName, deploymentId, type TestRuntime, until } from "./testing/runtime.ts";

// Machines that really run mcp-host.

let fly: FlySimulator;
let on: TestRuntime;
before(async () => {
  fly = await startFlySimulator({ timeScale: 0.02, autostopEveryMs: "never" });
  on = buildRuntime(fly);
});
after(() => fly.stop());

let number = 1_000;
const nextId = () => deploymentId(++number);
const machineOf = (id: string) => {
  const [machine, ...others] = fly.machines(buildTestAppName(id));
  assert.ok(machine && others.length === 0);
  return machine;
};
const answersOf = async (machine: MachineRef) => {
  const endpoint = await on.runtime.endpoint(machine);
  assert.ok(endpoint);
  return await fetchHostStatus(endpoint, buildSpec("").hostToken, 30_000);
};

async function started(id: string, fields = {}): Promise<MachineRef> {
  const spec = buildSpec(id, fields);
  return await on.runtime.start(await on.runtime.create(spec), spec);
}

test("a machine is created, started, suspended, resumed by a request and destroyed", async () => {
  const id = nextId();
  const spec = buildSpec(id);
  const made = await on.runtime.create(spec);
  const ref = await on.runtime.start(made, spec);
  assert.equal((await on.runtime.describe(ref)).state, "started");
  assert.equal((await on.runtime.describe(ref)).problem, null);
  assert.equal(await on.runtime.start(ref, spec).then((again) => again.machineId), ref.machineId);
  fly.autostopNow();
  await fly.until(buildTestAppName(id), String(ref.machineId), "suspended");
  assert.deepEqual(await on.runtime.describe(ref).then(({ state, problem }) => [state, problem]), ["sleeping", null]);
  // Where it is can be told without waking it.
  assert.ok(await on.runtime.endpoint(ref));
  assert.equal(machineOf(id).state, "suspended");
  await answersOf(ref);
  assert.equal(machineOf(id).state, "started");
  await on.runtime.destroy(id, ref);
  assert.deepEqual(fly.apps(), []);
  assert.equal((await on.runtime.describe(ref)).problem?.code, "machine_missing");
  await on.runtime.destroy(id, ref);
  await on.runtime.destroy(id, null);
});

test("a person's inputs reach mcp-host and are not in the machine's config", async () => {
  const id = nextId();
  const ref = await started(id, {
    args: ["--key", "argument-secret"],
    serverEnv: { API_KEY: "environment-secret" },
    files: [{ name: "key.json", content: "file-secret" }],
    secrets: ["argument-secret"],
  });
  const { config } = machineOf(id);
  assert.doesNotMatch(JSON.stringify(config), /-secret"|h{43}/);
  assert.equal(config.metadata?.catwalk_deployment, id);
  await answersOf(ref);
  await on.runtime.destroy(id, ref);
});

test("a stopped machine stays stopped under requests until it is started", async () => {
  const id = nextId();
  const ref = await started(id);
  await on.runtime.stop(ref);
  await on.runtime.stop(ref);
  assert.equal((await on.runtime.describe(ref)).state, "stopped");
  const response = await fetch(`${(await on.runtime.endpoint(ref))?.url}/healthz`);
  assert.ok(response.status >= 500);
  assert.equal(machineOf(id).state, "stopped");
  await on.runtime.start(ref, buildSpec(id));
  fly.autostopNow();
  await fly.until(buildTestAppName(id), String(ref.machineId), "suspended");
  await answersOf(ref);
  await on.runtime.destroy(id, ref);
});

test("the next start applies new inputs, size and sleep and removes stale secrets", async () => {
  const id = nextId();
  const ref = await started(id);
  const headers = { authorization: fly.token, "content-type": "application/json" };
  await fetch(`${fly.url}/v1/apps/${buildTestAppName(id)}/secrets`, {
    method: "POST",
    headers,
    body: JSON.stringify({ values: { OLD: "stale" } }),
  });
  const hostToken = "k".repeat(43);
  const changed = buildSpec(id, { hostToken, size: { memoryMb: 1_024, region: null, alwaysOn: true } });
  await on.runtime.start(ref, changed);
  const { config } = machineOf(id);
  assert.equal(config.guest?.memory_mb, 1_024);
  assert.equal(config.services?.[0]?.min_machines_running, 1);
  assert.ok(
    !fly
      .apps()
      .find(({ name }) => name === buildTestAppName(id))
      ?.secrets.includes("OLD"),
  );
  const endpoint = await on.runtime.endpoint(ref);
  assert.ok(endpoint);
  await fetchHostStatus(endpoint, hostToken, 30_000);
  await assert.rejects(answersOf(ref), /401/);
  await on.runtime.destroy(id, ref);
});

test("a full host fails at once instead of waiting as for a lease", async () => {
  const id = nextId();
  const ref = await on.runtime.create(buildSpec(id));
  fly.inject({
    match: { method: "POST", path: `/apps/${buildTestAppName(id)}/machines/${ref.machineId}/start` },
    answer: 412,
    error: "could not reserve resource for machine: insufficient memory available to fulfill request",
  });
  await assert.rejects(on.runtime.start(ref, buildSpec(id)), { code: "no_capacity", message: /iad/ });
  assert.notEqual(machineOf(id).state, "started");
  await on.runtime.destroy(id, ref);
});

test("a start is aborted by its caller, a stop or a deletion", async () => {
  const reason = new Error("the deployment was changed");
  type Ending = (id: string, ref: MachineRef, caller: AbortController) => unknown;
  const endings: { end: Ending; expected: object }[] = [
    { end: (_id, _ref, caller) => caller.abort(reason), expected: reason },
    { end: (_id, ref) => on.runtime.stop(ref), expected: { code: "conflict" } },
    { end: (id, ref) => on.runtime.destroy(id, ref), expected: { code: "conflict" } },
  ];
  await Promise.all(
    endings.map(async ({ end, expected }) => {
      const id = nextId();
      const caller = new AbortController();
      const ref = await on.runtime.create(buildSpec(id));
      const wait = `/apps/${buildTestAppName(id)}/machines/${ref.machineId}/wait`;
      fly.inject({ match: { method: "GET", path: wait }, answer: "delay", delayMs: 300_000 });
      const start = on.runtime.start(ref, buildSpec(id), caller.signal);
      const givenUp = assert.rejects(start, expected);
      await Promise.all([
        givenUp,
        until(() => fly.requests.some(({ path }) => path.includes(wait)), "the start waits").then(() =>
          end(id, ref, caller),
        ),
      ]);
      await on.runtime.destroy(id, ref);
      assert.ok(!fly.apps().some(({ name }) => name === buildTestAppName(id)));
    }),
  );
});

test("start brings up a machine from any state", async () => {
  const id = nextId();
  const ref = await started(id);
  const machine = String(ref.machineId);
  const send = (action: string) =>
    fetch(`${fly.url}/v1/apps/${buildTestAppName(id)}/machines/${machine}/${action}`, {
      method: "POST",
      headers: { authorization: fly.makeToken({}), "content-type": "application/json" },
      body: "{}",
    });
  // On a busy host a state on the way may be over before it is looked for.
  for (const [action, ...states] of [
    ["suspend", "suspending", "suspended"],
    ["suspend", "suspended"],
    ["stop", "stopping", "stopped"],
    ["stop", "stopped"],
    ["restart", "restarting", "started"],
  ] as const) {
    assert.equal((await send(action)).status, 200);
    await fly.until(buildTestAppName(id), machine, states);
    await on.runtime.start(ref, buildSpec(id));
    assert.equal(machineOf(id).state, "started", `${action}, ${states[0]}`);
  }
  fly.changeMachine(buildTestAppName(id), machine, (config) => config);
  assert.equal(machineOf(id).state, "replacing");
  await on.runtime.start(ref, buildSpec(id));
  await on.runtime.destroy(id, ref);
});

test("drift is reported, and the next start restores the config", async () => {
  const id = nextId();
  const ref = await started(id);
  fly.changeMachine(buildTestAppName(id), String(ref.machineId), (config) => ({
    ...config,
    env: { ...config.env, NODE_OPTIONS: "" },
    guest: { ...config.guest, memory_mb: 256 },
  }));
  await fly.until(buildTestAppName(id), String(ref.machineId), "started");
  assert.equal((await on.runtime.describe(ref)).problem?.code, "machine_changed");
  const again = await on.runtime.start(await on.runtime.create(buildSpec(id)), buildSpec(id));
  assert.equal(again.machineId, ref.machineId);
  assert.equal((await on.runtime.describe(again)).problem, null);
  assert.equal(machineOf(id).config.guest?.memory_mb, 512);
  await on.runtime.destroy(id, ref);
});

test("a machine destroyed from outside is reported, not started, and recreated by create", async () => {
  const id = nextId();
  const ref = await started(id);
  await fly.destroyMachine(buildTestAppName(id), String(ref.machineId));
  assert.deepEqual(await on.runtime.describe(ref).then(({ state, problem }) => [state, problem?.code]), [
    "absent",
    "machine_missing",
  ]);
  await assert.rejects(on.runtime.start(ref, buildSpec(id)), { code: "machine_missing" });
  await on.runtime.stop(ref);
  const repaired = await started(id);
  assert.notEqual(repaired.machineId, ref.machineId);
  await fly.destroyApp(buildTestAppName(id));
  assert.equal((await on.runtime.describe(repaired)).problem?.code, "machine_missing");
  await on.runtime.stop(repaired);
  await on.runtime.destroy(id, await started(id));
  assert.deepEqual(fly.apps(), []);
});

test("describe tells a crash from running out of memory", async () => {
  const id = nextId();
  const ref = await started(id);
  const machine = String(ref.machineId);
  for (const [end, code] of [
    [() => fly.crash(buildTestAppName(id), machine), "crashed"],
    [() => fly.oom(buildTestAppName(id), machine), "out_of_memory"],
  ] as const) {
    for (let times = 0; times < 3; times++) {
      const before = machineOf(id).events.length;
      end();
      await until(() => machineOf(id).events.length > before && machineOf(id).state !== "started", "it ends");
      await fly.until(buildTestAppName(id), machine, "started");
    }
    assert.equal((await on.runtime.describe(ref)).problem?.code, code);
  }
  await on.runtime.start(await on.runtime.create(buildSpec(id)), buildSpec(id, { args: ["--mended"] }));
  assert.equal((await on.runtime.describe(ref)).problem, null);
  await on.runtime.destroy(id, ref);
});

test("stop and start reach their state, whatever Fly answers at each step", async () => {
  const id = nextId();
  const ref = await started(id);
  const path = `/apps/${buildTestAppName(id)}/machines/${ref.machineId}`;
  const steps = [
    { method: "GET", path },
    { method: "POST", path: `${path}/lease` },
    { method: "POST", path },
    { method: "POST", path: `${path}/stop` },
    { method: "DELETE", path: `${path}/lease` },
    { method: "POST", path: `${path}/start` },
    { method: "GET", path: `${path}/wait` },
  ];
  const { runtime } = alone();
  const works: [work: () => Promise<unknown>, state: string][] = [
    [() => runtime.stop(ref), "stopped"],
    [() => runtime.start(ref, buildSpec(id)), "started"],
  ];
  for (const answer of [408, 409, 412, 503, "cut-before", "cut-after"] as const) {
    for (const match of steps) fly.inject({ match, answer });
    for (const [work, state] of works) {
      // What may pass is told so, and the next attempt goes on from there.
      for (let attempt = 1; ; attempt++) {
        const failure: unknown = await work().then(
          () => null,
          (thrown: unknown) => thrown,
        );
        if (failure === null) break;
        assert.ok(failure instanceof AppError && failure.retryAfterS !== undefined && attempt < 5, String(failure));
      }
      assert.equal((await on.runtime.describe(ref)).state, state, String(answer));
    }
    fly.clearFaults();
  }
  await on.runtime.destroy(id, ref);
});

/** With a rate limit and an app's token of its own. */
function alone(): TestRuntime {
  return buildRuntime(fly, { token: fly.makeToken({}) });
}

test("destroy deletes the app, whatever Fly answers", async () => {
  await Promise.all(
    ([408, 409, 412, 422, 429, 500, 503, "cut-before", "cut-after"] as const).map(async (answer) => {
      const id = nextId();
      const { runtime } = alone();
      await runtime.create(buildSpec(id));
      for (const method of ["DELETE", "GET"])
        fly.inject({ match: { method, path: `/apps/${buildTestAppName(id)}` }, answer });
      // Nothing is known of a machine that was just made when the process was killed.
      await runtime.destroy(id, null).catch(() => runtime.destroy(id, null));
      assert.ok(!fly.apps().some(({ name }) => name === buildTestAppName(id)), String(answer));
    }),
  );
  assert.deepEqual(fly.apps(), []);
});

test("a machine of another organization is left alone and reported", async () => {
  const id = nextId();
  const ref = await on.runtime.create(buildSpec(id));
  const other = buildRuntime(fly, { org: "acme", token: fly.makeToken({ org: "acme" }) });
  const moved = { ...ref, org: "before" };
  for (const work of [() => other.runtime.stop(moved), () => other.runtime.destroy(id, moved)]) {
    await assert.rejects(work(), { code: "fly_token_refused", message: /before.*acme/ });
  }
  await on.runtime.destroy(id, ref);
});

test("logs show mcp-host's lines and Fly's events, and neither wake the machine nor keep it awake", async () => {
  const id = nextId();
  const ref = await started(id);
  const reading = new AbortController();
  const lines: string[] = [];
  const read = (async () => {
    for await (const { line } of on.runtime.logs(ref, buildSpec(id).hostToken, reading.signal)) lines.push(line);
  })();
  await until(() => lines.some((line) => /there-is-none/.test(line)), "mcp-host's own lines");
  assert.ok(lines.some((line) => /^the machine: start/.test(line)));
  reading.abort();
  await read;
  await until(() => machineOf(id).load === 0, "the stream is closed");
  fly.autostopNow();
  await fly.until(buildTestAppName(id), String(ref.machineId), "suspended");
  const asleep: string[] = [];
  const sleeping = new AbortController();
  for await (const { line } of on.runtime.logs(ref, buildSpec(id).hostToken, sleeping.signal)) {
    asleep.push(line);
    if (/asleep since/.test(line)) sleeping.abort();
  }
  assert.equal(machineOf(id).state, "suspended");
  await on.runtime.destroy(id, ref);
  const gone: string[] = [];
  for await (const { line } of on.runtime.logs(ref, "", new AbortController().signal)) gone.push(line);
  assert.deepEqual(gone, []);
});

test("a damaged record is reported, and its app can still be deleted", async () => {
  const id = nextId();
  await on.runtime.create(buildSpec(id));
  await assert.rejects(on.runtime.describe({ deploymentId: id }), { code: "machine_unavailable" });
  await on.runtime.destroy(id, { deploymentId: id });
  assert.deepEqual(fly.apps(), []);
  assert.deepEqual(fly.violations, []);
});
