import { createHash } from "node:crypto";
import { chmodSync, constants, existsSync, lstatSync, mkdirSync } from "node:fs";
import { chmod, copyFile, mkdir, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { collectPackages } from "../../../mcp-host/src/install/collect.ts";
import { isReachable } from "../../../mcp-host/src/util/users.ts";
import { locateFolders, type MachineFolders } from "./folders.ts";
import { chooseServerUser, findUserRanges, type UserRanges } from "./users.ts";

/** Where machines are kept when the data folder lies in one that only root can enter. */
const SYSTEM_FOLDER = "/var/lib/catwalk";

/**
 * Where machines live on this host, and as which users their servers run. As root, each deployment has a user of its own, which has to
 * reach its folders, the installed packages and Node.
 */
export class MachinePlace {
  /** Null: servers run as this process's user. */
  readonly users: UserRanges | null;
  readonly #base: string;

  /** @param dataDir absolute */
  constructor(dataDir: string) {
    this.users = findUserRanges();
    this.#base = dataDir;
    if (this.users === null) return;
    if (!isReachable(dirname(dataDir))) {
      const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 12);
      this.#base = join(SYSTEM_FOLDER, name);
    }
    // Only to pass through: what is in it has modes of its own.
    for (const folder of [this.#base, this.#machines]) {
      mkdirSync(folder, { recursive: true, mode: 0o711 });
      chmodSync(folder, lstatSync(folder).mode | 0o011);
    }
  }

  get #machines(): string {
    return join(this.#base, "machines");
  }

  /** Returns a machine's folders, with its server's user if it has one already. */
  locate(deploymentId: string): MachineFolders & { state: string } {
    const folders = locateFolders(this.#base, deploymentId);
    return this.users === null || !existsSync(folders.root) ? folders : this.claim(deploymentId);
  }

  /** Returns a machine's folders, with a user for its server where servers have users of their own. */
  claim(deploymentId: string): MachineFolders & { state: string } {
    const folders = locateFolders(this.#base, deploymentId);
    if (this.users === null) return folders;
    return { ...folders, user: chooseServerUser(this.#machines, deploymentId, this.users.servers) };
  }

  /** Removes installed packages that no machine uses any more. A failure is left to the next call. */
  async collectPackages(): Promise<void> {
    const states = await readdir(join(this.#base, "state")).catch(() => []);
    const useFiles = states.map((name) => join(this.#base, "state", name, "package"));
    await collectPackages(join(this.#base, "packages"), useFiles).catch(() => {});
  }

  /** Returns a Node program that servers can start: this process's, or a copy where only root can reach that one. */
  async node(): Promise<string> {
    const { execPath, version, arch } = process;
    if (this.users === null || isReachable(execPath)) return execPath;
    const copy = join(this.#base, "node", `${version}-${arch}`, "node");
    if (existsSync(copy)) return copy;
    await mkdir(dirname(copy), { recursive: true, mode: 0o755 });
    const draft = `${copy}.${process.pid}`;
    await copyFile(execPath, draft, constants.COPYFILE_FICLONE);
    await chmod(draft, 0o755);
    await rename(draft, copy);
    return copy;
  }
}
