import type { Endpoint, MachineRef } from "../runtime/runtime.ts";

/** What a server's last handshake gave, as the server gave it: what a client is told while its machine sleeps. */
export interface CachedLists {
  /** The result of `initialize`. */
  handshake: Record<string, unknown> & {
    protocolVersion: string;
    capabilities: Record<string, unknown>;
    serverInfo: Record<string, unknown> & { name: string; version: string };
    instructions?: string | undefined;
  };
  tools: Record<string, unknown>[];
  /** Of these three: empty where the server does not have the capability, null where it has and could not be asked. */
  prompts: Record<string, unknown>[] | null;
  resources: Record<string, unknown>[] | null;
  resourceTemplates: Record<string, unknown>[] | null;
}

/** What the gateway knows of one deployment; `loadConnection` of lib/deployments gives it. */
export interface DeploymentSnapshot {
  deploymentId: string;
  ownerId: string;
  status: string;
  /** What its owner asked for last: "running", "stopped" or "deleted". */
  desired: string;
  /** The access keys: SHA-256 of each, in hex. */
  keys: { id: string; hash: string }[];
  runtime: string;
  machine: MachineRef | null;
  /** The bearer that the machine's mcp-host demands. Secret. Null before there is one, and when no key opens it. */
  hostToken: string | null;
  /** What the last handshake gave; null before the first. */
  cached: CachedLists | null;
  /** Changes when a list of `cached` does; null before the first handshake. */
  listsDigest: string | null;
  /** When a call last reached the machine, by whatever process of Catwalk. */
  lastCallAt: Date | null;
  /** The machine does not sleep while nobody calls. */
  alwaysOn: boolean;
  /** Raised when the deployment is changed or started anew by its owner. */
  generation: number;
  /** The beginnings of the ids of sessions that their clients have ended, through whatever process of Catwalk. */
  endedSessions: ReadonlySet<string>;
}

/** Where the gateway's knowledge comes from. Tests bring their own. */
export interface DeploymentSource {
  /** The deployment as it is now; null when there is none. Rejects while the database is away. */
  load(deploymentId: string): Promise<DeploymentSnapshot | null>;
  /** Where its machine listens; null when it does not run. Asked for every call, so it has to be cheap. */
  locate(deployment: DeploymentSnapshot): Promise<Endpoint | null>;
  /** Starts the machine where it does not run. Rejects with an AppError that says why it cannot. */
  wake(deploymentId: string): Promise<Endpoint>;
  /** Whether machines like this one fall asleep by themselves and wake at a request to where they are located. */
  suspendsMachines(deployment: DeploymentSnapshot): boolean;
  /** Whether such a machine is awake; null when that cannot be known. Asks the platform, so that nothing is woken by it. */
  isAwake(deployment: DeploymentSnapshot): Promise<boolean | null>;
  /** Asks a machine that is awake for its lists and keeps what has changed. */
  refreshLists(deploymentId: string): Promise<void>;
  /** Keeps the beginnings of the ids of sessions that have ended, for every process. Rejects while the database is away. */
  storeEndedSessions(deploymentId: string, marks: readonly string[]): Promise<void>;
  /** Calls the listener after every change of a deployment, its keys and its machine; gives the way to stop that. */
  onChange(listener: (deploymentId: string) => void): () => void;
}
