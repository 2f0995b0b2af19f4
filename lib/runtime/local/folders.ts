import { chmod, chown, lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { giveTo, removeTree } from "../../../mcp-host/src/install/ownership.ts";
import type { MachineFile } from "../runtime.ts";

/** The folders of one machine. */
export interface MachineFolders {
  root: string;
  /** Holds installed packages. Machines can share it. */
  install: string;
  /** The server's home and working folder. */
  home: string;
  /** mcp-host's own state, which servers cannot read where they have users of their own. Absent: it is in `install`. */
  state?: string;
  /** The server's user, where that is not this process's own. */
  user?: number | null;
}

/**
 * Returns the folders of a deployment's machine below the data folder. All machines share one folder of packages. Throws TypeError when
 * the id is not a UUID.
 */
export function locateFolders(dataDir: string, deploymentId: string): MachineFolders & { state: string } {
  if (!/^[0-9a-f-]{36}$/.test(deploymentId)) throw new TypeError("a deployment's id must be a UUID");
  const root = join(dataDir, "machines", deploymentId);
  return {
    root,
    install: join(dataDir, "packages"),
    home: join(root, "home"),
    state: join(dataDir, "state", deploymentId),
  };
}

/**
 * Creates a machine's own folders with mode 0700. They belong to its server's user, where it has one. No process of that user may run
 * meanwhile: it could replace a folder by a link.
 */
export async function makeFolders(folders: MachineFolders & { state: string }): Promise<void> {
  const { root, home, state, user = null } = folders;
  await mkdir(state, { recursive: true, mode: 0o700 });
  const before = await lstat(root).catch(() => null);
  for (const folder of [root, home]) {
    await mkdir(dirname(folder), { recursive: true });
    const info = await lstat(folder).catch(() => null);
    if (info !== null && !info.isDirectory()) await rm(folder);
    if (info === null || !info.isDirectory()) await mkdir(folder, { mode: 0o700 });
    await chmod(folder, 0o700);
    if (user !== null) await chown(folder, user, user);
  }
  // Before packages were shared, each machine had its own.
  await rm(join(root, "install"), { recursive: true, force: true });
  if (user !== null && before !== null && before.uid !== user) await giveTo(home, user);
}

/** Writes a person's files into the server's home with mode 0600. */
export async function writeFiles(folders: MachineFolders, files: MachineFile[]): Promise<void> {
  for (const file of files) {
    if (!isPlainName(file.name)) throw new TypeError("a file's name must be plain");
    const path = join(folders.home, file.name);
    // The server may have put a link here. Writing through it would overwrite a file elsewhere.
    await rm(path, { recursive: true, force: true });
    await writeFile(path, file.content, { mode: 0o600, flag: "wx" });
  }
}

/** Tells whether a name is a visible file's in its folder and leads nowhere else. */
function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}$/.test(name);
}

/** Removes everything that the machine installed or wrote, even where a server removed the permission to write. */
export async function removeFolders(folders: MachineFolders): Promise<void> {
  if (folders.state !== undefined) await rm(folders.state, { recursive: true, force: true });
  await removeTree(folders.root);
}
