import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MachineFile } from "../runtime.ts";

/** Where one machine keeps what is its own. */
export interface MachineFolders {
  root: string;
  /** What mcp-host installed. */
  install: string;
  /** The server's home and working folder. */
  home: string;
}

/** The folders of a deployment's machine below the data folder. Throws TypeError when the id is no UUID. */
export function locateFolders(dataDir: string, deploymentId: string): MachineFolders {
  if (!/^[0-9a-f-]{36}$/.test(deploymentId)) throw new TypeError("a deployment's id must be a UUID");
  const root = join(dataDir, "machines", deploymentId);
  return { root, install: join(root, "install"), home: join(root, "home") };
}

/** Makes the folders, for this user alone. */
export async function makeFolders(folders: MachineFolders): Promise<void> {
  for (const folder of [folders.root, folders.install, folders.home]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  }
}

/** Writes the files that a person gave into the server's home, readable by this user alone. */
export async function writeFiles(folders: MachineFolders, files: MachineFile[]): Promise<void> {
  for (const file of files) {
    if (!isPlainName(file.name)) throw new TypeError("a file's name must be plain");
    const path = join(folders.home, file.name);
    // The server may have put a link here; the file replaces it and is not written through it.
    await rm(path, { recursive: true, force: true });
    await writeFile(path, file.content, { mode: 0o600, flag: "wx" });
  }
}

/** Whether a name is one of a file in its folder, and neither leads elsewhere nor is hidden in it. */
function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}$/.test(name);
}

/** Removes all that the machine installed or wrote, also where a server took away the right to write. */
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
  // Links are not followed: they are entries of their own kind here.
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await allowWriting(join(folder, entry.name));
  }
}
