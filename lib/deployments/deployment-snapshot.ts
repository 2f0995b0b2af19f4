import type { RuntimeName } from "../env/runtime-name.ts";
import type { MachineRef } from "../runtime/runtime.ts";
import type { DeploymentStatus } from "./view.ts";

/** A deployment as the gateway needs to know it to serve a call. `loadSnapshot` reads it. */
export interface DeploymentSnapshot {
  deploymentId: string;
  ownerId: string;
  status: DeploymentStatus;
  /** The state that its owner asked for last. */
  desired: "running" | "stopped" | "deleted";
  /** The access keys of people who may still use the deployment: the SHA-256 of each, in hexadecimal. */
  keys: { id: string; hash: string }[];
  /** The grants of connected clients that are alive: their person may still use the deployment. */
  grants: { id: string; userId: string }[];
  runtime: RuntimeName;
  machine: MachineRef | null;
  /** The bearer token that the machine's mcp-host demands. Secret. Null before the machine exists, and when no encryption key opens it. */
  hostToken: string | null;
  /** The result of the last handshake; null before the first. */
  cached: CachedLists | null;
  /** Changes when a list of `cached` does; null before the first handshake. */
  listsDigest: string | null;
  /** When a call last reached the machine, through any instance. */
  lastCallAt: Date | null;
  /** Keeps the machine running while no client calls. */
  alwaysOn: boolean;
  /** Raised by every change that runs the steps again. */
  generation: number;
  /** The beginnings of the ids of sessions that their clients have ended, through any instance. */
  endedSessions: ReadonlySet<string>;
  /** Its owner has what clients send and get recorded. */
  recordsPayloads: boolean;
  /** The person of each of the keys and grants, by its id. */
  people: ReadonlyMap<string, string>;
}

/** The result of a server's last handshake, each list complete and each item as the server sent it. */
export interface CachedLists {
  /** The result of `initialize`. */
  handshake: Record<string, unknown> & {
    protocolVersion: string;
    capabilities: Record<string, unknown>;
    serverInfo: Record<string, unknown> & { name: string; version: string };
    instructions?: string | undefined;
  };
  tools: Record<string, unknown>[];
  /** Empty where the server lacks the capability, null where it has the capability but did not answer. So are the two below. */
  prompts: Record<string, unknown>[] | null;
  resources: Record<string, unknown>[] | null;
  resourceTemplates: Record<string, unknown>[] | null;
}
