import { randomUUID } from "node:crypto";
import { AppError } from "../../errors/app-error.ts";
import { fetchHostStatus } from "../host-client.ts";
import { KeyedQueue } from "../keyed-queue.ts";
import type { Endpoint, LogLine, MachineDescription, MachineRef, MachineSpec, Runtime } from "../runtime.ts";
import { FlyClient } from "./api/client.ts";
import { FlyApi, type MachineConfig } from "./api/fly-api.ts";
import { hasFlyStatus } from "./api/fly-error.ts";
import { RateLimiter } from "./api/rate-limiter.ts";
import type { FlyMachine } from "./api/schemas.ts";
import { deleteApp, ensureAddresses, ensureApp } from "./apps/app.ts";
import { DeployTokens, type MachineTokens } from "./apps/deploy-tokens.ts";
import { isPermanent, machineMissing, toFailure, translateFlyErrors } from "./apps/failures.ts";
import { buildImageApp } from "./apps/image-app.ts";
import { buildAppName, buildPublicUrl, buildSecondaryAppName } from "./apps/naming.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type FlyMachineRef, isRef, readPlace, readRef, requireOrg } from "./machine-ref.ts";
import { pinImage, resolveMachineImage } from "./machines/image.ts";
import { streamMachineLogs } from "./machines/logs.ts";
import {
  applyConfig,
  ensureMachine,
  type MachinePlace,
  startMachine,
  stopMachine,
  stopUnchanged,
} from "./machines/machine.ts";
import { buildMachineConfig, isSameImage } from "./machines/machine-config.ts";
import { HOME_PATH } from "./machines/machine-paths.ts";
import { buildMachineSecrets, digestSecrets } from "./machines/machine-secrets.ts";
import { describeMachine, isFailed, isGone } from "./machines/machine-state.ts";
import { formatRegion } from "./regions.ts";
import type { FlySettings } from "./types.ts";

export interface FlyRuntimeOptions {
  /** Returns null when no token is set. Called for each operation, since an owner may change the settings. */
  settings: () => Promise<FlySettings | null>;
  /** Returns an app's public address with `{app}` in place of its name. */
  publicUrlTemplate: () => string;
  /** 8 letters and digits that tell this Catwalk's apps from another's. */
  installationId: () => Promise<string>;
  tokens: MachineTokens;
  /** Returns when a client last called the deployment, or null. Logs are followed only of machines in use. */
  lastCallAt: (deploymentId: string) => Promise<Date | null>;
  clock?: Clock;
}

interface Fly {
  settings: FlySettings;
  installation: string;
  /** Uses the organization's token. */
  api: FlyApi;
  tokens: DeployTokens;
}

const ANSWER_TIMEOUT_MS = 5_000;
const MAX_OTHER_REGIONS = 6;

/**
 * Machines at Fly. Each deployment has an app with one machine on a private network of its own, reached at the app's public
 * address. Fly's proxy suspends an idle machine and resumes it at the next request.
 *
 * Orders the steps of one operation and translates its failures. The folders below own the rest: `api/` the wire, `apps/` names,
 * addresses and tokens, `machines/` configuration, states and logs.
 */
export class FlyRuntime implements Runtime {
  readonly name = "fly";
  readonly sleeps = true;
  readonly #options: FlyRuntimeOptions;
  readonly #clock: Clock;
  readonly #rateLimiter: RateLimiter;
  readonly #leaseHolder = randomUUID();
  readonly #queue = new KeyedQueue();
  /** Aborts the starts in flight, by app. */
  readonly #starts = new Map<string, Set<AbortController>>();

  constructor(options: FlyRuntimeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#rateLimiter = new RateLimiter(this.#clock);
  }

  homePath(): string {
    return HOME_PATH;
  }

