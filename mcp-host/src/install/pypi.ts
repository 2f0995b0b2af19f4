import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../protocol/json.ts";
import { buildInstallEnvironment } from "../server/environment.ts";
import { InstallError } from "./errors.ts";
import { installOnce } from "./folder.ts";
import { parsePythonDemands, summarizeUvFailure } from "./python.ts";
import { findProgram, type RunResult, run } from "./run.ts";
import { type EntryPoint, type PackageSpec, toClientSpec } from "./spec.ts";
import type { InstallContext, InstallResult } from "./types.ts";

const TIMEOUT_MS = 10 * 60 * 1000;
const QUERY_TIMEOUT_MS = 60_000;
/** Meeting one demand on Python can reveal the next: first the package's own, then those of its dependencies. */
const MAX_PYTHONS = 4;

/** Prints a distribution's metadata as JSON. Runs no code of the distribution. */
const METADATA_SCRIPT = `
import importlib.metadata as metadata, json, sys
found = metadata.distribution(sys.argv[1])
try:
    mcp = metadata.version("mcp")
except metadata.PackageNotFoundError:
    mcp = None
scripts = [point.name for point in found.entry_points if point.group == "console_scripts"]
print(json.dumps({"scripts": scripts, "requires": found.requires or [], "mcp": mcp}))
`;

/**
 * Exits with 0 if a module, or a package with __main__, is installed. Finds each part without importing the one before.
 */
const MODULE_SCRIPT = `
import sys
from importlib.machinery import PathFinder
path, spec, name = None, None, ""
for part in sys.argv[1].split(".") + ["__main__"]:
    if spec is not None and spec.submodule_search_locations is None:
        sys.exit(0 if part == "__main__" else 1)
    name = part if name == "" else name + "." + part
    spec = PathFinder.find_spec(name, path)
    if spec is None:
        sys.exit(1)
    path = spec.submodule_search_locations
`;

interface Metadata {
  /** Names of its console scripts. */
  scripts: string[];
  /** Its requirements, as PEP 508 writes them. */
  requires: string[];
  /** Version of the Python MCP SDK that was installed with it, or null. */
  mcp: string | null;
}

/**
 * Installs a PyPI package into a virtual environment and finds its program. Uses uv, or venv and pip on a machine without uv. Where
 * the package needs another Python than the machine's, uv finds or downloads one into a folder below `root`, which lasts as long as
 * the packages on it. Throws InstallError.
 */
export async function installPypi(spec: PackageSpec, root: string, context: InstallContext): Promise<InstallResult> {
  const wanted = toClientSpec(spec);
  // mcp-host reads uv's messages, so they must not be wrapped within a sentence.
  const env: Record<string, string> = {
    UV_PYTHON_INSTALL_DIR: join(root, "python"),
    UV_NO_WRAP: "1",
    ...buildInstallEnvironment(context.env),
  };
  const { folder, isCached } = await installOnce(root, `pypi:${wanted}`, async (target) => {
    const step = (command: string, args: string[]) =>
      run(command, args, { cwd: target, env, timeoutMs: TIMEOUT_MS, onLine: context.onLine });
    const venv = join(target, "venv");
    const python = join(venv, "bin", "python");
    const uv = findProgram("uv", env.PATH);
    const base = findProgram("python3", env.PATH);
    if (uv === null && base === null)
      throw new InstallError("python_missing", "this machine has neither uv nor python3");
    const made = uv !== null ? await step(uv, ["venv", "--quiet", venv]) : await step(base ?? "", ["-m", "venv", venv]);
    if (made.code !== 0) throw toVenvError(made);
    const pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--"];
    const add = (...wants: string[]) =>
      uv !== null ? step(uv, ["pip", "install", "--python", python, "--", ...wants]) : step(python, [...pip, ...wants]);
    let result = await add(wanted);
    const demands: string[] = [];
    while (uv !== null && result.code !== 0 && demands.length < MAX_PYTHONS) {
      const demand = parsePythonDemands(result.output).find((text) => !demands.includes(text));
      if (demand === undefined) break;
      demands.push(demand);
      context.onLine(`${wanted} needs another Python than this one: asking uv for ${demands.join(",")}`);
      await rm(venv, { recursive: true, force: true });
      const other = await step(uv, ["venv", "--quiet", "--python", demands.join(","), venv]);
      if (other.code !== 0) throw toPythonError(spec, demands.join(","), other.output);
      result = await add(wanted);
    }
    if (result.code !== 0) throw toInstallError(spec, result.output);
    const metadata = await readMetadata(python, spec, target, env);
    if (metadata !== null && needsFirstSdk(metadata)) {
      context.onLine(`${spec.name} asks for the MCP SDK without a bound and names no version 2: taking mcp<2`);
      await add(wanted, "mcp<2");
    }
  });
  return { ...(await findEntry(join(folder, "venv", "bin"), spec, folder, env, context.entry)), isCached };
}

