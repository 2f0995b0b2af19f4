import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { testInput } from "../analysis/testing/input.ts";
import { db } from "../db/client.ts";
import { getLocalRuntime } from "../runtime/runtimes.ts";
import { loadSnapshot } from "./load-snapshot.ts";
import { workerState } from "./reconcile/worker-state.ts";
import {
  createDeployment,
  deleteDeployment,
  getDeployment,
  replaceInputs,
  restartDeployment,
  startDeployment,
  stopDeployment,
  streamLogs,
} from "./service.ts";
import { callTool } from "./testing/call-tool.ts";
import { deployFixture } from "./testing/fixtures.ts";
import { hasLease } from "./testing/lease-state.ts";
import { setUpDeployments } from "./testing/set-up.ts";
import { createTestAnalysis, listProcesses, waitFor, waitForStatus } from "./testing/settings.ts";

const { userId, dataDir } = await setUpDeployments({ worker: {}, env: { NOT_FOR_SERVERS: "host-only" } });

interface Report {
  env: Record<string, string>;
  args: string[];
  cwd: string;
  pid: number;
}

async function report(id: string): Promise<Report> {
  return JSON.parse(await callTool(id, "report")) as Report;
}

test("values reach the server byte for byte, whatever type was guessed", async () => {
  const values = {
    PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\r\nMIIB "quoted" $HOME `x`\n\n-----END PRIVATE KEY-----\n',
    SERVICE_ACCOUNT: '{\n\t"type": "service_account",\n\t"key": "a\\nb"\n}\n',
    JIRA_CUSTOM_HEADERS: "X-A=b",
    MINIO_ENDPOINT: "host:9000",
    UPLOAD_LIMIT: " 10MB",
  };
  const inputs = [
    testInput("PRIVATE_KEY", { secret: true }),
    testInput("SERVICE_ACCOUNT", { type: "json", guessed: ["type"] }),
    testInput("JIRA_CUSTOM_HEADERS", { type: "boolean", guessed: ["type"] }),
    testInput("MINIO_ENDPOINT", { type: "url", guessed: ["type"] }),
    testInput("UPLOAD_LIMIT", { type: "number", guessed: ["type"] }),
  ];
  const { id } = await deployFixture(userId, "works", { inputs, values });
  await waitForStatus(userId, id, "live");
  const { env } = await report(id);
  for (const [key, value] of Object.entries(values)) assert.equal(env[key], value, key);
});

test("a published server goes from analysis to live and keeps its handshake's answers", async () => {
  const analysisId = await createTestAnalysis(userId, {
    name: "everything",
    package: "@modelcontextprotocol/server-everything",
    version: "2026.8.31",
  });
  const created = await createDeployment(userId, { analysisId, inputs: {} });
  assert.equal(created.url, `http://127.0.0.1:3999/api/mcp/${created.id}`);
  const live = await waitForStatus(userId, created.id, "live", "failing");
  assert.equal(live.status, "live", JSON.stringify(live.error));
  assert.deepEqual([...new Set(live.steps.map((step) => step.status))], ["done"]);
  for (const step of live.steps) {
    assert.equal(step.attempts, 1);
    assert.ok(step.startedAt !== null && step.endedAt !== null && step.startedAt <= step.endedAt, step.name);
  }
  assert.match(live.steps.find((step) => step.name === "installing")?.log ?? "", /installed/);
  assert.equal(live.server?.protocolVersion, "2025-11-25");
  assert.ok(live.tools.some((tool) => tool.name === "echo"));
  await deleteDeployment(userId, created.id);
});

