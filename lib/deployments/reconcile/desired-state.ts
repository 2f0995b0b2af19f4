import { db } from "../../db/client.ts";
import { Prisma } from "../../db/generated/client.ts";
import { AppError } from "../../errors/app-error.ts";
import { notifyDeploymentChange } from "../events.ts";
import { STEP_NAMES, type StepName } from "../view.ts";
import { scheduleReconcile } from "./schedule.ts";

type Changes = Prisma.DeploymentUpdateManyMutationInput;

interface RerunOptions {
  keepAttempts?: boolean;
  desired?: "running" | "stopped";
  /** Of the deployment's other columns. */
  changes?: Changes;
}

/** Has the steps from one on run again, together with what `also` changes, in one transaction. */
export async function rerunSteps(
  deploymentId: string,
  from: StepName,
  { keepAttempts = false, desired = "running", changes = {} }: RerunOptions = {},
  also: (transaction: Prisma.TransactionClient) => Promise<void> = async () => {},
): Promise<void> {
  const stepsFrom = STEP_NAMES.slice(STEP_NAMES.indexOf(from));
  const status = desired === "stopped" ? {} : { status: "deploying", error: Prisma.DbNull };
  await changeDeployment(deploymentId, { ...changes, desired, ...status } as Changes, async (transaction) => {
    await transaction.deploymentStep.updateMany({
      where: { deploymentId, name: { in: stepsFrom } },
      data: {
        status: "pending",
        startedAt: null,
        endedAt: null,
        error: Prisma.DbNull,
        log: "",
        ...(!keepAttempts && { attempts: 0 }),
      },
    });
    await also(transaction);
  });
  scheduleReconcile(deploymentId);
}

/**
 * Changes a deployment and raises its generation, so that whatever runs for what it was before gives up. Throws AppError `conflict` when
 * it is being deleted.
 */
export async function changeDeployment(
  deploymentId: string,
  changes: Changes,
  also: (transaction: Prisma.TransactionClient) => Promise<void> = async () => {},
): Promise<void> {
  await db().$transaction(async (transaction) => {
    const { count } = await transaction.deployment.updateMany({
      where: { id: deploymentId, desired: { not: "deleted" } },
      // What was begun with the machine's settings is given up with whatever else runs.
      data: { change: Prisma.DbNull, ...changes, generation: { increment: 1 } },
    });
    if (count === 0)
      throw new AppError("conflict", "It is being deleted.", { hint: "Nothing can be changed about it any more." });
    await also(transaction);
  });
  notifyDeploymentChange(deploymentId);
}
