import type { App } from "./app.ts";
import { generateMachineId, generateUlid } from "./ids.ts";
import type { Machine } from "./machine.ts";
import { checkConfig, findUnsupported } from "./machine-files.ts";
import { type Call, type Handler, readPathParameter } from "./routes.ts";
import { DIFFERENCES, LIMITS, MACHINE_RULES, type MachineState, SETTLED_STATES, TIMES } from "./rules.ts";
import { ApiError, type Lease, type MachineConfig } from "./types.ts";
import { viewEvent, viewLease, viewMachine } from "./views.ts";

interface MachineRequest {
  config?: MachineConfig;
  name?: string;
  region?: string;
  skip_launch?: boolean;
  skip_service_registration?: boolean;
  lease_ttl?: number;
  min_secrets_version?: number;
  current_version?: string;
}

const findApp = (call: Call): App => call.world.app(readPathParameter(call, "app_name"), call.token);
const findMachine = (call: Call): Machine => findApp(call).machine(readPathParameter(call, "machine_id"));

/** Finds the machine of a request that changes it. Throws ApiError 409 while another client holds its lease. */
function requireUnleased(call: Call): Machine {
  const machine = findMachine(call);
  const lease = currentLease(machine);
  if (lease && lease.nonce !== call.nonce) {
    const until = new Date(lease.expires_at * 1_000).toISOString();
    throw new ApiError(
      MACHINE_RULES.staleVersionStatus.value,
      `aborted: machine lease is currently held by ${lease.owner}, expires at ${until}`,
    );
  }
  return machine;
}

function currentLease(machine: Machine): Lease | null {
  if (machine.lease && machine.lease.expires_at * 1_000 <= Date.now()) machine.lease = null;
  return machine.lease;
}

function takeLease(machine: Machine, call: Call, ttlS: number, description: string): Lease {
  const nonce =
    machine.lease && machine.lease.nonce === call.nonce ? machine.lease.nonce : generateUlid().toLowerCase();
  const expiresAt = Math.ceil(Date.now() / 1_000) + ttlS;
  machine.lease = {
    nonce,
    expires_at: expiresAt,
    owner: `${call.token.kind}@${call.token.org}`,
    version: machine.version,
    description,
  };
  return machine.lease;
}

/** Reads and checks a request's config. Throws ApiError for an invalid or unsupported one. */
function readConfig(call: Call, app: App, request: MachineRequest): { config: MachineConfig; imageDigest: string } {
  const config = request.config;
  if (!config) throw new ApiError(400, "invalid_argument: config is required");
  checkConfig(config, { stepMb: LIMITS.memoryStepMb.value, maxMbPerCpu: LIMITS.maxSharedMemoryMbPerCpu.value });
  const imageDigest = call.world.resolveImage(config.image ?? "");
  const reasons = findUnsupported(config, call.world.appImages.has(imageDigest));
  if (reasons.length > 0) throw new ApiError(501, reasons.join("; "));
  if ((request.min_secrets_version ?? 0) > app.secretsVersion) {
    throw new ApiError(
      MACHINE_RULES.minSecretsVersionStatus.value,
      "invalid_argument: min_secrets_version is not reached",
    );
  }
  return { config, imageDigest };
}

function viewWithLease(machine: Machine, call: Call, ttlS: number | undefined): Record<string, unknown> {
  const view = viewMachine(machine);
  return ttlS ? { ...view, nonce: takeLease(machine, call, ttlS, "").nonce } : view;
}

function isListed(call: Call, machine: Machine): boolean {
  const { query } = call;
  const states = query.get("state")?.split(",");
  if (machine.state === "destroyed" && query.get("include_deleted") !== "true") return false;
  if (states && !states.includes(machine.state)) return false;
  if (query.has("region") && query.get("region") !== machine.region) return false;
  const prefix = DIFFERENCES.metadataFilterPrefix.value;
  return [...query].every(
    ([name, value]) => !name.startsWith(prefix) || machine.config.metadata?.[name.slice(prefix.length)] === value,
  );
}

