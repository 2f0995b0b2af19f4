#!/usr/bin/env node
import { dirname } from "node:path";
import { findFreshBuild } from "../fresh-build.ts";
import { NODE_FLAGS, NODE_VARIABLES } from "../node-flags.ts";

/**
 * Goes on as the built program, started for little memory: the same process, with the same id, standard streams and arguments. Returns
 * where that cannot be done, as on Windows, or is not wanted: there is no build of these sources, or somebody has said how
 * Node is to be started, be it for a debugger, a profile, coverage, or to watch the sources.
 */
function becomeBuild(): void {
  const { execPath, execArgv, argv, env, execve } = process;
  const asked = execArgv.length > 0 || env.NODE_OPTIONS || env.NODE_V8_COVERAGE || process.channel !== undefined;
  if (asked || execve === undefined) return;
  const program = findFreshBuild(dirname(import.meta.dirname));
  if (program === null) return;
  try {
    execve(execPath, [execPath, ...NODE_FLAGS, program, ...argv.slice(2)], { ...NODE_VARIABLES, ...env });
  } catch {
    // Not on this system.
  }
}

becomeBuild();
// Only now, so that nothing is loaded for a process that becomes another.
await import("./serve.ts");
