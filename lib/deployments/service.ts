// The door to deployments for pages, route handlers and programs. Every function looks up its objects together with their owner.

export {
  createAccessKey,
  deleteAccessKey,
  deleteOwnAccessKey,
  listAccessKeys,
  listOwnAccessKeys,
} from "./commands/access-keys.ts";
export { deleteCalls, setPayloadRecording } from "./commands/call-records.ts";
export { createDeployment } from "./commands/create.ts";
export {
  deleteDeployment,
  repairDeployment,
  resolvePackageAgain,
  restartDeployment,
  retryDeployment,
  setInstallScripts,
  startDeployment,
  stopDeployment,
} from "./commands/lifecycle.ts";
export { renameDeployment, updateMachineSettings } from "./commands/machine-settings.ts";
export { replaceInputs } from "./commands/replace-inputs.ts";
export { updateStartTimeout } from "./commands/start-timeout.ts";
export { streamLogs } from "./logs.ts";
export { getCallPayload } from "./queries/call-payload.ts";
export { getCallStats } from "./queries/call-stats.ts";
export { exportCalls, listCalls } from "./queries/calls.ts";
export { getDeployment, listDeployments } from "./queries/deployments.ts";
