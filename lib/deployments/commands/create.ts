import { recordChange } from "../../admin-log/record.ts";
import { analyze, getAnalysis } from "../../analysis/analyze.ts";
import type { Analysis, Server } from "../../analysis/spec.ts";
import { encrypt } from "../../crypto/cipher.ts";
import { db } from "../../db/client.ts";
import { env } from "../../env/env.ts";
import type { RuntimeName } from "../../env/runtime-name.ts";
import { AppError } from "../../errors/app-error.ts";
import type { MachineSize } from "../../runtime/runtime.ts";
import { resolveRuntimeName } from "../../settings/chosen-runtime.ts";
import { loadQuotas, requireQuota } from "../../settings/quotas.ts";
import { notifyDeploymentChange } from "../events.ts";
import { checkInputs } from "../inputs/check-inputs.ts";
import type { ExtraInput } from "../inputs/extra-inputs.ts";
import { clearPrefills } from "../inputs/prefill.ts";
import { addInputs, createInvalidInputsError, editServer } from "../inputs/server-edits.ts";
import type { StoredSpec } from "../inputs/stored-spec.ts";
import { waiveInputs } from "../inputs/waive-inputs.ts";
import { getDeployment } from "../queries/deployment-view.ts";
import { scheduleReconcile } from "../reconcile/schedule.ts";
import { storableJson, storableText } from "../redact.ts";
import { type DeploymentView, STEP_NAMES } from "../view.ts";
import { applySizeEdits, DEFAULT_MACHINE_SIZE } from "./machine-settings.ts";
import { findFreeName, parseName } from "./names.ts";

export interface CreateDeploymentRequest {
  /** An analysis of the same person; else `source` is analysed first. */
  analysisId?: string;
  source?: string;
  /** When absent, a name after the server's that is unique among the person's deployments. */
  name?: string;
  /** What the person changed about how the server is run. */
  server?: Partial<Server>;
  /** Inputs that the analysis did not find. */
  extraInputs?: ExtraInput[];
  inputs: Record<string, string>;
  /** Keys of required inputs, or of required groups, that the person says this server does not need. */
  notNeeded?: string[];
  /** The codes of the warnings that the person accepts. */
  acceptedWarnings?: string[];
  /** False: install scripts do not run, and nothing is built from source. True unless given. */
  runInstallScripts?: boolean;
  /** What the person chose for its machine, where the runtime gives a choice. */
  machine?: Partial<MachineSize>;
}

/**
 * Creates a deployment with its encrypted values in one transaction, and schedules its steps.
 *
 * @throws AppError `invalid_inputs` with a sentence for each bad field, `not_an_mcp_server`, `unsupported_server`,
 * `warning_not_accepted`, `quota_reached`, `fly_not_configured` where servers can run nowhere else, and those of the analysis
 */
export async function createDeployment(userId: string, request: CreateDeploymentRequest): Promise<DeploymentView> {
  const runtime = await chooseRuntime();
  const size = applySizeEdits(DEFAULT_MACHINE_SIZE, request.machine ?? {});
  const analysis = await findAnalysis(userId, request);
  const packageByHand = Boolean(request.server?.package && request.server.version);
  if (analysis.kind !== "stdio" && !packageByHand) throw createNotDeployableError(analysis);
  const spec: StoredSpec = {
    server: editServer(analysis.server, request.server),
    ...waiveInputs(
      {
        inputs: clearPrefills(addInputs(analysis.inputs, request.extraInputs), request.inputs),
        alternatives: analysis.alternatives,
      },
      request.notNeeded ?? [],
    ),
  };
  const checked = checkInputs(request.inputs, spec.inputs, spec.alternatives);
  if (checked.problems) throw createInvalidInputsError(checked.problems);
  const { values } = checked;
  requireAccepted(analysis, request.acceptedWarnings ?? []);
  const name = parseName(request.name) ?? (await findFreeName(userId, spec.server));
  const quotas = await loadQuotas(userId);
  const id = await db().$transaction(async (transaction) => {
    const row = await transaction.deployment.create({
      data: {
        ownerId: userId,
        analysisId: analysis.id,
        name,
        source: storableText(analysis.source.canonical),
        spec: storableJson(spec),
        runtime,
        runInstallScripts: request.runInstallScripts ?? true,
        ...size,
        steps: { create: STEP_NAMES.map((step) => (step === "queued" ? createQueuedStep() : { name: step })) },
      },
      select: { id: true },
    });
    await transaction.credential.createMany({
      data: Object.entries(values).map(([key, value]) => ({
        deploymentId: row.id,
        key,
        ciphertext: encrypt(value, { scope: row.id, field: key }),
      })),
    });
    await requireQuota(transaction, userId, quotas, ["deployments", "running"]);
    const summary = `Created the deployment “${name}” of ${storableText(analysis.source.canonical)}.`;
    await recordChange(transaction, { action: "deployment.created", userId, summary });
    return row.id;
  });
  notifyDeploymentChange(id);
  scheduleReconcile(id);
  return getDeployment(userId, id);
}

async function chooseRuntime(): Promise<RuntimeName> {
  const runtime = await resolveRuntimeName();
  if (runtime === "fly" || !env().onVercel) return runtime;
  throw new AppError("fly_not_configured", "Servers cannot run on Vercel itself, and no token of Fly is set.", {
    hint: "Put one in under Settings → Machines, or as FLY_API_TOKEN.",
  });
}

async function findAnalysis(userId: string, request: CreateDeploymentRequest): Promise<Analysis> {
  if (request.analysisId !== undefined) return getAnalysis(userId, request.analysisId);
  if (request.source !== undefined) return analyze(userId, request.source);
  throw new AppError("invalid_request", "Say what to deploy: an analysis or a source.", {
    hint: "Give analysis_id or repo_url.",
  });
}

function createNotDeployableError(analysis: Analysis): AppError {
  if (analysis.kind === "remote-only") {
    const at = analysis.remoteUrl ? `: ${analysis.remoteUrl}` : "";
    return new AppError("unsupported_server", `This server is hosted by its maker only${at}.`, {
      hint: "Connect your client to that URL directly; there is nothing to run.",
    });
  }
  if (analysis.kind === "source-only") {
    return new AppError("unsupported_server", "This is a server, but it is not published as a package.", {
      hint: "Name its npm or PyPI package and an exact version if there is one.",
    });
  }
  return new AppError("not_an_mcp_server", "There is no MCP server in this source.", {
    hint: "Check the URL; in a repository with several packages name the server's folder.",
  });
}

function requireAccepted(analysis: Analysis, accepted: string[]): void {
  const open = analysis.warnings.filter((warning) => warning.mustAccept && !accepted.includes(warning.code));
  if (open.length === 0) return;
  throw new AppError("warning_not_accepted", open.map((warning) => warning.message).join(" "), {
    hint: `Accept it to go on: ${open.map((warning) => warning.code).join(", ")}.`,
  });
}

/** Creates the first step, whose time counts from the creation of the deployment. */
function createQueuedStep() {
  return { name: "queued", status: "running", startedAt: new Date() } as const;
}