  async create(spec: MachineSpec, at: MachineRef | null = null): Promise<MachineRef> {
    const { deploymentId, size } = spec;
    const app = readPlace(at)?.app ?? buildAppName(await this.#options.installationId(), deploymentId);
    return await this.#queue.run(app, async () => {
      // A secondary machine in another organization than the first could take over, and then not be deleted.
      const fly = await this.#connect(at && !isRef(at) ? readPlace(at) : null);
      const { settings, installation } = fly;
      const asked = await pinImage(requireImage(settings, installation), settings.token);
      const secrets = buildMachineSecrets(spec);
      const hosts = this.#listHosts(app);
      const configOf = (image: string) =>
        buildMachineConfig({
          spec,
          installation,
          image,
          isAppImage: settings.isAppImage,
          hosts,
          secretsDigest: digestSecrets(secrets),
        });
      const config = configOf(asked);
      const region = size.region ?? settings.region;
      const machine = await this.#withCapacityHint(fly, config, region, () =>
        translateFlyErrors(
          "make the machine",
          async () => {
            await ensureApp(fly.api, app, settings.org, this.#clock);
            return await fly.tokens.use(deploymentId, app, async (api) => {
              await ensureAddresses(api, app, this.#clock);
              const place = this.#placeMachine(api, app, deploymentId);
              const present = await ensureMachine(place, {
                config,
                region: size.region,
                defaultRegion: settings.region,
                setSecrets: () => setSecrets(api, app, secrets),
              });
              await stopUnchanged(place, present, configOf(resolveMachineImage(asked, present)));
              return present;
            });
          },
          region,
        ),
      );
      const { id: machineId } = machine;
      const image = resolveMachineImage(asked, machine);
      const kind: MachineRef = settings.isAppImage ? { isAppImage: true } : {};
      return { deploymentId, app, machineId, region: machine.region || region, image, ...kind, org: settings.org };
    });
  }

  reserveSecondary(machine: MachineRef, number: number): MachineRef | null {
    if (!isRef(machine)) return null;
    const { deploymentId, app, org } = machine;
    return { deploymentId, app: buildSecondaryAppName(app, number), org };
  }

  async isOutdated(machine: MachineRef): Promise<boolean> {
    const settings = await this.#options.settings();
    if (!isRef(machine) || settings === null || settings.image === null) return false;
    try {
      return !isSameImage(machine.image, await pinImage(settings.image, settings.token));
    } catch (error) {
      // The setting names another image. Creating the machine reports that the registry does not have it.
      if (error instanceof AppError) return true;
      throw error;
    }
  }

