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
  /** Changes of the deployment's other columns. */
  changes?: Changes;
}

/**
 * Runs the steps again from one on. One transaction resets them and makes the changes of `also`.
 *
 * @throws AppError `conflict` when the deployment is being deleted
 */
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
 * Changes a deployment and raises its generation, which supersedes a run of an older one.
 *
 * @throws AppError `conflict` when the deployment is being deleted
 */
export async function changeDeployment(
  deploymentId: string,
  changes: Changes,
  also: (transaction: Prisma.TransactionClient) => Promise<void> = async () => {},
): Promise<void> {
  await db().$transaction(async (transaction) => {
    const { count } = await transaction.deployment.updateMany({
      where: { id: deploymentId, desired: { not: "deleted" } },
      // A running change of the machine's settings is superseded too.
      data: { change: Prisma.DbNull, ...changes, generation: { increment: 1 } },
    });
    if (count === 0)
      throw new AppError("conflict", "It is being deleted.", { hint: "Nothing can be changed about it any more." });
    await also(transaction);
  });
  notifyDeploymentChange(deploymentId);
}
