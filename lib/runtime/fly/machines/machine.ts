import { AppError } from "../../../errors/app-error.ts";
import type { FlyApi, MachineConfig, MachineId } from "../api/fly-api.ts";
import { FlyError, hasFlyStatus } from "../api/fly-error.ts";
import { withLease } from "../api/machine-lease.ts";
import type { FlyMachine } from "../api/schemas.ts";
import { isPermanent, machineMissing, toFailure } from "../apps/failures.ts";
import { MACHINE_NAME, METADATA_KEYS } from "../apps/naming.ts";
import type { Clock } from "../clock.ts";
import { disableAutostart, hasAutostart, isAsWritten, isSameImage } from "./machine-config.ts";
import { findCrash, isAsleep, isFailed, isGone, isPersistent, toFailedMachineError } from "./machine-state.ts";

const CREATE_ATTEMPTS = 5;
const CREATE_BACKOFF_MS = 2_000;
const SETTLE_TIMEOUT_MS = 90_000;
const START_TIMEOUT_MS = 150_000;
const PROBE_INTERVAL_MS = 500;
const WAIT_S = 20;

/** One app's machine, with the API client and lease holder to manage it. */
export interface MachinePlace {
  api: FlyApi;
  app: string;
  deploymentId: string;
  /** Names one runtime of one process, which holds the leases. */
  leaseHolder: string;
  clock: Clock;
}

export interface NewMachine {
  config: MachineConfig;
  /** The chosen region; null accepts an existing machine in any region. */
  region: string | null;
  /** The region of a new machine when none was chosen. */
  defaultRegion: string;
  /** Sets the app's secrets before a machine is created. Returns the version for which the machine has to wait. */
  setSecrets: () => Promise<number | null>;
}

/**
 * Creates the app's only machine, or adopts the existing one. Lists machines after an ambiguous failure, so that a lost answer
 * creates no second one. Recreates a machine that failed, has another image, or is in another region than the chosen one.
 */
export async function ensureMachine(place: MachinePlace, wanted: NewMachine): Promise<FlyMachine> {
  const { api, app, clock } = place;
  let failure: FlyError | null = null;
  let secrets: { version: number | null } | null = null;
  for (let attempt = 0; attempt < CREATE_ATTEMPTS; attempt++) {
    if (attempt > 0) await clock.sleep(CREATE_BACKOFF_MS * attempt);
    const requirePresent = await findOnlyMachine(place);
    if (requirePresent && isUsable(requirePresent, wanted)) return requirePresent;
    if (requirePresent) await api.destroyMachine({ app, machineId: requirePresent.id });
    // Once only: setting secrets makes a new version, for which the machine would have to wait again.
    secrets ??= { version: await wanted.setSecrets() };
    const minSecretsVersion = secrets.version;
    try {
      const made = await api.createMachine(app, {
        name: MACHINE_NAME,
        region: wanted.region ?? wanted.defaultRegion,
        config: wanted.config,
        skip_launch: true,
        ...(minSecretsVersion !== null && { min_secrets_version: minSecretsVersion }),
      });
      // After an ambiguous failure there may be two.
      return failure === null ? made : ((await findOnlyMachine(place)) ?? made);
    } catch (error) {
      if (!(error instanceof FlyError) || isPermanent(error)) throw error;
      // 412: the new secrets have not reached the machine's host yet.
      if (!(error.isAmbiguous || error.status === 412 || isDuplicate(error))) throw error;
      failure = error;
    }
  }
  throw failure ?? toFailure(machineMissing());
}

function isUsable(machine: FlyMachine, { config, region }: NewMachine): boolean {
  if (isFailed(machine) || (region !== null && machine.region !== region)) return false;
  // Fly does not document whether an update to another image replaces the files of a persistent root file system.
  return !machine.config || isSameImage(machine.config.image, config.image);
}

/** Finds the app's machine. Destroys any other one, since the app's address would lead to either. */
async function findOnlyMachine({ api, app, deploymentId }: MachinePlace): Promise<FlyMachine | null> {
  const machines = (await api.machines(app)).filter((machine) => !isGone(machine));
  const ours = machines.filter(({ config, name }) => {
    const mark = config?.metadata[METADATA_KEYS.deployment];
    return mark === undefined ? name === MACHINE_NAME : mark === deploymentId;
  });
  const [first] = ours.sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  for (const { id } of machines) if (id !== first?.id) await api.destroyMachine({ app, machineId: id });
  return first ?? null;
}

