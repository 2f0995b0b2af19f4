import { existsSync } from "node:fs";
import { join } from "node:path";
import { findFreshBuild } from "../../../mcp-host/fresh-build.ts";
import { AppError } from "../../errors/app-error.ts";
import { KeyedQueue } from "../keyed-queue.ts";
import type { Endpoint, LogLine, MachineDescription, MachineRef, MachineSpec, Runtime } from "../runtime.ts";
import { buildHostEnvironment, buildHostSecrets } from "./environment.ts";
import { type MachineFolders, makeFolders, removeFolders, writeFiles } from "./folders.ts";
import { stopLeftovers } from "./leftovers.ts";
import { LogRing } from "./log-ring.ts";
import { LocalMachine } from "./machine.ts";
import { MachinePlace } from "./machine-place.ts";

export interface LocalRuntimeOptions {
  /** The data folder, absolute. */
  dataDir: string;
  /** mcp-host's main file, absolute. */
  hostScript: string;
  /** The environment of this process, from which a machine's is chosen. */
  env: Readonly<Record<string, string | undefined>>;
}

const LEFTOVER_GRACE_MS = 12_000;

/** Machines as child processes. They end with this process; the reconciler starts them again. */
export class LocalRuntime implements Runtime {
  readonly name = "local";
  readonly sleeps = false;
  readonly #options: LocalRuntimeOptions;
  readonly #machines = new Map<string, LocalMachine>();
  readonly #logs = new Map<string, LogRing>();
  readonly #exitReasons = new Map<string, string>();
  readonly #queue = new KeyedQueue();
  readonly #exitListeners = new Set<(deploymentId: string) => void>();
  #place: MachinePlace | null = null;
  #isClosed = false;

  constructor(options: LocalRuntimeOptions) {
    this.#options = options;
  }

  homePath(deploymentId: string): string {
    return this.#folders(deploymentId).home;
  }

  create(spec: MachineSpec): Promise<MachineRef> {
    return this.#queue.run(spec.deploymentId, async () => {
      if (!existsSync(this.#options.hostScript)) {
        throw new AppError("machine_unavailable", "Catwalk cannot find mcp-host, the program that runs servers.", {
          hint: `Start Catwalk from its own folder. It looked for ${this.#options.hostScript}.`,
        });
      }
      await orUnavailable("The machine's folder cannot be created.", () =>
        makeFolders(this.#claimFolders(spec.deploymentId)),
      );
      return { deploymentId: spec.deploymentId };
    });
  }

  async isOutdated(): Promise<boolean> {
    return false;
  }

  /** This host has one folder, and so one machine, for each deployment. */
  reserveSecondary(): null {
    return null;
  }

