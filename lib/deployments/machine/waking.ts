import type { Endpoint } from "../../runtime/runtime.ts";
import { processWide } from "../../util/process-wide.ts";

/** The deployments whose machines this process is starting. */
export const waking = () => processWide("deployments.waking", () => new Map<string, Promise<Endpoint>>());

/** Whether this process is starting a deployment's machine. */
export function isWaking(deploymentId: string): boolean {
  return waking().has(deploymentId);
}
