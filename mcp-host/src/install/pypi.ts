import { existsSync, realpathSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../protocol/json.ts";
import { buildMachineEnvironment } from "../server/environment.ts";
import { toCompatibilityKey, writeCompatibility } from "./compatibility.ts";
import { InstallError } from "./errors.ts";
import { installOnce } from "./folder.ts";
import { DEFAULT_POLICY, InstallRun } from "./install-run.ts";
import { buildInstallKey, describePackage, readLock, writeLock } from "./package-lock.ts";
import { normalizeProjectName } from "./project-name.ts";
import { dropHashes } from "./python-lock.ts";
import { findProgram, run } from "./run.ts";
import { type EntryPoint, type PackageSpec, toClientSpec } from "./spec.ts";
import { takeLastLines, VirtualEnvironment } from "./virtual-environment.ts";

const QUERY_TIMEOUT_MS = 60_000;
/** -S keeps Python from running the .pth files of installed packages. The folder of the packages is an argument instead. */
const QUERY_FLAGS = ["-I", "-S", "-c"];

/** Prints a distribution's metadata as JSON. Runs no code of the distribution. */
const METADATA_SCRIPT = `
import sys
sys.path.insert(0, sys.argv[2])
import importlib.metadata as metadata, json
found = metadata.distribution(sys.argv[1])
try:
    mcp = metadata.version("mcp")
except metadata.PackageNotFoundError:
    mcp = None
found_all = metadata.distributions(path=[sys.argv[2]])
installed = sorted({f'{one.metadata["Name"]}=={one.version}' for one in found_all})
scripts = [point.name for point in found.entry_points if point.group == "console_scripts"]
print(json.dumps({"scripts": scripts, "requires": found.requires or [], "mcp": mcp, "installed": installed}))
`;

/**
 * Exits with 0 if a module, or a package with __main__, is installed. Finds each part without importing the one before.
 */
const MODULE_SCRIPT = `
import sys
from importlib.machinery import PathFinder
path, spec, name = [sys.argv[2]], None, ""
for part in sys.argv[1].split(".") + ["__main__"]:
    if spec is not None and spec.submodule_search_locations is None:
        sys.exit(0 if part == "__main__" else 1)
    name = part if name == "" else name + "." + part
    spec = PathFinder.find_spec(name, path)
    if spec is None:
        sys.exit(1)
    path = spec.submodule_search_locations
`;

import type { InstallContext, InstallResult, PackageLock } from "./types.ts";

/** A name and a version, as Python's own metadata has them. */
const PIN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}==[0-9A-Za-z][0-9A-Za-z.!+_-]{0,99}$/;

interface Metadata {
  /** Names of its console scripts. */
  scripts: string[];
  /** Its requirements, as PEP 508 writes them. */
  requires: string[];
  /** Version of the Python MCP SDK that was installed with it, or null. */
  mcp: string | null;
  /** All installed packages, each NAME==VERSION. */
  installed: string[];
}

/**
 * Installs a PyPI package into a virtual environment and finds its program. Uses uv, or venv and pip on a machine without uv. Takes
 * built packages, which runs no code of them; where there are none, and the policy allows it, builds from source with the rights of a
 * server. Where the package needs another Python than the machine's, uv finds or downloads one into a folder below `root`, which lasts
 * as long as the packages on it. Throws InstallError.
 */
