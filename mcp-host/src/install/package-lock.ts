import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { isObject } from "../protocol/json.ts";
import { type PackageSpec, toClientSpec } from "./spec.ts";
import type { InstallPolicy, PackageLock } from "./types.ts";

const FILE = ".catwalk-lock";
const MAX_CHARACTERS = 16 * 2 ** 20;

/** Returns a package as a lock names it. */
export function describePackage(spec: PackageSpec): string {
  return `${spec.registry}:${toClientSpec(spec)}`;
}

/** Returns a lock as text for a variable or a database: base64url of compressed JSON. */
export function encodeLock({ package: name, content, platform }: PackageLock): string {
  return gzipSync(JSON.stringify({ package: name, content, platform }), { level: 9 }).toString("base64url");
}

/** Returns the lock in a text of `encodeLock`, or null for anything else. */
export function decodeLock(text: string): PackageLock | null {
  try {
    const json = gunzipSync(Buffer.from(text, "base64url"), { maxOutputLength: MAX_CHARACTERS }).toString();
    const value: unknown = JSON.parse(json);
    if (!isObject(value) || typeof value.package !== "string" || typeof value.content !== "string") return null;
    const { platform } = value;
    return { package: value.package, content: value.content, platform: typeof platform === "string" ? platform : null };
  } catch {
    return null;
  }
}

/** Returns a digest that is the same for the same lock, however it was compressed. */
export function digestLock({ package: name, content, platform }: PackageLock): string {
  return createHash("sha256")
    .update(JSON.stringify([name, content, platform]))
    .digest("hex");
}

/** Keeps the lock of an installed folder. Throws the system's error. */
export async function writeLock(folder: string, lock: PackageLock): Promise<void> {
  await writeFile(join(folder, FILE), encodeLock(lock));
}

/** Reads the lock of an installed folder, or returns null. */
export async function readLock(folder: string): Promise<PackageLock | null> {
  return decodeLock(await readFile(join(folder, FILE), "utf8").catch(() => ""));
}

export interface InstallKeyParts {
  spec: PackageSpec;
  policy: InstallPolicy;
  /** The interpreter that the installed files are for. */
  interpreter: string;
  lock: PackageLock | null;
  /** Tells apart installs of one version that were resolved at different times on purpose. */
  resolution: string;
}

/** Returns what an installed folder is found by. Installs that differ in any of it are not shared. */
export function buildInstallKey({ spec, policy, interpreter, lock, resolution }: InstallKeyParts): string {
  return JSON.stringify([
    describePackage(spec),
    interpreter,
    `${process.platform}-${process.arch}`,
    policy.scripts === null ? "all scripts" : [...policy.scripts].sort(),
    lock === null ? `resolved ${resolution}` : digestLock(lock),
  ]);
}
