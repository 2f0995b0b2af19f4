import type { MachineState } from "./rules.ts";

/** The fields of fly.MachineConfig that the simulator acts on. It stores and returns the others unchanged. */
export interface MachineConfig {
  image?: string;
  env?: Record<string, string>;
  metadata?: Record<string, string>;
  files?: ConfigFile[];
  guest?: { cpu_kind?: string; cpus?: number; memory_mb?: number; gpus?: number; gpu_kind?: string };
  init?: { cmd?: string[]; entrypoint?: string[]; exec?: string[]; swap_size_mb?: number };
  processes?: unknown[];
  containers?: unknown[];
  restart?: { policy?: "no" | "always" | "on-failure"; max_retries?: number };
  rootfs?: { persist?: "never" | "always" | "restart"; size_gb?: number };
  schedule?: string;
  services?: Service[];
  checks?: Record<string, Check>;
  stop_config?: { signal?: string; timeout?: string };
  mounts?: unknown[];
}

export interface ConfigFile {
  guest_path?: string;
  raw_value?: string;
  secret_name?: string;
  mode?: number;
}

export interface Service {
  internal_port?: number;
  protocol?: string;
  autostart?: boolean;
  autostop?: "off" | "stop" | "suspend" | boolean;
  min_machines_running?: number;
  ports?: { port?: number; handlers?: string[]; http_options?: { idle_timeout?: number } }[];
  concurrency?: { type?: string; soft_limit?: number; hard_limit?: number };
  checks?: Check[];
}

interface Check {
  type?: string;
  port?: number;
}

/** The end of a process in Fly's events. */
export interface ExitEvent {
  exit_code: number;
  guest_exit_code: number;
  guest_signal: number;
  signal: number;
  oom_killed: boolean;
  requested_stop: boolean;
  restarting: boolean;
  exited_at: string;
}

export interface MachineEvent {
  id: string;
  type: "launch" | "start" | "stop" | "suspend" | "restart" | "update" | "exit" | "destroy";
  status: MachineState;
  source: "user" | "flyd" | "proxy";
  /** Milliseconds since the epoch. */
  timestamp: number;
  request?: { exit_event: ExitEvent; restart_count: number };
}

export interface Lease {
  nonce: string;
  /** Seconds since the epoch. */
  expires_at: number;
  owner: string;
  version: string;
  description: string;
}

/** An error response of the API. */
export class ApiError extends Error {
  readonly status: number;
  /** main.statusCode of the document. */
  readonly code: string | undefined;

  constructor(status: number, message: string, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
