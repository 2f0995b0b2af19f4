import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../protocol/json.ts";

/** A package of an installed tree that has an install script. */
export interface ScriptedPackage {
  /** Its name in the registry. */
  name: string;
  /** As its own package.json has it, or "". Text of a stranger. */
  version: string;
  /** Its name in the tree, which differs for an alias. */
  alias: string;
  /** Its folder, relative to the tree's. */
  path: string;
  /** The tree works without it. */
  isOptional: boolean;
}

const SCRIPTS = ["preinstall", "install", "postinstall"];

/**
 * Lists the packages of an npm tree that have install scripts, by what their own package.json says: a registry's copy of it can
 * differ. A binding.gyp without a script counts, because npm builds it. Bundled packages do not, because npm never runs their scripts.
 */
export async function listScriptedPackages(folder: string, lock: unknown): Promise<ScriptedPackage[]> {
  const packages = isObject(lock) && isObject(lock.packages) ? lock.packages : {};
  const found: ScriptedPackage[] = [];
  for (const [path, entry] of Object.entries(packages)) {
    if (!/^node_modules\//.test(path) || /(?:^|\/)\.\.(?:\/|$)/.test(path)) continue;
    if (!isObject(entry) || entry.inBundle === true || entry.link === true) continue;
    const manifest = await readManifest(join(folder, path));
    if (manifest === null || !(await hasInstallScript(join(folder, path), manifest))) continue;
    const alias = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const name = typeof entry.name === "string" ? entry.name : alias;
    const version = typeof manifest.version === "string" ? manifest.version : "";
    found.push({ name, version, alias, path, isOptional: entry.optional === true });
  }
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}

async function readManifest(folder: string): Promise<Record<string, unknown> | null> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

async function hasInstallScript(folder: string, { scripts, gypfile }: Record<string, unknown>): Promise<boolean> {
  if (isObject(scripts) && SCRIPTS.some((name) => typeof scripts[name] === "string")) return true;
  if (gypfile === false) return false;
  return await lstat(join(folder, "binding.gyp")).then(
    () => true,
    () => false,
  );
}