  start(machine: MachineRef, spec: MachineSpec): Promise<MachineRef> {
    const id = readDeploymentId(machine);
    return this.#queue.run(id, async () => {
      if (this.#machines.get(id)?.isRunning) return machine;
      if (this.#isClosed) throw new AppError("machine_unavailable", "Catwalk is stopping.", { hint: "Try again." });
      const folders = await orUnavailable("The machine's folder cannot be written.", async () => {
        const claimed = this.#claimFolders(id);
        await stopLeftovers(claimed, LEFTOVER_GRACE_MS);
        await makeFolders(claimed);
        // Root must not write into a folder of another user. There, mcp-host writes the files with that user's rights.
        if (claimed.user == null) await writeFiles(claimed, spec.files);
        await this.#findPlace().collectPackages();
        return claimed;
      });
      // `spawn` throws what the system refuses at once, such as an environment that is too large.
      const child = await orUnavailable("The machine cannot be started.", async () => {
        return new LocalMachine({
          node: await this.#findPlace().node(),
          script: this.#options.hostScript,
          env: buildHostEnvironment(this.#options.env, spec, folders, this.#findPlace().users?.installs ?? null),
          secrets: buildHostSecrets(folders.user == null ? { ...spec, files: [] } : spec),
          cwd: folders.home,
          hostToken: spec.hostToken,
          log: this.#log(id),
          onExit: (gone) => this.#onExit(id, gone),
        });
      });
      this.#machines.set(id, child);
      this.#exitReasons.delete(id);
      await child.waitUntilListening();
      return machine;
    });
  }

  stop(machine: MachineRef): Promise<void> {
    const id = readDeploymentId(machine);
    return this.#queue.run(id, () => this.#stopProcesses(id));
  }

  destroy(deploymentId: string, _machine: MachineRef | null): Promise<void> {
    return this.#queue.run(deploymentId, async () => {
      await this.#stopProcesses(deploymentId);
      await orUnavailable("The machine's folder cannot be removed.", () => removeFolders(this.#folders(deploymentId)));
      await this.#findPlace().collectPackages();
      this.#logs.get(deploymentId)?.close();
      this.#logs.delete(deploymentId);
      this.#exitReasons.delete(deploymentId);
    });
  }

  async describe(machine: MachineRef): Promise<MachineDescription> {
    const id = readDeploymentId(machine);
    const child = this.#machines.get(id);
    if (child) return { state: child.isRunning ? "started" : "starting", reason: null, problem: null };
    const reason = this.#exitReasons.get(id) ?? null;
    return { state: existsSync(this.#folders(id).root) ? "stopped" : "absent", reason, problem: null };
  }

  async endpoint(machine: MachineRef): Promise<Endpoint | null> {
    return this.#machines.get(readDeploymentId(machine))?.endpoint ?? null;
  }

  logs(machine: MachineRef, _hostToken: string, signal: AbortSignal): AsyncIterable<LogLine> {
    return this.#log(readDeploymentId(machine)).read(signal);
  }

  /** Subscribes to machines that end unexpectedly, by deployment id. Returns the unsubscribe function. */
  onUnexpectedExit(listener: (deploymentId: string) => void): () => void {
    this.#exitListeners.add(listener);
    return () => void this.#exitListeners.delete(listener);
  }

  /** Stops every machine and refuses further starts. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#machines.values()].map((machine) => machine.stop()));
    await this.#queue.settled();
    await Promise.all([...this.#machines.values()].map((machine) => machine.stop()));
  }

  async #stopProcesses(id: string): Promise<void> {
    await this.#machines.get(id)?.stop();
    await stopLeftovers(this.#folders(id), LEFTOVER_GRACE_MS);
  }

  #onExit(id: string, gone: LocalMachine): void {
    if (this.#machines.get(id) === gone) this.#machines.delete(id);
    if (gone.isStopRequested) return;
    this.#exitReasons.set(id, gone.exitReason);
    this.#log(id).add({ time: new Date().toISOString(), stream: "host", line: `mcp-host ended (${gone.exitReason})` });
    for (const listener of this.#exitListeners) listener(id);
  }

  #log(id: string): LogRing {
    let log = this.#logs.get(id);
    if (!log) {
      log = new LogRing();
      this.#logs.set(id, log);
    }
    return log;
  }

  /** Returns a machine's folders, with the user that its root has. */
  #folders(deploymentId: string): MachineFolders & { state: string } {
    return this.#findPlace().locate(deploymentId);
  }

  /** Returns a machine's folders, with a user for its server, where servers have users of their own. */
  #claimFolders(deploymentId: string): MachineFolders & { state: string } {
    return this.#findPlace().claim(deploymentId);
  }

  #findPlace(): MachinePlace {
    this.#place ??= new MachinePlace(this.#options.dataDir);
    return this.#place;
  }
}

/**
 * Finds mcp-host's main file below the project folder. Prefers the build, which takes half the memory, unless the sources are newer
 * or nothing was built.
 */
export function findHostScript(projectDir: string): string {
  const folder = join(projectDir, "mcp-host");
  return findFreshBuild(folder) ?? join(folder, "src", "main.ts");
}

function readDeploymentId(machine: MachineRef): string {
  if (typeof machine.deploymentId === "string") return machine.deploymentId;
  throw new AppError("machine_unavailable", "The record of this machine is damaged.", {
    hint: "Restart the deployment.",
  });
}

async function orUnavailable<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : undefined;
    throw new AppError("machine_unavailable", message, { hint: "See the detail, then try again.", detail, cause });
  }
}
