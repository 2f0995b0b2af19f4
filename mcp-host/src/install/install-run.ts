import { randomInt } from "node:crypto";
import { cp, mkdir, rm } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { isReachable } from "../util/users.ts";
import { buildClientEnvironment, buildScriptEnvironment, type InstallFolders } from "./client-environment.ts";
import { InstallError } from "./errors.ts";
import { giveTo, protect } from "./ownership.ts";
import { type RunResult, run } from "./run.ts";
import type { InstallContext, InstallPolicy } from "./types.ts";

const TIMEOUT_MS = 10 * 60 * 1000;
/** Of install scripts and builds alone. Some compile for minutes. */
const SCRIPT_TIMEOUT_MS = 10 * 60 * 1000;
/** All scripts run, as mcp-host's own user, in 4 GiB. */
export const DEFAULT_POLICY: InstallPolicy = { scripts: null, maxBytes: 4 * 2 ** 30, users: null };

/**
 * One install into one folder. It keeps two kinds of programs apart: package clients, which get the operator's settings and run no
 * code of a package, and the code of packages, which gets what a server gets and runs as another user where mcp-host is root.
 */
export class InstallRun {
  readonly policy: InstallPolicy;
  readonly target: string;
  readonly #context: InstallContext;
  readonly #folders: InstallFolders;
  readonly #clientVariables: Record<string, string>;

  private constructor(target: string, context: InstallContext, clientVariables: Record<string, string>) {
    this.target = target;
    this.policy = context.policy ?? DEFAULT_POLICY;
    this.#context = context;
    this.#clientVariables = clientVariables;
    this.#folders = { home: join(target, "home"), temporary: join(target, "tmp") };
  }

  /**
   * Creates the folders of an install.
   *
   * @param clientVariables variables of the package client that apply unless the operator's settings say otherwise
   */
  static async begin(
    target: string,
    context: InstallContext,
    clientVariables: Record<string, string> = {},
  ): Promise<InstallRun> {
    const install = new InstallRun(target, context, clientVariables);
    await mkdir(install.#folders.home, { mode: 0o755 });
    await mkdir(install.#folders.temporary, { mode: 0o755 });
    return install;
  }

  /** Returns the environment of the package client. */
  get clientEnvironment(): Record<string, string> {
    return { ...this.#clientVariables, ...buildClientEnvironment(this.#context.env, this.#folders) };
  }

  /** Returns a user that no server and no other install has, so that none of them can reach in. Null: mcp-host's own. */
  pickUser(): number | null {
    const { users } = this.policy;
    return users === null ? null : randomInt(users[0], users[1] + 1);
  }

  /**
   * Runs a package client, which must run no code of a package. Throws InstallError when it takes too much disk space.
   *
   * @param variables take precedence over the operator's settings
   */
  async runClient(command: string, args: string[], variables: Record<string, string> = {}): Promise<RunResult> {
    return this.#check(
      await run(command, args, {
        cwd: this.target,
        env: { ...this.clientEnvironment, ...variables },
        timeoutMs: TIMEOUT_MS,
        disk: { folder: this.target, maxBytes: this.policy.maxBytes },
        onLine: this.#context.onLine,
      }),
    );
  }

  /**
   * Runs a program that executes code of packages. The folder belongs to its user meanwhile. Throws InstallError when it takes too
   * much disk space.
   */
  async runScripts(command: string, args: string[]): Promise<RunResult> {
    const { maxBytes } = this.policy;
    const user = this.pickUser();
    if (user !== null) await giveTo(this.target, user);
    const result = await run(command, args, {
      cwd: this.target,
      env: { ...this.#clientVariables, ...buildScriptEnvironment(this.#context.env, this.#folders) },
      timeoutMs: SCRIPT_TIMEOUT_MS,
      disk: { folder: this.target, maxBytes },
      user,
      onLine: this.#context.onLine,
    });
    if (user !== null) await giveTo(this.target, 0, user);
    return this.#check(result);
  }

  /**
   * Returns a program of a package client that the user of scripts can start: the file itself, or a copy where it lies in a folder that
   * only root can enter.
   *
   * @param root the folder with all that the program consists of, where that is more than the file
   */
  async shareProgram(file: string, root: string = file): Promise<string> {
    if (this.policy.users === null || isReachable(file)) return file;
    const copy = join(this.#folders.temporary, basename(root));
    await cp(root, copy, { recursive: true, verbatimSymlinks: true });
    return join(copy, relative(root, file));
  }

  /** Removes what only the install needed, and takes the permission to write from what it leaves. */
  async finish(): Promise<void> {
    await rm(this.#folders.temporary, { recursive: true, force: true });
    await protect(this.target, this.#context.useFile != null);
  }

  #check(result: RunResult): RunResult {
    if (!result.isTooLarge) return result;
    const message = `the install was stopped: it took more than ${Math.round(this.policy.maxBytes / 2 ** 20)} MB of disk space`;
    throw new InstallError("install_failed", message);
  }
}
