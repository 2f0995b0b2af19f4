import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finished, run } from "./process.ts";

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** What a Python tool needs to reach a registry as its owner set it up, and nothing else of this process. */
const PASSED_VARIABLES =
  /^(PATH|HOME|USERPROFILE|SYSTEMROOT|LANG|LC_ALL|TMPDIR|XDG_(CONFIG|CACHE|DATA)_HOME|APPDATA|PIP_.*|UV_.*|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|(HTTPS?|NO|ALL)_PROXY|PYENV_.*)$/i;

/** A tool's environment, out of this process's. */
export function toolEnvironment(variables: Record<string, string | undefined>): Record<string, string> {
  const env: Record<string, string> = {
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_NO_INPUT: "1",
    PYTHONDONTWRITEBYTECODE: "1",
  };
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && PASSED_VARIABLES.test(name)) env[name] = value;
  }
  return env;
}

/** Runs a tool in one folder, with its arguments, for a bounded time. */
export type Tool = (command: readonly [string, ...string[]], timeoutMs: number) => Promise<Finished>;

/** Gives an empty folder for as long as it is used: `python -m` imports from the folder that it is in. */
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
