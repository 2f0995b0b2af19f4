import { setTimeout as delay } from "node:timers/promises";
import { toExitEvent, toSignal } from "./exit-event.ts";
import { type Exit, HostProcess } from "./host-process.ts";
import { generateMachineId, generatePrivateAddress, generateUlid } from "./ids.ts";
import { buildEnvironment, locateFolders, prepareData, wipeData } from "./machine-files.ts";
import { ACTIONS, type Action, DURATIONS, LIMITS, type MachineState, TIMES } from "./rules.ts";
import { parseDurationMs } from "./tokens.ts";
import { ApiError, type Lease, type MachineConfig, type MachineEvent } from "./types.ts";
import type { Watchdog } from "./watchdog.ts";

/** The environment that a machine runs in. */
export interface MachineWorld {
  app: string;
  timeScale: number;
  hostScript: string;
  hostEnv: Readonly<Record<string, string | undefined>>;
  watchdog: Watchdog;
  /** Returns the app's current secrets. */
  secrets(): Record<string, string>;
  /** Throws ApiError where the region has no capacity. */
  reserve(region: string): void;
}

export interface MachineStart {
  name: string;
  region: string;
  config: MachineConfig;
  imageDigest: string;
  /** A folder of this host, for this machine alone. */
  dataDir: string;
  skipLaunch: boolean;
}

type Source = MachineEvent["source"];

/** One machine: its states, versions and events by Fly's rules, and the mcp-host that runs while it is started. */
export class Machine {
  readonly id = generateMachineId();
  readonly privateIp = generatePrivateAddress();
  readonly createdAt = new Date();
  readonly dataDir: string;
  readonly region: string;
  readonly world: MachineWorld;
  readonly events: MachineEvent[] = [];
  readonly versions: { version: string; config: MachineConfig }[] = [];
  name: string;
  imageDigest: string;
  updatedAt = new Date();
  lease: Lease | null = null;
  cordoned = false;
  /** The requests of the public address in flight. */
  load = 0;
  #state: MachineState = "created";
  #process: HostProcess | null = null;
  /** Raised by every action. Work for an older generation is superseded and ends. */
  #generation = 0;
  #killedForMemory = false;
  #restarts: number[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #closing = new AbortController();

