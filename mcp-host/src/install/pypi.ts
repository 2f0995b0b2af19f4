import { existsSync } from "node:fs";
import { join } from "node:path";
import { installEnvironment } from "../server/environment.ts";
import { InstallError } from "./errors.ts";
import { installOnce } from "./folder.ts";
import type { InstallContext, InstallResult } from "./install.ts";
import { findProgram, type RunResult, run } from "./run.ts";
import { clientSpec, type PackageSpec } from "./spec.ts";

const TIMEOUT_MS = 10 * 60 * 1000;
const QUERY_TIMEOUT_MS = 60_000;

/** Prints, as JSON, the console scripts of the distribution that is named by the first argument. */
const ENTRY_POINTS = `
import importlib.metadata, json, sys
found = importlib.metadata.distribution(sys.argv[1]).entry_points
print(json.dumps([point.name for point in found if point.group == "console_scripts"]))
`;

/** Installs a PyPI package into a virtual environment, with uv where there is one, else with venv and pip, and finds the program that it brings. Throws InstallError. */
export async function installPypi(spec: PackageSpec, root: string, context: InstallContext): Promise<InstallResult> {
  const wanted = clientSpec(spec);
  const env = installEnvironment(context.env);
  const { folder, cached } = await installOnce(root, `pypi:${wanted}`, async (target) => {
    const step = (command: string, args: string[]) =>
      run(command, args, { cwd: target, env, timeoutMs: TIMEOUT_MS, onLine: context.onLine });
    const venv = join(target, "venv");
    const uv = findProgram("uv", env.PATH);
    if (uv !== null) {
      const made = await step(uv, ["venv", "--quiet", venv]);
      if (made.code !== 0) throw explainVenv(made);
      const result = await step(uv, ["pip", "install", "--python", join(venv, "bin", "python"), "--", wanted]);
      if (result.code !== 0) throw explain(spec, result.output);
      return;
    }
    const python = findProgram("python3", env.PATH);
    if (python === null) throw new InstallError("python_missing", "this machine has neither uv nor python3");
    const made = await step(python, ["-m", "venv", venv]);
    if (made.code !== 0) throw explainVenv(made);
    const flags = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"];
    const result = await step(join(venv, "bin", "python"), ["-m", "pip", "install", ...flags, "--", wanted]);
    if (result.code !== 0) throw explain(spec, result.output);
  });
  return { ...(await findScript(join(folder, "venv", "bin"), spec, folder, env)), cached };
}

function explainVenv({ output }: RunResult): InstallError {
  if (/No interpreter found|No Python|ensurepip is not|No module named venv|command not found/i.test(output)) {
    const message = "this machine has no Python that can make a virtual environment";
    return new InstallError("python_missing", message);
  }
  return new InstallError("install_failed", `no virtual environment could be made: ${lastLines(output)}`);
}

function explain(spec: PackageSpec, output: string): InstallError {
  const named = `${spec.name} ${spec.version}`;
  // Before "no matching distribution": pip says both when every release wants a newer Python.
  const tooOld = /requires a different Python|Requires-Python [^\n]*\b|requires Python\s*[<>=!~]/i.test(output);
  const versionTooOld = new RegExp(`(?:^|[\\s;])${escapeForRegExp(spec.version)} Requires-Python`).test(output);
  if (versionTooOld || (tooOld && !/Ignored the following versions/.test(output))) {
    return new InstallError("runtime_too_old", `${named} needs another version of Python: ${pythonWanted(output)}`);
  }
  if (
    /NameResolutionError|Name or service not known|Temporary failure|Failed to (?:connect|fetch)|ConnectionError|NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|dns error|SSLError|CERTIFICATE_VERIFY|error sending request|tcp connect/i.test(
      output,
    )
  ) {
    return new InstallError("network", "the Python package index could not be reached");
  }
  const versions = /\(from versions: ([^)]*)\)/.exec(output)?.[1];
  if (versions === "none" || /was not found in the package registry|not found in the (?:cache|package)/i.test(output)) {
    return new InstallError("package_not_found", `the Python package index has no package ${spec.name}`);
  }
  if (versions !== undefined || /there is no version of|No matching distribution found/i.test(output)) {
    return new InstallError(
      "version_not_found",
      `the Python package index has no version ${named}, or of something it needs`,
    );
  }
  return new InstallError("install_failed", `${named} could not be installed: ${lastLines(output)}`);
}

function pythonWanted(output: string): string {
  return (
    /not in '([^']+)'|Requires-Python ([^;\n]+)|requires Python\s*([<>=!~][^\s]*)/i
      .exec(output)
      ?.slice(1)
      .find(Boolean) ?? "unknown"
  );
}

function lastLines(output: string): string {
  return output.trim().split("\n").slice(-3).join(" ").slice(0, 500);
}

function escapeForRegExp(text: string): string {
  return text.replace(/[.+*?^$()[\]{}|\\]/g, "\\$&");
}

/** A project's name as PEP 503 normalises it. */
function normalise(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

/** Chooses among a distribution's console scripts: the one named as the project, the only one, one that names MCP. */
export function chooseScript(scripts: string[], projectName: string): string | null {
  const safe = scripts.filter((script) => /^[\w.-]+$/.test(script) && !script.startsWith("."));
  const wanted = normalise(projectName);
  return (
    safe.find((script) => normalise(script) === wanted) ??
    (safe.length === 1 ? safe[0] : undefined) ??
    safe.find((script) => /mcp/i.test(script)) ??
    null
  );
}

async function findScript(
  bin: string,
  spec: PackageSpec,
  cwd: string,
  env: Record<string, string>,
): Promise<{ command: string; args: string[] }> {
  const python = join(bin, "python");
  const query = await run(python, ["-I", "-c", ENTRY_POINTS, spec.name], { cwd, env, timeoutMs: QUERY_TIMEOUT_MS });
  const script = query.code === 0 ? chooseScript(parseNames(query.stdout), spec.name) : null;
  if (script !== null && existsSync(join(bin, script))) return { command: join(bin, script), args: [] };
  const moduleName = normalise(spec.name).replaceAll("-", "_");
  const probe = `import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1] + ".__main__") is None)`;
  const found = await run(python, ["-I", "-c", probe, moduleName], { cwd, env, timeoutMs: QUERY_TIMEOUT_MS });
  if (found.code === 0) return { command: python, args: ["-m", moduleName] };
  throw new InstallError("no_bin", `${spec.name} has no program to run (no console script, no __main__)`);
}

function parseNames(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  } catch {
    return [];
  }
}
