import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { App } from "./app.ts";
import { parseImage } from "./images.ts";
import { Machine, type MachineStart, type MachineWorld } from "./machine.ts";
import { DURATIONS, LIMITS, MACHINE_RULES } from "./rules.ts";
import { type Token, Tokens } from "./tokens.ts";
import { ApiError } from "./types.ts";
import { Watchdog } from "./watchdog.ts";

export interface WorldOptions {
  /** The simulator's own folder, absolute. */
  folder: string;
  timeScale: number;
  hostScript: string;
  hostEnv: Readonly<Record<string, string | undefined>>;
  org: string;
  regions: readonly string[];
}

/** The state of the simulated Fly: apps, machines, images and tokens. */
export class World {
  readonly tokens = new Tokens();
  readonly apps = new Map<string, App>();
  readonly fullRegions = new Set<string>();
  readonly options: WorldOptions;
  /** Image digests by repository and tag: "mcp-host:latest". */
  readonly images = new Map<string, string>();
  /** The digests of images of Catwalk itself, which start mcp-host only by a command of the config. */
  readonly appImages = new Set<string>();
  readonly #watchdog = new Watchdog();
  readonly #aborted = new AbortController();

  constructor(options: WorldOptions) {
    this.options = options;
  }

  /** Adds an image for machines, of mcp-host or of Catwalk itself. Returns its digest. */
  addImage(repository: string, tag: string, program: "mcp-host" | "app" = "mcp-host"): string {
    const digest = `sha256:${createHash("sha256").update(`${repository}:${tag}`).digest("hex")}`;
    this.images.set(`${repository}:${tag}`, digest);
    if (program === "app") this.appImages.add(digest);
    return digest;
  }

  /** Returns the digest of an image by repository and tag or digest; null for an unknown one. */
  digestOf(repository: string, reference: string): string | null {
    for (const [name, digest] of this.images) {
      if (name === `${repository}:${reference}` || (digest === reference && name.startsWith(`${repository}:`)))
        return digest;
    }
    return null;
  }

  /** Resolves the image of a machine's config to its digest. Throws ApiError for an unknown one. */
  resolveImage(image: string): string {
    const { repository, reference } = parseImage(image);
    const digest = this.digestOf(repository, reference);
    if (digest === null) {
      throw new ApiError(
        MACHINE_RULES.unknownImageStatus.value,
        `failed to get manifest ${image}: MANIFEST_UNKNOWN: manifest unknown`,
      );
    }
    return digest;
  }

  /** Returns an app that a token may see. Throws ApiError 404 or 403. */
  app(name: string, token: Token): App {
    const app = this.apps.get(name);
    if (token.kind === "deploy" && token.app !== name)
      throw new ApiError(app ? 403 : 404, app ? "unauthorized" : formatNotFound(name));
    if (!app) throw new ApiError(404, formatNotFound(name));
    if (app.org !== token.org) throw new ApiError(403, "unauthorized: not authorized to access this app");
    return app;
  }

  /** Creates an app. Throws ApiError 403 or 422. */
  createApp(fields: { name: string; org: string; network: string }, token: Token): App {
    if (token.kind !== "org" || fields.org !== token.org)
      throw new ApiError(403, "unauthorized: cannot create apps in this organization");
    if (!LIMITS.appNamePattern.value.test(fields.name)) throw new ApiError(422, "Validation failed: Name is invalid");
    if (this.apps.has(fields.name)) {
      throw new ApiError(
        MACHINE_RULES.nameTakenStatus.value,
        "Validation failed: Name has already been taken",
        "name_taken",
      );
    }
    const app = new App(fields.name, fields.org, fields.network);
    this.apps.set(app.name, app);
    return app;
  }

  /** Deletes an app with its machines a little later. Throws ApiError 412 when one runs and `force` is not set. */
  deleteApp(app: App, force: boolean): void {
    const running = app.liveMachines.some(
      (machine) => !["stopped", "suspended", "created", "failed"].includes(machine.state),
    );
    if (running && !force) {
      throw new ApiError(
        MACHINE_RULES.runningAppDeleteStatus.value,
        "failed_precondition: app has running machines, stop them first",
      );
    }
    app.isDeleting = true;
    this.tokens.revokeApp(app.name);
    for (const machine of app.liveMachines) machine.destroy(true);
    void this.simulateDelay(DURATIONS.appDeleteMs.value)
      .then(() => Promise.all([...app.machines.values()].map((machine) => this.#whenDestroyed(machine))))
      .then(() => this.apps.delete(app.name), ignoreAbort);
  }

  /** Creates a machine. Throws ApiError as Fly does. */
  createMachine(app: App, fields: Omit<MachineStart, "dataDir">): Machine {
    if (!this.options.regions.includes(fields.region))
      throw new ApiError(400, `invalid_argument: region ${fields.region} is not known`);
    if (app.liveMachines.some((machine) => machine.name === fields.name)) {
      throw new ApiError(
        422,
        `already_exists: unique machine name violation, machine with name ${fields.name} already exists`,
      );
    }
    this.#reserve(fields.region);
    const world: MachineWorld = {
      app: app.name,
      timeScale: this.options.timeScale,
      hostScript: this.options.hostScript,
      hostEnv: this.options.hostEnv,
      watchdog: this.#watchdog,
      secrets: () => app.secretValues(),
      reserve: (region) => this.#reserve(region),
    };
    const machine = new Machine(world, { ...fields, dataDir: join(this.options.folder, app.name, allocateFolder()) });
    app.machines.set(machine.id, machine);
    void this.#whenDestroyed(machine)
      .then(() => this.simulateDelay(DURATIONS.destroyedVisibleMs.value))
      .then(() => app.machines.delete(machine.id), ignoreAbort);
    return machine;
  }

  /** Waits for a scaled duration of Fly. Rejects when the simulator stops. */
  async simulateDelay(ms: number): Promise<void> {
    await delay(ms * this.options.timeScale, undefined, { signal: this.#aborted.signal, ref: false });
  }

  /** Kills every machine. */
  async close(): Promise<void> {
    this.#aborted.abort();
    const machines = [...this.apps.values()].flatMap((app) => [...app.machines.values()]);
    await Promise.all(machines.map((machine) => machine.close()));
    this.#watchdog.stop();
  }

  async #whenDestroyed(machine: Machine): Promise<void> {
    while (machine.state !== "destroyed") {
      await machine.waitForChange(this.#aborted.signal);
      this.#aborted.signal.throwIfAborted();
    }
  }

  #reserve(region: string): void {
    if (!this.fullRegions.has(region)) return;
    throw new ApiError(
      MACHINE_RULES.noCapacityStatus.value,
      "insufficient resources available to fulfill request: could not reserve resource for machine: insufficient memory available",
      "insufficient_capacity",
    );
  }
}

let folders = 0;

function allocateFolder(): string {
  return `machine-${++folders}`;
}

function formatNotFound(app: string): string {
  return `app not found: Could not find App "${app}"`;
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
}
