import type { Endpoint, MachineRef } from "../runtime/runtime.ts";

/** What the gateway knows of one deployment; `loadConnection` of lib/deployments gives it. */
export interface Connection {
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
}

/** Where the gateway's knowledge comes from. Tests bring their own. */
export interface ConnectionSource {
  /** The deployment as it is now; null when there is none. Rejects while the database is away. */
  load(deploymentId: string): Promise<Connection | null>;
  /** Where its machine listens; null when it does not run. Asked for every call, so it has to be cheap. */
  locate(connection: Connection): Promise<Endpoint | null>;
  /** Starts the machine where it does not run. Rejects with an AppError that says why it cannot. */
  wake(deploymentId: string): Promise<Endpoint>;
  /** Calls the listener after every change of a deployment, its keys and its machine; gives the way to stop that. */
  onChange(listener: (deploymentId: string) => void): () => void;
}
