#!/usr/bin/env node
import { dirname } from "node:path";
import { findFreshBuild } from "../fresh-build.ts";
import { NODE_FLAGS, NODE_VARIABLES } from "../node-flags.ts";

/**
 * Replaces this process by the built program, started for little memory: same pid, standard streams and arguments. Returns where
 * that is impossible (Windows) or not wanted: there is no current build, or Node was started with options, for a debugger, a
 * profile, coverage or watching.
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
    // This system has no execve.
  }
}

becomeBuild();
// Imported last, so that nothing is loaded for a process that is replaced.
await import("./serve.ts");
