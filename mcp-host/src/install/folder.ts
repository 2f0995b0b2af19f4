import { createHash, randomBytes } from "node:crypto";
import { link, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isObject } from "../protocol/json.ts";
import { removeTree } from "./ownership.ts";

/** Age from which an unfinished folder is abandoned, even if a process has its pid again. */
const ABANDONED_MS = 6 * 60 * 60 * 1000;
const WAIT_MS = 250;
/** How often the holder of a lock shows that it lives, and the silence after which it counts as ended. */
const HEARTBEAT_MS = 10_000;
const SILENT_MS = 60_000;

/** Folders that this process is filling. A pid alone does not tell: a machine's main process has the same one at each start. */
const pendingFolders = new Set<string>();

export interface Installed {
  folder: string;
  /** It was installed before. */
  isCached: boolean;
}

export interface InstallOnceOptions {
  /** File that names the folder in use, so that `collectPackages` keeps it. Null: none. */
  useFile?: string | null;
}

/**
 * Has `fill` install something into a folder of its own below `root`, once. A text that `fill` returns finds the folder as well as `spec`. A pointer file, linked when the folder is complete,
 * names the folder that counts. An interrupted install has no pointer and starts again. Of two processes that ask at the same time,
 * the second waits for the first. Folders never move, because virtual environments contain their path.
 */
export async function installOnce(
  root: string,
  spec: string,
  fill: (folder: string) => Promise<unknown>,
  { useFile = null }: InstallOnceOptions = {},
): Promise<Installed> {
  const key = toKey(spec);
  await mkdir(root, { recursive: true, mode: 0o755 });
  const pointer = join(root, `${key}.json`);
  const lock = join(root, `${key}.lock`);
  const name = `${key}-${process.pid}-${randomBytes(6).toString("hex")}`;
  const folder = join(root, name);
  const read = () => readPointer(pointer, root, spec);
  pendingFolders.add(name);
  let heartbeat: NodeJS.Timeout | undefined;
  try {
    const existing = await waitForTurn(root, lock, name, () => useExisting(read, useFile));
    if (existing !== null) return { folder: existing, isCached: true };
    heartbeat = setInterval(() => void utimes(lock, new Date(), new Date()).catch(() => {}), HEARTBEAT_MS).unref();
    const alias = await fill(folder);
    const draft = join(folder, ".catwalk-install.json");
    await writeFile(draft, JSON.stringify({ spec, folder: name }));
    // Written first: a folder without a user can be removed as soon as it is complete.
    if (useFile !== null) await writeFile(useFile, name);
    try {
      await link(draft, pointer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const winner = await useExisting(read, useFile);
      if (winner === null) throw error;
      await removeTree(folder);
      return { folder: winner, isCached: true };
    }
    if (typeof alias === "string") await addPointer(root, alias, name);
    return { folder, isCached: false };
  } catch (error) {
    await removeTree(folder);
    throw error;
  } finally {
    clearInterval(heartbeat);
    pendingFolders.delete(name);
    await releaseLock(lock, name);
  }
}

function toKey(spec: string): string {
  return createHash("sha256").update(spec).digest("hex").slice(0, 16);
}

/** Makes a complete folder be found by another spec too, unless one is found by that already. */
async function addPointer(root: string, spec: string, name: string): Promise<void> {
  const draft = join(root, name, ".catwalk-alias.json");
  await writeFile(draft, JSON.stringify({ spec, folder: name }));
  await link(draft, join(root, `${toKey(spec)}.json`)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** Returns the installed folder, marked as used, or null. The second look finds out whether it was removed before it was marked. */
async function useExisting(read: () => Promise<string | null>, useFile: string | null): Promise<string | null> {
  const folder = await read();
  if (folder === null || useFile === null) return folder;
  await writeFile(useFile, basename(folder));
  return (await read()) === folder ? folder : null;
}

/**
 * Takes the lock of a key for the folder `name` and creates the folder, or waits for the process that has it. Returns null, or the
 * installed folder as soon as there is one.
 */
async function waitForTurn(
  root: string,
  lock: string,
  name: string,
  find: () => Promise<string | null>,
): Promise<string | null> {
  for (;;) {
    const existing = await find();
    if (existing !== null) return existing;
    // A link, unlike a new file, is there with its content.
    const draft = join(root, `.${name}.lock`);
    try {
      await writeFile(draft, name);
      await link(draft, lock);
      // The one before can have finished since.
      const finished = await find();
      if (finished !== null) return finished;
      await removeAbandoned(root, name.split("-")[0] ?? "", find);
      await mkdir(join(root, name), { mode: 0o755 });
      return null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      await rm(draft, { force: true });
    }
    const holder = await readFile(lock, "utf8").catch(() => null);
    // The pid in it can be another process's by now. Two that find a lock abandoned can both take it; the first to finish wins.
    const beat = await stat(lock).catch(() => null);
    const isSilent = beat !== null && Date.now() - beat.mtimeMs > SILENT_MS;
    if (holder !== null && (isSilent || (await hasEnded(root, holder)))) await rm(lock, { force: true });
    else await delay(WAIT_MS);
  }
}

/** Removes the lock if it is held for the folder `name`. */
async function releaseLock(lock: string, name: string): Promise<void> {
  if ((await readFile(lock, "utf8").catch(() => null)) === name) await rm(lock, { force: true });
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
    if (!name.startsWith(`${key}-`) || !(await hasEnded(root, name))) continue;
    const folder = join(root, name);
    if ((await counting()) !== folder) await removeTree(folder);
  }
}

/** Returns whether the process that fills a folder has ended, or has taken far too long. */
async function hasEnded(root: string, name: string): Promise<boolean> {
  const pid = Number(/^[0-9a-f]+-(\d+)-[0-9a-f]+$/.exec(name)?.[1]);
  if (Number.isNaN(pid)) return true;
  if (pid === process.pid) return !pendingFolders.has(name);
  const info = await stat(join(root, name)).catch(() => null);
  return !isAlive(pid) || (info !== null && Date.now() - info.mtimeMs > ABANDONED_MS);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
