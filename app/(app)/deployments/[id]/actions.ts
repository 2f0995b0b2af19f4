"use server";

import { z } from "zod";
import { wakeDeployment } from "@/lib/deployments/machine/wake";
import {
  createAccessKey,
  deleteAccessKey,
  deleteDeployment,
  renameDeployment,
  repairDeployment,
  replaceInputs as replaceStoredInputs,
  restartDeployment,
  retryDeployment,
  startDeployment,
  stopDeployment,
  updateMachineSettings,
} from "@/lib/deployments/service";
import { userAction } from "@/lib/http/user-action";

const ofDeployment = z.object({ id: z.uuid() });

export const retry = userAction(ofDeployment, async ({ id }, user) => {
  await retryDeployment(user.id, id);
  return null;
});

export const restart = userAction(ofDeployment, async ({ id }, user) => {
  await restartDeployment(user.id, id);
  return null;
});

export const start = userAction(ofDeployment, async ({ id }, user) => {
  const view = await startDeployment(user.id, id);
  // Whoever wants it awake does not wait for the first call.
  if (view.status === "sleeping") await wakeDeployment(id);
  return null;
});

export const stop = userAction(ofDeployment, async ({ id }, user) => {
  await stopDeployment(user.id, id);
  return null;
});

export const remove = userAction(ofDeployment, async ({ id }, user) => {
  await deleteDeployment(user.id, id);
  return null;
});

export const repair = userAction(ofDeployment, async ({ id }, user) => {
  await repairDeployment(user.id, id);
  return null;
});

export const rename = userAction(ofDeployment.extend({ name: z.string().max(200) }), async ({ id, name }, user) => {
  await renameDeployment(user.id, id, name);
  return null;
});

// Which sizes and regions there are is the service's to say.
export const updateMachine = userAction(
  ofDeployment.extend({ region: z.string().max(20).nullable(), memoryMb: z.number().int(), alwaysOn: z.boolean() }),
  async ({ id, ...size }, user) => {
    await updateMachineSettings(user.id, id, size);
    return null;
  },
);

// The values themselves are checked by the schema of the deployment's own inputs.
export const replaceInputs = userAction(
  ofDeployment.extend({ inputs: z.record(z.string(), z.string()) }),
  async ({ id, inputs }, user) => {
    await replaceStoredInputs(user.id, id, inputs);
    return null;
  },
);

export const createKey = userAction(
  ofDeployment.extend({ name: z.string().trim().min(1).max(100) }),
  async ({ id, name }, user) => {
    const made = await createAccessKey(user.id, id, name);
    return { id: made.id, key: made.key };
  },
);

export const deleteKey = userAction(ofDeployment.extend({ keyId: z.uuid() }), async ({ id, keyId }, user) => {
  await deleteAccessKey(user.id, id, keyId);
  return null;
});
