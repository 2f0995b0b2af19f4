import { createHash, randomBytes, randomUUID } from "node:crypto";
import { AppError } from "../../errors/app-error.ts";
import { CallQueue, type CallRecord, type CallStore } from "../calls/call-queue.ts";
import { attemptLimits } from "../circuit-breaker.ts";
import type { Connection, ConnectionSource } from "../deployment.ts";
import { Directory, type DirectoryLimits, directoryLimits } from "../deployment-cache.ts";
import { Gateway, type GatewayOptions } from "../gateway.ts";
import { Machines, type MachinesOptions } from "../machines/machine-client.ts";
import { Wakefulness, type WakefulnessOptions } from "../sleep-proxy/machine-activity.ts";
import { type Listening, mount } from "./http.ts";

export function newAccessKey(): string {
  return `cwk_${randomBytes(32).toString("base64url")}`;
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** Deployments that a test makes up, where the app has its database and its runtimes. */
export class TestSource implements ConnectionSource {
  readonly connections = new Map<string, Connection>();
  readonly endpoints = new Map<string, string>();
  readonly listeners = new Set<(id: string) => void>();
  loads = 0;
  wakes = 0;
  /** Called by each wake; gives the URL of the machine that it started. */
  onWake: (id: string) => Promise<string> = () =>
    Promise.reject(new AppError("machine_unavailable", "There is no machine.", { detail: "secret-detail" }));
  /** Called before each load; a rejection is what the database would give. */
  onLoad: () => Promise<void> = () => Promise.resolve();
  /** What the platform says of a machine of the runtime "fly", and how often it was asked. */
  onLook: (id: string) => Promise<boolean | null> = () => Promise.resolve(null);
  looks = 0;
  /** Called when a machine's lists are to be asked for again. */
  onRefresh: (id: string) => Promise<void> = () => Promise.resolve();
  refreshes = 0;
  /** Called before each writing of ended sessions; a rejection is what the database would give. */
  onKeep: () => Promise<void> = () => Promise.resolve();

  /** A deployment whose machine listens at the URL, if there is one. */
  add(url: string | null, change: Partial<Connection> = {}): { id: string; key: string; connection: Connection } {
    const id = randomUUID();
    const key = newAccessKey();
    const connection: Connection = {
      deploymentId: id,
      ownerId: randomUUID(),
      status: "live",
      desired: "running",
      keys: [{ id: randomUUID(), hash: hashOf(key) }],
      runtime: "local",
      machine: { deploymentId: id },
      hostToken: `host-token-of-${id}`,
      cached: null,
      listsDigest: null,
      lastCallAt: null,
      alwaysOn: false,
      generation: 1,
      endedSessions: new Set(),
      ...change,
    };
    this.connections.set(id, connection);
    if (url !== null) this.endpoints.set(id, url);
    return { id, key, connection };
  }

  announce(id: string): void {
    for (const listener of this.listeners) listener(id);
  }

  async load(id: string): Promise<Connection | null> {
    this.loads++;
    await this.onLoad();
    const connection = this.connections.get(id);
    return connection === undefined ? null : structuredClone(connection);
  }

  async locate(connection: Connection) {
    const url = this.endpoints.get(connection.deploymentId);
    return url === undefined ? null : { url };
  }

  async wake(id: string) {
    this.wakes++;
    const url = await this.onWake(id);
    this.endpoints.set(id, url);
    return { url };
  }

  sleeps({ runtime }: Connection) {
    return runtime === "fly";
  }

  async isAwake({ deploymentId }: Connection) {
    this.looks++;
    return await this.onLook(deploymentId);
  }

  async refreshLists(id: string) {
    this.refreshes++;
    await this.onRefresh(id);
  }

  async keepEnded(id: string, marks: readonly string[]) {
    await this.onKeep();
    const connection = this.connections.get(id);
    if (connection === undefined) return;
    connection.endedSessions = new Set([...marks, ...connection.endedSessions]);
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
  wakefulness: Wakefulness;
  /** What was recorded, once it has been flushed. */
  records(): Promise<CallRecord[]>;
  endpoint(id: string): string;
}

export interface TestGatewayOptions {
  source?: TestSource;
  limits?: Partial<DirectoryLimits>;
  machines?: Partial<MachinesOptions>;
  wakefulness?: Partial<WakefulnessOptions>;
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
  const directory = new Directory(source, { ...directoryLimits, ...options.limits }, options.now);
  const wakefulness = new Wakefulness({ source, ...options.wakefulness });
  // What fails is tried again at once, where a test says nothing else.
  const attempts = { ...attemptLimits, firstPauseMs: 0, togetherMs: 0 };
  const machines = new Machines({
    source,
    wakefulness,
    find: (id) => directory.find(id),
    attempts,
    ...options.machines,
  });
  const gateway = new Gateway({
    source,
    directory,
    machines,
    wakefulness,
    calls,
    allowedOrigins: new Set(["https://catwalk.example.com"]),
    ...options.gateway,
  });
  const listening = await mount((request, id) => gateway.handle(request, id));
  return {
    ...listening,
    source,
    gateway,
    wakefulness,
    endpoint: (id) => `${listening.url}/api/mcp/${id}`,
    async records() {
      await calls.flush();
      return recorded;
    },
    async close() {
      gateway.close();
      directory.close();
      machines.close();
      await listening.close();
    },
  };
}
