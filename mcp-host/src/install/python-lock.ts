import { readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../protocol/json.ts";
import type { InstallRun } from "./install-run.ts";
import { describePackage } from "./package-lock.ts";
import { normalizeProjectName } from "./project-name.ts";
import type { PackageSpec } from "./spec.ts";
import type { PackageLock } from "./types.ts";

/** One installed distribution, as pip reports it. */
interface Pinned {
  name: string;
  version: string;
  sha256: string;
}

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const VERSION = /^[0-9A-Za-z][0-9A-Za-z.!+_-]*$/;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Has uv find the hashes of every file of the installed versions, so that they hold for another platform too. Returns null when it
 * cannot, as for a package that did not come from an index.
 *
 * @param pins requirements, each NAME==VERSION
 */
export async function lockWithUv(
  uv: string,
  install: InstallRun,
  spec: PackageSpec,
  pins: readonly string[],
): Promise<PackageLock | null> {
  const [input, output] = [join(install.target, "tmp", "pins.in"), join(install.target, "tmp", "pins.txt")];
  await writeFile(input, `${pins.join("\n")}\n`);
  // The environment's own Python would run what was installed into it.
  const python = await realpath(join(install.target, "venv", "bin", "python"));
  const flags = [
    "--quiet",
    "--no-build",
    "--no-deps",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--python",
    python,
  ];
  const result = await install.runClient(uv, ["pip", "compile", ...flags, "-o", output, input]);
  if (result.code !== 0) return null;
  const content = await readFile(output, "utf8").catch(() => "");
  // uv writes names in their normalized spelling; an installed package has the one of its maker.
  const locked = new Set(content.split("\n").map(readProject));
  if (!pins.every((pin) => locked.has(readProject(pin)))) return null;
  return content.includes("--hash=") ? { package: describePackage(spec), content, platform: null } : null;
}

/** Returns the project of a line NAME==VERSION. */
function readProject(line: string): string {
  return normalizeProjectName(line.split("==")[0] ?? "");
}

/**
 * Reads a lock from the report of `pip install --report`. It has the hashes of the files that were chosen, which are for one version of
 * Python on one platform. Returns null when a package came from elsewhere than an index.
 */
export async function readPipReport(file: string, spec: PackageSpec, platform: string): Promise<PackageLock | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (!isObject(value) || !Array.isArray(value.install)) return null;
    const pinned = value.install.map(readPinned);
    if (pinned.length === 0 || pinned.some((item) => item === null)) return null;
    const lines = pinned.map((item) => `${item?.name}==${item?.version} --hash=sha256:${item?.sha256}`);
    return { package: describePackage(spec), content: `${lines.sort().join("\n")}\n`, platform };
  } catch {
    return null;
  }
}

function readPinned(item: unknown): Pinned | null {
  if (!isObject(item) || !isObject(item.metadata) || !isObject(item.download_info)) return null;
  const { archive_info: archive } = item.download_info;
  const hashes = isObject(archive) && isObject(archive.hashes) ? archive.hashes : {};
  const { name, version } = item.metadata;
  const { sha256 } = hashes;
  if (typeof name !== "string" || typeof version !== "string" || typeof sha256 !== "string") return null;
  return NAME.test(name) && VERSION.test(version) && SHA256.test(sha256) ? { name, version, sha256 } : null;
}

/** Returns the versions of a lock without its hashes, for a platform that the hashes are not for. */
export function dropHashes(content: string): string[] {
  return content
    .split("\n")
    .map((line) => line.split(/\s/)[0] ?? "")
    .filter((text) => text.includes("=="));
}
