import { z } from "zod";
import type { Input } from "../../analysis/spec.ts";
import { db } from "../../db/client.ts";
import type { Deployment, DeploymentStep } from "../../db/generated/client.ts";
import { isRuntimeName } from "../../env/runtime-name.ts";
import { estimateMonthlyCost } from "../../runtime/fly/machines/prices.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { getLocalRuntime, getRuntime } from "../../runtime/runtimes.ts";
import { isUuid } from "../../util/uuid.ts";
import { createNotFoundError } from "../commands/owned.ts";
import { formatConnectorUrl } from "../connector-url.ts";
import { parseErrorColumn } from "../error-column.ts";
import { prefillOf } from "../inputs/prefill.ts";
import { parseStoredSpec, type StoredSpec } from "../inputs/stored-spec.ts";
import { parseMachineChange } from "../machine/machine-change.ts";
import { openValues, type SpecRow } from "../machine/machine-spec.ts";
import { isWaking } from "../machine/wake.ts";
import { describeOtherInstall } from "../steps/other-install.ts";
import {
  type DeploymentView,
  type InputView,
  type MachineChangeView,
  type MachineView,
  MIN_START_TIMEOUT_S,
  STEP_NAMES,
  type StepView,
  type ToolView,
} from "../view.ts";

const handshakeSchema = z.object({
  protocolVersion: z.string(),
  serverInfo: z.object({ name: z.string().catch(""), version: z.string().catch("") }).catch({ name: "", version: "" }),
  instructions: z.string().nullable().catch(null),
});

const VIEW_INCLUDE = {
  steps: true,
  credentials: { select: { key: true, ciphertext: true, updatedAt: true } },
} as const;

/** Returns a deployment as its owner sees it. Throws AppError `not_found`. */
export async function getDeployment(userId: string, deploymentId: string): Promise<DeploymentView> {
  if (!isUuid(deploymentId)) throw createNotFoundError();
  const row = await readInOneMoment(userId, deploymentId);
  if (!row) throw createNotFoundError();
  const spec = parseStoredSpec(row.spec);
  const status = await resolveStatus(row);
  const handshake = handshakeSchema.safeParse(row.handshake);
  return {
    id: row.id,
    name: row.name,
    source: row.source,
    status,
    desired: row.desired,
    url: formatConnectorUrl(row.id),
    runtime: isRuntimeName(row.runtime) ? row.runtime : "local",
    machine: toMachineView(row, status),
    spec: spec.server,
    runInstallScripts: row.runInstallScripts,
    inputs: toInputViews(row, spec),
    alternatives: spec.alternatives,
    installNote: spec.install ? describeOtherInstall(spec.install) : null,
    startTimeoutS: spec.startTimeoutS ?? MIN_START_TIMEOUT_S,
    homePath: getRuntime(row.runtime).homePath(row.id),
    steps: toStepViews(row.steps),
    server: handshake.success
      ? { ...handshake.data.serverInfo, protocolVersion: handshake.data.protocolVersion }
      : null,
    instructions: handshake.success ? handshake.data.instructions : null,
    warnings: row.handshakeWarnings,
    tools: readTools(row),
    error: parseErrorColumn(row.error),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    lastCallAt: row.lastCallAt?.toISOString() ?? null,
    recordsPayloads: row.recordsPayloads,
  };
}

/**
 * Reads a deployment and its steps from one snapshot of the database. They are separate queries: read apart, a step that ends in
 * between shows every step as done while the status still says deploying.
 */
function readInOneMoment(ownerId: string, id: string) {
  // An array of one query would run outside a transaction.
  return db().$transaction(
    (transaction) => transaction.deployment.findFirst({ where: { id, ownerId }, include: VIEW_INCLUDE }),
    { isolationLevel: "RepeatableRead" },
  );
}

/**
 * Returns the status, checked against the machine where that is a child of this process. After a machine has exited, the column
 * says live until the next probe.
 */
export async function resolveStatus(
  row: Pick<Deployment, "status" | "desired" | "runtime" | "machine">,
): Promise<Deployment["status"]> {
  if (row.status !== "live" || row.runtime !== "local") return row.status;
  const endpoint = row.machine === null ? null : await getLocalRuntime().endpoint(row.machine as MachineRef);
  // While its owner stops it, it is not stopped before its processes have ended, and no call wakes it.
  return endpoint || row.desired === "stopped" ? "live" : "sleeping";
}

const MACHINE_STATES = {
  pending: "It is not created yet.",
  deploying: "It is being created and set up.",
  live: "It is awake.",
  sleeping: "It sleeps; the next call wakes it.",
  failing: "It does not serve. See the failure above.",
  stopped: "It is stopped until you start it.",
  deleting: "It is being removed, with everything on it.",
} as const satisfies Record<Deployment["status"], string>;

/** Builds the view of a machine's settings and cost. Returns null for a machine of this host, which has none. */
function toMachineView(row: Deployment, status: Deployment["status"]): MachineView | null {
  if (row.runtime !== "fly") return null;
  const code = parseErrorColumn(row.error)?.code;
  const change = toChangeView(row.change);
  return {
    region: row.region,
    memoryMb: row.memoryMb,
    alwaysOn: row.alwaysOn,
    state: status === "sleeping" && isWaking(row.id) ? "It is waking up." : MACHINE_STATES[status],
    canRepair: code === "machine_missing" || code === "machine_changed",
    change,
    cost: estimateMonthlyCost(row),
  };
}

function toChangeView(column: unknown): MachineChangeView | null {
  const change = parseMachineChange(column);
  if (change === null) return null;
  const { kind, state, to, startedAt, error } = change;
  return { kind, state, to, startedAt, error };
}

function readTools(row: Pick<Deployment, "tools">): ToolView[] {
  return Array.isArray(row.tools) ? (row.tools as unknown as ToolView[]) : [];
}

function toStepViews(rows: DeploymentStep[]): StepView[] {
  return STEP_NAMES.map((name) => {
    const row = rows.find((candidate) => candidate.name === name);
    return {
      name,
      status: row?.status ?? "pending",
      attempts: row?.attempts ?? 0,
      startedAt: row?.startedAt?.toISOString() ?? null,
      // A running step that has an end is paused, which only concerns the next run.
      endedAt: row?.status === "running" ? null : (row?.endedAt?.toISOString() ?? null),
      error: parseErrorColumn(row?.error),
      log: row?.log ?? "",
    };
  });
}

type CredentialRow = SpecRow["credentials"][number] & { updatedAt: Date };

function toInputViews(row: { id: string; name: string; credentials: CredentialRow[] }, spec: StoredSpec): InputView[] {
  const byKey = new Map(row.credentials.map((credential) => [credential.key, credential]));
  return spec.inputs.map((input) => {
    const credential = byKey.get(input.key);
    const visible = credential && !input.secret && input.target !== "file";
    return {
      ...input,
      isSet: credential !== undefined,
      value: visible ? decryptOrNull({ ...row, credentials: [credential] }, input.key) : showPrefill(input, credential),
      updatedAt: credential?.updatedAt.toISOString() ?? null,
    };
  });
}

/** Returns the value that an input is sent with while the person has given none, or null. */
function showPrefill(input: Input, credential: CredentialRow | undefined): string | null {
  return credential || input.secret ? null : prefillOf(input) || null;
}

/** Decrypts a value, or returns null when no key opens it. The step that needs it tells why. */
function decryptOrNull(row: Pick<SpecRow, "id" | "name" | "credentials">, key: string): string | null {
  try {
    return openValues(row).get(key) ?? null;
  } catch {
    return null;
  }
}
