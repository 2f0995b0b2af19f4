import type { Log } from "../log.ts";
import { installNpm } from "./npm.ts";
import { installPypi } from "./pypi.ts";
import { type EntryPoint, type PackageSpec, toClientSpec } from "./spec.ts";
import type { InstallContext, InstallResult } from "./types.ts";

export interface InstallTimes {
  startedAt: string;
  endedAt: string | null;
  cached: boolean;
}

/** Installs a package unless it is installed already. Returns the command that starts its server. Throws InstallError. */
export async function install(
  spec: PackageSpec,
  entry: EntryPoint,
  installDir: string,
  options: Pick<InstallContext, "policy" | "useFile" | "lock" | "resolution" | "compatibility">,
  env: Record<string, string | undefined>,
  log: Log,
  onTimes: (times: InstallTimes) => void,
): Promise<InstallResult> {
  const startedAt = new Date().toISOString();
  onTimes({ startedAt, endedAt: null, cached: false });
  log.logHost(`installing ${toClientSpec(spec)} (${spec.registry})`);
  const context = { ...options, env, entry, onLine: (line: string) => log.logHost(line) };
  let cached = false;
  try {
    const result = await (spec.registry === "npm" ? installNpm : installPypi)(spec, installDir, context);
    cached = result.isCached;
    log.logHost(cached ? "already installed" : "installed");
    return result;
  } finally {
    onTimes({ startedAt, endedAt: new Date().toISOString(), cached });
  }
}