/** Tells whether the machine has reached one of the states that a wait is for. */
function hasReached(machine: Machine, wanted: readonly string[], afterEvent: string | null): boolean {
  const states = wanted.flatMap((state): readonly MachineState[] =>
    state === "settled" ? SETTLED_STATES.value : MACHINE_STATES.filter((known) => known === state),
  );
  if (afterEvent === null) return states.includes(machine.state);
  return machine.events.some((event) => event.id > afterEvent && states.includes(event.status));
}

const MACHINE_STATES: readonly MachineState[] = ["started", "stopped", "suspended", "destroyed", "failed"];

async function wait(call: Call) {
  const machine = findMachine(call);
  const { query } = call;
  const wanted = query.has("state") ? query.getAll("state").flatMap((state) => state.split(",")) : ["started"];
  const version = query.get("version") ?? query.get("instance_id");
  const timeoutS = Number(query.get("timeout") ?? TIMES.defaultWaitS.value);
  if (timeoutS > TIMES.maxWaitS.value || timeoutS < 0)
    throw new ApiError(400, "invalid_argument: timeout must be at most 60 seconds");
  if (DIFFERENCES.waitStoppedNeedsVersion.value && wanted.includes("stopped") && version === null) {
    throw new ApiError(400, "invalid_argument: instance_id is required when waiting for the stopped state");
  }
  if (version !== null && !machine.versions.some((known) => known.version === version)) {
    throw new ApiError(404, "not_found: machine version not found");
  }
  const until = AbortSignal.any([call.signal, AbortSignal.timeout(timeoutS * 1_000)]);
  while (!hasReached(machine, wanted, query.get("from_event_id"))) {
    if (until.aborted) {
      throw new ApiError(
        408,
        `deadline_exceeded: machine failed to reach desired state, ${wanted.join(",")}, currently ${machine.state}`,
      );
    }
    await machine.waitForChange(until);
  }
  return {
    status: 200,
    body: { ok: true, state: machine.state, version: machine.version, event_id: machine.events[0]?.id ?? "" },
  };
}

function changeMetadata(call: Call, change: (metadata: Record<string, string>) => void): void {
  const machine = findMachine(call);
  const metadata = { ...machine.config.metadata };
  change(metadata);
  machine.setMetadata(metadata);
}

function updateMetadata(call: Call) {
  const { metadata = {}, machine_version: version } = call.body as {
    metadata?: Record<string, string | null>;
    machine_version?: string;
  };
  if (version !== undefined && version !== findMachine(call).version) {
    throw new ApiError(412, "failed_precondition: machine version mismatch");
  }
  changeMetadata(call, (kept) => {
    for (const [name, value] of Object.entries(metadata)) {
      if (value === null || value === "") delete kept[name];
      else kept[name] = value;
    }
  });
  return { status: 204 };
}

const OK_RESPONSE = { status: 200, body: { ok: true } };

