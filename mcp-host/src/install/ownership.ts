import { chmod, lchown, lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

const WRITE_BITS = 0o222;
const OTHERS_WRITE_BITS = 0o022;

/**
 * Gives a folder with all in it to a user. Links are changed, not followed.
 *
 * @param from the only user, besides root, whose files may be there; a file of another one is a second name of something elsewhere
 *   and is removed
 */
export async function giveTo(folder: string, user: number, from: number | null = null): Promise<void> {
  await walk(folder, async (path, { uid }) => {
    if (from !== null && uid !== from && uid !== 0) return void (await rm(path, { recursive: true, force: true }));
    await lchown(path, user, user);
  });
}

/**
 * Takes the permission to write from all files of a folder, and with it every special bit.
 *
 * @param isShared takes it from the folders too, so that what one server keeps there does not reach another
 */
export async function protect(folder: string, isShared: boolean): Promise<void> {
  await walk(folder, async (path, { mode, isLink, isFolder }) => {
    if (isLink) return;
    const kept = mode & 0o777;
    const readable = isFolder ? kept | 0o555 : kept | 0o444;
    // `installOnce` adds to the topmost folder.
    const lost = isFolder && (!isShared || path === folder) ? OTHERS_WRITE_BITS : WRITE_BITS;
    await chmod(path, (readable | (isFolder ? 0o200 : 0)) & ~lost);
  });
}

/** Removes a folder even where the permission to write was taken from it. Links are removed, not followed. Throws the system's error. */
export async function removeTree(folder: string): Promise<void> {
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  try {
    await remove();
  } catch {
    await walk(folder, async (path, { isFolder }) => {
      if (isFolder) await chmod(path, 0o700);
    });
    await remove();
  }
}

interface Entry {
  uid: number;
  mode: number;
  isLink: boolean;
  isFolder: boolean;
}

/** Visits a folder and everything in it, each folder before its content. */
async function walk(path: string, visit: (path: string, entry: Entry) => Promise<void>): Promise<void> {
  const info = await lstat(path);
  await visit(path, {
    uid: info.uid,
    mode: info.mode,
    isLink: info.isSymbolicLink(),
    isFolder: info.isDirectory(),
  });
  if (!info.isDirectory()) return;
  for (const name of await readdir(path).catch(() => [])) await walk(join(path, name), visit);
}
