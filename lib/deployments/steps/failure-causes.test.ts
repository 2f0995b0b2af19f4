import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { recordStartFindings } from "../../analysis/start-findings.ts";
import { getAnalysis } from "../../analysis/store.ts";
import { testInput } from "../../analysis/testing/input.ts";
import { db } from "../../db/client.ts";
import type { AppError } from "../../errors/app-error.ts";
import type { HostStatus } from "../../runtime/host-client.ts";
import { workerState } from "../reconcile/worker-state.ts";
import { createDeployment, getDeployment, replaceInputs, retryDeployment } from "../service.ts";
import { deployFixture } from "../testing/fixtures.ts";
import { FIXTURE_PACKAGE, LIBRARY_PACKAGE } from "../testing/registry.ts";
import { setUpDeployments } from "../testing/set-up.ts";
import { createTestAnalysis, listProcesses, waitFor, waitForStatus } from "../testing/settings.ts";
import type { DeploymentView, StepName } from "../view.ts";
import { explainFailure } from "./failure-causes.ts";

const { userId, dataDir } = await setUpDeployments({ worker: {} });

/** Waits until a deployment has failed, and checks that only the step did whose error the deployment shows. */
async function failedAt(id: string, step: StepName): Promise<DeploymentView> {
  const failed = await waitForStatus(userId, id, "failing", "live");
  assert.equal(failed.status, "failing");
  assert.deepEqual(
    failed.steps.filter(({ status }) => status === "failed").map(({ name }) => name),
    [step],
  );
  assert.deepEqual(failed.steps.find(({ name }) => name === step)?.error, failed.error);
  assert.ok(failed.error?.hint);
  // Nobody needs a machine that failed.
  await waitFor("its processes are gone", async () => (await listProcesses(dataDir, id)).length === 0);
  return failed;
}

for (const [what, name, version, code] of [
  ["a package that does not exist", "@catwalk-fixture/nobody", "1.0.0", "package_not_found"],
  ["a version that does not exist", FIXTURE_PACKAGE, "9.9.9", "version_not_found"],
  ["a package without a program", LIBRARY_PACKAGE, "1.0.0", "no_bin"],
] as const) {
  test(`a failed installation gives its cause: ${what}`, async () => {
    const analysisId = await createTestAnalysis(userId, { package: name, version });
    const { id } = await createDeployment(userId, { analysisId, inputs: {} });
    const failed = await failedAt(id, "installing");
    assert.equal(failed.error?.code, code);
    assert.match(failed.error?.message ?? "", /^(?:npm |@)/, "names are written as they are");
  });
}

test("a server that crashes at once shows its last lines without the secret", async () => {
  const inputs = [testInput("API_TOKEN", { secret: true })];
  const { id } = await deployFixture(userId, "crashes", { inputs, values: { API_TOKEN: "hush-hush" } });
  const failed = await failedAt(id, "starting");
  assert.equal(failed.error?.code, "crashed_at_start");
  assert.match(failed.error?.message ?? "", /exit code 3/);
  assert.match(failed.error?.detail ?? "", /the token \[redacted\]\n.*the moon is in the wrong phase/);
  assert.match(failed.steps.find((step) => step.name === "starting")?.log ?? "", /wrong phase/);
  const rows = await db().deploymentStep.findMany({ where: { deploymentId: id } });
  assert.doesNotMatch(JSON.stringify([rows, failed]), /hush-hush/);
});

test("a missing credential is named, and entering it brings the deployment live", async () => {
  const { id } = await deployFixture(userId, "needs-variable", { inputs: [testInput("API_TOKEN", { secret: true })] });
  const failed = await failedAt(id, "starting");
  assert.equal(failed.error?.code, "missing_credential");
  assert.deepEqual(Object.keys(failed.error?.fields ?? {}), ["API_TOKEN"]);

  const before = failed.steps.find((step) => step.name === "installing");
  await retryDeployment(userId, id);
  const again = await failedAt(id, "starting");
  assert.equal(again.steps.find((step) => step.name === "starting")?.attempts, 2);
  assert.deepEqual(
    again.steps.find((step) => step.name === "installing"),
    before,
    "a retry goes on from the step that failed",
  );

  await replaceInputs(userId, id, { API_TOKEN: "now-there" });
  const live = await waitForStatus(userId, id, "live", "failing");
  assert.equal(live.status, "live");
  assert.equal(live.error, null);
});

