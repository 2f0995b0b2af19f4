import { lstat, open, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { isObject } from "../protocol/json.ts";
import { InstallError } from "./errors.ts";
import { installOnce } from "./folder.ts";
import { DEFAULT_POLICY, InstallRun } from "./install-run.ts";
import { toNpmError } from "./npm-errors.ts";
import { listScriptedPackages, type ScriptedPackage } from "./npm-scripts.ts";
import { buildInstallKey, describePackage, readLock, writeLock } from "./package-lock.ts";
import { findProgram } from "./run.ts";
import { type PackageSpec, toClientSpec } from "./spec.ts";
import type { InstallContext, InstallResult, PackageLock } from "./types.ts";

/** npm's own folder, from its program bin/npm-cli.js. */
const NPM_ROOT = join("..", "..");
const FLAGS = ["--no-audit", "--no-fund", "--omit=dev", "--no-progress", "--loglevel=warn"];

/**
 * Installs an npm package with the npm client and finds its program. npm itself runs no script; those that the policy allows run
 * afterwards, with the rights of a server. Throws InstallError.
 */
export async function installNpm(spec: PackageSpec, root: string, context: InstallContext): Promise<InstallResult> {
  const policy = context.policy ?? DEFAULT_POLICY;
  const key = { spec, policy, interpreter: `node ${process.versions.modules}`, resolution: context.resolution ?? "" };
  const lock = context.lock?.package === describePackage(spec) ? context.lock : null;
  const { folder, isCached } = await installOnce(
    root,
    buildInstallKey({ ...key, lock }),
    async (target) => {
      const install = await InstallRun.begin(target, context);
      const npm = await findNpm(context.env);
      await fetchPackages(npm, spec, install, lock);
      await checkNodeVersion(join(target, "node_modules", spec.name), spec);
      const resolved = lock ?? (await readNpmLock(target, spec));
      await writeLock(target, resolved);
      await runInstallScripts(npm, spec, install, context);
      await install.finish();
      return buildInstallKey({ ...key, lock: resolved });
    },
    { useFile: context.useFile ?? null },
  );
  const program = context.entry !== null && "program" in context.entry ? context.entry.program : null;
  const found = await findBin(folder, spec, program);
  return { ...found, home: join(folder, "home"), lock: await readLock(folder), isCached };
}

/** Installs the tree without running anything of it: as the lock has it, or resolved again. Throws InstallError. */
async function fetchPackages(npm: string, spec: PackageSpec, install: InstallRun, lock: PackageLock | null) {
  const { target } = install;
  const dependencies = lock === null ? {} : { dependencies: { [spec.name]: spec.version } };
  await writeFile(
    join(target, "package.json"),
    `${JSON.stringify({ name: "server", private: true, ...dependencies })}\n`,
  );
  if (lock !== null) await writeFile(join(target, "package-lock.json"), lock.content);
  // npm 12 matches allowScripts against the addresses in the lock.
  const flags = [...FLAGS, "--ignore-scripts", "--package-lock", "--no-omit-lockfile-registry-resolved"];
  const verb = lock === null ? "install" : "ci";
  const wanted = lock === null ? ["--save-exact", "--", toClientSpec(spec)] : [];
  const args = [npm, verb, "--prefix", target, ...flags, ...wanted];
  const result = await install.runClient(process.execPath, args);
  if (result.code !== 0) throw toNpmError(spec, result.output);
}

/**
 * Reads the tree that npm has installed. The registry's address is left out wherever a hash stands for the file, so that another
 * machine can get it from a mirror.
 */
async function readNpmLock(target: string, spec: PackageSpec): Promise<PackageLock> {
  const value = await readTree(target);
  const packages = isObject(value.packages) ? value.packages : {};
  for (const entry of Object.values(packages)) {
    if (isObject(entry) && typeof entry.integrity === "string") delete entry.resolved;
  }
  return { package: describePackage(spec), content: JSON.stringify(value), platform: null };
}

async function readTree(target: string): Promise<Record<string, unknown>> {
  const value: unknown = JSON.parse(await readFile(join(target, "package-lock.json"), "utf8"));
  return isObject(value) ? value : {};
}

/** Runs the install scripts that the policy allows, in npm's order. Throws InstallError. */
async function runInstallScripts(
  npm: string,
  spec: PackageSpec,
  install: InstallRun,
  { onLine }: InstallContext,
): Promise<void> {
  const { target, policy } = install;
  const scripted = await listScriptedPackages(target, await readTree(target));
  const allowed = scripted.filter(({ name }) => policy.scripts?.includes(name) ?? true);
  const skipped = scripted.filter((item) => !allowed.includes(item));
  if (skipped.length > 0) onLine(`install scripts that do not run: ${formatPackages(skipped)}`);
  if (allowed.length === 0) return;
  onLine(`running the install scripts of ${formatPackages(allowed)}`);
  // npm 12 runs no script that this field does not allow; older versions know it, or ignore it.
  const file = join(target, "package.json");
  const manifest: unknown = JSON.parse(await readFile(file, "utf8"));
  const allowScripts = Object.fromEntries(allowed.map(({ name }) => [name, true]));
  await writeFile(file, `${JSON.stringify({ ...(isObject(manifest) ? manifest : {}), allowScripts })}\n`);
  const client = await install.shareProgram(npm, resolve(npm, NPM_ROOT));
  const rebuild = (packages: ScriptedPackage[]) => {
    const names = [...new Set(packages.map(({ alias }) => alias))];
    const flags = ["--loglevel=warn", "--foreground-scripts", "--no-ignore-scripts"];
    return install.runScripts(process.execPath, [client, "rebuild", "--prefix", target, ...flags, "--", ...names]);
  };
  const needed = allowed.filter(({ isOptional }) => !isOptional);
  if (needed.length > 0) {
    const result = await rebuild(needed);
    if (result.code !== 0) throw toNpmError(spec, result.output);
  }
  // As npm does it: an optional package that cannot be built is left out.
  for (const item of allowed.filter(({ isOptional }) => isOptional)) {
    if ((await rebuild([item])).code === 0) continue;
    onLine(`${formatPackages([item])} is optional and could not be built: left out`);
    await rm(join(target, item.path), { recursive: true, force: true });
  }
}

function formatPackages(packages: ScriptedPackage[]): string {
  return [...new Set(packages.map(({ name, version }) => `${name} ${version}`.trim()))].join(", ");
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
