import type { App } from "./app.ts";
import type { Machine } from "./machine.ts";
import { LIMITS, MACHINE_RULES } from "./rules.ts";
import { ApiError, type Service } from "./types.ts";
import type { World } from "./world.ts";

/** Runs one pass of the proxy's loop that stops or suspends idle machines. */
export function runAutostop(world: World): void {
  for (const app of world.apps.values()) {
    for (const region of new Set(app.liveMachines.map((machine) => machine.region))) autostopRegion(app, region);
  }
}

function autostopRegion(app: App, region: string): void {
  const started = app.liveMachines.flatMap((machine) => {
    const service = machine.config.services?.[0];
    return service && machine.state === "started" && machine.region === region ? [{ machine, service }] : [];
  });
  // The region of the first machine counts as the primary one.
  const isPrimary = app.liveMachines[0]?.region === region;
  const keep = isPrimary ? Math.max(0, ...started.map(({ service }) => service.min_machines_running ?? 0)) : 0;
  const stoppable = started.filter(({ service }) => service.autostop && service.autostop !== "off");
  const idlest = stoppable.sort((a, b) => a.machine.load - b.machine.load)[0];
  if (!idlest || started.length <= keep || !isExcess(started, idlest)) return;
  suspendOrStop(idlest.machine, idlest.service);
}

/** Tells whether a region can spare its idlest machine: a single one without load, or one whose load the others can take. */
function isExcess(started: { machine: Machine; service: Service }[], idlest: { machine: Machine }): boolean {
  if (started.length === 1) return idlest.machine.load <= MACHINE_RULES.autostopLoad.value;
  const busy = started.filter(({ machine, service }) => {
    return machine.load > (service.concurrency?.soft_limit ?? LIMITS.defaultSoftLimit.value);
  });
  return started.length - (busy.length + 1) >= 1;
}

function suspendOrStop(machine: Machine, service: Service): void {
  try {
    if (service.autostop === "suspend" && machine.whyNotSuspendable() === null) machine.suspend("proxy");
    else machine.stop("proxy");
  } catch (error) {
    // The machine has just changed its state.
    if (!(error instanceof ApiError)) throw error;
  }
}