test("a variable that no analysis found is asked for, and the next analysis knows it", async () => {
  const { id } = await deployFixture(userId, "needs-token");
  const failed = await failedAt(id, "starting");
  assert.equal(failed.error?.code, "missing_credential");
  assert.match(failed.error?.message ?? "", /because Fixture token is missing/);
  assert.match(failed.error?.fields?.FIXTURE_TOKEN ?? "", /FIXTURE_TOKEN environment variable is required/);
  const [asked] = failed.inputs;
  assert.deepEqual([asked?.key, asked?.required, asked?.secret, asked?.isSet], ["FIXTURE_TOKEN", true, true, false]);
  assert.deepEqual(
    asked?.provenance.map(({ from }) => from),
    ["start"],
  );

  const server = { package: FIXTURE_PACKAGE, version: "1.0.0", args: ["needs-token"] };
  const next = await getAnalysis(userId, await createTestAnalysis(userId, server));
  assert.deepEqual(
    next.inputs.map(({ key, required, secret }) => [key, required, secret]),
    [["FIXTURE_TOKEN", true, true]],
  );
  const refused = await deployFixture(userId, "needs-token").catch((error: AppError) => error.fields);
  assert.deepEqual(refused, { FIXTURE_TOKEN: "Fixture token is required." });
  // Other arguments may start something that does not need it.
  const other = await getAnalysis(userId, await createTestAnalysis(userId, { ...server, args: ["works"] }));
  assert.deepEqual(other.inputs, []);

  await replaceInputs(userId, id, { FIXTURE_TOKEN: "now-there" });
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
});

test("a finding is forgotten once a server goes live without it", async () => {
  const server = { runtime: "npm" as const, package: FIXTURE_PACKAGE, version: "1.0.0", args: ["works"] };
  await recordStartFindings(server, [{ key: "SOME_KEY", target: "env", label: "Some key", secret: true }]);
  const analysisId = await createTestAnalysis(userId, server, [testInput("SOME_KEY")]);
  assert.equal((await getAnalysis(userId, analysisId)).inputs[0]?.required, true);
  const { id } = await createDeployment(userId, { analysisId, inputs: { SOME_KEY: "x" } });
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
  assert.equal((await getAnalysis(userId, analysisId)).inputs[0]?.required, true);
  const spec = {
    ...((await db().deployment.findUniqueOrThrow({ where: { id } })).spec as object),
    inputs: [testInput("SOME_KEY")],
  };
  await db().deployment.update({ where: { id }, data: { spec } });
  await replaceInputs(userId, id, { SOME_KEY: "" });
  await waitForStatus(userId, id, "live", "failing");
  assert.equal((await getAnalysis(userId, analysisId)).inputs[0]?.required, false);
});

/** For those that never answer; a server that does has the time that it needs on a busy host. */
function giveUpEarly(context: TestContext): void {
  const { options } = workerState();
  workerState().options = { ...options, handshakeTimeoutMs: 4_000 };
  context.after(() => {
    workerState().options = options;
  });
}

test("a server that never answers times out", async (context) => {
  giveUpEarly(context);
  const { id } = await deployFixture(userId, "silent");
  const failed = await failedAt(id, "handshake");
  assert.equal(failed.error?.code, "handshake_timeout");
  assert.doesNotMatch(failed.error?.hint ?? "", /standard output/);
});

test("a server that only prints gets the hint that standard output belongs to the protocol", async (context) => {
  giveUpEarly(context);
  const { id } = await deployFixture(userId, "only-talks");
  const failed = await failedAt(id, "handshake");
  assert.equal(failed.error?.code, "handshake_timeout");
  assert.match(failed.error?.hint ?? "", /standard output/);
  assert.match(failed.error?.detail ?? "", /still not speaking MCP/);
});

test("a server that prints and also answers goes live", async () => {
  const { id } = await deployFixture(userId, "talks");
  assert.equal((await waitForStatus(userId, id, "live", "failing")).status, "live");
});

