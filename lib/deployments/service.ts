// What pages, route handlers and programs do with deployments. Every function looks up what it is given together with its owner.
export { createAccessKey, deleteAccessKey, listAccessKeys } from "./access-keys.ts";
export { getDeployment, listDeployments } from "./attend.ts";
export { listCalls } from "./calls.ts";
export { createDeployment } from "./create.ts";
export {
  deleteDeployment,
  repairDeployment,
  replaceInputs,
  restartDeployment,
  retryDeployment,
  startDeployment,
  stopDeployment,
} from "./lifecycle.ts";
export { deploymentLogs } from "./logs.ts";
export { renameDeployment, updateMachineSettings } from "./machine-settings.ts";
