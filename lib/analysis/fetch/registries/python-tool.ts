import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finished, run } from "./process.ts";

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/**
 * Variables that a Python tool needs to reach a registry as the operator configured it. Nothing else of this process is
 * passed on.
 */
const PASSED_VARIABLES =
  /^(PATH|HOME|USERPROFILE|SYSTEMROOT|LANG|LC_ALL|TMPDIR|XDG_(CONFIG|CACHE|DATA)_HOME|APPDATA|PIP_.*|UV_.*|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|(HTTPS?|NO|ALL)_PROXY|PYENV_.*)$/i;

/** Returns the environment of a tool: the part of this process's that it needs. */
export function toolEnvironment(variables: Record<string, string | undefined>): Record<string, string> {
  const env: Record<string, string> = {
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_NO_INPUT: "1",
    // The files of a hostile package must not stay in a cache.
    PIP_NO_CACHE_DIR: "1",
    UV_NO_CACHE: "1",
    PYTHONDONTWRITEBYTECODE: "1",
  };
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && PASSED_VARIABLES.test(name)) env[name] = value;
  }
  return env;
}

/** Runs a tool with its arguments in one folder, for a bounded time. */
export type Tool = (command: readonly [string, ...string[]], timeoutMs: number) => Promise<Finished>;

/** Provides an empty folder while `use` runs, because `python -m` imports modules from the current folder. */
export async function inEmptyFolder<T>(
  env: Record<string, string>,
  signal: AbortSignal,
  use: (tool: Tool, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "catwalk-python-"));
  try {
    return await use(
      (command, timeoutMs) => run(command, { cwd: folder, env, signal, timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES }),
      folder,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
