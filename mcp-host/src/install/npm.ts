import { lstat, open, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { isObject } from "../protocol/json.ts";
import { buildInstallEnvironment } from "../server/environment.ts";
import { InstallError } from "./errors.ts";
import { installOnce } from "./folder.ts";
import { findProgram, run } from "./run.ts";
import { type PackageSpec, toClientSpec } from "./spec.ts";
import type { InstallContext, InstallResult } from "./types.ts";

const TIMEOUT_MS = 10 * 60 * 1000;

/** Installs an npm package with the npm client and finds its program. Throws InstallError. */
export async function installNpm(spec: PackageSpec, root: string, context: InstallContext): Promise<InstallResult> {
  const wanted = toClientSpec(spec);
  const { folder, isCached } = await installOnce(root, `npm:${wanted}`, async (target) => {
    await writeFile(join(target, "package.json"), '{"private":true}\n');
    const npm = await findNpm(context.env);
    const flags = ["--no-audit", "--no-fund", "--omit=dev", "--no-progress", "--loglevel=warn"];
    const args = [npm, "install", "--prefix", target, ...flags, "--save-exact", "--", wanted];
    const result = await run(process.execPath, args, {
      cwd: target,
      env: buildInstallEnvironment(context.env),
      timeoutMs: TIMEOUT_MS,
      onLine: context.onLine,
    });
    if (result.code !== 0) throw toInstallError(spec, result.output);
    await checkNodeVersion(join(target, "node_modules", spec.name), spec);
  });
  const program = context.entry !== null && "program" in context.entry ? context.entry.program : null;
  return { ...(await findBin(folder, spec, program)), isCached };
}

/** Returns npm's program file: beside the running Node, else the target of the npm command on PATH. */
async function findNpm(env: InstallContext["env"]): Promise<string> {
  const beside = join(dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js");
  const candidates = [beside, env.npm_execpath, findProgram("npm", env.PATH)];
  for (const candidate of candidates) {
    if (!candidate) continue;
    const file = await realpath(candidate).catch(() => null);
    if (file?.endsWith("npm-cli.js")) return file;
  }
  throw new InstallError("install_failed", "npm was not found beside Node or on PATH");
}

function toInstallError(spec: PackageSpec, output: string): InstallError {
  const codeText = /npm (?:error|ERR!) code (\S+)/.exec(output)?.[1] ?? "";
  if (codeText === "ETARGET" || /No matching version found/.test(output)) {
    const missing = /No matching version found for ((?:@[^\s@/]+\/)?[^\s@/]+)@(\S+?)\.?(?:\s|$)/.exec(output);
    const [, name = spec.name, range = spec.version] = missing ?? [];
    if (name !== spec.name) {
      const message = `${spec.name} ${spec.version} needs ${name} ${range}, of which npm has no version`;
      return new InstallError("version_not_found", message);
    }
    return new InstallError("version_not_found", `npm has no version ${spec.version} of ${spec.name}`);
  }
  if (codeText === "E404") {
    // The missing package can be a dependency of the requested one.
    const missing = /'([^']+)' is not in this registry/.exec(output)?.[1];
    const which =
      missing === undefined || missing.startsWith(`${spec.name}@`) ? spec.name : `${missing}, which ${spec.name} needs`;
    return new InstallError("package_not_found", `npm has no package ${which}`);
  }
  if (
    /^(?:ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ERR_SOCKET_TIMEOUT|E5\d\d|UNABLE_TO|CERT_|SELF_SIGNED)/.test(
      codeText,
    )
  ) {
    return new InstallError("network", `npm could not reach its registry (${codeText})`);
  }
  if (codeText === "EBADENGINE" || /EBADENGINE.*\n.*Not compatible/.test(output)) {
    return new InstallError("runtime_too_old", `${spec.name} does not support Node ${process.versions.node}`);
  }
  const lines = output
    .split("\n")
    .filter((line) => /npm (?:error|ERR!)/.test(line) && !/A complete log|code \S+$/.test(line));
  const detail = lines.slice(0, 3).join(" ").slice(0, 500) || output.trim().slice(-500);
  return new InstallError("install_failed", `npm could not install ${spec.name}: ${detail}`);
}

async function readManifest(folder: string, spec: PackageSpec): Promise<Record<string, unknown>> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "");
  try {
    const manifest: unknown = JSON.parse(text);
    if (isObject(manifest)) return manifest;
  } catch {
    // Reported below.
  }
  throw new InstallError("install_failed", `${spec.name} has no readable package.json`);
}

