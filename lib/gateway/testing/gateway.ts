import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import { AppError } from "../../errors/app-error.ts";
import { CallQueue, type CallRecord, type CallStore } from "../calls/call-queue.ts";
import { CIRCUIT_BREAKER_LIMITS } from "../circuit-breaker.ts";
import { DEPLOYMENT_CACHE_LIMITS, DeploymentCache, type DeploymentCacheLimits } from "../deployment-cache.ts";
import type { DeploymentSource } from "../deployment-source.ts";
import { Gateway, type GatewayOptions } from "../gateway.ts";
import { MachineClient, type MachineClientOptions } from "../machines/machine-client.ts";
import { MachineActivity, type MachineActivityOptions } from "../sleep-proxy/machine-activity.ts";
import { type Listening, mount } from "./http.ts";

export function newAccessKey(): string {
  return `cwk_${randomBytes(32).toString("base64url")}`;
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** Deployments that a test makes up, where the app has its database and its runtimes. */
export class TestSource implements DeploymentSource {
  readonly deployments = new Map<string, DeploymentSnapshot>();
  readonly endpoints = new Map<string, string>();
  readonly listeners = new Set<(id: string) => void>();
  loads = 0;
  wakes = 0;
  /** Called by each wake; returns the URL of the started machine. */
  onWake: (id: string) => Promise<string> = () =>
    Promise.reject(new AppError("machine_unavailable", "There is no machine.", { detail: "secret-detail" }));
  /** Called before each load; a rejection is what the database would give. */
  onLoad: () => Promise<void> = () => Promise.resolve();
  /** Answers probes of machines of the runtime "fly". */
  onProbe: (id: string) => Promise<boolean | null> = () => Promise.resolve(null);
  probes = 0;
  /** Called when a machine's lists are refreshed. */
  onRefresh: (id: string) => Promise<void> = () => Promise.resolve();
  refreshes = 0;
  /** Called before each writing of ended sessions; a rejection is what the database would give. */
  onKeep: () => Promise<void> = () => Promise.resolve();

  /** A deployment whose machine listens at the URL, if there is one. */
  add(
    url: string | null,
    change: Partial<DeploymentSnapshot> = {},
  ): { id: string; key: string; deployment: DeploymentSnapshot } {
    const id = randomUUID();
    const key = newAccessKey();
    const deployment: DeploymentSnapshot = {
      deploymentId: id,
      ownerId: randomUUID(),
      status: "live",
      desired: "running",
      keys: [{ id: randomUUID(), hash: hashOf(key) }],
      grants: [],
      runtime: "local",
      machine: { deploymentId: id },
      hostToken: `host-token-of-${id}`,
      cached: null,
      listsDigest: null,
      lastCallAt: null,
      alwaysOn: false,
      generation: 1,
      endedSessions: new Set(),
      recordsPayloads: false,
      people: new Map(),
      ...change,
    };
    this.deployments.set(id, deployment);
    if (url !== null) this.endpoints.set(id, url);
    return { id, key, deployment };
  }

  announce(id: string): void {
    for (const listener of this.listeners) listener(id);
  }

  async load(ids: readonly string[]): Promise<ReadonlyMap<string, DeploymentSnapshot>> {
    const found = await Promise.all(ids.map((id) => this.loadOne(id)));
    return new Map(found.flatMap((deployment) => (deployment ? [[deployment.deploymentId, deployment]] : [])));
  }

  async loadOne(id: string): Promise<DeploymentSnapshot | null> {
    this.loads++;
    await this.onLoad();
    const deployment = this.deployments.get(id);
    return deployment === undefined ? null : structuredClone(deployment);
  }

  async locate(deployment: DeploymentSnapshot) {
    const url = this.endpoints.get(deployment.deploymentId);
    return url === undefined ? null : { url };
  }

  async wake(id: string) {
    this.wakes++;
    const url = await this.onWake(id);
    this.endpoints.set(id, url);
    return { url };
  }

  suspendsMachines({ runtime }: DeploymentSnapshot) {
    return runtime === "fly";
  }

  async isAwake({ deploymentId }: DeploymentSnapshot) {
    this.probes++;
    return await this.onProbe(deploymentId);
  }

  async refreshLists(id: string) {
    this.refreshes++;
    await this.onRefresh(id);
  }

  async storeEndedSessions(id: string, marks: readonly string[]) {
    await this.onKeep();
    const deployment = this.deployments.get(id);
    if (deployment === undefined) return;
    deployment.endedSessions = new Set([...marks, ...deployment.endedSessions]);
    this.announce(id);
  }

  onChange(listener: (id: string) => void) {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

export interface TestGateway extends Listening {
  source: TestSource;
  gateway: Gateway;
  machineActivity: MachineActivity;
  /** Flushes and returns the call records. */
  records(): Promise<CallRecord[]>;
  endpoint(id: string): string;
}

export interface TestGatewayOptions {
  source?: TestSource;
  limits?: Partial<DeploymentCacheLimits>;
  machineClient?: Partial<MachineClientOptions>;
  machineActivity?: Partial<MachineActivityOptions>;
  gateway?: Partial<GatewayOptions>;
  store?: CallStore;
  now?: () => number;
}

/** A gateway on loopback over made-up deployments. */
export async function startGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const source = options.source ?? new TestSource();
  const recorded: CallRecord[] = [];
  const store = options.store ?? { write: async (records: readonly CallRecord[]) => void recorded.push(...records) };
  const calls = new CallQueue({ store, intervalMs: 1 });
  const deployments = new DeploymentCache(source, { ...DEPLOYMENT_CACHE_LIMITS, ...options.limits }, options.now);
  const machineActivity = new MachineActivity({ source, ...options.machineActivity });
  // Retries failures at once, unless a test says otherwise.
  const circuitBreaker = { ...CIRCUIT_BREAKER_LIMITS, baseBackoffMs: 0, coalesceMs: 0 };
  const machineClient = new MachineClient({
    source,
    machineActivity,
    find: (id) => deployments.find(id),
    circuitBreaker,
    ...options.machineClient,
  });
  const gateway = new Gateway({
    source,
    deployments,
    machineClient,
    machineActivity,
    calls,
    allowedOrigins: new Set(["https://catwalk.example.com"]),
    ...options.gateway,
  });
  const listening = await mount((request, id) => gateway.handle(request, id));
  return {
    ...listening,
    source,
    gateway,
    machineActivity,
    endpoint: (id) => `${listening.url}/api/mcp/${id}`,
    async records() {
      await calls.flush();
      return recorded;
    },
    async close() {
      gateway.close();
      deployments.close();
      machineClient.close();
      await listening.close();
    },
  };
}
