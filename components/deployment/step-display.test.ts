import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DeploymentView, STEP_NAMES, type StepView } from "../../lib/deployments/view.ts";
import { AppError } from "../../lib/errors/app-error.ts";
import { isPlatform } from "../../lib/errors/codes.ts";
import {
  announce,
  buildTimeline,
  choosePollDelayMs,
  findFocusedStep,
  findPlatformRemedy,
  judgeCredentials,
  takeLastLines,
} from "./step-display.ts";

const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 12, 0, second)).toISOString();
const nowMs = Date.parse(at(30));
const crashed = new AppError("crashed_at_start", "The server exited with code 1.", {
  hint: "See its last lines.",
}).toBody();

function step(name: StepView["name"], status: StepView["status"], rest: Partial<StepView> = {}): StepView {
  return {
    name,
    status,
    attempts: status === "pending" ? 0 : 1,
    startedAt: null,
    endedAt: null,
    error: null,
    log: "",
    ...rest,
  };
}

function view(status: DeploymentView["status"], steps: StepView[], error: DeploymentView["error"] = null) {
  const spec = { name: "s", description: "", runtime: "npm" as const, package: "pkg", version: "1.2.3", args: [] };
  return { status, steps, spec, error, inputs: [] };
}

describe("the timeline", () => {
  test("it shows each step in order, even if the server sends none or another order", () => {
    assert.deepEqual(
      buildTimeline(view("pending", []), nowMs).map(({ name, state, durationMs }) => [name, state, durationMs]),
      STEP_NAMES.map((name) => [name, "pending", null]),
    );
    const shuffled = [step("live", "pending"), step("queued", "done", { startedAt: at(0), endedAt: at(1) })];
    assert.deepEqual(
      buildTimeline(view("deploying", shuffled), nowMs).map((row) => row.name),
      [...STEP_NAMES],
    );
  });

  test("measures a running step until now and a finished one until its end, never below zero", () => {
    const rows = buildTimeline(
      view("deploying", [
        step("queued", "done", { startedAt: at(0), endedAt: at(2) }),
        step("encrypting", "running", { startedAt: at(25) }),
        step("preparing", "running", { startedAt: at(40) }),
        step("installing", "done", { startedAt: "nonsense", endedAt: at(2) }),
      ]),
      nowMs,
    );
    assert.deepEqual(
      rows.slice(0, 4).map((row) => row.durationMs),
      [2_000, 5_000, 0, null],
    );
  });

  test("measures a retried step from its new start", () => {
    const rows = buildTimeline(
      view("deploying", [step("starting", "running", { startedAt: at(20), endedAt: at(10), attempts: 2 })]),
      nowMs,
    );
    assert.equal(rows[4]?.durationMs, 10_000);
  });

  test("names the installed package and version", () => {
    assert.equal(buildTimeline(view("deploying", []), nowMs)[3]?.label, "Installing pkg 1.2.3");
  });

  test("gives a failed step its error and focuses it, also before a running one", () => {
    const rows = buildTimeline(
      view("failing", [step("installing", "done"), step("starting", "failed", { error: crashed, log: "a\nb\n" })]),
      nowMs,
    );
    const focused = findFocusedStep(rows);
    assert.equal(focused?.name, "starting");
    assert.equal(focused?.error?.code, "crashed_at_start");
    assert.deepEqual(focused?.log, ["a", "b"]);
  });

  test("shows the output of the steps before at a failed and at a running step", () => {
    const steps = [
      step("installing", "done", { log: "Error: no token\n" }),
      step("starting", "failed", { error: crashed, log: "exited\n" }),
    ];
    assert.deepEqual(buildTimeline(view("failing", steps), nowMs)[4]?.log, ["Error: no token", "exited"]);
    const running = [
      steps[0] ?? step("installing", "done"),
      step("starting", "running", { startedAt: at(0), log: "begun\n" }),
    ];
    assert.deepEqual(buildTimeline(view("deploying", running), nowMs)[4]?.log, ["Error: no token", "begun"]);
  });

  test("stops the clock of a running step when the deployment failed or was stopped", () => {
    const left = [step("starting", "running", { startedAt: at(0) })];
    const failed = buildTimeline(view("failing", left, crashed), nowMs)[4];
    assert.deepEqual([failed?.state, failed?.error?.message], ["failed", crashed.message]);
    const stopped = buildTimeline(view("stopped", left), nowMs)[4];
    assert.deepEqual([stopped?.state, stopped?.durationMs], ["pending", null]);
  });
});

test("announce changes with the step and not with the clock", () => {
  const steps = [step("queued", "done"), step("encrypting", "running", { startedAt: at(0) })];
  const early = announce(buildTimeline(view("deploying", steps), nowMs), "deploying");
  const later = announce(buildTimeline(view("deploying", steps), nowMs + 5_000), "deploying");
  assert.equal(early, "Checking the settings, step 2 of 7.");
  assert.equal(later, early);
  const failed = buildTimeline(view("failing", [step("starting", "failed", { error: crashed })]), nowMs);
  assert.match(announce(failed, "failing"), /^Failed at step 5 of 7: .*exited with code 1\.$/);
});

test("choosePollDelayMs is 1 s while something changes and 5 s otherwise", () => {
  assert.deepEqual(
    (["pending", "deploying", "deleting", "live", "sleeping", "failing", "stopped"] as const).map((status) =>
      choosePollDelayMs(status),
    ),
    [1_000, 1_000, 1_000, 5_000, 5_000, 5_000, 5_000],
  );
});

test("judgeCredentials offers credentials where they can be the cause, and never without inputs", () => {
  const missing = { code: "missing_credential" as const };
  assert.equal(judgeCredentials(missing, 1), "cause");
  assert.equal(judgeCredentials(missing, 0), "none");
  assert.equal(judgeCredentials(crashed, 1), "possible");
  assert.equal(judgeCredentials({ code: "package_not_found" }, 1), "none");
  assert.equal(judgeCredentials(null, 1), "none");
});

test("takeLastLines accepts every kind of line break", () => {
  assert.deepEqual(takeLastLines("a\r\nb\rc\n\n", 2), ["b", "c"]);
  assert.deepEqual(takeLastLines("", 5), []);
});

test("findPlatformRemedy returns a remedy only where machines have settings", () => {
  assert.equal(findPlatformRemedy({ code: "machine_missing" }, true), "repair");
  assert.equal(findPlatformRemedy({ code: "no_capacity" }, true), "region");
  assert.equal(findPlatformRemedy({ code: "out_of_memory" }, true), "memory");
  assert.equal(findPlatformRemedy({ code: "out_of_memory" }, false), null);
  assert.equal(findPlatformRemedy({ code: "fly_token_refused" }, true), "settings");
  assert.equal(findPlatformRemedy({ code: "fly_rate_limited" }, true), null);
  assert.ok(isPlatform("fly_rate_limited"));
  assert.ok(!isPlatform("out_of_memory"));
});
