import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { RpcError, toUnavailable } from "../protocol/jsonrpc.ts";
import { buildServerEnvironment } from "../server/environment.ts";
import { linkFiles, writeServerFiles } from "../server/files.ts";
import type { Launch } from "../server/process.ts";
import { nameUser } from "../server/user-name.ts";
import { orNullAfter } from "../util/timeout.ts";
import { InstallError, type InstallErrorCode } from "./errors.ts";
import { type InstallTimes, install } from "./install.ts";
import { stopRunning } from "./run.ts";
import type { PackageLock } from "./types.ts";

export interface InstallerOptions {
  config: Config;
  /** mcp-host's own environment. */
  env: Record<string, string | undefined>;
  log: Log;
  /** Called when the server can be started. */
  onReady: () => void;
}

const MAX_RETRY_WAIT_MS = 10_000;
/** Install errors that can pass by themselves. */
const TRANSIENT: ReadonlySet<string> = new Set(["network", "install_failed"] satisfies InstallErrorCode[]);

/**
 * Prepares what the server needs before it starts: its home, its files and its package. Runs once; after a failure the next request
 * tries again.
 */
export class Installer {
  times: InstallTimes | null = null;
  /** What was installed, with hashes, or null. */
  lock: PackageLock | null = null;
  /** Why the last attempt failed, or null. */
  error: InstallError | null = null;
  readonly #options: InstallerOptions;
  #launch: Launch | null = null;
  #pending: Promise<void> | null = null;
  #isStopped = false;

  constructor(options: InstallerOptions) {
    this.#options = options;
  }

  /** How to start the server, or null while it cannot be started. */
  get launch(): Launch | null {
    return this.#launch;
  }

  /** The last attempt failed and no other is running. */
  get hasFailed(): boolean {
    return this.error !== null && this.#pending === null;
  }

  /** Prepares what is not prepared yet. All callers share one attempt. Rejects with RpcError. */
  run(): Promise<void> {
    if (this.#isStopped) return Promise.reject(new RpcError(toUnavailable("mcp-host is stopping", 5)));
    if (this.#launch !== null) return Promise.resolve();
    this.#pending ??= this.#prepare()
      .then((launch) => {
        this.#launch = launch;
        this.error = null;
        if (!this.#isStopped) this.#options.onReady();
      })
      .catch((error: unknown) => {
        this.error = error instanceof InstallError ? error : new InstallError("install_failed", String(error));
        this.#options.log.logHost(`install failed (${this.error.code}): ${this.error.message}`);
        throw this.#toUnavailable(this.error);
      })
      .finally(() => {
        this.#pending = null;
      });
    return this.#pending;
  }

  /**
   * Waits for the preparation on behalf of a request: for the handshake timeout, or 10 s after a failure. Rejects with RpcError.
   */
  async whenReady(): Promise<void> {
    if (this.#launch !== null && !this.#isStopped) return;
    const before = this.error;
    const waitMs = before === null ? this.#options.config.handshakeTimeoutMs : MAX_RETRY_WAIT_MS;
    const done = await orNullAfter(
      this.run().then(() => true),
      waitMs,
    );
    if (done) return;
    if (before !== null) throw this.#toUnavailable(before);
    throw new RpcError(toUnavailable(`MCP server: still installing after ${waitMs / 1000} s; try again later`, 10));
  }

  /** Kills a running install and starts no other. */
  stop(): void {
    this.#isStopped = true;
    stopRunning();
  }

  async #prepare(): Promise<Launch> {
    const { config, env, log } = this.#options;
    const { server, serverHome, serverUser: user } = config;
    if (serverHome !== null) orInstallError(() => writeServerFiles(serverHome, config.serverFiles, user));
    const serverEnv = buildServerEnvironment(env, config.serverEnv, serverHome);
    if ("command" in server) return nameUser({ command: server.command, args: server.args, env: serverEnv, user });
    const result = await install(
      server.package,
      server.entry,
      server.installDir,
      {
        policy: server.policy,
        lock: server.lock,
        resolution: server.resolution,
        compatibility: server.compatibility,
        useFile: config.useFile,
      },
      env,
      log,
      (times) => {
        this.times = times;
      },
    );
    this.lock = result.lock;
    if (serverHome !== null) orInstallError(() => linkFiles(result.home, serverHome, user));
    return nameUser({ command: result.command, args: [...result.args, ...server.args], env: serverEnv, user });
  }

  #toUnavailable({ code, message }: InstallError): RpcError {
    const { log } = this.#options;
    const data = { code, stderrTail: log.readStderrTail().slice(-20) };
    const retryAfterS = TRANSIENT.has(code) ? 30 : undefined;
    return new RpcError(toUnavailable(`MCP server: ${log.redact(message)}`, retryAfterS, { data }));
  }
}

/** Prepares something in the server's home. Throws InstallError. */
function orInstallError(prepare: () => void): void {
  try {
    prepare();
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? error.code : error;
    throw new InstallError("install_failed", `the server's home and its files could not be written (${reason})`);
  }
}
