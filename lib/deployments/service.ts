// What pages, route handlers and programs do with deployments. Every function looks up what it is given together with its owner.

export { getDeployment, listDeployments } from "./attend.ts";
export { listCalls } from "./calls.ts";
export { createAccessKey, deleteAccessKey, listAccessKeys } from "./commands/access-keys.ts";
export { createDeployment } from "./commands/create.ts";
export {
  deleteDeployment,
  repairDeployment,
  replaceInputs,
  restartDeployment,
  retryDeployment,
  startDeployment,
  stopDeployment,
} from "./commands/lifecycle.ts";
export { renameDeployment, updateMachineSettings } from "./commands/machine-settings.ts";
export { deploymentLogs } from "./logs.ts";
