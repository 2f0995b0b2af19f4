import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import type { ErrorBody } from "../../errors/app-error.ts";
import { notifyDeploymentChange } from "../events.ts";
import { storableJson } from "../redact.ts";
import { STEP_NAMES, type StepName } from "../view.ts";
import type { Lease } from "./lease.ts";

/** The deployment was changed, or another process holds its lease: the run must end and write nothing more. */
export class Superseded extends Error {
  override name: string = "Superseded";
}

/** The run's budget is exceeded. The next run resumes the step. */
export class BudgetExceeded extends Superseded {
  override name = "OutOfTime";
}

export type RunRow = Prisma.DeploymentGetPayload<{ include: { steps: true; credentials: true } }>;
type Changes = Prisma.DeploymentUpdateManyMutationInput;

/**
 * One deployment as its lease's holder reads and writes it. Each write is guarded by lease and generation: when either has
 * changed, it writes nothing and throws Superseded.
 */
export class RunState {
  readonly lease: Lease;
  row: RunRow;

  private constructor(lease: Lease, row: RunRow) {
    this.lease = lease;
    this.row = row;
  }

  /** Returns null when the deployment is gone, or was changed since the lease was acquired. */
  static async load(lease: Lease): Promise<RunState | null> {
    const row = await db().deployment.findUnique({
      where: { id: lease.deploymentId, generation: lease.generation },
      include: { steps: true, credentials: true },
    });
    return row && new RunState(lease, row);
  }

  isDone(name: StepName): boolean {
    return this.row.steps.some((step) => step.name === name && step.status === "done");
  }

  /** Writes columns of the deployment. */
  async save(changes: Changes): Promise<void> {
    await this.#guarded(db(), changes);
    this.row = { ...this.row, ...toRowColumns(changes) };
    notifyDeploymentChange(this.row.id);
  }

  /**
   * Writes columns and raises the generation, so that writes based on the older one fail. The lease follows the new generation.
   */
  async saveAsNewGeneration(changes: Changes): Promise<void> {
    await this.#guarded(db(), { ...changes, generation: { increment: 1 } });
    this.lease.generation++;
    this.row = { ...this.row, ...toRowColumns(changes), generation: this.lease.generation };
    notifyDeploymentChange(this.row.id);
  }

  /** Writes columns and resets the steps from one on, for this run to take again. */
  async restartFrom(from: StepName, changes: Changes): Promise<void> {
    const { deploymentId } = this.lease;
    const names = STEP_NAMES.slice(STEP_NAMES.indexOf(from));
    const data = { status: "pending", startedAt: null, endedAt: null, error: Prisma.DbNull, log: "" } as const;
    const steps = await db().$transaction(async (transaction) => {
      await this.#guarded(transaction, changes);
      await transaction.deploymentStep.updateMany({ where: { deploymentId, name: { in: names } }, data });
      return transaction.deploymentStep.findMany({ where: { deploymentId } });
    });
    this.row = { ...this.row, ...toRowColumns(changes), steps };
    notifyDeploymentChange(deploymentId);
  }

  /** Begins a step, or resumes a paused one. Returns the paused step's log and when it was paused, or null. */
  async beginStep(name: StepName): Promise<{ log: string; until: Date } | null> {
    const row = this.row.steps.find((step) => step.name === name);
    const deployment = { status: "deploying", error: Prisma.DbNull } as const;
    if (row?.status === "running" && row.endedAt !== null) {
      await this.#changeStep(name, deployment, { endedAt: null });
      return { log: row.log, until: row.endedAt };
    }
    // The queue time counts from the creation of the deployment.
    const startedAt = name === "queued" && row?.startedAt ? row.startedAt : new Date();
    await this.#changeStep(name, deployment, {
      status: "running",
      attempts: (row?.attempts ?? 0) + 1,
      startedAt,
      endedAt: null,
      error: Prisma.DbNull,
      log: "",
    });
    return null;
  }

  /** Returns the time since a step began, in milliseconds, its pauses included. */
  elapsedMs(name: StepName): number {
    const startedAt = this.row.steps.find((step) => step.name === name)?.startedAt;
    return startedAt ? Date.now() - startedAt.getTime() : 0;
  }

  /** Pauses a step for the next run. A running step that has an end is a paused one. */
  async pauseStep(name: StepName, log: string): Promise<void> {
    await this.#changeStep(name, {}, { endedAt: new Date(), log });
  }

  async finishStep(name: StepName, log: string, changes: Changes = {}): Promise<void> {
    await this.#changeStep(name, changes, { status: "done", endedAt: new Date(), log });
  }

  async failStep(name: StepName, error: ErrorBody, log: string): Promise<void> {
    const json = storableJson(error) as unknown as Prisma.InputJsonValue;
    await this.#changeStep(
      name,
      { status: "failing", error: json },
      { status: "failed", endedAt: new Date(), error: json, log },
    );
  }

  /** Writes the log of a step that is still running. */
  async saveLog(name: StepName, log: string): Promise<void> {
    const { deploymentId, holder, generation } = this.lease;
    await db().$executeRaw`
      update deployment_steps set log = ${log}
      where deployment_id = ${deploymentId}::uuid and name = ${name}::step_name and exists (
        select 1 from deployments where id = ${deploymentId}::uuid and lease_owner = ${holder} and generation = ${generation})`;
    notifyDeploymentChange(deploymentId);
  }

  async #changeStep(name: StepName, changes: Changes, step: Prisma.DeploymentStepUpdateInput): Promise<void> {
    const { deploymentId } = this.lease;
    const updated = await db().$transaction(async (transaction) => {
      await this.#guarded(transaction, changes);
      return transaction.deploymentStep.update({ where: { deploymentId_name: { deploymentId, name } }, data: step });
    });
    this.row = {
      ...this.row,
      ...toRowColumns(changes),
      steps: this.row.steps.map((row) => (row.name === name ? updated : row)),
    };
    notifyDeploymentChange(deploymentId);
  }

  async #guarded(client: Pick<Prisma.TransactionClient, "deployment">, changes: Changes): Promise<void> {
    const { deploymentId: id, holder: leaseOwner, generation } = this.lease;
    // Prisma reads instead of writing where nothing changes. Only a write waits for a change that is being made, and then sees it.
    const data = { leaseOwner, ...changes };
    const { count } = await client.deployment.updateMany({ where: { id, leaseOwner, generation }, data });
    if (count === 0) throw new Superseded("the deployment was changed");
  }
}

/** Converts written columns to the form in which they are read. */
function toRowColumns(changes: Changes): Partial<RunRow> {
  return Object.fromEntries(
    Object.entries(changes).map(([column, value]) => [column, value === Prisma.DbNull ? null : value]),
  );
}
