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
import { buildMachineConfig, HOME_PATH, isSameImage } from "./machines/machine-config.ts";
import { buildMachineSecrets, digestSecrets } from "./machines/machine-secrets.ts";
import { describeMachine, isFailed, isGone } from "./machines/machine-state.ts";
import { formatRegion } from "./regions.ts";
import type { FlySettings } from "./types.ts";

export interface FlyRuntimeOptions {
  /** Null when no token is set. Asked each time, since it may be changed in the pages. */
  settings: () => Promise<FlySettings | null>;
  /** With `{app}` in place of an app's name. The operator's word; asks nobody. */
  publicUrlTemplate: () => string;
  /** 8 letters and digits that tell this Catwalk's apps from another's. */
  installationId: () => Promise<string>;
  tokens: MachineTokens;
  /** When a deployment was last called; null when never. Its log is followed while it is in use. */
  lastCallAt: (deploymentId: string) => Promise<Date | null>;
  clock?: Clock;
}

interface Fly {
  settings: FlySettings;
  installation: string;
  /** With the organization's token. */
  api: FlyApi;
  tokens: DeployTokens;
}

const ANSWER_TIMEOUT_MS = 5_000;
const MAX_OTHER_REGIONS = 6;

/**
 * Machines at Fly: for each deployment an app of its own with one machine, on a private network of its own, reached at the
 * app's public address. They fall asleep when nobody calls, and Fly's proxy wakes them.
 */
export class FlyRuntime implements Runtime {
  readonly name = "fly";
  readonly sleeps = true;
  readonly #options: FlyRuntimeOptions;
  readonly #clock: Clock;
  readonly #rateLimiter: RateLimiter;
  readonly #leaseHolder = randomUUID();
  readonly #queue = new KeyedQueue();
  /** What gives up the starts that are going on, by app. */
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
      // One beside a machine of another organization could take its place, and nobody could remove that.
      const fly = await this.#connect(at && !isRef(at) ? readPlace(at) : null);
      const { settings, installation } = fly;
      const asked = await pinImage(requireImage(settings), settings.token);
      const secrets = buildMachineSecrets(spec);
      const hosts = this.#listHosts(app);
      const configOf = (image: string) =>
        buildMachineConfig({ spec, installation, image, hosts, secretsDigest: digestSecrets(secrets) });
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
      return { deploymentId, app, machineId, region: machine.region || region, image, org: settings.org };
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
      // Another image it is; that nobody has it is for whoever makes the machine to say.
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
                // It has never come up, and nothing on it is worth keeping.
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
          // Its app is gone, and the machine with it.
          if (!hasFlyStatus(error, 404) && !(error instanceof AppError && error.code === "machine_missing"))
            throw error;
        }
      });
    });
  }

  async destroy(deploymentId: string, machine: MachineRef | null): Promise<void> {
    // Without a record the name says which app it is.
    const ref = readPlace(machine);
    const app = ref?.app ?? buildAppName(await this.#options.installationId(), deploymentId);
    this.#abortStarts(app);
    return await this.#queue.run(app, async () => {
      // Also where another organization is set by now: its token sees whether the app is gone.
      const fly = await this.#connect();
      await translateFlyErrors("delete the app", async () => {
        try {
          await deleteApp(fly.api, app, this.#clock);
        } catch (error) {
          if (!hasFlyStatus(error, 403) || isPermanent(error)) throw error;
          if (ref) requireOrg(ref, fly.settings);
          // Nothing was ever made of a name that belongs to somebody else.
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

  /** The machine as Fly gives it; null when it, or its app, is gone. */
  async #probe(ref: FlyMachineRef): Promise<FlyMachine | null> {
    const fly = await this.#connect(ref);
    return await translateFlyErrors("tell how the machine is", async () => {
      try {
        return await fly.tokens.use(ref.deploymentId, ref.app, (api) => api.machine(ref));
      } catch (error) {
        // No token can be made for an app that is gone.
        if (hasFlyStatus(error, 404)) return null;
        throw error;
      }
    });
  }

  /** @throws AppError `fly_not_configured`; `fly_token_refused` when the machine is in another organization */
  async #connect(ref?: Pick<FlyMachineRef, "app" | "org"> | null): Promise<Fly> {
    const settings = await this.#options.settings();
    if (settings === null) {
      throw new AppError("fly_not_configured", "Servers are to run on Fly, and no token of Fly is set.", {
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

  /** Does work that needs room for a machine; where there is none the hint names regions that have some. */
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
      const once = { apiHostname: settings.apiHostname, clock: this.#clock, pace: this.#rateLimiter, attempts: 1 };
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

  /** Fly's own name for an app, too: what stands in front at an address of one's own may call it by that. */
  #listHosts(app: string): string[] {
    const { hostname } = new URL(buildPublicUrl(this.#options.publicUrlTemplate(), app));
    return [...new Set([`${app}.fly.dev`, hostname])];
  }

  /** Takes its turn and starts a machine; ends at once when its caller, or who stops or deletes the machine, wants it no more. */
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

/** Sets the app's secrets and removes all others. */
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

function requireImage({ image }: FlySettings): string {
  if (image !== null) return image;
  throw new AppError("fly_not_configured", "Servers are to run on Fly, and the image of mcp-host is not set.", {
    hint:
      "Push one into an app of your organization: fly apps create YOUR-IMAGES && fly auth docker && docker build -f mcp-host/Dockerfile " +
      "-t registry.fly.io/YOUR-IMAGES:mcp-host . && docker push registry.fly.io/YOUR-IMAGES:mcp-host. Then set it as MCP_HOST_IMAGE " +
      "or under Settings → Machines.",
  });
}
