import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startFlySimulator } from "../src/simulator.ts";
import type { FlySimulator } from "../src/simulator-types.ts";
import { ask, call, hostConfig, hostToken, makeMachine } from "./requests.ts";

// Machines that really run mcp-host. The registry that they would install from is out of reach, which mcp-host says and survives.

/** Environment of the simulator. Its machines must get a dead registry and no secret from it. */
const hostEnv = {
  ...process.env,
  npm_config_registry: "http://127.0.0.1:9/",
  npm_config_fetch_retries: "0",
  SECRET_OF_THE_HOST: "x",
};
let fly: FlySimulator;

before(async () => {
  fly = await startFlySimulator({ timeScale: 0.02, autostopEveryMs: "never", hostEnv });
});

after(() => fly.stop());

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test("a started machine runs mcp-host with the environment of its config and secrets alone", async () => {
  const started = await makeMachine(
    fly,
    "env",
    hostConfig(fly, { env: { ...(hostConfig(fly).env as object), PLAIN: "-C /data/x:/database" } }),
  );
  assert.equal((await ask(fly, "env")).status, 200);
  const environment = (await readFile(`/proc/${started.pid}/environ`, "utf8")).split("\0");
  assert.ok(environment.includes(`MCP_HOST_TOKEN=${hostToken}`));
  assert.ok(environment.includes(`MCP_INSTALL_DIR=${started.dataDir}/install`));
  assert.ok(environment.includes(`PLAIN=-C ${started.dataDir}/x:/database`));
  assert.ok(environment.includes("FLY_APP_NAME=env"));
  assert.ok(environment.includes(`FLY_MACHINE_ID=${started.id}`));
  assert.ok(!environment.some((entry) => entry.startsWith("SECRET_OF_THE_HOST")));
});