/** npm only warns about `engines`. A package that plainly needs a newer Node would be left to crash. */
async function checkNodeVersion(folder: string, spec: PackageSpec): Promise<void> {
  const { engines } = await readManifest(folder, spec);
  const wanted = isObject(engines) ? engines.node : undefined;
  const minimum = typeof wanted === "string" ? /^>=\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(wanted.trim()) : null;
  if (minimum === null) return;
  const have = process.versions.node.split(".").map(Number);
  for (const [index, part] of have.entries()) {
    const needed = Number(minimum[index + 1] ?? 0);
    if (part > needed) return;
    if (part < needed) {
      const message = `${spec.name} needs Node ${wanted}, here is ${process.versions.node}`;
      throw new InstallError("runtime_too_old", message);
    }
  }
}

/**
 * Chooses a package's program: the only one, the one named as the package, or one that names MCP. Null when none is plainly the
 * server.
 */
export function chooseBin(bin: unknown, packageName: string): string | null {
  if (typeof bin === "string") return bin;
  if (!isObject(bin)) return null;
  const entries = Object.entries(bin).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const files = new Set(entries.map(([, file]) => file));
  const unscoped = packageName.replace(/^@[^/]*\//, "");
  const chosen =
    (files.size === 1 ? entries[0] : undefined) ??
    entries.find(([name]) => name === unscoped) ??
    entries.find(([name]) => name === packageName) ??
    entries.find(([name]) => /mcp/i.test(name));
  return chosen?.[1] ?? null;
}

/**
 * Finds the program to start: the named one, which a dependency can bring, or the one that is plainly the package's
 * server.
 */
async function findBin(
  installFolder: string,
  spec: PackageSpec,
  program: string | null,
): Promise<{ command: string; args: string[] }> {
  if (program !== null) return findNamedBin(installFolder, spec, program);
  const folder = join(installFolder, "node_modules", spec.name);
  const { bin } = await readManifest(folder, spec);
  const relative = chooseBin(bin, spec.name);
  if (relative === null) {
    const names = isObject(bin) ? Object.keys(bin).join(", ") : "";
    const what =
      names === ""
        ? "has no program to run (no bin)"
        : `has several programs and none that is plainly its server: ${names}`;
    throw new InstallError("no_bin", `${spec.name} ${what}`);
  }
  return startFile(resolve(folder, relative), folder, `${spec.name}: its program ${relative}`);
}

/** npx -p PACKAGE PROGRAM starts what npm has linked into node_modules/.bin. */
async function findNamedBin(installFolder: string, spec: PackageSpec, program: string) {
  const modules = join(installFolder, "node_modules");
  const link = join(modules, ".bin", program);
  if ((await lstat(link).catch(() => null)) === null) {
    const { bin } = await readManifest(join(modules, spec.name), spec);
    const names = isObject(bin) ? Object.keys(bin).join(", ") : "";
    const what = names === "" ? "" : `; it has: ${names}`;
    throw new InstallError("no_bin", `${spec.name} brings no program named ${program}${what}`);
  }
  return startFile(link, modules, `${spec.name}: its program ${program}`);
}

/** Returns how to start a file, which must lie in the folder. Throws InstallError; `what` names the file. */
async function startFile(path: string, folder: string, what: string): Promise<{ command: string; args: string[] }> {
  const root = await realpath(folder);
  const file = await realpath(path).catch(() => null);
  if (file === null || !(await stat(file)).isFile()) throw new InstallError("no_bin", `${what} is missing`);
  if (!file.startsWith(root + sep)) throw new InstallError("no_bin", `${what} lies outside the package`);
  return (await isNodeScript(file)) ? { command: process.execPath, args: [file] } : { command: file, args: [] };
}

/**
 * Returns whether a file is JavaScript for a plain `node`. A first line that asks for anything more needs the kernel to
 * start it.
 */
async function isNodeScript(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    const firstLine = buffer.toString("utf8", 0, bytesRead).split(/\r?\n/)[0] ?? "";
    if (firstLine.startsWith("#!")) return /^#!\s*(?:\/usr\/bin\/env\s+node|\S*\/node)\s*$/.test(firstLine);
    return /\.[cm]?js$/.test(file);
  } finally {
    await handle.close();
  }
}
