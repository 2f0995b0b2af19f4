import type { RuntimeName } from "../env/runtime-name.ts";
import type { AppError } from "../errors/app-error.ts";

/** A file that a server reads, as a person gave its content. */
export interface MachineFile {
  /** A plain name, without any folder. */
  name: string;
  /** Secret. */
  content: string;
}

/** The inputs of a machine. A person has seen everything in it that comes from a repository. */
export interface MachineSpec {
  deploymentId: string;
  /** "npm:NAME@VERSION", "pypi:NAME==VERSION" or "pypi:NAME[EXTRA,…]==VERSION", as mcp-host's MCP_PACKAGE. */
  package: string;
  /** The package's program to start, as MCP_PROGRAM. Absent: the one that is plainly its server. */
  program?: string | null;
  /** The Python module to start instead, as MCP_MODULE. */
  module?: string | null;
  /** Bounds on what a Python package is installed with, as MCP_PYPI_CONSTRAINTS and MCP_PYPI_PUBLISHED_BEFORE. */
  pypiBounds?: { constraints: string[]; publishedBefore: string | null };
  /** How long the server may take to its first answer, as MCP_HANDSHAKE_TIMEOUT_S. Absent: mcp-host's own limit. */
  startTimeoutS?: number;
  /** What an earlier install got, as mcp-host returned it. Null: the package is resolved. */
  packageLock?: string | null;
  /** Counts how often its owner had the package resolved again. */
  packageResolution?: number;
  /** Packages whose install scripts run, by name, as MCP_INSTALL_SCRIPTS. Null: all. */
  installScripts?: readonly string[] | null;
  /** Secret where an input is an argument. */
  args: string[];
  /** The whole environment that the server gets beyond the basics: the deployment's inputs. Secret. */
  serverEnv: Record<string, string>;
  /** Files in the server's home, readable by it alone. */
  files: MachineFile[];
  /** The bearer that mcp-host demands. Secret. */
  hostToken: string;
  /** Values that no log may show. Secret. */
  secrets: string[];
  /** Names in `serverEnv` whose values are not secret, so that logs may show them; none when absent. */
  publicVariables?: string[];
  size: MachineSize;
}

/** A person's choices for a machine. A runtime without such choices ignores them. */
export interface MachineSize {
  memoryMb: number;
  /** The platform's name of a region; null for the one of the settings. */
  region: string | null;
  /** The machine stays awake while no client calls. */
  alwaysOn: boolean;
}

/** A runtime's reference to a machine, stored in the database as JSON. Never holds a secret. */
export type MachineRef = Record<string, string | number | boolean | null>;

export type MachineState = "absent" | "stopped" | "sleeping" | "starting" | "started" | "failed";

export interface MachineDescription {
  state: MachineState;
  /** The platform's own reason why the machine is not started, or null. */
  reason: string | null;
  /** The failure that a person has to mend before the machine serves again (drift, a crash, out of memory …), or null. */
  problem: AppError | null;
}

export interface LogLine {
  /** ISO 8601. */
  time: string;
  stream: "stderr" | "stdout" | "host";
  line: string;
}

/** The address of a machine's mcp-host. Its routes (`/mcp`, `/status` …) are appended to the URL. */
export interface Endpoint {
  url: string;
}

/**
 * A platform on which machines live. Every method is idempotent: creating a machine that exists, starting one that runs, stopping
 * one that has stopped and destroying one that is gone all succeed. Failures are AppErrors (`machine_unavailable` and more exact ones).
 */
export interface Runtime {
  readonly name: RuntimeName;
  /** Idle machines are suspended by the platform, and a request to their endpoint resumes them. */
  readonly sleeps: boolean;
  /** Returns the absolute path of the server's home on a machine, which holds its files and is writable. */
  homePath(deploymentId: string): string;
  /**
   * Creates the machine without starting it, or adopts an existing one unchanged; `start` applies the spec. A machine that runs
   * with this very spec is stopped, so that `start` is a cold start.
   *
   * @param at the machine's reference, or a place from `reserveSecondary`; absent for a deployment's first machine
   */
  create(spec: MachineSpec, at?: MachineRef | null): Promise<MachineRef>;
  /**
   * Reserves a place, with an address of its own, for a deployment's secondary machine. Calls no platform, so that the caller can
   * store the place before `create` makes the machine there; `destroy` removes whatever exists. Returns null where a deployment can
   * have only one machine.
   *
   * @param number one that no other place of this deployment has had
   */
  reserveSecondary(machine: MachineRef, number: number): MachineRef | null;
  /** Tells whether the machine's image differs from the one of new machines, so that only a new machine would have it. */
  isOutdated(machine: MachineRef): Promise<boolean>;
  /**
   * Starts the machine with this spec. Resolves when mcp-host answers, which is before the server is installed.
   *
   * @throws the signal's reason; AppError `conflict` when the machine is stopped or destroyed meanwhile
   */
  start(machine: MachineRef, spec: MachineSpec, signal?: AbortSignal): Promise<MachineRef>;
  stop(machine: MachineRef): Promise<void>;
  /** Removes the machine with everything that it installed or wrote. A secondary machine of the deployment stays. */
  destroy(deploymentId: string, machine: MachineRef | null): Promise<void>;
  describe(machine: MachineRef): Promise<MachineDescription>;
  /**
   * Returns the machine's address without asking the platform. A request to the address of a suspended machine wakes it. Null while
   * there is no address: the machine was never started, or it died with the process that held it.
   */
  endpoint(machine: MachineRef): Promise<Endpoint | null>;
  /** Streams the machine's log: stored lines first, oldest first, then live lines until the signal aborts. */
  logs(machine: MachineRef, hostToken: string, signal: AbortSignal): AsyncIterable<LogLine>;
}