test("a server's refusal or nonsense is shown without the secret", async () => {
  const inputs = [testInput("API_TOKEN", { secret: true })];
  const values = { API_TOKEN: "hush-hush" };
  const refuses = await deployFixture(userId, "refuses", { inputs, values });
  const failed = await failedAt(refuses.id, "handshake");
  assert.equal(failed.error?.code, "handshake_failed");
  assert.match(failed.error?.message ?? "", /no licence for \[redacted\]/);
  const { id } = await deployFixture(userId, "nonsense");
  assert.equal((await failedAt(id, "handshake")).error?.code, "handshake_failed");
  assert.deepEqual((await getDeployment(userId, id)).tools, []);
});

const stored = {
  server: { name: "", description: "", runtime: "npm", package: "x", version: "1.0.0", args: [] },
  inputs: [testInput("API_KEY"), testInput("--token", { target: "arg" }), testInput("DB")],
  alternatives: [],
} as const;

for (const [lines, code, key] of [
  [["Error: API_KEY is required"], "missing_credential", "API_KEY"],
  [["missing environment variable: api_key"], "missing_credential", "API_KEY"],
  [["Traceback (most recent call last):", "KeyError: 'API_KEY'"], "missing_credential", "API_KEY"],
  [["1 validation error for Settings", "API_KEY", "  Field required [type=missing]"], "missing_credential", "API_KEY"],
  [["error: required option '--token <value>' not specified"], "missing_credential", "--token"],
  [["Please set the GITHUB_PAT environment variable"], "missing_credential", "GITHUB_PAT"],
  [
    ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'", "  code: 'ERR_MODULE_NOT_FOUND'"],
    "crashed_at_start",
    null,
  ],
  [["SyntaxError: Unexpected token '?'"], "crashed_at_start", null],
  [["API_KEY accepted", "Error: port in use"], "crashed_at_start", null],
  [["MY_API_KEY_2 loaded; something is missing"], "crashed_at_start", null],
  [[], "crashed_at_start", null],
] as const) {
  test(`the cause of a crash is ${code}${key ? ` of ${key}` : ""}: ${lines.at(-1) ?? "nothing said"}`, () => {
    const error = { code: "crashed", message: "the server exited before it answered initialize (exit code 1)" };
    const status: HostStatus = { phase: "backoff", error, stderrTail: [...lines], callsInFlight: 0 };
    const cause = explainFailure(
      status,
      { ...stored, inputs: [...stored.inputs], alternatives: [], server: { ...stored.server, args: [] } },
      (text) => text,
    );
    assert.equal(cause.code, code);
    assert.deepEqual(Object.keys(cause.fields ?? {}), key ? [key] : []);
  });
}

const usage = [
  "usage: server [options]",
  ...Array.from({ length: 60 }, (_, index) => `  --option-${index} VALUE  does it`),
];

