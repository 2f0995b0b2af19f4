import type { App, IpAddress } from "./app.ts";
import { parseImage } from "./images.ts";
import type { Machine } from "./machine.ts";
import { LIMITS } from "./rules.ts";
import type { Lease, MachineConfig, MachineEvent, Service } from "./types.ts";

/** Returns the document's App. */
export function viewApp(app: App): Record<string, unknown> {
  return {
    id: app.id,
    name: app.name,
    network: app.network,
    status: app.isDeleting ? "deleting" : app.liveMachines.length > 0 ? "deployed" : "pending",
    machine_count: app.liveMachines.length,
    volume_count: 0,
    organization: { name: app.org, slug: app.org },
  };
}

/** Returns the document's Machine. */
export function viewMachine(
  machine: Machine,
  options: { summary?: boolean; config?: MachineConfig } = {},
): Record<string, unknown> {
  const { tag, registry, repository } = parseImage(machine.config.image ?? "");
  const view = {
    id: machine.id,
    name: machine.name,
    state: machine.state,
    region: machine.region,
    instance_id: machine.version,
    version: machine.version,
    private_ip: machine.privateIp,
    created_at: machine.createdAt.toISOString(),
    updated_at: machine.updatedAt.toISOString(),
    image_ref: { registry, repository, tag, digest: machine.imageDigest },
    cordoned: machine.cordoned,
  };
  if (options.summary) return view;
  return {
    ...view,
    config: viewConfig(options.config ?? machine.config),
    events: machine.events.slice(0, LIMITS.defaultEvents.value).map(viewEvent),
    checks: listChecks(machine),
    host_status: "ok",
  };
}

/** Returns a config as Fly does: with defaults filled in, and in the types of older clients. */
function viewConfig(config: MachineConfig): MachineConfig {
  return {
    ...config,
    init: config.init ?? {},
    guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256, ...config.guest },
    restart: { policy: "on-failure", ...config.restart },
    ...(config.services && { services: config.services.map(viewService) }),
  };
}

function viewService(service: Service): Service {
  const { autostop = "off" } = service;
  return {
    protocol: "tcp",
    autostart: true,
    ...service,
    autostop:
      autostop === "off" || autostop === false ? false : autostop === "stop" || autostop === true ? true : autostop,
  };
}

/** Returns the document's MachineEvent. */
export function viewEvent(event: MachineEvent): Record<string, unknown> {
  return { ...event };
}

/** Returns the document's Lease, wrapped as the platform wraps it. */
export function viewLease(lease: Lease): Record<string, unknown> {
  return { status: "success", data: lease };
}

/** Returns the document's IPAssignment. */
export function viewIp(ip: IpAddress): Record<string, unknown> {
  return { ip: ip.ip, region: ip.region, created_at: ip.createdAt, shared: ip.type === "shared_v4" };
}

/** Lists the results of checks. A check passes as soon as the port listens. */
function listChecks(machine: Machine): Record<string, string>[] {
  const { checks = {}, services = [] } = machine.config;
  const names = [
    ...Object.keys(checks),
    ...services.flatMap((service, at) =>
      (service.checks ?? []).map(
        (check, index) => `servicecheck-${at}${index}-${check.type ?? "tcp"}-${service.internal_port}`,
      ),
    ),
  ];
  const passes = machine.listeningPort !== null;
  return names.map((name) => ({
    name,
    status: passes ? "passing" : "critical",
    output: passes ? "Success" : "connection refused",
    updated_at: machine.updatedAt.toISOString(),
  }));
}
