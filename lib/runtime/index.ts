import { resolve } from "node:path";
import { env } from "../env/env.ts";
import { AppError } from "../errors/app-error.ts";
import { processWide } from "../process-wide.ts";
import { hostScriptIn, LocalRuntime } from "./local/local-runtime.ts";
import type { Runtime } from "./runtime.ts";

/** The machines of this process, in the data folder. */
export function localRuntime(): LocalRuntime {
  return processWide("runtime.local", () => {
    const projectDir = process.cwd();
    const dataDir = resolve(/* turbopackIgnore: true */ projectDir, env().CATWALK_DATA_DIR);
    return new LocalRuntime({ dataDir, hostScript: hostScriptIn(projectDir), env: process.env });
  });
}

/**
 * The runtime of this name, as a deployment keeps it.
 *
 * @throws AppError `machine_unavailable` when this version has none
 */
export function runtimeNamed(name: string): Runtime {
  if (name === "local") return localRuntime();
  throw new AppError("machine_unavailable", "Fly machines are not available in this version.", {
    hint: "Set RUNTIME=local to run servers on this host.",
  });
}
