import { createHash, randomBytes } from "node:crypto";
import { link, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../protocol/json.ts";

/** Age from which an unfinished folder is abandoned, even if a process has its pid again. */
const ABANDONED_MS = 6 * 60 * 60 * 1000;

/** Folders that this process is filling. A pid alone does not tell: a machine's main process has the same one at each start. */
const pendingFolders = new Set<string>();

export interface Installed {
  folder: string;
  /** It was installed before. */
  isCached: boolean;
}

/**
 * Has `fill` install something into a folder of its own below `root`, once. A pointer file, linked when the folder is complete,
 * names the folder that counts. An interrupted install has no pointer and starts again; of two installs at the same time the first
 * to finish wins. Folders never move, because virtual environments contain their path.
 */
export async function installOnce(
  root: string,
  spec: string,
  fill: (folder: string) => Promise<void>,
): Promise<Installed> {
  const key = createHash("sha256").update(spec).digest("hex").slice(0, 16);
  await mkdir(root, { recursive: true, mode: 0o755 });
  const pointer = join(root, `${key}.json`);
  const existing = await readPointer(pointer, root, spec);
  if (existing !== null) return { folder: existing, isCached: true };
  const name = `${key}-${process.pid}-${randomBytes(6).toString("hex")}`;
  const folder = join(root, name);
  pendingFolders.add(name);
  try {
    await removeAbandoned(root, key, () => readPointer(pointer, root, spec));
    await mkdir(folder, { mode: 0o755 });
    await fill(folder);
    const draft = join(folder, ".catwalk-install.json");
    await writeFile(draft, JSON.stringify({ spec, folder: name }));
    try {
      await link(draft, pointer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const winner = await readPointer(pointer, root, spec);
      if (winner === null) throw error;
      await rm(folder, { recursive: true, force: true });
      return { folder: winner, isCached: true };
    }
    return { folder, isCached: false };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    pendingFolders.delete(name);
  }
}

/** Returns the folder that a pointer names if both are sound. Removes a pointer that is not. */
async function readPointer(pointer: string, root: string, spec: string): Promise<string | null> {
  const text = await readFile(pointer, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && value.spec === spec && typeof value.folder === "string" && /^[\w-]+$/.test(value.folder)) {
      const folder = join(root, value.folder);
      if ((await stat(folder)).isDirectory()) return folder;
    }
  } catch {
    // Half-written by a full disk, or its folder was deleted: treat it as absent.
  }
  await rm(pointer, { force: true });
  return null;
}

/**
 * Removes folders that interrupted installs have left, unless their process is alive. Reads the pointer after it saw the owner end:
 * the owner can have finished since this install began.
 */
async function removeAbandoned(root: string, key: string, counting: () => Promise<string | null>): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = new RegExp(`^${key}-(\\d+)-[0-9a-f]+$`).exec(name)?.[1];
    if (pid === undefined) continue;
    const folder = join(root, name);
    const age = Date.now() - (await stat(folder).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
    const hasEnded =
      Number(pid) === process.pid ? !pendingFolders.has(name) : !isAlive(Number(pid)) || age > ABANDONED_MS;
    if (hasEnded && (await counting()) !== folder) await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