test("a server gets its inputs in variables, arguments and files, and nothing from the host", async () => {
  const inputs = [
    testInput("API_TOKEN", { required: true, secret: true }),
    testInput("REGION", { default: "eu" }),
    testInput("UNUSED"),
    testInput("--level", { target: "arg", template: "--level={value}" }),
    testInput("--quiet", { target: "arg", type: "boolean" }),
    testInput("position 0", { target: "arg" }),
    testInput("credentials.json", { target: "file", secret: true, template: "CREDENTIALS_FILE={value}" }),
    testInput("X-Api-Key", { target: "header" }),
  ];
  const values = {
    API_TOKEN: "s3cret-token",
    "--level": "hi gh",
    "--quiet": "true",
    "position 0": "-x",
    "credentials.json": '{\n"private": "key"}',
    "X-Api-Key": "not used",
  };
  const { id } = await deployFixture(userId, "needs-variable", { inputs, values });
  const live = await waitForStatus(userId, id, "live", "failing");
  assert.equal(live.status, "live", JSON.stringify(live.error));
  assert.deepEqual(
    live.tools.map((tool) => tool.name),
    ["report", "second"],
  );
  assert.equal(live.tools[0]?.description, "Says what the server was given.");
  assert.equal(live.instructions, "Use it in tests.");

  const { env, args, cwd } = await report(id);
  const home = join(dataDir, "machines", id, "home");
  assert.equal(cwd, home);
  assert.equal(env.API_TOKEN, "s3cret-token");
  assert.equal(env.REGION, "eu");
  assert.equal(env.CREDENTIALS_FILE, join(home, "credentials.json"));
  assert.equal(env.HOME, home);
  assert.deepEqual(args, ["needs-variable", "--level=hi gh", "--quiet", "-x"]);
  const allowed =
    /^(?:PATH|HOME|TMPDIR|LANG|TZ|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/;
  const own = ["API_TOKEN", "REGION", "CREDENTIALS_FILE"];
  // Under root, a server runs as a user of its own, which has a name of its own.
  if (process.getuid?.() === 0) {
    own.push("USER", "LOGNAME");
    assert.deepEqual([env.USER, env.LOGNAME], ["server", "server"]);
  }
  assert.deepEqual(
    Object.keys(env).filter((name) => !allowed.test(name) && !own.includes(name)),
    [],
  );

  assert.equal((await stat(join(home, "credentials.json"))).mode & 0o777, 0o600);
  assert.equal((await stat(join(dataDir, "machines", id))).mode & 0o777, 0o700);
  const view = JSON.stringify(await getDeployment(userId, id));
  for (const secret of ["s3cret-token", "private"]) assert.ok(!view.includes(secret), `the view shows ${secret}`);
  const stored = JSON.stringify(await db().credential.findMany({ where: { deploymentId: id } }));
  for (const value of ["s3cret-token", "hi gh", "private"])
    assert.ok(!stored.includes(value), `the database shows ${value}`);
  assert.equal(live.inputs.find((input) => input.key === "--level")?.value, "hi gh");
  assert.deepEqual(
    live.inputs.filter((input) => input.isSet).map((input) => input.key),
    ["API_TOKEN", "--level", "--quiet", "position 0", "credentials.json"],
  );

  await replaceInputs(userId, id, { API_TOKEN: "another-one", "--level": "" });
  await waitForStatus(userId, id, "live");
  const after = await report(id);
  assert.equal(after.env.API_TOKEN, "another-one");
  assert.deepEqual(after.args, ["needs-variable", "--quiet", "-x"]);
  await deleteDeployment(userId, id);
});

test("stop, start, restart and delete end and start the processes", async () => {
  const { id } = await deployFixture(userId, "stays");
  await waitForStatus(userId, id, "live");
  const first = await report(id);

  assert.equal((await stopDeployment(userId, id)).id, id);
  await waitForStatus(userId, id, "stopped");
  assert.deepEqual(await listProcesses(dataDir, id), []);
  assert.equal((await loadSnapshot(id))?.desired, "stopped");
  await stopDeployment(userId, id);
  assert.equal((await getDeployment(userId, id)).status, "stopped");

  assert.equal((await startDeployment(userId, id)).status, "deploying");
  const started = await waitForStatus(userId, id, "live");
  const second = await report(id);
  assert.notEqual(second.pid, first.pid);
  assert.equal(started.steps.find((step) => step.name === "queued")?.attempts, 1);

  await restartDeployment(userId, id);
  await waitForStatus(userId, id, "live");
  assert.notEqual((await report(id)).pid, second.pid);

  const removal = await deleteDeployment(userId, id);
  assert.equal(removal.status, "deleting");
  assert.match(removal.removes.join(" "), /machine.*connector URL.*access keys/s);
  await waitFor("the row is gone", async () => (await db().deployment.count({ where: { id } })) === 0);
  assert.deepEqual(await listProcesses(dataDir, id), []);
  assert.equal(existsSync(join(dataDir, "machines", id)), false);
  await assert.rejects(getDeployment(userId, id), { code: "not_found" });
  assert.equal(await loadSnapshot(id), null);
});

test("the log is redacted, oldest first, then live, and ends with the deployment", async () => {
  const inputs = [testInput("API_TOKEN", { secret: true }), testInput("--pin", { target: "arg", secret: true })];
  const { id } = await deployFixture(userId, "works", { inputs, values: { API_TOKEN: "t0p-secret", "--pin": "4711" } });
  await waitForStatus(userId, id, "live");
  const lines: string[] = [];
  let ended = false;
  void (async () => {
    for await (const { line } of streamLogs(userId, id, new AbortController().signal)) lines.push(line);
    ended = true;
  })();
  await waitFor("the kept lines have come", async () => lines.some((line) => line.startsWith("server started")));
  assert.match(lines[0] ?? "", /^installing/);
  await restartDeployment(userId, id);
  await waitFor(
    "a line of the restart comes live",
    async () => lines.filter((line) => line.startsWith("installing")).length === 2,
  );
  await waitForStatus(userId, id, "live");
  await deleteDeployment(userId, id);
  await waitFor("the log has ended", async () => ended);
});

test("a queued deployment can be stopped", async () => {
  const places = workerState().freeSlots;
  workerState().freeSlots = 0;
  const { id } = await deployFixture(userId, "works");
  await waitFor("it has its lease", () => hasLease(id));
  await stopDeployment(userId, id);
  await waitForStatus(userId, id, "stopped");
  await startDeployment(userId, id);
  assert.equal((await getDeployment(userId, id)).status, "deploying");
  workerState().freeSlots = places;
  for (const wake of workerState().slotWaiters.splice(0)) wake();
  await waitForStatus(userId, id, "live");
  await deleteDeployment(userId, id);
});

test("deleting a deployment during its installation leaves nothing behind", async () => {
  const { id } = await deployFixture(userId, "works");
  await waitFor("it installs", async () => {
    const { steps } = await getDeployment(userId, id);
    return steps.some((step) => step.name === "installing" && step.status === "running");
  });
  await deleteDeployment(userId, id);
  await waitFor("the row is gone", async () => (await db().deployment.count({ where: { id } })) === 0);
  assert.deepEqual(await listProcesses(dataDir, id), []);
  assert.equal(existsSync(join(dataDir, "machines", id)), false);
  assert.equal(await getLocalRuntime().endpoint({ deploymentId: id }), null);
});