for (const [what, lines, message, hint] of [
  [
    "a colored error",
    ["\u001b[31mError: \u001b[1mthe moon is in the wrong phase\u001b[0m", "    at main (x.js:1:1)", "Node.js v24.1.0"],
    /It said: Error: the moon is in the wrong phase\.$/,
    /last lines/,
  ],
  [
    "an error before a long usage text",
    ["server: error: unrecognized arguments: --stdio", ...usage],
    /unrecognized arguments: --stdio/,
    /--stdio, an argument that Catwalk took from its documentation/,
  ],
  ["an argument of the person", ["error: unknown option '--other'"], /unknown option/, /Correct the arguments/],
  [
    "a broken package",
    ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'", "  code: 'ERR_MODULE_NOT_FOUND'"],
    /Cannot find package 'x'/,
    /package is incomplete/,
  ],
  [
    "a traceback",
    [
      "Traceback (most recent call last):",
      '  File "a.py", line 1, in <module>',
      "ModuleNotFoundError: No module named 'x'",
    ],
    /No module named 'x'/,
    /package is incomplete/,
  ],
  [
    "a server that keeps data in its package",
    ["Error: EACCES: permission denied, open '/data/packages/0123456789abcdef-7-aa/node_modules/x/memory.json'"],
    /permission denied/,
    /its own package, which is read-only.*folder below its home/,
  ],
  [
    "a service out of reach",
    ["Error: connect ECONNREFUSED 127.0.0.1:5432"],
    /ECONNREFUSED/,
    /could not reach a service/,
  ],
  [
    "refused credentials",
    ["Startup failed", "HTTPError: 401 Unauthorized"],
    /401 Unauthorized/,
    /refuses the credentials/,
  ],
  [
    "a file that the person has",
    ["Error: OAuth keys file not found. Please place keys.json in /home/me/.thing"],
    /keys file not found/,
    /Add it under Credentials/,
  ],
  [
    "a file that Node did not find",
    ["Error: ENOENT: no such file or directory, open '/etc/thing.json'"],
    /no such file/,
    /Add it under Credentials/,
  ],
  ["a program that is missing", ["Error: spawn docker ENOENT"], /spawn docker ENOENT/, /starts a program/],
  [
    "a value that is not an address",
    ["node:internal/url:895", "TypeError: Invalid URL", "    at new URL (node:internal/url:895:25)"],
    /It said: TypeError: Invalid URL\.$/,
    /should be a whole address/,
  ],
  ["silence", [], /ready \(exit code 2\)\.$/, /said nothing/],
] as const) {
  test(`a crash is explained by its output: ${what}`, () => {
    const error = { code: "crashed", message: "the server exited before it answered initialize (exit code 2)" };
    const status: HostStatus = { phase: "backoff", error, stderrTail: [...lines], callsInFlight: 0 };
    const server = { ...stored.server, args: ["--stdio"] };
    const cause = explainFailure(status, { server, inputs: [], alternatives: [] }, (text) => text);
    assert.match(cause.message, message);
    assert.match(cause.hint ?? "", hint);
  });
}

test("a colored line names the missing credential, and public values stay readable", async () => {
  const inputs = [testInput("API_TOKEN", { secret: true }), testInput("REGION"), testInput("DSN")];
  const values = { API_TOKEN: "hush-hush", REGION: "eu-central", DSN: "postgres://me:pass-word@db/x" };
  const { id } = await deployFixture(userId, "colored", { inputs, values });
  const failed = await failedAt(id, "starting");
  assert.equal(failed.error?.code, "missing_credential");
  assert.deepEqual(Object.keys(failed.error?.fields ?? {}), ["API_TOKEN"]);
  assert.match(failed.error?.detail ?? "", /in eu-central with \[redacted\] and \[redacted\]/);
  assert.doesNotMatch(JSON.stringify([failed.error, failed.steps]), /hush-hush|pass-word|\[31m/);
});

for (const [said, code] of [
  ["network", "registry_unavailable"],
  ["python_missing", "python_missing"],
  ["runtime_too_old", "install_failed"],
  ["install_failed", "install_failed"],
  ["out_of_memory", "out_of_memory"],
  ["handshake_timeout", "handshake_timeout"],
  ["spawn_failed", "crashed_at_start"],
] as const) {
  test(`mcp-host's ${said} becomes ${code}`, () => {
    const status: HostStatus = {
      phase: "failed",
      error: { code: said, message: "why" },
      stderrTail: [],
      callsInFlight: 0,
    };
    const cause = explainFailure(
      status,
      { server: { ...stored.server, args: [] }, inputs: [], alternatives: [] },
      (text) => text,
    );
    assert.equal(cause.code, code);
    assert.ok(cause.hint);
  });
}

test("a failed install script points to the switch that leaves scripts out, on a host and at a platform", () => {
  const message = "the install script of thing failed (node-gyp rebuild): node-gyp: not found";
  const status: HostStatus = {
    phase: "failed",
    error: { code: "install_failed", message },
    stderrTail: [],
    callsInFlight: 0,
  };
  const from = { server: { ...stored.server, args: [] }, inputs: [], alternatives: [] };
  for (const sleeps of [false, true]) {
    const cause = explainFailure(status, from, (text) => text, { sleeps });
    assert.equal(cause.message, "The install script of thing failed (node-gyp rebuild): node-gyp: not found.");
    assert.match(cause.hint ?? "", /switch install scripts off in Settings/);
  }
});
