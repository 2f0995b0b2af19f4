import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { StartError } from "../errors/start-error.ts";
import { readOrMakeFile, replaceFile } from "./files.ts";

/**
 * Opens the folder that holds the embedded database, generated keys and installed servers, and creates it if it is missing.
 *
 * @param path as in `CATWALK_DATA_DIR`, relative to the current folder
 * @returns its real, absolute path
 * @throws StartError when it cannot be created or written to
 */
export async function openDataFolder(path: string): Promise<string> {
  const folder = resolve(path);
  try {
    const existed = await stat(folder).then(
      () => true,
      () => false,
    );
    await mkdir(folder, { recursive: true });
    // Closed to other users. As root it can be passed through, since PostgreSQL runs as another user. Keys have 0600 anyway.
    if (!existed) await chmod(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
    const real = await realpath(folder);
    await replaceFile(join(real, "README"), README);
    return real;
  } catch (error) {
    throw new StartError(
      `The data folder ${folder} cannot be written to (${toErrorCode(error)}): set CATWALK_DATA_DIR to one that can.`,
    );
  }
}

const README = `This folder is Catwalk's: its database, the keys that encrypt what is in it, and installed servers.
Back it up as a whole while Catwalk is stopped. Without encryption-key the stored credentials cannot be read.
`;

/**
 * Takes a lock for as long as this process lives. The operating system releases it with the process, even after a kill -9, so
 * no stale lock needs to be removed.
 *
 * @param file the lock's file; it stays when the lock is released
 * @returns a function that releases the lock, or null when another process holds it
 */
export function takeLock(file: string): (() => void) | null {
  // Node has no file locks. An exclusive SQLite transaction is one.
  const lock = new DatabaseSync(file);
  try {
    lock.exec("pragma journal_mode = off; pragma locking_mode = exclusive; begin exclusive");
    return () => lock.close();
  } catch (error) {
    lock.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return null;
    throw error;
  }
}

const SQLITE_BUSY = 5;

/** A data folder that this process has claimed. */
export interface ClaimedFolder {
  /** Tells another start that this process is stopping, so that it waits instead of failing. */
  announceStop(): Promise<void>;
  release(): void;
}

/** How long a start waits for another process to stop, and how long for it to announce that. */
const STOP_WITHIN_MS = 60_000;
const SAY_WITHIN_MS = 1_500;

/**
 * Claims a data folder for this process. Waits for a process that is stopping on it.
 *
 * @throws StartError that names the process which runs on it
 */
export async function claimDataFolder(folder: string): Promise<ClaimedFolder> {
  const pidFile = join(folder, "catwalk.pid");
  const startedAt = Date.now();
  for (;;) {
    const release = takeLock(join(folder, "lock"));
    if (release) {
      await replaceFile(pidFile, `${process.pid}\n`);
      return { release, announceStop: () => replaceFile(pidFile, `${process.pid} stopping\n`) };
    }
    const [pid, state] = (await readFile(pidFile, "utf8").catch(() => "")).trim().split(" ");
    if (Date.now() - startedAt > (state === "stopping" ? STOP_WITHIN_MS : SAY_WITHIN_MS)) {
      throw new StartError(
        `Catwalk already runs on the data folder ${folder}${pid && ` (process ${pid})`}: stop it first, or set CATWALK_DATA_DIR to another folder.`,
      );
    }
    await delay(100);
  }
}

/** Reads a data folder's own keys, and creates them once: 32 random bytes in base64, mode 0600. */
export async function readDataFolderKeys(folder: string): Promise<{ ENCRYPTION_KEY: string; NEXTAUTH_SECRET: string }> {
  const key = async (name: string) => {
    const make = () => `${randomBytes(32).toString("base64")}\n`;
    return (await readOrMakeFile(join(folder, name), make)).trim();
  };
  try {
    return { ENCRYPTION_KEY: await key("encryption-key"), NEXTAUTH_SECRET: await key("session-secret") };
  } catch (error) {
    throw new StartError(
      `The keys in ${folder} cannot be read (${toErrorCode(error)}): start Catwalk as the user that made them.`,
    );
  }
}

function toErrorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
