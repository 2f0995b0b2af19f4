import { resolve } from "node:path";
import { db } from "../db/client.ts";
import { env } from "../env/env.ts";
import { AppError } from "../errors/app-error.ts";
import { loadFlySettings, resolveFlyPublicUrlTemplate } from "../settings/fly-settings.ts";
import { processWide } from "../util/process-wide.ts";
import { loadInstallationId } from "./fly/apps/installation.ts";
import { FlyRuntime } from "./fly/fly-runtime.ts";
import { findHostScript, LocalRuntime } from "./local/local-runtime.ts";
import { machineTokens } from "./machine-tokens.ts";
import type { Runtime } from "./runtime.ts";

/** Returns this process's local runtime, which keeps its machines in the data folder. */
export function getLocalRuntime(): LocalRuntime {
  return processWide("runtime.local", () => {
    const projectDir = process.cwd();
    const dataDir = resolve(/* turbopackIgnore: true */ projectDir, env().CATWALK_DATA_DIR);
    return new LocalRuntime({ dataDir, hostScript: findHostScript(projectDir), env: process.env });
  });
}

/** Returns this process's Fly runtime. A setting that is missing fails the call that needs it. */
export function getFlyRuntime(): FlyRuntime {
  return processWide(
    "runtime.fly",
    () =>
      new FlyRuntime({
        settings: loadFlySettings,
        publicUrlTemplate: resolveFlyPublicUrlTemplate,
        installationId: loadInstallationId,
        tokens: machineTokens,
        lastCallAt,
      }),
  );
}

/**
 * Returns the runtime that a deployment's row names.
 *
 * @throws AppError `machine_unavailable` when this version has none
 */
export function getRuntime(name: string): Runtime {
  if (name === "local") return getLocalRuntime();
  if (name === "fly") return getFlyRuntime();
  throw new AppError("machine_unavailable", `This version has no runtime ${name}.`, {
    hint: "Install the version of Catwalk that this deployment was made with, or delete it.",
  });
}

async function lastCallAt(deploymentId: string): Promise<Date | null> {
  const row = await db().deployment.findUnique({ where: { id: deploymentId }, select: { lastCallAt: true } });
  return row?.lastCallAt ?? null;
}