  constructor(world: MachineWorld, start: MachineStart) {
    this.world = world;
    this.name = start.name;
    this.region = start.region;
    this.dataDir = start.dataDir;
    this.imageDigest = start.imageDigest;
    this.versions.push({ version: generateUlid(), config: start.config });
    this.#enter("created", "launch", "user");
    this.#run(async (isCurrent) => {
      await this.#simulateDelay(DURATIONS.createMs.value);
      if (!isCurrent()) return;
      if (start.skipLaunch) this.#enter("stopped");
      else await this.#boot("flyd", isCurrent);
    });
  }

  get state(): MachineState {
    return this.#state;
  }

  get version(): string {
    return this.versions.at(-1)?.version ?? "";
  }

  get config(): MachineConfig {
    return this.versions.at(-1)?.config ?? {};
  }

  /** The port that stands for the image's 8080; null while nothing listens. */
  get listeningPort(): number | null {
    return this.#state === "started" ? (this.#process?.listeningPort ?? null) : null;
  }

  /** The end of its mcp-host's output. */
  get output(): string {
    return this.#process?.output ?? "";
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Resolves at the next change of state, or when the signal aborts. */
  waitForChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#watchers.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#watchers.add(done);
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
    });
  }

  /** Starts or resumes it. Returns the state before. Throws ApiError 412, or 422 without capacity. */
  start(by: Source): MachineState {
    const before = this.#state;
    if (this.#isAlreadyDone("start")) return before;
    this.world.reserve(this.region);
    this.#enter("starting", "start", by);
    this.#run(async (isCurrent) => {
      if (before === "suspended" && this.#process) {
        await this.#simulateDelay(DURATIONS.resumeMs.value);
        if (!isCurrent()) return;
        await this.#process.thaw();
        this.#enter("started", "start", "flyd");
      } else {
        await this.#boot(by, isCurrent);
      }
    });
    return before;
  }

  /** Stops it. A suspended machine loses its snapshot. Throws ApiError 412. */
  stop(by: Source, options: { signal?: string; timeout?: string } = {}): void {
    if (this.#isAlreadyDone("stop")) return;
    const timeoutMs = this.#killTimeoutMs(options.timeout);
    const signal = this.#stopSignal(options.signal);
    this.#enter("stopping", "stop", by);
    this.#run(async (isCurrent) => {
      const exit = await this.#endProcess(signal, timeoutMs);
      await this.#simulateDelay(DURATIONS.stopMs.value);
      if (isCurrent()) this.#recordExit(exit, { requested: true, state: "stopped" });
    });
  }

  /** Suspends it. Throws ApiError 412, also for a machine that cannot be suspended. */
  suspend(by: Source): void {
    if (this.#isAlreadyDone("suspend")) return;
    const reason = this.whyNotSuspendable();
    if (reason !== null) throw new ApiError(412, `failed_precondition: ${reason}`);
    this.#enter("suspending", "suspend", by);
    this.#run(async (isCurrent) => {
      await this.#process?.freeze();
      await this.#simulateDelay(DURATIONS.suspendMs.value);
      if (isCurrent()) this.#enter("suspended", "suspend", "flyd");
    });
  }

  /** Returns why a machine of this config cannot be suspended, or null. */
  whyNotSuspendable(): string | null {
    const { guest = {}, init = {}, schedule } = this.config;
    if ((guest.memory_mb ?? 256) > LIMITS.maxSuspendMemoryMb.value)
      return "machines with more than 2GB of memory cannot be suspended";
    if (init.swap_size_mb) return "machines with swap cannot be suspended";
    if (schedule) return "machines with a schedule cannot be suspended";
    if (guest.gpus || guest.gpu_kind) return "machines with a GPU cannot be suspended";
    return null;
  }

  /** Restarts it. Throws ApiError 412. */
  restart(options: { signal?: string; timeout?: string }): void {
    this.#requireAction("restart");
    const timeoutMs = this.#killTimeoutMs(options.timeout);
    const signal = this.#stopSignal(options.signal);
    this.#enter("restarting", "restart", "user");
    this.#run(async (isCurrent) => {
      const exit = await this.#endProcess(signal, timeoutMs);
      if (!isCurrent()) return;
      this.#recordExit(exit, { requested: true, state: "restarting" });
      await this.#boot("user", isCurrent);
    });
  }

  /** Replaces the whole config. Throws ApiError 412. */
  update(change: { config: MachineConfig; name?: string; imageDigest: string; skipLaunch: boolean }): void {
    this.#requireAction("update");
    this.versions.push({ version: generateUlid(), config: change.config });
    this.imageDigest = change.imageDigest;
    if (change.name !== undefined) this.name = change.name;
    this.#enter("replacing", "update", "user");
    this.#run(async (isCurrent) => {
      await this.#endProcess(this.#stopSignal(undefined), this.#killTimeoutMs(undefined));
      if (change.config.rootfs?.persist !== "always") await wipeData(this.dataDir);
      await this.#simulateDelay(DURATIONS.stopMs.value);
      if (!isCurrent()) return;
      if (change.skipLaunch) this.#enter("stopped");
      else await this.#boot("flyd", isCurrent);
    });
  }

  /** Destroys it. Throws ApiError 412 when it runs and `force` is not set. */
  destroy(force: boolean): void {
    if (this.#isAlreadyDone(force ? "forced delete" : "delete")) return;
    this.#enter("destroying", "destroy", "user");
    this.#run(async () => {
      await this.#endProcess("SIGKILL", 0);
      await this.#simulateDelay(DURATIONS.destroyMs.value);
      await wipeData(this.dataDir);
      this.#enter("destroyed", "destroy", "flyd");
    });
  }

  /** Signals its program. Throws ApiError 412. */
  signal(signal: NodeJS.Signals): void {
    this.#requireAction("signal");
    this.#process?.signal(signal);
  }

  /** Kills its program, as a crash or the kernel's out-of-memory killer would. */
  crash(outOfMemory: boolean): void {
    this.#requireAction("signal");
    this.#killedForMemory = outOfMemory;
    void this.#process?.kill();
  }

  /** Drops the snapshot of a suspended machine, as a move to another host does, which leaves it stopped. */
  async loseSnapshot(): Promise<void> {
    if (this.#state !== "suspended") throw new ApiError(412, "failed_precondition: not suspended");
    this.#generation++;
    await this.#endProcess("SIGKILL", 0);
    this.#enter("stopped");
  }

  /** Changes the metadata without a new version or a restart. */
  setMetadata(metadata: Record<string, string>): void {
    const current = this.versions.at(-1);
    if (current) current.config = { ...current.config, metadata };
    this.updatedAt = new Date();
  }

  /** Kills what runs and abandons every action. */
  async close(): Promise<void> {
    this.#generation++;
    this.#closing.abort();
    await this.#endProcess("SIGKILL", 0);
  }

  async #boot(by: Source, isCurrent: () => boolean): Promise<void> {
    if (this.#state !== "starting") this.#enter("starting", "start", by);
    await this.#simulateDelay(DURATIONS.startMs.value);
    if ((this.config.rootfs?.persist ?? "never") === "never") await wipeData(this.dataDir);
    const secrets = this.world.secrets();
    await prepareData(this.dataDir, this.config.files ?? [], secrets);
    if (!isCurrent()) return;
    const env = buildEnvironment({
      host: this.world.hostEnv,
      config: this.config.env ?? {},
      secrets,
      fly: this.#flyVariables(),
      dataDir: this.dataDir,
    });
    const process = new HostProcess({
      script: this.world.hostScript,
      env,
      cwd: this.dataDir,
      folders: locateFolders(env, this.dataDir),
      watchdog: this.world.watchdog,
    });
    this.#process = process;
    void process.exited.then((exit) => this.#onExit(process, exit));
    // Wakes those who wait for the port.
    void process.port.then(() => this.#notify());
    this.#enter("started", "start", "flyd");
  }

  /** Stops its program on purpose, without the restart policy. */
  async #endProcess(signal: NodeJS.Signals, timeoutMs: number): Promise<Exit> {
    const process = this.#process;
    this.#process = null;
    return process ? process.end(signal, timeoutMs) : { code: 0, signal: null };
  }

  /** Applies the restart policy after its program ended by itself. */
  #onExit(process: HostProcess, exit: Exit): void {
    if (this.#process !== process) return;
    this.#process = null;
    const { policy = "on-failure", max_retries: max = LIMITS.defaultMaxRestarts.value } = this.config.restart ?? {};
    const failed = exit.code !== 0;
    const now = performance.now();
    const windowMs = DURATIONS.restartWindowMs.value * this.world.timeScale;
    this.#restarts = this.#restarts.filter((atMs) => now - atMs < windowMs);
    const again = policy === "always" || (policy === "on-failure" && failed && this.#restarts.length < max);
    this.#recordExit(exit, { requested: false, state: again ? "restarting" : "stopped" });
    if (!again) return;
    this.#restarts.push(now);
    this.#run(async (isCurrent) => {
      await process.kill();
      await this.#simulateDelay(DURATIONS.restartPauseMs.value);
      if (isCurrent()) await this.#boot("flyd", isCurrent);
    });
  }

  #recordExit(exit: Exit, how: { requested: boolean; state: MachineState }): void {
    const exitEvent = toExitEvent(exit, {
      isOutOfMemory: this.#killedForMemory,
      isRequested: how.requested,
      isRestarting: how.state === "restarting",
    });
    this.#killedForMemory = false;
    this.#enter(how.state, "exit", "flyd", { exit_event: exitEvent, restart_count: this.#restarts.length });
  }

  #enter(
    state: MachineState,
    type?: MachineEvent["type"],
    source: Source = "flyd",
    request?: MachineEvent["request"],
  ): void {
    this.#state = state;
    this.updatedAt = new Date();
    if (type) {
      const event: MachineEvent = { id: generateUlid(), type, status: state, source, timestamp: Date.now() };
      this.events.unshift(request ? { ...event, request } : event);
    }
    this.#notify();
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Tells whether an action has no effect in this state. Throws ApiError 412 where the state does not allow it. */
  #isAlreadyDone(action: Action): boolean {
    if (ACTIONS[action].value.done.includes(this.#state)) return true;
    this.#requireAction(action);
    return false;
  }

  #requireAction(action: Action): void {
    if (ACTIONS[action].value.from.includes(this.#state)) return;
    throw new ApiError(412, `failed_precondition: unable to ${action} machine from current state: '${this.#state}'`);
  }

  /** Runs work for a new generation. The work asks after each pause whether its generation is current. */
  #run(work: (isCurrent: () => boolean) => Promise<void>): void {
    const generation = ++this.#generation;
    const isCurrent = () => this.#generation === generation && !this.#closing.signal.aborted;
    void work(isCurrent).catch((error: unknown) => {
      if (this.#closing.signal.aborted) return;
      console.error(`fly-simulator: machine ${this.id}:`, error);
      if (isCurrent()) this.#enter("failed");
    });
  }

  #simulateDelay(ms: number): Promise<void> {
    return delay(ms * this.world.timeScale, undefined, { signal: this.#closing.signal });
  }

  #killTimeoutMs(asked: string | undefined): number {
    const text = asked ?? this.config.stop_config?.timeout;
    return text ? Math.min(parseDurationMs(text), TIMES.maxKillTimeoutMs.value) : TIMES.killTimeoutMs.value;
  }

  #stopSignal(asked: string | undefined): NodeJS.Signals {
    return toSignal(asked ?? this.config.stop_config?.signal);
  }

  #flyVariables(): Record<string, string> {
    return {
      FLY_APP_NAME: this.world.app,
      FLY_MACHINE_ID: this.id,
      FLY_ALLOC_ID: this.id,
      FLY_REGION: this.region,
      FLY_PRIVATE_IP: this.privateIp,
      FLY_IMAGE_REF: this.config.image ?? "",
      FLY_MACHINE_VERSION: this.version,
      FLY_VM_MEMORY_MB: String(this.config.guest?.memory_mb ?? 256),
    };
  }
}