test("an idle machine is suspended, a request resumes it, and an open stream keeps it awake", async () => {
  const { id, pid } = await makeMachine(fly, "sleeper", hostConfig(fly));
  const url = fly.publicUrlTemplate.replace("{app}", "sleeper");
  const stream = new AbortController();
  const logs = await fetch(`${url}/logs`, { headers: { authorization: `Bearer ${hostToken}` }, signal: stream.signal });
  assert.equal(logs.status, 200);
  fly.autostopNow();
  assert.equal(fly.machines("sleeper")[0]?.state, "started");
  stream.abort();
  while (fly.machines("sleeper")[0]?.load !== 0) await delay(5);
  fly.autostopNow();
  await fly.until("sleeper", id, "suspended");
  assert.match(await readFile(`/proc/${pid}/stat`, "utf8"), /^\d+ \(.*\) T /);
  const answers = await Promise.all([ask(fly, "sleeper"), ask(fly, "sleeper")]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
  assert.equal(fly.machines("sleeper")[0]?.pid, pid);
  assert.deepEqual(
    fly.publicRequests.filter(({ app }) => app === "sleeper").map(({ woke }) => woke),
    [false, true, false],
  );
});

test("a machine without autostart sleeps on, and one without autostop stays awake", async () => {
  const service = { protocol: "tcp", internal_port: 8080, ports: [{ port: 443, handlers: ["tls", "http"] }] };
  const held = await makeMachine(
    fly,
    "held",
    hostConfig(fly, { services: [{ ...service, autostart: false, autostop: "stop" }] }),
  );
  fly.autostopNow();
  await fly.until("held", held.id, "stopped");
  assert.equal((await ask(fly, "held")).status, 503);
  assert.equal(fly.machines("held")[0]?.state, "stopped");
  const on = await makeMachine(
    fly,
    "on",
    hostConfig(fly, { services: [{ ...service, autostop: "suspend", min_machines_running: 1 }] }),
  );
  const off = await makeMachine(fly, "off", hostConfig(fly, { services: [{ ...service, autostop: "off" }] }));
  fly.autostopNow();
  assert.deepEqual(
    [on, off].map(({ app }) => fly.machines(app)[0]?.state),
    ["started", "started"],
  );
});

test("a silent stream ends after idle_timeout, and data is relayed at once", async () => {
  const ports = [{ port: 443, handlers: ["tls", "http"], http_options: { idle_timeout: 1 } }];
  await makeMachine(fly, "idle", hostConfig(fly, { services: [{ protocol: "tcp", internal_port: 8080, ports }] }));
  const response = await ask(fly, "idle", "/logs");
  const reader = response.body?.getReader();
  assert.ok(reader);
  // The first lines are there while the stream is open; then nothing is said, and it is cut.
  assert.ok((await reader.read()).value);
  await assert.rejects(async () => {
    while (!(await reader.read()).done);
  });
});

test("a sleeping machine in a full region cannot be started", async () => {
  const { id, region } = await makeMachine(fly, "crowded", hostConfig(fly), { region: "syd" });
  fly.autostopNow();
  await fly.until("crowded", id, "suspended");
  fly.setRegionFull(region, true);
  assert.equal((await ask(fly, "crowded")).status, 503);
  const refused = await call(fly, "POST", `/apps/crowded/machines/${id}/start`);
  assert.deepEqual([refused.status, refused.body.status], [422, "insufficient_capacity"]);
  fly.setRegionFull(region, false);
  assert.equal((await ask(fly, "crowded")).status, 200);
  await assert.rejects(fly.loseSnapshot("crowded", id), { status: 412 });
});

test("a service without a listener is 502, and one above its hard limit 503", async () => {
  const service = { protocol: "tcp", ports: [{ port: 443, handlers: ["tls", "http"] }] };
  await makeMachine(fly, "wrong-port", hostConfig(fly, { services: [{ ...service, internal_port: 3000 }] }));
  assert.equal((await ask(fly, "wrong-port")).status, 502);
  const limited = { ...service, internal_port: 8080, concurrency: { type: "requests", soft_limit: 1, hard_limit: 1 } };
  await makeMachine(fly, "limited", hostConfig(fly, { services: [limited] }));
  const stream = new AbortController();
  const url = fly.publicUrlTemplate.replace("{app}", "limited");
  const { signal } = stream;
  // Kept until the end: the body of an answer that nothing holds any more is cancelled.
  const held = await fetch(`${url}/logs`, { headers: { authorization: `Bearer ${hostToken}` }, signal });
  assert.equal((await ask(fly, "limited")).status, 503);
  assert.equal(held.bodyUsed, false);
  stream.abort();
  // The proxy hears of the end of a stream a little after the client has left it.
  let { status } = await ask(fly, "limited");
  for (let tries = 0; status === 503 && tries < 100; tries += 1) {
    await delay(50);
    ({ status } = await ask(fly, "limited"));
  }
  assert.equal(status, 200);
});

test("files survive a stop only on a persistent root file system, and secrets apply at the next start", async () => {
  for (const persist of ["always", "never"]) {
    const app = `disk-${persist}`;
    const { id, dataDir } = await makeMachine(fly, app, hostConfig(fly, { rootfs: { persist } }));
    const file = join(dataDir, "kept");
    await writeFile(file, "");
    await call(fly, "POST", `/apps/${app}/secrets`, { json: { values: { LATER: "yes" } } });
    assert.equal((await call(fly, "POST", `/apps/${app}/machines/${id}/stop`, { json: {} })).status, 200);
    await fly.until(app, id, "stopped");
    assert.equal((await call(fly, "POST", `/apps/${app}/machines/${id}/start`)).body.previous_state, "stopped");
    const { pid } = await fly.until(app, id, "started");
    assert.equal(await exists(file), persist === "always", persist);
    assert.ok((await readFile(`/proc/${pid}/environ`, "utf8")).split("\0").includes("LATER=yes"));
  }
});

test("the config's files are written below /data and refused elsewhere", async () => {
  const secret = Buffer.from("from a secret").toString("base64");
  await call(fly, "POST", "/apps", { json: { name: "files", org_slug: "personal" } });
  await call(fly, "POST", "/apps/files/secrets", { json: { values: { NOTE: secret } } });
  const files = [
    { guest_path: "/data/home/plain.txt", raw_value: Buffer.from("plain").toString("base64") },
    { guest_path: "/data/home/secret.txt", secret_name: "NOTE" },
  ];
  const { dataDir } = await makeMachine(fly, "files", hostConfig(fly, { files }));
  assert.equal(await readFile(join(dataDir, "home/plain.txt"), "utf8"), "plain");
  assert.equal(await readFile(join(dataDir, "home/secret.txt"), "utf8"), "from a secret");
  const config = hostConfig(fly, { files: [{ guest_path: "/data/../etc/passwd", raw_value: "" }] });
  assert.equal((await call(fly, "POST", "/apps/files/machines", { json: { config } })).status, 501);
  assert.equal(fly.violations.length, 1);
  fly.forget();
});

test("a crashed machine restarts by its policy, and one that cannot start ends stopped", async () => {
  const { id, pid } = await makeMachine(fly, "crashes", hostConfig(fly));
  fly.crash("crashes", id);
  await fly.until("crashes", id, "restarting");
  const again = await fly.until("crashes", id, "started");
  assert.notEqual(again.pid, pid);
  fly.oom("crashes", id);
  await fly.until("crashes", id, "restarting");
  await fly.until("crashes", id, "started");
  const exits = fly.machines("crashes")[0]?.events.filter(({ type }) => type === "exit") ?? [];
  const seen = exits.map(({ request }) => [
    request?.exit_event.exit_code,
    request?.exit_event.oom_killed,
    request?.exit_event.requested_stop,
  ]);
  assert.deepEqual(seen, [
    [137, true, false],
    [137, false, false],
  ]);

  // Without a package mcp-host ends with 2.
  const broken = hostConfig(fly, { env: {}, restart: { policy: "on-failure", max_retries: 2 } });
  const machine = await makeMachine(fly, "broken", broken);
  await fly.until("broken", machine.id, "stopped");
  const { body } = await call(fly, "GET", `/apps/broken/machines/${machine.id}/events`);
  const ends = (body.list as { type: string; request?: { exit_event: { exit_code: number } } }[]).filter(
    ({ type }) => type === "exit",
  );
  assert.deepEqual(
    ends.map(({ request }) => request?.exit_event.exit_code),
    [2, 2, 2],
  );
});

test("states refuse invalid actions, a stop drops the snapshot, and an update restarts", async () => {
  const { id, version } = await makeMachine(fly, "states", hostConfig(fly));
  const path = `/apps/states/machines/${id}`;
  assert.equal((await call(fly, "DELETE", path)).status, 412);
  assert.equal((await call(fly, "POST", `${path}/suspend`)).status, 200);
  const { pid } = await fly.until("states", id, "suspended");
  assert.equal((await call(fly, "POST", `${path}/stop`, { json: {} })).status, 200);
  await fly.until("states", id, "stopped");
  assert.equal(isRunning(pid ?? 0), false);
  assert.equal((await call(fly, "POST", `${path}/suspend`)).status, 412);
  const updated = await call(fly, "POST", path, { json: { config: hostConfig(fly), current_version: version } });
  assert.deepEqual([updated.status, updated.body.state], [200, "replacing"]);
  await fly.until("states", id, "started");
  const large = hostConfig(fly, { guest: { cpus: 2, memory_mb: 4096 } });
  const { id: largeId } = await makeMachine(fly, "states-large", large);
  assert.equal((await call(fly, "POST", `/apps/states-large/machines/${largeId}/suspend`)).status, 412);
  fly.autostopNow();
  await fly.until("states-large", largeId, "stopped");
});

test("a machine between two states accepts only its deletion", async () => {
  // It is being created for longer than the test takes.
  const slow = await startFlySimulator({ timeScale: 100, autostopEveryMs: "never", hostEnv });
  try {
    await call(slow, "POST", "/apps", { json: { name: "way", org_slug: "personal" } });
    const { body } = await call(slow, "POST", "/apps/way/machines", { json: { config: hostConfig(slow) } });
    const path = `/apps/way/machines/${body.id}`;
    const orders: [path: string, json: unknown][] = [
      [`${path}/start`, undefined],
      [`${path}/stop`, {}],
      [`${path}/suspend`, undefined],
      [`${path}/restart`, undefined],
      [path, { config: hostConfig(slow) }],
    ];
    for (const [order, json] of orders) {
      const { status, body } = await call(slow, "POST", order, { json });
      assert.equal(status, 412, order);
      assert.match(String(body.error), /'created'/);
    }
    assert.equal((await call(slow, "DELETE", path)).status, 200);
    assert.equal((await call(slow, "GET", path)).body.state, "destroying");
  } finally {
    await slow.stop();
  }
});

test("a destroyed machine is listed as destroyed, then unknown, and leaves nothing", async () => {
  // Slow enough to be seen in between.
  const slow = await startFlySimulator({ timeScale: 0.1, autostopEveryMs: "never", hostEnv });
  try {
    const { id, pid, dataDir } = await makeMachine(slow, "gone", hostConfig(slow));
    await slow.destroyMachine("gone", id);
    assert.equal(isRunning(pid ?? 0), false);
    assert.equal(await exists(dataDir), false);
    const path = `/apps/gone/machines/${id}`;
    assert.equal((await call(slow, "GET", path)).body.state, "destroyed");
    assert.deepEqual((await call(slow, "GET", "/apps/gone/machines")).body.list, []);
    while ((await call(slow, "GET", path)).status !== 404) await delay(250);
  } finally {
    await slow.stop();
  }
});

test("a killed simulator leaves no process, not even a suspended one", async () => {
  const script = `
    import { startFlySimulator } from ${JSON.stringify(join(import.meta.dirname, "../src/simulator.ts"))};
    import { hostConfig, makeMachine } from ${JSON.stringify(join(import.meta.dirname, "requests.ts"))};
    const fly = await startFlySimulator({ timeScale: 0.001, autostopEveryMs: "never" });
    const awake = await makeMachine(fly, "awake", hostConfig(fly));
    const asleep = await makeMachine(fly, "asleep", hostConfig(fly));
    fly.autostopNow();
    await fly.until("asleep", asleep.id, "suspended");
    const { pid } = fly.machines("awake")[0];
    await fly.until("awake", awake.id, "suspended");
    const response = fetch(fly.publicUrlTemplate.replace("{app}", "awake") + "/healthz");
    await fly.until("awake", awake.id, "started");
    await (await response).text();
    console.log(JSON.stringify([pid, asleep.pid, asleep.dataDir]));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, npm_config_registry: "http://127.0.0.1:9/" },
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const [awake, asleep, dataDir] = JSON.parse(line) as [number, number, string];
  assert.deepEqual([isRunning(awake), isRunning(asleep)], [true, true]);
  child.kill("SIGKILL");
  await once(child, "exit");
  while (isRunning(awake) || isRunning(asleep)) await delay(50);
  // The killed simulator cannot remove its files, so the test does.
  await rm(join(dataDir, "..", ".."), { recursive: true, force: true });
});

test("a stopped simulator leaves neither processes nor files", async () => {
  const other = await startFlySimulator({ timeScale: 0.001, autostopEveryMs: "never", hostEnv });
  const { id, pid, dataDir } = await makeMachine(other, "last", hostConfig(other));
  other.autostopNow();
  await other.until("last", id, "suspended");
  await other.stop();
  assert.equal(isRunning(pid ?? 0), false);
  await assert.rejects(readdir(join(dataDir, "..", "..")), { code: "ENOENT" });
});

test("no request violated the document", () => {
  assert.deepEqual(fly.violations, []);
});
