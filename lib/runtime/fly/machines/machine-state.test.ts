import assert from "node:assert/strict";
import { test } from "node:test";
import { machineSchema } from "../api/schemas.ts";
import { buildMachineConfig } from "./machine-config.ts";
import { describeMachine } from "./machine-state.ts";

const now = Date.UTC(2026, 5, 1);
const config = buildMachineConfig({
  spec: {
    deploymentId: "0199d7a4-0000-7000-8000-000000000001",
    package: "npm:x@1.0.0",
    args: [],
    serverEnv: {},
    files: [],
    hostToken: "h",
    secrets: [],
    size: { memoryMb: 512, region: null, alwaysOn: false },
  },
  installation: "abcd1234",
  image: "registry.fly.io/hosts@sha256:1",
  isAppImage: false,
  hosts: ["h.example"],
  secretsDigest: "d",
});
const held = { ...config, services: config.services?.map((service) => ({ ...service, autostart: false })) };

function machine(state: string, fields: Record<string, unknown> = {}) {
  return machineSchema.parse({ id: "m", state, region: "fra", config, ...fields });
}

const exit = (secondsAgo: number, fields: Record<string, unknown>) => ({
  id: `e${secondsAgo}`,
  type: "exit",
  status: "stopped",
  timestamp: now - secondsAgo * 1_000,
  request: { exit_event: fields },
});

test("every state of Fly maps to a state of the contract", () => {
  const expected: Record<string, string> = {
    created: "sleeping",
    starting: "starting",
    started: "started",
    stopping: "sleeping",
    stopped: "sleeping",
    suspending: "sleeping",
    suspended: "sleeping",
    restarting: "starting",
    replacing: "starting",
    updating: "starting",
    failed: "failed",
    launch_failed: "failed",
    destroying: "absent",
    destroyed: "absent",
    "a new one": "starting",
  };
  for (const [state, ours] of Object.entries(expected)) {
    assert.equal(describeMachine(machine(state), now).state, ours, state);
  }
});

test("healthy machines have no problem, and a machine that is gone has one", () => {
  for (const state of ["started", "stopped", "suspended"]) {
    assert.equal(describeMachine(machine(state), now).problem, null, state);
  }
  assert.equal(describeMachine(null, now).problem?.code, "machine_missing");
  assert.equal(describeMachine(machine("destroyed"), now).problem?.code, "machine_missing");
});

test("a machine that its owner stopped is stopped, not sleeping", () => {
  assert.equal(describeMachine(machine("stopped", { config: held }), now).state, "stopped");
});

test("drift is a problem, and an unreachable host is not", () => {
  const changed = machine("started", { config: { ...config, image: "registry.fly.io/other@sha256:2" } });
  assert.equal(describeMachine(changed, now).problem?.code, "machine_changed");
  const unknown = machine("started", { config: null, incomplete_config: { image: "" }, host_status: "unreachable" });
  assert.equal(describeMachine(unknown, now).problem, null);
  assert.match(describeMachine(unknown, now).reason ?? "", /host/);
});

test("a crashed machine reports its exit code, and out of memory as its own cause", () => {
  const crashed = describeMachine(machine("stopped", { events: [exit(1, { exit_code: 137 })] }), now);
  assert.equal(crashed.problem?.code, "crashed");
  assert.match(crashed.problem?.message ?? "", /exit code 137/);
  const oom = describeMachine(machine("stopped", { events: [exit(1, { exit_code: 137, oom_killed: true })] }), now);
  assert.equal(oom.problem?.code, "out_of_memory");
});

test("a machine in a crash loop has crashed, and one that recovered has not", () => {
  const ends = [10, 40, 70].map((secondsAgo) => exit(secondsAgo, { exit_code: 1 }));
  assert.equal(describeMachine(machine("started", { events: ends }), now).problem?.code, "crashed");
  assert.equal(describeMachine(machine("started", { events: ends.slice(0, 1) }), now).problem, null);
  const longAgo = [1_000, 2_000, 3_000].map((secondsAgo) => exit(secondsAgo, { exit_code: 1 }));
  assert.equal(describeMachine(machine("started", { events: longAgo }), now).problem, null);
});

test("a requested stop is not a crash, nor is an exit before the last change", () => {
  const stopped = machine("stopped", { events: [exit(1, { exit_code: 143, requested_stop: true })] });
  assert.equal(describeMachine(stopped, now).problem, null);
  const update = { id: "u", type: "update", status: "replacing", source: "user", timestamp: now - 500 };
  const mended = machine("stopped", { events: [update, exit(1, { exit_code: 1 })] });
  assert.equal(describeMachine(mended, now).problem, null);
});

test("the cause of a failed machine is found in its events", () => {
  const failed = (error: string) =>
    describeMachine(
      machine("failed", {
        events: [{ id: "e", type: "launch", status: "failed", timestamp: now, request: { error } }],
      }),
      now,
    ).problem;
  assert.equal(failed("insufficient resources to create new machine")?.code, "no_capacity");
  assert.match(failed("insufficient resources to create new machine")?.message ?? "", /fra/);
  assert.equal(failed("failed to pull image registry.fly.io/x: manifest unknown")?.code, "image_not_found");
  assert.equal(failed("something else")?.code, "machine_unavailable");
  assert.match(failed("something else")?.detail ?? "", /something else/);
});