export async function installPypi(spec: PackageSpec, root: string, context: InstallContext): Promise<InstallResult> {
  const policy = context.policy ?? DEFAULT_POLICY;
  // mcp-host reads uv's messages, so they must not be wrapped within a sentence.
  const variables = { UV_PYTHON_INSTALL_DIR: join(root, "python"), UV_NO_WRAP: "1" };
  const compatibility = context.compatibility ?? null;
  const resolution = `${context.resolution ?? ""}${toCompatibilityKey(compatibility)}`;
  const key = { spec, policy, interpreter: nameInterpreter(context.env.PATH), resolution };
  const lock = context.lock?.package === describePackage(spec) ? context.lock : null;
  const { folder, isCached } = await installOnce(
    root,
    buildInstallKey({ ...key, lock }),
    async (target) => {
      const bounds = await writeCompatibility(target, compatibility);
      const install = await InstallRun.begin(target, context, { ...variables, ...bounds });
      const venv = new VirtualEnvironment(install, context, spec);
      const resolved =
        lock === null ? await resolve(venv, spec, install, context) : await replay(venv, lock, spec, install);
      if (resolved === null) context.onLine("the hashes of what was installed could not be learned");
      else await writeLock(target, resolved);
      await venv.compile();
      await install.finish();
      return resolved === null ? undefined : buildInstallKey({ ...key, lock: resolved });
    },
    { useFile: context.useFile ?? null },
  );
  const env = { ...variables, ...buildMachineEnvironment(context.env) };
  const found = await findEntry(join(folder, "venv"), spec, folder, env, context.entry);
  return { ...found, home: join(folder, "home"), lock: await readLock(folder), isCached };
}

/** Returns the machine's Python by its file, which usually has its version. */
function nameInterpreter(path: string | undefined): string {
  const file = findProgram("python3", path);
  return file === null ? "python" : realpathSync(file);
}

/** Installs what the index has now. Returns its lock, or null when that cannot be learned. Throws InstallError. */
async function resolve(
  venv: VirtualEnvironment,
  spec: PackageSpec,
  install: InstallRun,
  context: InstallContext,
): Promise<PackageLock | null> {
  const wanted = toClientSpec(spec);
  let result = await venv.fill([wanted]);
  if (result.code !== 0) throw toInstallError(spec, result.output, install.policy.scripts);
  const query = () => readMetadata(join(install.target, "venv"), spec, install.target, install.clientEnvironment);
  let metadata = await query();
  if (metadata !== null && needsFirstSdk(metadata)) {
    context.onLine(`${spec.name} asks for the MCP SDK without a bound and names no version 2: taking mcp<2`);
    // From nothing: what is installed could run code in the package client.
    result = await venv.fill([wanted, "mcp<2"]);
    if (result.code !== 0) result = await venv.fill([wanted]);
    if (result.code !== 0) throw toInstallError(spec, result.output, install.policy.scripts);
    metadata = await query();
  }
  return metadata === null || metadata.installed.length === 0 ? null : await venv.lock(metadata.installed);
}

/** Installs what a lock names. Returns the lock, or a new one for another platform. Throws InstallError. */
async function replay(
  venv: VirtualEnvironment,
  lock: PackageLock,
  spec: PackageSpec,
  install: InstallRun,
): Promise<PackageLock | null> {
  const result = await venv.fillFrom(lock);
  if (result.code !== 0) throw toInstallError(spec, result.output, install.policy.scripts);
  const platform = lock.platform === null ? null : await venv.describePlatform();
  return platform === lock.platform ? lock : await venv.lock(dropHashes(lock.content));
}

/**
 * Returns whether a server got version 2 or later of the Python MCP SDK only because its requirement has no upper bound. That version broke
 * servers written for the first. A requirement that names no version from 2 on allows the first.
 */
