import { setTimeout as delay } from "node:timers/promises";
import type { FlySimulator } from "../../../../fly-simulator/src/simulator-types.ts";
import type { MachineSpec } from "../../runtime.ts";
import { buildAppName } from "../apps/naming.ts";
import { FlyRuntime } from "../fly-runtime.ts";
import type { FlySettings } from "../types.ts";

export const installation = "abcd1234";

/** Returns a deployment id for each number. */
export function deploymentId(number: number): string {
  return `0199d7a4-0000-7000-8000-${String(number).padStart(12, "0")}`;
}

export function buildTestAppName(id: string): string {
  return buildAppName(installation, id);
}

/** Builds a spec whose package does not exist, so that mcp-host installs nothing and reports that. */
export function buildSpec(id: string, fields: Partial<MachineSpec> = {}): MachineSpec {
  return {
    deploymentId: id,
    package: "npm:@catwalk-test/there-is-none@1.0.0",
    args: [],
    serverEnv: { API_KEY: "an-input" },
    files: [],
    hostToken: "h".repeat(43),
    secrets: ["h".repeat(43), "an-input"],
    size: { memoryMb: 512, region: null, alwaysOn: false },
    ...fields,
  };
}

export interface TestRuntime {
  runtime: FlyRuntime;
  /** The stored tokens, by deployment. */
  kept: Map<string, string>;
  /** A test may change them between two calls. */
  settings: FlySettings;
  /** The time of each deployment's last call. */
  called: Map<string, Date>;
  /** While `failure` is set, the database is away. */
  database: { failure: Error | null };
}

/** Builds the runtime of one process, with a simulator in Fly's place and without a database. */
export function buildRuntime(simulator: FlySimulator, fields: Partial<FlySettings> = {}): TestRuntime {
  const kept = new Map<string, string>();
  const called = new Map<string, Date>();
  const database: TestRuntime["database"] = { failure: null };
  const settings: FlySettings = {
    apiHostname: simulator.url,
    token: simulator.token,
    org: simulator.org,
    region: "iad",
    image: simulator.imageTag,
    isAppImage: false,
    publicUrlTemplate: simulator.publicUrlTemplate,
    ...fields,
  };
  const runtime = new FlyRuntime({
    settings: async () => settings,
    publicUrlTemplate: () => settings.publicUrlTemplate,
    installationId: async () => installation,
    tokens: {
      load: async (id) => {
        if (database.failure) throw database.failure;
        return kept.get(id) ?? null;
      },
      save: async (id, token) => {
        if (database.failure) throw database.failure;
        if (token === null) kept.delete(id);
        else kept.set(id, token);
      },
    },
    lastCallAt: async (id) => called.get(id) ?? null,
  });
  return { runtime, kept, settings, called, database };
}

/** Waits until something holds. Throws when it does not in time. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await delay(50);
  }
}
