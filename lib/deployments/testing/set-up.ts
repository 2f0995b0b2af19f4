import { after } from "node:test";
import { startFlySimulator } from "../../../fly-simulator/src/simulator.ts";
import type { FlySimulator } from "../../../fly-simulator/src/simulator-types.ts";
import { db } from "../../db/client.ts";
import { startWorker, stopWorker } from "../reconcile/worker.ts";
import { workerState } from "../reconcile/worker-state.ts";
import { startFixtureRegistry } from "./registry.ts";
import { createTestSettings, createTestUser } from "./settings.ts";

export interface SetUpOptions {
  /** Installs from a registry with the fixture packages. Default: true */
  registry?: boolean;
  /** The worker of this process: its options, or "stopping" where steps are left to other processes. Default: not started */
  worker?: { tickMs?: number } | "stopping";
  /** Settings beside those of the deployments. */
  env?: Record<string, string>;
  /** Puts something between this process and the database. */
  routeDatabase?: (databaseUrl: string) => Promise<{ url: string; close(): Promise<void> }>;
  /** Runs before anything is torn down. */
  onEnd?: () => void | Promise<void>;
}

export interface TestDeployments {
  /** An account to own deployments. */
  userId: string;
  dataDir: string;
  /** The database itself, past `routeDatabase`. */
  databaseUrl: string;
}

/**
 * Sets this process up for tests of deployments on the local runtime: a database, a data folder, keys, an account and a
 * package registry of its own. Everything is torn down after the file's last test.
 */
export async function setUpDeployments(options: SetUpOptions = {}): Promise<TestDeployments> {
  const registry = options.registry === false ? null : await startFixtureRegistry();
  return await setUp(options, registry?.env ?? {}, async () => {
    await registry?.close();
  });
}

/**
 * Sets this process up for tests of deployments on Fly's simulator, as `setUpDeployments` does for the local runtime.
 *
 * @param options.timeScale the simulator's clock, as a part of the real one's durations
 */
export async function setUpFlyDeployments(
  options: SetUpOptions & { timeScale?: number } = {},
): Promise<TestDeployments & { fly: FlySimulator }> {
  const registry = await startFixtureRegistry();
  const fly = await startFlySimulator({
    timeScale: options.timeScale ?? 0.02,
    autostopEveryMs: "never",
    hostEnv: { ...process.env, ...registry.env },
  });
  const deployments = await setUp(options, fly.env, async () => {
    await registry.close();
    await fly.stop();
  });
  return { ...deployments, fly };
}

async function setUp(
  { worker, env = {}, routeDatabase, onEnd }: SetUpOptions,
  runtimeEnv: Record<string, string>,
  closeRuntime: () => Promise<void>,
): Promise<TestDeployments> {
  const settings = await createTestSettings();
  const { DATABASE_URL: databaseUrl = "", CATWALK_DATA_DIR: dataDir = "" } = settings.env;
  const route = await routeDatabase?.(databaseUrl);
  Object.assign(process.env, settings.env, runtimeEnv, env, route && { DATABASE_URL: route.url });
  after(async () => {
    await onEnd?.();
    await stopWorker();
    await db().$disconnect();
    await route?.close();
    await settings.remove();
    await closeRuntime();
  });
  const userId = await createTestUser();
  if (worker === "stopping") workerState().isStopping = true;
  else if (worker) await startWorker(worker);
  return { userId, dataDir, databaseUrl };
}