/**
 * Returns whether a server got version 2 or later of the Python MCP SDK only because its requirement has no upper bound. That version broke
 * servers written for the first. A requirement that names no version from 2 on allows the first.
 */
export function needsFirstSdk({ requires, mcp }: Metadata): boolean {
  if (mcp === null || Number.parseInt(mcp, 10) < 2) return false;
  const requirement = requires.find((text) => /^mcp\s*(?:[[(<>=!~;]|$)/i.test(text))?.split(";")[0];
  if (requirement === undefined) return false;
  const versions = requirement.replace(/^mcp\s*(?:\[[^\]]*\])?/i, "").match(/\d+(?:\.[\w*]+)*/g) ?? [];
  return versions.every((version) => Number.parseInt(version, 10) < 2);
}

async function readMetadata(
  python: string,
  spec: PackageSpec,
  cwd: string,
  env: Record<string, string>,
): Promise<Metadata | null> {
  const query = await run(python, ["-I", "-c", METADATA_SCRIPT, spec.name], { cwd, env, timeoutMs: QUERY_TIMEOUT_MS });
  try {
    const value: unknown = query.code === 0 ? JSON.parse(query.stdout) : null;
    if (!isObject(value)) return null;
    return { scripts: strings(value.scripts), requires: strings(value.requires), mcp: strings([value.mcp])[0] ?? null };
  } catch {
    return null;
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function toVenvError({ output }: RunResult): InstallError {
  if (/No interpreter found|No Python|ensurepip is not|No module named venv|command not found/i.test(output)) {
    const message = "this machine has no Python that can make a virtual environment";
    return new InstallError("python_missing", message);
  }
  return new InstallError("install_failed", `no virtual environment could be made: ${takeLastLines(output)}`);
}

function toPythonError(spec: PackageSpec, demand: string, output: string): InstallError {
  const message = `${spec.name} ${spec.version} needs another version of Python: ${demand}; uv brought none: ${summarizeUvFailure(output)}`;
  return new InstallError("runtime_too_old", message);
}

function toInstallError(spec: PackageSpec, output: string): InstallError {
  const named = `${spec.name} ${spec.version}`;
  // Check before "no matching distribution": pip reports both when every release needs a newer Python.
  const tooOld = /requires a different Python|Requires-Python [^\n]*\b|requires Python\s*[<>=!~]/i.test(output);
  const versionTooOld = ` ${output.replace(/[\s;]+/g, " ")}`.includes(` ${spec.version} Requires-Python`);
  if (versionTooOld || (tooOld && !/Ignored the following versions/.test(output))) {
    return new InstallError("runtime_too_old", `${named} needs another version of Python: ${findWantedPython(output)}`);
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
    const missing = findMissingDependency(spec, output);
    const which = missing === null ? spec.name : `${missing}, which ${named} needs`;
    return new InstallError("package_not_found", `the Python package index has no package ${which}`);
  }
  if (versions !== undefined || /there is no version of|No matching distribution found/i.test(output)) {
    const missing = findMissingDependency(spec, output);
    return new InstallError(
      "version_not_found",
      missing === null
        ? `the Python package index has no version ${named}`
        : `${named} needs ${missing}, of which the Python package index has no version`,
    );
  }
  return new InstallError("install_failed", `${named} could not be installed: ${takeLastLines(output)}`);
}

/**
 * Returns the requirement that could not be satisfied where it is a dependency, or null where it is the package itself.
 */
function findMissingDependency(spec: PackageSpec, output: string): string | null {
  const text = output.replace(/\s+/g, " ");
  const found =
    /satisfies the requirement ([A-Za-z0-9._-]+)(\S*)/.exec(text) ??
    /Because there (?:is|are) no versions? of ([A-Za-z0-9._-]+)(\S*)/.exec(text) ??
    /(?:Because|and|that) ([A-Za-z0-9._-]+) was not found/.exec(text);
  const [, name, version = ""] = found ?? [];
  if (name === undefined || normalizeName(name) === normalizeName(spec.name)) return null;
  return `${name}${version.replace(/[,;]$/, "")}`;
}

function findWantedPython(output: string): string {
  return (
    /not in '([^']+)'|Requires-Python ([^;\n]+)|requires Python\s*([<>=!~][^\s]*)/i
      .exec(output)
      ?.slice(1)
      .find(Boolean) ?? "unknown"
  );
}

function takeLastLines(output: string): string {
  return output.trim().split("\n").slice(-3).join(" ").slice(0, 500);
}

/** Normalizes a project's name (PEP 503). */
function normalizeName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

/**
 * Chooses a distribution's console script: the one named as the project, the only one, or one that names MCP. Null when none is
 * plainly the server.
 */
export function chooseScript(scripts: string[], projectName: string): string | null {
  const safe = scripts.filter((script) => /^[\w.-]+$/.test(script) && !script.startsWith("."));
  const wanted = normalizeName(projectName);
  return (
    safe.find((script) => normalizeName(script) === wanted) ??
    (safe.length === 1 ? safe[0] : undefined) ??
    safe.find((script) => /mcp/i.test(script)) ??
    null
  );
}

/**
 * Finds what to start: the named program or module, or the one that is plainly the package's server. Throws
 * InstallError.
 */
async function findEntry(
  bin: string,
  spec: PackageSpec,
  cwd: string,
  env: Record<string, string>,
  entry: EntryPoint,
): Promise<{ command: string; args: string[] }> {
  const python = join(bin, "python");
  const hasModule = async (name: string) => {
    const options = { cwd, env, timeoutMs: QUERY_TIMEOUT_MS };
    return (await run(python, ["-I", "-c", MODULE_SCRIPT, name], options)).code === 0;
  };
  if (entry !== null && "program" in entry) {
    const { program } = entry;
    if (existsSync(join(bin, program))) return { command: join(bin, program), args: [] };
    const scripts = (await readMetadata(python, spec, cwd, env))?.scripts ?? [];
    const what = scripts.length === 0 ? "" : `; it has: ${scripts.join(", ")}`;
    throw new InstallError("no_bin", `${spec.name} brings no program named ${program}${what}`);
  }
  if (entry !== null) {
    if (await hasModule(entry.module)) return { command: python, args: ["-m", entry.module] };
    throw new InstallError("no_bin", `${spec.name} brings no module named ${entry.module} that can be run`);
  }
  const metadata = await readMetadata(python, spec, cwd, env);
  const script = chooseScript(metadata?.scripts ?? [], spec.name);
  if (script !== null && existsSync(join(bin, script))) return { command: join(bin, script), args: [] };
  const moduleName = normalizeName(spec.name).replaceAll("-", "_");
  if (await hasModule(moduleName)) return { command: python, args: ["-m", moduleName] };
  throw new InstallError("no_bin", `${spec.name} has no program to run (no console script, no __main__)`);
}
