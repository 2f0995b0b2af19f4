import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MachineFile } from "../runtime.ts";

/** The folders of one machine. */
export interface MachineFolders {
  root: string;
  /** Holds the installed server. */
  install: string;
  /** The server's home and working folder. */
  home: string;
}

/** Returns the folders of a deployment's machine below the data folder. Throws TypeError when the id is not a UUID. */
export function locateFolders(dataDir: string, deploymentId: string): MachineFolders {
  if (!/^[0-9a-f-]{36}$/.test(deploymentId)) throw new TypeError("a deployment's id must be a UUID");
  const root = join(dataDir, "machines", deploymentId);
  return { root, install: join(root, "install"), home: join(root, "home") };
}

/** Creates the folders with mode 0700. */
export async function makeFolders(folders: MachineFolders): Promise<void> {
  for (const folder of [folders.root, folders.install, folders.home]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  }
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
  const remove = () => rm(folders.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  try {
    await remove();
  } catch {
    await allowWriting(folders.root);
    await remove();
  }
}

async function allowWriting(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  // `isDirectory` is false for links, so that none is followed.
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await allowWriting(join(folder, entry.name));
  }
}
