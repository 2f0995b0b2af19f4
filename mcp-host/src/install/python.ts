import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./run.ts";

const PROBE_TIMEOUT_MS = 20_000;

/**
 * Returns the first python3 on PATH that a user can start, or null. Root's own Python can lie in a folder that only root can enter.
 *
 * @param user the user who has to start it, where that is not mcp-host's own
 */
export async function findPython(env: Record<string, string>, user: number | null): Promise<string | null> {
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    if (folder === "") continue;
    const file = join(folder, "python3");
    try {
      accessSync(file, constants.X_OK);
    } catch {
      continue;
    }
    if (user === null) return file;
    const options = { cwd: "/", env, timeoutMs: PROBE_TIMEOUT_MS, user };
    if ((await run(file, ["-I", "-S", "-c", "import venv"], options)).code === 0) return file;
  }
  return null;
}

const VERSION = String.raw`(?:===|[<>=!~]=|[<>])\s*[\w.*+]+`;
const DEMAND = new RegExp(
  String.raw`(?:requires|depends on|does not satisfy) Python\s*(${VERSION}(?:\s*,\s*${VERSION})*)`,
  "gi",
);

/** Returns the Python versions that uv reports as needed, as PEP 440 writes them, in uv's order. */
export function parsePythonDemands(output: string): string[] {
  return [...output.matchAll(DEMAND)].map(([, specifiers = ""]) => specifiers.replace(/\s+/g, ""));
}

/**
 * Summarizes why uv could neither find nor download a Python: the failure and, in parentheses, its first cause. Removes passwords
 * from URLs.
 */
export function summarizeUvFailure(output: string): string {
  const lines = output.split("\n").map((line) => line.trim().replace(/\/\/[^/@\s]*@/g, "//"));
  const of = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  const [failed = lines.find((line) => line !== "") ?? "no reason given"] = of(/^error: (.+)/);
  const cause = of(/^(?:cause|caused by): (.+)/i).at(-1);
  return (cause === undefined ? failed : `${failed} (${cause})`).slice(0, 500);
}