/** Tells whether the name is in use: an attempt whose answer was lost succeeded, or the old machine is still being destroyed. */
function isDuplicate({ status, message }: FlyError): boolean {
  return status === 409 || (status === 422 && /already|unique|exists|in use/i.test(message));
}

/** Updates a machine whose configuration differs. An updated machine is stopped afterwards. */
export async function applyConfig(
  place: MachinePlace,
  machine: FlyMachine,
  config: MachineConfig,
  setSecrets: () => Promise<number | null>,
): Promise<void> {
  if (hasConfig(machine, config)) return;
  const id = { app: place.app, machineId: machine.id };
  const minSecretsVersion = hasSecrets(machine, config) ? null : await setSecrets();
  await withLease(place, id, (nonce) => replaceConfig(place, id, config, nonce, minSecretsVersion));
}

function hasConfig({ config: present }: FlyMachine, wanted: MachineConfig): boolean {
  if (!present || !isAsWritten(present)) return false;
  return Object.values(METADATA_KEYS).every((mark) => present.metadata[mark] === wanted.metadata?.[mark]);
}

function hasSecrets({ config: present }: FlyMachine, wanted: MachineConfig): boolean {
  return present?.metadata[METADATA_KEYS.secrets] === wanted.metadata?.[METADATA_KEYS.secrets];
}

/** Replaces the whole configuration of a leased machine. Probes the machine after an ambiguous failure. */
async function replaceConfig(
  { api, clock }: MachinePlace,
  id: MachineId,
  config: MachineConfig,
  nonce: string,
  minSecretsVersion: number | null,
): Promise<void> {
  const deadlineMs = clock.nowMs() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const machine = await waitUntilSettled(api, id, clock);
    if (hasConfig(machine, config)) return;
    const version = machine.version ?? machine.instance_id;
    try {
      await api.updateMachine(
        id,
        {
          config,
          skip_launch: true,
          ...(version && { current_version: version }),
          ...(minSecretsVersion !== null && { min_secrets_version: minSecretsVersion }),
        },
        nonce,
      );
      return;
    } catch (error) {
      // 409: the machine has a newer version. 412: it is between two states.
      const mayPass =
        error instanceof FlyError && !isPermanent(error) && (error.isAmbiguous || [409, 412].includes(error.status));
      if (!mayPass || clock.nowMs() > deadlineMs) throw error;
      await clock.sleep(PROBE_INTERVAL_MS);
    }
  }
}

/** Stops a machine so that no request starts it. A machine that is gone or stopped already is not an error. */
export async function stopMachine(place: MachinePlace, id: MachineId): Promise<void> {
  const { api, clock } = place;
  const before = await api.machine(id);
  if (before === null || isGone(before) || isStopped(before)) return;
  await withLease(place, id, async (nonce) => {
    const deadlineMs = clock.nowMs() + SETTLE_TIMEOUT_MS;
    for (;;) {
      const machine = await waitUntilSettled(api, id, clock);
      if (isStopped(machine) || isFailed(machine)) return;
      const { config } = machine;
      let isOrdered = true;
      if (machine.state === "started") isOrdered = await tryOrder(() => api.stopMachine(id, nonce));
      else if (config) await replaceConfig(place, id, disableAutostart(config), nonce, null);
      else return;
      if (clock.nowMs() > deadlineMs) {
        throw new AppError("machine_unavailable", "The machine did not stop in time.", {
          hint: "Try again in a moment.",
          detail: `Fly's state: ${machine.state}`,
          retryAfterS: 15,
        });
      }
      if (!isOrdered) await clock.sleep(PROBE_INTERVAL_MS);
    }
  });
}

/**
 * Stops a machine that already has this configuration, so that its next start is a cold start. A machine with another configuration
 * keeps serving until the update, which stops it.
 */
