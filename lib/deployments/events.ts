import { processWide } from "../util/process-wide.ts";

type Listener = (deploymentId: string) => void;

const listeners = () => processWide("deployments.listeners", () => new Set<Listener>());

/** Calls the listener with a deployment's id after every change that this process made to it, its keys or its machine. */
export function onDeploymentChange(listener: Listener): () => void {
  listeners().add(listener);
  return () => void listeners().delete(listener);
}

/** Tells the listeners of this process that a deployment has changed. A listener's own failure stays its own. */
export function notifyDeploymentChange(deploymentId: string): void {
  for (const listener of listeners()) {
    try {
      listener(deploymentId);
    } catch (error) {
      console.error("A listener to deployment changes failed:", error);
    }
  }
}
