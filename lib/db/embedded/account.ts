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
 * Returns the account that runs PostgreSQL: null for the current user. PostgreSQL refuses root, so root uses the host's user
 * `postgres`, which is created if it does not exist.
 *
 * @throws StartError when the user cannot be created
 */
export async function ensurePostgresAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const existing = await findAccount();
  if (existing) return existing;
  try {
    await run("useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]);
  } catch {
    // Another start may have created the account at the same time; the lookup below decides.
  }
  const made = await findAccount();
  if (made) return made;
  throw new StartError(
    `PostgreSQL does not run as root and the user ${NAME} could not be created: start Catwalk as another user, or set DATABASE_URL.`,
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

/** Tells whether an account can pass through a folder and every folder above it. Skips a folder that does not exist yet. */
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
