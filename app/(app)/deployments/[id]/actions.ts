"use server";

import { z } from "zod";
import { emailSchema } from "@/lib/auth/accounts";
import { callFilterSchema } from "@/lib/deployments/calls/call-query";
import { extraInputSchema } from "@/lib/deployments/inputs/extra-input-schema";
import { wakeDeployment } from "@/lib/deployments/machine/wake";
import {
  createAccessKey,
  deleteAccessKey,
  deleteCalls as deleteCallRecords,
  deleteDeployment,
  renameDeployment,
  repairDeployment,
  replaceInputs as replaceStoredInputs,
  resolvePackageAgain,
  restartDeployment,
  retryDeployment,
  setInstallScripts as setDeploymentScripts,
  setPayloadRecording,
  updateStartTimeout as setStartTimeout,
  startDeployment,
  stopDeployment,
  updateMachineSettings,
} from "@/lib/deployments/service";
import { userAction } from "@/lib/http/user-action";
import { disconnectClient as disconnectConnectedClient } from "@/lib/oauth/connected-clients";
import {
  addDeploymentUser,
  removeDeploymentUser,
  setOnlyListedUsers as storeOnlyListedUsers,
} from "@/lib/oauth/deployment-users";
import { createManualClient, deleteManualClient } from "@/lib/oauth/manual-clients";

const deploymentId = z.object({ id: z.uuid() });

export const retry = userAction(deploymentId, async ({ id }, user) => {
  await retryDeployment(user.id, id);
  return null;
});

export const restart = userAction(deploymentId, async ({ id }, user) => {
  await restartDeployment(user.id, id);
  return null;
});

export const resolveAgain = userAction(deploymentId, async ({ id }, user) => {
  await resolvePackageAgain(user.id, id);
  return null;
});

export const setInstallScripts = userAction(deploymentId.extend({ run: z.boolean() }), async ({ id, run }, user) => {
  await setDeploymentScripts(user.id, id, run);
  return null;
});

export const start = userAction(deploymentId, async ({ id }, user) => {
  const view = await startDeployment(user.id, id);
  // A person who presses Start wants it awake now and not at the first call.
  if (view.status === "sleeping") await wakeDeployment(id);
  return null;
});

export const stop = userAction(deploymentId, async ({ id }, user) => {
  await stopDeployment(user.id, id);
  return null;
});

export const remove = userAction(deploymentId, async ({ id }, user) => {
  await deleteDeployment(user.id, id);
  return null;
});

export const repair = userAction(deploymentId, async ({ id }, user) => {
  await repairDeployment(user.id, id);
  return null;
});

export const rename = userAction(deploymentId.extend({ name: z.string().max(200) }), async ({ id, name }, user) => {
  await renameDeployment(user.id, id, name);
  return null;
});

// The service validates the size and the region.
export const updateMachine = userAction(
  deploymentId.extend({ region: z.string().max(20).nullable(), memoryMb: z.number().int(), alwaysOn: z.boolean() }),
  async ({ id, ...size }, user) => {
    await updateMachineSettings(user.id, id, size);
    return null;
  },
);

export const updateStartTimeout = userAction(
  deploymentId.extend({ startTimeoutS: z.number() }),
  async ({ id, startTimeoutS }, user) => {
    await setStartTimeout(user.id, id, startTimeoutS);
    return null;
  },
);

// The service validates the values by the schema of the deployment's own inputs.
export const replaceInputs = userAction(
  deploymentId.extend({
    inputs: z.record(z.string(), z.string()),
    notNeeded: z.array(z.string().max(200)).max(200),
    extraInputs: z.array(extraInputSchema).max(50),
  }),
  async ({ id, inputs, ...edits }, user) => {
    await replaceStoredInputs(user.id, id, inputs, edits);
    return null;
  },
);

export const createKey = userAction(
  deploymentId.extend({ name: z.string().trim().min(1).max(100) }),
  async ({ id, name }, user) => {
    const created = await createAccessKey(user.id, id, name);
    return { id: created.id, key: created.key };
  },
);

export const deleteKey = userAction(deploymentId.extend({ keyId: z.uuid() }), async ({ id, keyId }, user) => {
  await deleteAccessKey(user.id, id, keyId);
  return null;
});

export const disconnectClient = userAction(
  deploymentId.extend({ clientId: z.uuid() }),
  async ({ id, clientId }, user) => {
    await disconnectConnectedClient(user.id, id, clientId);
    return null;
  },
);

export const createClientId = userAction(
  deploymentId.extend({
    name: z.string().trim().min(1, "Give it a name, so that you know later which client it is for.").max(100),
    redirectUris: z.array(z.string().max(2_000)).min(1, "Enter at least one address.").max(10),
  }),
  async ({ id, ...client }, user) => createManualClient(user.id, id, client),
);

export const recordPayloads = userAction(deploymentId.extend({ isOn: z.boolean() }), async ({ id, isOn }, user) => {
  await setPayloadRecording(user.id, id, isOn);
  return null;
});

/** An empty text chooses nothing. */
const callChoice = z
  .record(z.string(), z.string())
  .transform((choice) => Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== "")))
  .pipe(callFilterSchema.omit({ kind: true }).extend({ id: z.uuid() }));

/** Deletes the records that the tab lists, or all of them. */
export const deleteCalls = userAction(callChoice, async ({ id, ...filter }, user) => {
  // With a filter, what is listed goes: the protocol's own messages are not in the list.
  const isFiltered = Object.keys(filter).length > 0;
  await deleteCallRecords(user.id, id, isFiltered ? { ...filter, kind: "work" } : {});
  return null;
});

export const deleteClientId = userAction(
  deploymentId.extend({ clientId: z.string().max(100) }),
  async ({ id, clientId }, user) => {
    await deleteManualClient(user.id, id, clientId);
    return null;
  },
);

export const addUser = userAction(deploymentId.extend({ email: emailSchema }), async ({ id, email }, user) =>
  addDeploymentUser(user, id, email),
);

export const removeUser = userAction(deploymentId.extend({ entryId: z.uuid() }), async ({ id, entryId }, user) => {
  await removeDeploymentUser(user.id, id, entryId);
  return null;
});

export const setOnlyListedUsers = userAction(
  deploymentId.extend({ onlyListedUsers: z.boolean() }),
  async ({ id, onlyListedUsers }, user) => {
    await storeOnlyListedUsers(user.id, id, onlyListedUsers);
    return null;
  },
);