/** The operations on machines, by the document's operationId. */
export const MACHINE_ROUTES: Record<string, Handler> = {
  Machines_list: (call) => {
    const machines = [...findApp(call).machines.values()].filter((machine) => isListed(call, machine));
    const summary = call.query.get("summary") === "true";
    return { status: 200, body: machines.map((machine) => viewMachine(machine, { summary })) };
  },

  Machines_create: (call) => {
    const app = findApp(call);
    const request = call.body as MachineRequest;
    if (app.isDeleting) throw new ApiError(404, "not_found: app not found");
    if (request.name !== undefined && !LIMITS.machineNamePattern.value.test(request.name)) {
      throw new ApiError(400, "invalid_argument: name is not valid");
    }
    const machine = call.world.createMachine(app, {
      ...readConfig(call, app, request),
      name: request.name ?? `machine-${generateMachineId()}`,
      region: request.region ?? call.world.options.regions[0] ?? "",
      skipLaunch: request.skip_launch === true,
    });
    machine.cordoned = request.skip_service_registration === true;
    return { status: 200, body: viewWithLease(machine, call, request.lease_ttl) };
  },

  Machines_show: (call) => {
    const machine = findMachine(call);
    const asked = call.query.get("version");
    const version = asked === null ? null : machine.versions.find((known) => known.version === asked);
    if (version === undefined) throw new ApiError(404, "not_found: machine version not found");
    return { status: 200, body: viewMachine(machine, version ? { config: version.config } : {}) };
  },

  Machines_update: (call) => {
    const machine = requireUnleased(call);
    const request = call.body as MachineRequest;
    if (request.current_version !== undefined && request.current_version !== machine.version) {
      throw new ApiError(
        MACHINE_RULES.staleVersionStatus.value,
        `aborted: machine version mismatch: current ${machine.version}, given ${request.current_version}`,
      );
    }
    if (request.region !== undefined && request.region !== machine.region) {
      throw new ApiError(400, "invalid_argument: a machine's region cannot be changed");
    }
    const config = readConfig(call, findApp(call), request);
    machine.update({
      ...config,
      ...(request.name !== undefined && { name: request.name }),
      skipLaunch: request.skip_launch === true,
    });
    machine.cordoned = request.skip_service_registration === true;
    return { status: 200, body: viewWithLease(machine, call, request.lease_ttl) };
  },

  Machines_delete: (call) => {
    const force = call.query.get("force") === "true" || call.query.get("kill") === "true";
    requireUnleased(call).destroy(force);
    return OK_RESPONSE;
  },

  Machines_start: (call) => {
    const previous = requireUnleased(call).start("user");
    return { status: 200, body: { previous_state: previous, migrated: false, new_host: "" } };
  },

  Machines_stop: (call) => {
    requireUnleased(call).stop("user", call.body as { signal?: string; timeout?: string });
    return OK_RESPONSE;
  },

  Machines_suspend: (call) => {
    requireUnleased(call).suspend("user");
    return OK_RESPONSE;
  },

  Machines_restart: (call) => {
    const { timeout, signal } = Object.fromEntries(call.query);
    requireUnleased(call).restart({
      ...(timeout !== undefined && { timeout }),
      ...(signal !== undefined && { signal }),
    });
    return OK_RESPONSE;
  },

  Machines_signal: (call) => {
    const { signal = "SIGTERM" } = call.body as { signal?: NodeJS.Signals };
    requireUnleased(call).signal(signal);
    return OK_RESPONSE;
  },

  Machines_cordon: (call) => {
    requireUnleased(call).cordoned = true;
    return OK_RESPONSE;
  },

  Machines_uncordon: (call) => {
    requireUnleased(call).cordoned = false;
    return OK_RESPONSE;
  },

  Machines_wait: wait,

  Machines_list_events: (call) => {
    const limit = Number(call.query.get("limit") ?? LIMITS.defaultEvents.value);
    return {
      status: 200,
      body: findMachine(call).events.slice(0, Math.min(limit, LIMITS.maxEvents.value)).map(viewEvent),
    };
  },

  Machines_list_versions: (call) => ({
    status: 200,
    body: findMachine(call).versions.map(({ version, config }) => ({ version, user_config: config })),
  }),

  Machines_show_lease: (call) => {
    const lease = currentLease(findMachine(call));
    if (!lease) throw new ApiError(404, "not_found: lease not found");
    return { status: 200, body: viewLease(lease) };
  },

  Machines_create_lease: (call) => {
    const { ttl, description } = (call.body ?? {}) as { ttl?: number; description?: string };
    const lease = takeLease(requireUnleased(call), call, ttl || TIMES.defaultLeaseS.value, description ?? "");
    return { status: 201, body: viewLease(lease) };
  },

  Machines_release_lease: (call) => {
    const machine = requireUnleased(call);
    if (!machine.lease) throw new ApiError(404, "not_found: lease not found");
    machine.lease = null;
    return OK_RESPONSE;
  },

  Machines_show_metadata: (call) => ({ status: 200, body: findMachine(call).config.metadata ?? {} }),

  Machines_get_metadata_key: (call) => {
    const value = findMachine(call).config.metadata?.[readPathParameter(call, "key")];
    if (value === undefined) throw new ApiError(404, "not_found: metadata key not found");
    return { status: 200, body: { value } };
  },

  Machines_upsert_metadata: (call) => {
    const { value = "" } = call.body as { value?: string };
    changeMetadata(call, (metadata) => {
      metadata[readPathParameter(call, "key")] = value;
    });
    return { status: 204 };
  },

  Machines_delete_metadata: (call) => {
    changeMetadata(call, (metadata) => delete metadata[readPathParameter(call, "key")]);
    return { status: 204 };
  },

  // PUT and PATCH are one operation of the document, which describes both as this.
  Machines_update_metadata: updateMetadata,
};