export async function stopUnchanged(place: MachinePlace, machine: FlyMachine, config: MachineConfig): Promise<void> {
  // A suspended machine would resume where it was, so it is not fresh.
  const isFresh = isFailed(machine) || machine.state === "created" || machine.state === "stopped";
  if (isFresh || !hasConfig(machine, config)) return;
  await stopMachine(place, { app: place.app, machineId: machine.id });
}

function isStopped(machine: FlyMachine): boolean {
  return isAsleep(machine) && machine.config !== null && machine.config !== undefined && !hasAutostart(machine.config);
}

/**
 * Starts a machine in any state, and waits until its mcp-host answers.
 *
 * @param answers tells whether mcp-host answers at the public address
 * @param signal stops further orders to Fly
 * @throws AppError with the cause when it does not come up; the signal's reason
 */
export async function startMachine(
  place: MachinePlace,
  id: MachineId,
  answers: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const { api, clock } = place;
  const deadlineMs = clock.nowMs() + START_TIMEOUT_MS;
  let sinceMs: number | null = null;
  for (;;) {
    const machine = present(await api.machine(id));
    signal.throwIfAborted();
    // Earlier events belong to an earlier start.
    sinceMs ??= Math.max(0, ...(machine.events ?? []).map(({ timestamp }) => timestamp)) + 1;
    const crash = findCrash(machine, clock.nowMs(), sinceMs);
    if (crash) throw crash;
    if (isFailed(machine)) throw toFailedMachineError(machine);
    if (machine.state === "started" && (await raceAbort(answers(), signal))) return;
    if (clock.nowMs() > deadlineMs) throw toStartTimeout(machine);
    if (!(await orderStart(place, id, machine, signal))) await clock.sleep(PROBE_INTERVAL_MS, signal);
  }
}

/** Orders a suspended or stopped machine to start, and waits for its next state. Returns false where Fly did not wait. */
async function orderStart(
  { api }: MachinePlace,
  id: MachineId,
  machine: FlyMachine,
  signal: AbortSignal,
): Promise<boolean> {
  if (machine.state === "started") return false;
  if (!isAsleep(machine)) return await raceAbort(api.waitFor(id, "settled", WAIT_S), signal);
  // 409: another client holds its lease. 412: it is between two states.
  if (!(await tryOrder(() => api.startMachine(id)))) return false;
  return await raceAbort(api.waitFor(id, "started", WAIT_S), signal);
}

/** Settles as the work does. Rejects with the signal's reason as soon as that aborts. */
async function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const give = () => reject(signal.reason);
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true, signal: ended.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    ended.abort();
  }
}

function toStartTimeout({ state, events }: FlyMachine): AppError {
  if (state === "started") {
    return new AppError("machine_unavailable", "The machine runs, but its public address does not answer.", {
      hint: "A new address can take some minutes to be known everywhere. Try again then.",
      retryAfterS: 30,
    });
  }
  return new AppError("machine_unavailable", "The machine did not start in time.", {
    hint: "Try again in a moment.",
    detail: `Fly's state: ${state}${events?.[0] ? `, last event: ${events[0].type} ${events[0].status}` : ""}`,
    retryAfterS: 15,
  });
}

/** Waits until the machine is in a persistent state, for at most 90 s. Throws AppError `machine_missing`. */
async function waitUntilSettled(api: FlyApi, id: MachineId, clock: Clock): Promise<FlyMachine> {
  const deadlineMs = clock.nowMs() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const machine = present(await api.machine(id));
    if (isPersistent(machine) || clock.nowMs() > deadlineMs) return machine;
    if (!(await api.waitFor(id, "settled", WAIT_S))) await clock.sleep(PROBE_INTERVAL_MS);
  }
}

function present(machine: FlyMachine | null): FlyMachine {
  if (machine === null || isGone(machine)) throw toFailure(machineMissing());
  return machine;
}

/** Sends an order. Returns false where the machine's state, or another client's lease, does not permit it now. */
async function tryOrder(order: () => Promise<void>): Promise<boolean> {
  try {
    await order();
    return true;
  } catch (error) {
    if (hasFlyStatus(error, 409, 412) && !isPermanent(error)) return false;
    throw error;
  }
}
