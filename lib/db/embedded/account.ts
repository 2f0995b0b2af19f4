import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { StartError } from "../../errors/start-error.ts";

const run = promisify(execFile);
const NAME = "postgres";

/** An unprivileged account of this host. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Who runs PostgreSQL: null for the current user; for root, which PostgreSQL refuses, the host's user `postgres`, which
 * is made when it does not exist.
 */
export async function ensurePostgresAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const existing = await findAccount();
  if (existing) return existing;
  try {
    await run("useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]);
  } catch {
    // Nothing to tell apart: what counts is whether the account is there now, since another start may have made it.
  }
  const made = await findAccount();
  if (made) return made;
  throw new StartError(
    `PostgreSQL does not run as root and the user ${NAME} could not be made: start Catwalk as another user, or set DATABASE_URL.`,
  );
}

async function findAccount(): Promise<Account | null> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", NAME]), run("id", ["-g", NAME])]);
    return { name: NAME, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

/** Whether an account may pass through a folder and every folder above it. A folder that does not exist yet is skipped. */
export async function canEnter(folder: string, account: Account): Promise<boolean> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const stats = await stat(path).catch(() => null);
    if (stats) {
      const shift = stats.uid === account.uid ? 6 : stats.gid === account.gid ? 3 : 0;
      if (!((stats.mode >> shift) & 1)) return false;
    }
    if (path === dirname(path)) return true;
  }
}