export function needsFirstSdk({ requires, mcp }: Omit<Metadata, "installed">): boolean {
  if (mcp === null || Number.parseInt(mcp, 10) < 2) return false;
  const requirement = requires.find((text) => /^mcp\s*(?:[[(<>=!~;]|$)/i.test(text))?.split(";")[0];
  if (requirement === undefined) return false;
  const versions = requirement.replace(/^mcp\s*(?:\[[^\]]*\])?/i, "").match(/\d+(?:\.[\w*]+)*/g) ?? [];
  return versions.every((version) => Number.parseInt(version, 10) < 2);
}

async function readMetadata(
  venv: string,
  spec: PackageSpec,
  cwd: string,
  env: Record<string, string>,
): Promise<Metadata | null> {
  const args = [...QUERY_FLAGS, METADATA_SCRIPT, spec.name, await findSitePackages(venv)];
  const query = await run(join(venv, "bin", "python"), args, { cwd, env, timeoutMs: QUERY_TIMEOUT_MS });
  try {
    const value: unknown = query.code === 0 ? JSON.parse(query.stdout) : null;
    if (!isObject(value)) return null;
    const [mcp = null] = strings([value.mcp]);
    const installed = strings(value.installed).filter((pin) => PIN.test(pin));
    return { scripts: strings(value.scripts), requires: strings(value.requires), mcp, installed };
  } catch {
    return null;
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** Returns the folder of a virtual environment's packages. */
async function findSitePackages(venv: string): Promise<string> {
  const names = await readdir(join(venv, "lib")).catch(() => []);
  const python = names.find((name) => /^python\d+\.\d+t?$/.test(name)) ?? "python3";
  return join(venv, "lib", python, "site-packages");
}

function toInstallError(spec: PackageSpec, output: string, scripts: readonly string[] | null): InstallError {
  const named = `${spec.name} ${spec.version}`;
  if (/Hash mismatch|DO NOT MATCH THE HASHES/i.test(output)) {
    const message = `the index has other files than those that were installed first of ${named}, or of a package that it needs`;
    return new InstallError("hash_mismatch", message);
  }
  const isBuildRefused = /building from source is disabled|--no-build|has no (?:usable )?wheels/i.test(output);
  if (scripts?.length === 0 && isBuildRefused) {
    const message = `${named}, or a package that it needs, would have to be built from source, which is switched off`;
    return new InstallError("install_failed", message);
  }
  // Check before "no matching distribution": pip reports both when every release needs a newer Python.
  const tooOld = /requires a different Python|Requires-Python [^\n\w]*\w|requires Python\s*[<>=!~]/i.test(output);
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
  const versions = /\(from versions: ([^()]*)\)/.exec(output)?.[1];
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
  if (name === undefined || normalizeProjectName(name) === normalizeProjectName(spec.name)) return null;
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

/**
 * Chooses a distribution's console script: the one named as the project, the only one, or one that names MCP. Null when none is
 * plainly the server.
 */
export function chooseScript(scripts: string[], projectName: string): string | null {
  const safe = scripts.filter((script) => /^[\w.-]+$/.test(script) && !script.startsWith("."));
  const wanted = normalizeProjectName(projectName);
  return (
    safe.find((script) => normalizeProjectName(script) === wanted) ??
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
  venv: string,
  spec: PackageSpec,
  cwd: string,
  env: Record<string, string>,
  entry: EntryPoint,
): Promise<{ command: string; args: string[] }> {
  const bin = join(venv, "bin");
  const python = join(bin, "python");
  const hasModule = async (name: string) => {
    const options = { cwd, env, timeoutMs: QUERY_TIMEOUT_MS };
    return (await run(python, [...QUERY_FLAGS, MODULE_SCRIPT, name, await findSitePackages(venv)], options)).code === 0;
  };
  if (entry !== null && "program" in entry) {
    const { program } = entry;
    if (existsSync(join(bin, program))) return { command: join(bin, program), args: [] };
    const scripts = (await readMetadata(venv, spec, cwd, env))?.scripts ?? [];
    const what = scripts.length === 0 ? "" : `; it has: ${scripts.join(", ")}`;
    throw new InstallError("no_bin", `${spec.name} brings no program named ${program}${what}`);
  }
  if (entry !== null) {
    if (await hasModule(entry.module)) return { command: python, args: ["-m", entry.module] };
    throw new InstallError("no_bin", `${spec.name} brings no module named ${entry.module} that can be run`);
  }
  const metadata = await readMetadata(venv, spec, cwd, env);
  const script = chooseScript(metadata?.scripts ?? [], spec.name);
  if (script !== null && existsSync(join(bin, script))) return { command: join(bin, script), args: [] };
  const moduleName = normalizeProjectName(spec.name).replaceAll("-", "_");
  if (await hasModule(moduleName)) return { command: python, args: ["-m", moduleName] };
  throw new InstallError("no_bin", `${spec.name} has no program to run (no console script, no __main__)`);
}
