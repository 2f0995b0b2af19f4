import type { RecordedRequest, Violation } from "./api-server.ts";
import type { Fault } from "./faults.ts";
import type { PublicRequest } from "./fly-proxy.ts";
import type { MachineState } from "./rules.ts";
import type { MachineConfig, MachineEvent } from "./types.ts";

/** A machine as a test wants to know it. */
export interface SimulatedMachine {
  id: string;
  name: string;
  app: string;
  state: MachineState;
  region: string;
  version: string;
  /** As it was sent, so that a test can look for what must not be in it. */
  config: MachineConfig;
  /** Newest first. */
  events: readonly MachineEvent[];
  /** Open requests of the public address. */
  load: number;
  /** The process of its mcp-host; null while it has none. */
  pid: number | null;
  /** The folder of this host that stands for /data. */
  dataDir: string;
  /** The end of what its mcp-host printed. */
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

/** A Fly of one's own, on loopback. */
export interface FlySimulator {
  /** FLY_API_HOSTNAME. */
  url: string;
  /** FLY_PUBLIC_URL_TEMPLATE. */
  publicUrlTemplate: string;
  /** FLY_API_TOKEN: of the organization, as Fly hands it out. */
  token: string;
  /** FLY_ORG. */
  org: string;
  /** MCP_HOST_IMAGE: with its digest. */
  image: string;
  /** The same image by its tag. */
  imageTag: string;
  /** All of them, as the app's settings. */
  env: Record<string, string>;
  /** Requests of the API, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Requests of the public address, oldest first. */
  readonly publicRequests: readonly PublicRequest[];
  /** What was not as Fly's document has it. */
  readonly violations: readonly Violation[];
  /** Forgets the requests and violations so far. */
  forget(): void;
  /** Lets something go wrong. */
  inject(fault: Fault): void;
  clearFaults(): void;
  apps(): SimulatedApp[];
  /** The machines of an app that are not destroyed. */
  machines(app: string): SimulatedMachine[];
  /** Waits until a machine is in one of these states. Throws when it is not in time. */
  until(
    app: string,
    machine: string,
    states: MachineState | readonly MachineState[],
    timeoutMs?: number,
  ): Promise<SimulatedMachine>;
  /** From outside, as with Fly's own command line: a machine is destroyed. */
  destroyMachine(app: string, machine: string): Promise<void>;
  /** From outside: a machine's config is changed; it is replaced and starts. */
  changeMachine(app: string, machine: string, change: (config: MachineConfig) => MachineConfig): void;
  /** From outside: an app with all its machines is deleted. */
  destroyApp(app: string): Promise<void>;
  /** An app that another organization has taken the name of. */
  takeName(app: string): void;
  /** kill -9 to a machine's mcp-host. */
  crash(app: string, machine: string): void;
  /** The kernel ends a machine's mcp-host for want of memory. */
  oom(app: string, machine: string): void;
  /** The snapshot of a suspended machine is lost; its next start is a cold one. */
  loseSnapshot(app: string, machine: string): Promise<void>;
  /** One pass of the proxy's loop, now. */
  autostopNow(): void;
  setRegionFull(region: string, full: boolean): void;
  /** A deploy token of an app, or another one of an organization; it ends after so long ("1h"). */
  makeToken(scope: { app?: string; org?: string; expiry?: string }): string;
  revokeToken(token: string): void;
  /** Makes an image known. @returns its reference by tag and by digest */
  addImage(repository: string, tag: string): { tag: string; digest: string };
  /** Ends everything that runs and removes what was written. */
  stop(): Promise<void>;
}
