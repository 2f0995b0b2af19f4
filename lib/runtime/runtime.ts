import type { RuntimeName } from "../env/runtime-name.ts";
import type { AppError } from "../errors/app-error.ts";

/** A file that a server reads, as a person gave its content. */
export interface MachineFile {
  /** A plain name, without any folder. */
  name: string;
  /** Secret. */
  content: string;
}

/** What a machine is made from. Nothing in it comes from a repository without having been shown to the person. */
export interface MachineSpec {
  deploymentId: string;
  /** "npm:NAME@VERSION" or "pypi:NAME==VERSION", as mcp-host's MCP_PACKAGE. */
  package: string;
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
  size: MachineSize;
}

/** What a person chose for a machine. A runtime without such choices ignores it. */
export interface MachineSize {
  memoryMb: number;
  /** The platform's name of a place; null for the one of the settings. */
  region: string | null;
  /** It does not sleep while nobody calls. */
  alwaysOn: boolean;
}

/** What a runtime needs to find a machine again. Kept in the database as it is; never holds a secret. */
export type MachineRef = Record<string, string | number | boolean | null>;

export type MachineState = "absent" | "stopped" | "sleeping" | "starting" | "started" | "failed";

export interface MachineDescription {
  state: MachineState;
  /** Why it is not started, in the platform's own words, where there is a reason. */
  reason: string | null;
  /** What keeps it from serving until somebody acts (changed or destroyed from outside, crashed, out of memory …); null when nothing does. */
  problem: AppError | null;
}

export interface LogLine {
  /** ISO 8601. */
  time: string;
  stream: "stderr" | "stdout" | "host";
  line: string;
}

/** Where a machine's mcp-host listens: its routes (`/mcp`, `/status` …) are appended to the URL. */
export interface Endpoint {
  url: string;
}

/**
 * Where machines live. Every method is safe to repeat: creating what exists, starting what runs, stopping what has stopped and
 * destroying what is gone all succeed. Failures are AppErrors (`machine_unavailable` and more exact ones).
 */
export interface Runtime {
  readonly name: RuntimeName;
  /** Machines fall asleep by themselves when nobody calls, and wake at a request to their endpoint. */
  readonly sleeps: boolean;
  /** The server's home on a machine, an absolute path: where its files are and where it may write. */
  homePath(deploymentId: string): string;
  /**
   * Makes the machine without starting it, or takes the one that is there, as it is: what it is to be made from comes to it with
   * `start`. One that runs with the same already is stopped, so that `start` begins anew.
   *
   * @param at what is known of it, or a place that `beside` gave; absent for a deployment's first machine
   */
  create(spec: MachineSpec, at?: MachineRef | null): Promise<MachineRef>;
  /**
   * A place for one more machine of the same deployment, with an address of its own. Makes nothing, so that it can be written down
   * before anything is made; `create` makes the machine there, and `destroy` removes whatever there is. Null where there is no such
   * place.
   *
   * @param number one that no other place of this deployment has had
   */
  reserveSecondary(machine: MachineRef, number: number): MachineRef | null;
  /** Whether it was made from something that new machines are not made from any more, so that only a new one would be. */
  isOutdated(machine: MachineRef): Promise<boolean>;
  /**
   * Starts it, with this spec's inputs; resolves when mcp-host answers, which is before the server is installed. Where that can
   * take long it ends with the signal's reason, or with AppError `conflict` when the machine is stopped or destroyed meanwhile.
   */
  start(machine: MachineRef, spec: MachineSpec, signal?: AbortSignal): Promise<MachineRef>;
  stop(machine: MachineRef): Promise<void>;
  /** Removes the machine and all that it installed or wrote; another one of the same deployment stays as it is. */
  destroy(deploymentId: string, machine: MachineRef | null): Promise<void>;
  describe(machine: MachineRef): Promise<MachineDescription>;
  /**
   * Null while the machine has no address: it was never started, or it died with the process that held it. Cheap, and asks
   * nobody: of a machine that sleeps it is where a request wakes it.
   */
  endpoint(machine: MachineRef): Promise<Endpoint | null>;
  /** The machine's log: what is kept, oldest first, then live until the signal aborts. */
  logs(machine: MachineRef, hostToken: string, signal: AbortSignal): AsyncIterable<LogLine>;
}
