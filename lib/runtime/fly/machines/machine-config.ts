import { createHash } from "node:crypto";
import { buildInstallVariables } from "../../install-variables.ts";
import type { MachineSpec } from "../../runtime.ts";
import type { MachineConfig } from "../api/fly-api.ts";
import type { FlyConfig } from "../api/schemas.ts";
import { METADATA_KEYS } from "../apps/naming.ts";
import { MCP_HOST_COMMAND, MCP_HOST_VARIABLES } from "./app-image.ts";
import { HOME_PATH, INSTALL_PATH } from "./machine-paths.ts";

const HOST_PORT = 8080;
const LOCK_VARIABLE = "MCP_PACKAGE_LOCK";
/** Linux starts no program with a longer variable (MAX_ARG_STRLEN, 128 KiB). A lock of some 900 npm packages is shorter. */
const MAX_LOCK_CHARACTERS = 120_000;

/** The memory limit of a shared CPU, and of machines that can be suspended (Fly: machine-sizing, suspend-resume). */
const MAX_MB_OF_CPU = 2_048;

/** mcp-host drains its calls, then stops its server. */
const STOP_CONFIG = { signal: "SIGTERM", timeout: "15s" } as const;

export interface ConfigOptions {
  spec: MachineSpec;
  installation: string;
  /** By digest. */
  image: string;
  /** The image is Catwalk's own, in which mcp-host is not the program that starts by itself. */
  isAppImage: boolean;
  /** The Host names that mcp-host accepts. It rejects any other one, against DNS rebinding. */
  hosts: string[];
  secretsDigest: string;
}

/** Builds a machine's whole configuration. It holds no secret: the inputs are secrets of the app. */
export function buildMachineConfig({
  spec,
  installation,
  image,
  isAppImage,
  hosts,
  secretsDigest,
}: ConfigOptions): MachineConfig {
  const { memoryMb, alwaysOn } = spec.size;
  const config: MachineConfig = {
    image,
    ...(isAppImage && { init: { cmd: MCP_HOST_COMMAND } }),
    env: {
      ...(isAppImage && MCP_HOST_VARIABLES),
      MCP_PACKAGE: spec.package,
      ...(spec.program ? { MCP_PROGRAM: spec.program } : {}),
      ...(spec.module ? { MCP_MODULE: spec.module } : {}),
      ...(spec.startTimeoutS ? { MCP_HANDSHAKE_TIMEOUT_S: String(spec.startTimeoutS) } : {}),
      ...buildInstallVariables(spec),
      // A machine that has installed the package needs no lock, so that the digest leaves it out.
      ...(spec.packageLock && spec.packageLock.length <= MAX_LOCK_CHARACTERS && { [LOCK_VARIABLE]: spec.packageLock }),
      MCP_SESSION_SCOPE: spec.deploymentId,
      MCP_ALLOWED_HOSTS: hosts.join(","),
      MCP_SERVER_ERA: "auto",
      MCP_INSTALL_DIR: INSTALL_PATH,
      MCP_SERVER_HOME: HOME_PATH,
    },
    guest: { cpu_kind: "shared", cpus: Math.ceil(memoryMb / MAX_MB_OF_CPU), memory_mb: memoryMb },
    // The installed server survives a stop.
    rootfs: { persist: "always" },
    // "always" would restart what the proxy has suspended.
    restart: { policy: "on-failure", max_retries: 10 },
    stop_config: STOP_CONFIG,
    services: [
      {
        protocol: "tcp",
        internal_port: HOST_PORT,
        ...buildAutostop(memoryMb, alwaysOn),
        autostart: true,
        // The proxy must not cut silent streams and slow tools.
        ports: [
          { port: 443, handlers: ["tls", "http"], http_options: { idle_timeout: 3_600 } },
          { port: 80, handlers: ["http"], force_https: true },
        ],
        concurrency: { type: "requests", soft_limit: 200, hard_limit: 1_000 },
        // Fly forwards no request to a machine that fails its check. mcp-host listens before the server is installed, so that a TCP
        // check passes during a slow install, where one of /healthz would fail.
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

/** Returns the configuration of a machine that its owner stopped: no request starts it. */
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

/** Drops the nulls that Fly returns for unset fields and does not accept. */
function stripNulls(value: object): MachineConfig {
  return JSON.parse(JSON.stringify(value, (_key, part: unknown) => (part === null ? undefined : part)));
}

/** Tells whether a request to the public address starts the machine. */
export function hasAutostart(config: FlyConfig): boolean {
  return config.services.some(({ autostart }) => autostart !== false);
}

/**
 * Computes a digest of the fields that define the machine. It is the same for a configuration as Catwalk sent it and as Fly returns
 * it, with added fields, filled-in defaults, and booleans for "off" and "stop".
 */
export function digestConfig(config: MachineConfig | FlyConfig): string {
  const { guest, restart, rootfs, init } = config;
  const seen = {
    image: extractDigest(config.image),
    // Fly's tools add and remove variables of their own.
    env: Object.entries(config.env ?? {})
      .filter(([name]) => !/^(?:FLY_|PRIMARY_REGION$)/.test(name) && name !== LOCK_VARIABLE)
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
    // Each of these runs another program, or adds files or processes. Catwalk sets a command for its own image alone.
    command: [init?.exec, init?.cmd, init?.entrypoint].map((words) => words ?? []),
    others: [config.files, config.mounts, config.processes, config.containers].map((list) => list ?? []),
    autoDestroy: config.auto_destroy ?? false,
    schedule: config.schedule || null,
  };
  return createHash("sha256").update(JSON.stringify(seen)).digest("hex").slice(0, 32);
}

/** Returns a reference's digest, or the reference itself where it has none. */
function extractDigest(reference: string | undefined): string {
  return reference?.split("@").at(-1) ?? "";
}

/** Returns a reference without its tag and digest. */
export function extractRepository(reference: string): string {
  return (reference.split("@")[0] ?? "").replace(/:[^:/]+$/, "");
}

/** Tells whether a machine's image satisfies the wanted one. A wanted image without a digest accepts any of its repository. */
export function isSameImage(present: string, wanted: string | undefined): boolean {
  if (extractDigest(present) === extractDigest(wanted)) return true;
  return wanted !== undefined && !wanted.includes("@") && extractRepository(present) === extractRepository(wanted);
}

/** Tells whether a machine's configuration is as Catwalk last wrote it, that is, without drift. */
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
