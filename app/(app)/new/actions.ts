"use server";

import { z } from "zod";
import { serverSchema } from "@/lib/analysis/spec";
import { extraInputSchema } from "@/lib/deployments/inputs/extra-input-schema";
import { createDeployment } from "@/lib/deployments/service";
import { userAction } from "@/lib/http/user-action";

const deployRequest = z.object({
  analysisId: z.uuid(),
  name: z.string().max(200),
  server: serverSchema.pick({ runtime: true, package: true, version: true, args: true }).partial(),
  extraInputs: z.array(extraInputSchema).max(50),
  // The service validates the values by the schema of the inputs.
  inputs: z.record(z.string().max(200), z.string()),
  notNeeded: z.array(z.string().max(200)).max(200),
  acceptedWarnings: z.array(z.string().max(100)).max(100),
  runInstallScripts: z.boolean().optional(),
  // The service validates the size and the region.
  machine: z
    .object({ region: z.string().max(20).nullable(), memoryMb: z.number().int(), alwaysOn: z.boolean() })
    .optional(),
});

/** Deploys an analysis with a person's edits and values. Returns the deployment's id. */
export const deploy = userAction(deployRequest, async ({ name, ...request }, user) => {
  const { id } = await createDeployment(user.id, { ...request, name: name || undefined });
  return { id };
});