  async start(machine: MachineRef, spec: MachineSpec, signal?: AbortSignal): Promise<MachineRef> {
    const ref = readRef(machine);
    return await this.#runAbortable(ref.app, signal, async (until) => {
      until.throwIfAborted();
      const fly = await this.#connect(ref);
      const secrets = buildMachineSecrets(spec);
      const { installation } = fly;
      const config = buildMachineConfig({
        spec,
        installation,
        image: ref.image,
        isAppImage: ref.isAppImage === true,
        hosts: this.#listHosts(ref.app),
        secretsDigest: digestSecrets(secrets),
      });
      const region = typeof machine.region === "string" ? machine.region : undefined;
      const endpoint = this.#buildEndpoint(ref);
      return await this.#withCapacityHint(fly, config, region, () =>
        translateFlyErrors(
          "start the machine",
          () =>
            fly.tokens.use(ref.deploymentId, ref.app, async (api) => {
              const place = this.#placeMachine(api, ref.app, ref.deploymentId);
              const before = await api.machine(ref);
              if (before === null || isGone(before)) throw toFailure(machineMissing());
              let now = before;
              if (isFailed(before)) {
                // A failed machine never came up, so nothing on it is worth keeping.
                now = await ensureMachine(place, {
                  config,
                  region: spec.size.region,
                  defaultRegion: region ?? fly.settings.region,
                  setSecrets: () => setSecrets(api, ref.app, secrets),
                });
              } else {
                await applyConfig(place, before, config, () => setSecrets(api, ref.app, secrets));
              }
              const id = { app: ref.app, machineId: now.id };
              await startMachine(place, id, () => isHostAnswering(endpoint, spec.hostToken), until);
              return { ...machine, machineId: now.id, region: now.region || (region ?? null) };
            }),
          region,
        ),
      );
    });
  }

  async stop(machine: MachineRef): Promise<void> {
    const ref = readRef(machine);
    this.#abortStarts(ref.app);
    return await this.#queue.run(ref.app, async () => {
      const fly = await this.#connect(ref);
      await translateFlyErrors("stop the machine", async () => {
        try {
          await fly.tokens.use(ref.deploymentId, ref.app, (api) =>
            stopMachine(this.#placeMachine(api, ref.app, ref.deploymentId), ref),
          );
        } catch (error) {
          // The app is gone, and the machine with it.
          if (!hasFlyStatus(error, 404) && !(error instanceof AppError && error.code === "machine_missing"))
            throw error;
        }
      });
    });
  }

  async destroy(deploymentId: string, machine: MachineRef | null): Promise<void> {
    // Without a reference the app is the deployment's first one.
    const ref = readPlace(machine);
    const app = ref?.app ?? buildAppName(await this.#options.installationId(), deploymentId);
    this.#abortStarts(app);
    return await this.#queue.run(app, async () => {
      // Another organization may be set by now. Its token still sees whether the app is gone.
      const fly = await this.#connect();
      await translateFlyErrors("delete the app", async () => {
        try {
          await deleteApp(fly.api, app, this.#clock);
        } catch (error) {
          if (!hasFlyStatus(error, 403) || isPermanent(error)) throw error;
          if (ref) requireOrg(ref, fly.settings);
          // 403 without a reference: the name belongs to another organization, so nothing of ours exists.
          if (ref) throw error;
          await fly.api.apps(fly.settings.org);
        }
      });
      await this.#options.tokens.save(deploymentId, null);
    });
  }

  async describe(machine: MachineRef): Promise<MachineDescription> {
    return describeMachine(await this.#probe(readRef(machine)), this.#clock.nowMs());
  }

  async endpoint(machine: MachineRef): Promise<Endpoint | null> {
    return this.#buildEndpoint(readRef(machine));
  }

  logs(machine: MachineRef, hostToken: string, signal: AbortSignal): AsyncIterable<LogLine> {
    const ref = readRef(machine);
    return streamMachineLogs({
      endpoint: this.#buildEndpoint(ref),
      hostToken,
      probe: () => this.#probe(ref),
      lastCallAt: () => this.#options.lastCallAt(ref.deploymentId),
      clock: this.#clock,
      signal,
    });
  }

  /** Fetches the machine; null when it, or its app, is gone. */
  async #probe(ref: FlyMachineRef): Promise<FlyMachine | null> {
    const fly = await this.#connect(ref);
    return await translateFlyErrors("tell how the machine is", async () => {
      try {
        return await fly.tokens.use(ref.deploymentId, ref.app, (api) => api.machine(ref));
      } catch (error) {
        // Fly makes no token for an app that is gone.
        if (hasFlyStatus(error, 404)) return null;
        throw error;
      }
    });
  }

  /** @throws AppError `fly_not_configured`; `fly_token_refused` when the machine is in another organization */
  async #connect(ref?: Pick<FlyMachineRef, "app" | "org"> | null): Promise<Fly> {
    const settings = await this.#options.settings();
    if (settings === null) {
      throw new AppError("fly_not_configured", "Servers are to run on Fly, but no Fly token is set.", {
        hint: "Set one under Settings → Machines, or as FLY_API_TOKEN.",
      });
    }
    if (ref) requireOrg(ref, settings);
    const client = new FlyClient({
      apiHostname: settings.apiHostname,
      clock: this.#clock,
      rateLimiter: this.#rateLimiter,
    });
    return {
      settings,
      installation: await this.#options.installationId(),
      api: new FlyApi(client, settings.token),
      tokens: new DeployTokens({
        client,
        orgToken: settings.token,
        store: this.#options.tokens,
        clock: this.#clock,
      }),
    };
  }

  /** Runs work that needs capacity. When Fly has none, the hint names regions that have some. */
  async #withCapacityHint<T>(
    { settings }: Fly,
    { guest }: MachineConfig,
    region: string | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError && error.code === "no_capacity")) throw error;
      const once = {
        apiHostname: settings.apiHostname,
        clock: this.#clock,
        rateLimiter: this.#rateLimiter,
        maxAttempts: 1,
      };
      const api = new FlyApi(new FlyClient(once), settings.token);
      const found = await api.regionsWithCapacity(settings.org, guest).catch(() => []);
      const others = found.filter((code) => code !== region).slice(0, MAX_OTHER_REGIONS);
      if (others.length === 0) throw error;
      const { code, message, hint, detail } = error;
      const offer = `Fly has room in ${others.map((other) => formatRegion(other)).join(", ")}.`;
      throw new AppError(code, message, {
        hint: [hint, offer].filter(Boolean).join(" "),
        detail,
        cause: error,
      });
    }
  }

  #placeMachine(api: FlyApi, app: string, deploymentId: string): MachinePlace {
    return { api, app, deploymentId, leaseHolder: this.#leaseHolder, clock: this.#clock };
  }

  #buildEndpoint({ app }: FlyMachineRef): Endpoint {
    return { url: buildPublicUrl(this.#options.publicUrlTemplate(), app) };
  }

  /** Lists the Host names that mcp-host accepts. A proxy at a custom domain may call the app by its fly.dev name. */
  #listHosts(app: string): string[] {
    const { hostname } = new URL(buildPublicUrl(this.#options.publicUrlTemplate(), app));
    return [...new Set([`${app}.fly.dev`, hostname])];
  }

  /** Runs a start in the app's turn. Aborts it when the caller's signal does, or when the machine is stopped or deleted. */
  async #runAbortable<T>(
    app: string,
    signal: AbortSignal | undefined,
    work: (until: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const given = new AbortController();
    const starts = this.#starts.get(app) ?? new Set();
    this.#starts.set(app, starts.add(given));
    const until = signal ? AbortSignal.any([signal, given.signal]) : given.signal;
    try {
      return await this.#queue.run(app, () => work(until));
    } finally {
      starts.delete(given);
      if (starts.size === 0 && this.#starts.get(app) === starts) this.#starts.delete(app);
    }
  }

  #abortStarts(app: string): void {
    const reason = new AppError("conflict", "The machine was stopped while it was starting.", {
      hint: "Start it again if it is to run.",
    });
    for (const given of this.#starts.get(app) ?? []) given.abort(reason);
  }
}

/** Replaces the app's secrets. Returns the version for which a machine has to wait, if Fly tells. */
async function setSecrets(api: FlyApi, app: string, secrets: Record<string, string>): Promise<number | null> {
  const stale = (await api.secretNames(app)).filter((name) => !Object.hasOwn(secrets, name));
  return await api.setSecrets(app, { ...secrets, ...Object.fromEntries(stale.map((name) => [name, null])) });
}

async function isHostAnswering(endpoint: Endpoint, hostToken: string): Promise<boolean> {
  return await fetchHostStatus(endpoint, hostToken, ANSWER_TIMEOUT_MS).then(
    () => true,
    () => false,
  );
}

function requireImage({ image, org }: FlySettings, installation: string): string {
  if (image !== null) return image;
  const own = buildImageApp(installation, org);
  throw new AppError("fly_not_configured", "Servers are to run on Fly, but no image for their machines is set.", {
    hint: `Run in a clone of Catwalk: ${own.command}. Then set ${own.image} under Settings → Machines, or as MCP_HOST_IMAGE.`,
  });
}
