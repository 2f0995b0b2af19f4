import { processWide } from "../util/process-wide.ts";

type Listener = (deploymentId: string) => void;

const listeners = () => processWide("deployments.listeners", () => new Set<Listener>());

/** Subscribes to changes of deployments, their keys and their machines. Returns the unsubscribe function. */
export function onDeploymentChange(listener: Listener): () => void {
  listeners().add(listener);
  return () => void listeners().delete(listener);
}

/** Notifies this process's subscribers of a change. An error of a subscriber is logged and does not reach the caller. */
export function notifyDeploymentChange(deploymentId: string): void {
  for (const listener of listeners()) {
    try {
      listener(deploymentId);
    } catch (error) {
      console.error("A subscriber to deployment changes failed:", error);
    }
  }
}
