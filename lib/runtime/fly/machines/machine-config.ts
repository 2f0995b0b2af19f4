import { createHash } from "node:crypto";
import type { MachineSpec } from "../../runtime.ts";
import type { MachineConfig } from "../api/fly-api.ts";
import type { FlyConfig } from "../api/schemas.ts";
import { METADATA_KEYS } from "../apps/naming.ts";

/** Fixed places of mcp-host's image. */
export const HOME_PATH = "/data/home";
const INSTALL_PATH = "/data/install";
const HOST_PORT = 8080;

/** A shared CPU takes up to 2,048 MB; what has more cannot be suspended (docs: machines/guides-examples/machine-sizing, reference/suspend-resume). */
const MAX_MB_OF_CPU = 2_048;

/** mcp-host lets calls end, then its server. */
const STOP_CONFIG = { signal: "SIGTERM", timeout: "15s" } as const;

export interface ConfigOptions {
  spec: MachineSpec;
  installation: string;
  /** By digest. */
  image: string;
  /** The names by which the machine is called: it serves no others. */
  hosts: string[];
  secretsDigest: string;
}

/** The whole configuration of a deployment's machine. Nothing in it is secret: the inputs are secrets of the app. */
export function buildMachineConfig({ spec, installation, image, hosts, secretsDigest }: ConfigOptions): MachineConfig {
  const { memoryMb, alwaysOn } = spec.size;
  const config: MachineConfig = {
    image,
    env: {
      MCP_PACKAGE: spec.package,
      MCP_SESSION_SCOPE: spec.deploymentId,
      MCP_ALLOWED_HOSTS: hosts.join(","),
      MCP_SERVER_ERA: "auto",
      MCP_INSTALL_DIR: INSTALL_PATH,
      MCP_SERVER_HOME: HOME_PATH,
    },
    guest: { cpu_kind: "shared", cpus: Math.ceil(memoryMb / MAX_MB_OF_CPU), memory_mb: memoryMb },
    // What was installed is still there after a stop.
    rootfs: { persist: "always" },
    // "always" would start again what the proxy has put to sleep.
    restart: { policy: "on-failure", max_retries: 10 },
    stop_config: STOP_CONFIG,
    services: [
      {
        protocol: "tcp",
        internal_port: HOST_PORT,
        ...buildAutostop(memoryMb, alwaysOn),
        autostart: true,
        // A stream that is silent, or a tool that takes its time, is no reason to cut.
        ports: [
          { port: 443, handlers: ["tls", "http"], http_options: { idle_timeout: 3_600 } },
          { port: 80, handlers: ["http"], force_https: true },
        ],
        concurrency: { type: "requests", soft_limit: 200, hard_limit: 1_000 },
        // Of a machine that fails its check Fly passes no request on. mcp-host listens before the server is installed, so this
        // one passes during a slow install; one of /healthz would not.
        checks: [{ type: "tcp", port: HOST_PORT, interval: "15s", timeout: "5s", grace_period: "30s" }],
      },
    ],
    metadata: {
      [METADATA_KEYS.deployment]: spec.deploymentId,
      [METADATA_KEYS.installation]: installation,
      [METADATA_KEYS.secrets]: secretsDigest,
    },
  };
  return sign(config);
}

/** The same configuration for a machine that its owner stopped: no request starts it. */
export function disableAutostart(config: FlyConfig): MachineConfig {
  const services = config.services.map((service) => ({
    ...service,
    autostop: normalizeAutostop(service.autostop),
    autostart: false,
    min_machines_running: 0,
  }));
  const { stop_config: _given, ...rest } = config;
  return sign(stripNulls({ ...rest, services, stop_config: STOP_CONFIG }));
}

/** What Fly gives back has nulls for what is not set, and may have other types than it takes. */
function stripNulls(value: object): MachineConfig {
  return JSON.parse(JSON.stringify(value, (_key, part: unknown) => (part === null ? undefined : part)));
}

/** Whether requests to the public address start the machine. */
export function hasAutostart(config: FlyConfig): boolean {
  return config.services.some(({ autostart }) => autostart !== false);
}

/**
 * A digest of what the configuration makes of the machine. It is the same for a configuration as it was sent and as Fly gives
 * it back, with fields added, defaults filled in and "off" and "stop" as booleans.
 */
export function digestConfig(config: MachineConfig | FlyConfig): string {
  const { guest, restart, rootfs, init } = config;
  const seen = {
    image: extractDigest(config.image),
    // Fly's own variables come and go with its tools.
    env: Object.entries(config.env ?? {})
      .filter(([name]) => !/^(?:FLY_|PRIMARY_REGION$)/.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    guest: [guest?.cpu_kind, guest?.cpus, guest?.memory_mb],
    restart: restart?.policy,
    rootfs: rootfs?.persist,
    services: (config.services ?? []).map((service) => [
      service.protocol,
      service.internal_port,
      normalizeAutostop(service.autostop),
      service.autostart ?? false,
      service.min_machines_running ?? 0,
      (service.ports ?? []).map(({ port, handlers, force_https }) => [port, handlers ?? [], force_https ?? false]),
    ]),
    // None of these is ever written; each runs something else, or puts something beside.
    command: [init?.exec, init?.cmd, init?.entrypoint].map((words) => words ?? []),
    others: [config.files, config.mounts, config.processes, config.containers].map((list) => list ?? []),
    autoDestroy: config.auto_destroy ?? false,
    schedule: config.schedule || null,
  };
  return createHash("sha256").update(JSON.stringify(seen)).digest("hex").slice(0, 32);
}

/** The digest of a reference; the reference itself where it has none. */
function extractDigest(reference: string | undefined): string {
  return reference?.split("@").at(-1) ?? "";
}

/** A reference without its tag and digest. */
export function extractRepository(reference: string): string {
  return (reference.split("@")[0] ?? "").replace(/:[^:/]+$/, "");
}

/** Whether a machine with one image will do where another is wanted: where that has no digest, with any of its repository. */
export function isSameImage(present: string, wanted: string | undefined): boolean {
  if (extractDigest(present) === extractDigest(wanted)) return true;
  return wanted !== undefined && !wanted.includes("@") && extractRepository(present) === extractRepository(wanted);
}

/** Whether a machine's configuration is the one that was written last, whoever wrote it. */
export function isAsWritten(config: FlyConfig): boolean {
  return config.metadata[METADATA_KEYS.config] === digestConfig(config);
}

function sign(config: MachineConfig): MachineConfig {
  return { ...config, metadata: { ...config.metadata, [METADATA_KEYS.config]: digestConfig(config) } };
}

function buildAutostop(memoryMb: number, alwaysOn: boolean) {
  if (alwaysOn) return { autostop: "off", min_machines_running: 1 } as const;
  return { autostop: memoryMb > MAX_MB_OF_CPU ? "stop" : "suspend", min_machines_running: 0 } as const;
}

function normalizeAutostop(value: unknown): string {
  if (value === true) return "stop";
  return typeof value === "string" ? value : "off";
}
