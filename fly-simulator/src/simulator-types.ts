import type { RecordedRequest, Violation } from "./api-server.ts";
import type { Fault } from "./faults.ts";
import type { PublicRequest } from "./fly-proxy.ts";
import type { MachineState } from "./rules.ts";
import type { MachineConfig, MachineEvent } from "./types.ts";

/** A machine as tests see it. */
export interface SimulatedMachine {
  id: string;
  name: string;
  app: string;
  state: MachineState;
  region: string;
  version: string;
  /** The config as the client sent it, so that a test can prove what is not in it. */
  config: MachineConfig;
  /** Newest first. */
  events: readonly MachineEvent[];
  /** The requests of the public address in flight. */
  load: number;
  /** The process id of its mcp-host, or null. */
  pid: number | null;
  /** The folder of this host that stands for /data. */
  dataDir: string;
  /** The end of its mcp-host's output. */
  output: string;
}

export interface SimulatedApp {
  name: string;
  org: string;
  network: string;
  isDeleting: boolean;
  ips: { ip: string; type: string }[];
  /** The names of its secrets. */
  secrets: string[];
}

/** A simulated Fly on loopback. */
export interface FlySimulator {
  /** FLY_API_HOSTNAME. */
  url: string;
  /** FLY_PUBLIC_URL_TEMPLATE. */
  publicUrlTemplate: string;
  /** FLY_API_TOKEN: the organization's token, with the scheme that Fly puts in front. */
  token: string;
  /** FLY_ORG. */
  org: string;
  /** MCP_HOST_IMAGE: with its digest. */
  image: string;
  /** The same image by its tag. */
  imageTag: string;
  /** All of these as settings of the app. */
  env: Record<string, string>;
  /**
   * The settings of Catwalk as an app on this Fly, as `fly launch` leaves it: the token and organization, and the variables that Fly
   * sets itself. FLY_IMAGE_REF names Catwalk's own image; MCP_HOST_IMAGE is not among them.
   */
  appEnv: Record<string, string>;
  /** Requests of the API, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Requests of the public address, oldest first. */
  readonly publicRequests: readonly PublicRequest[];
  /** Requests and responses that did not follow Fly's document. */
  readonly violations: readonly Violation[];
  /** Forgets the requests and violations so far. */
  forget(): void;
  /** Injects a fault. */
  inject(fault: Fault): void;
  clearFaults(): void;
  apps(): SimulatedApp[];
  /** Returns an app's machines that are not destroyed. */
  machines(app: string): SimulatedMachine[];
  /** Waits until a machine is in one of these states. Throws after the timeout. */
  until(
    app: string,
    machine: string,
    states: MachineState | readonly MachineState[],
    timeoutMs?: number,
  ): Promise<SimulatedMachine>;
  /** Destroys a machine from outside, as Fly's command line does. */
  destroyMachine(app: string, machine: string): Promise<void>;
  /** Changes a machine's config from outside, which restarts it. */
  changeMachine(app: string, machine: string, change: (config: MachineConfig) => MachineConfig): void;
  /** Deletes an app with its machines from outside. */
  destroyApp(app: string): Promise<void>;
  /** Creates an app of this name in another organization. */
  takeName(app: string): void;
  /** Kills a machine's mcp-host (SIGKILL). */
  crash(app: string, machine: string): void;
  /** Kills a machine's mcp-host as the out-of-memory killer does. */
  oom(app: string, machine: string): void;
  /** Drops the snapshot of a suspended machine, so that its next start is a cold start. */
  loseSnapshot(app: string, machine: string): Promise<void>;
  /** Runs one pass of the proxy's autostop loop now. */
  autostopNow(): void;
  setRegionFull(region: string, full: boolean): void;
  /** Makes a deploy token of an app, or an organization's token, that expires after a duration ("1h"). */
  makeToken(scope: { app?: string; org?: string; expiry?: string }): string;
  revokeToken(token: string): void;
  /** Adds an image of mcp-host, or of Catwalk itself, to the registry. Returns its reference by tag and by digest. */
  addImage(repository: string, tag: string, program?: "mcp-host" | "app"): { tag: string; digest: string };
  /** Stops every process and removes every file. */
  stop(): Promise<void>;
}
