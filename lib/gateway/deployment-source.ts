import type { DeploymentSnapshot } from "../deployments/deployment-snapshot.ts";
import type { Endpoint } from "../runtime/runtime.ts";

/** Source of deployments and access to their machines. Tests provide their own. */
export interface DeploymentSource {
  /** Returns the deployments with these ids as they are now, by id. Rejects while the database is away. */
  load(deploymentIds: readonly string[]): Promise<ReadonlyMap<string, DeploymentSnapshot>>;
  /** Returns where the machine listens, or null when it does not run. Every call asks, so the answer has to be cheap. */
  locate(deployment: DeploymentSnapshot): Promise<Endpoint | null>;
  /** Starts the machine where it does not run. Rejects with an AppError that says why it cannot. */
  wake(deploymentId: string): Promise<Endpoint>;
  /**
   * Returns whether the platform suspends idle machines like this one and wakes them at a request to their endpoint.
   */
  suspendsMachines(deployment: DeploymentSnapshot): boolean;
  /** Asks the platform whether such a machine is awake, without waking it. Null when the platform cannot tell. */
  isAwake(deployment: DeploymentSnapshot): Promise<boolean | null>;
  /** Asks a machine that is awake for its lists and keeps those that have changed. */
  refreshLists(deploymentId: string): Promise<void>;
  /** Keeps the marks of ended sessions for every instance. Rejects while the database is away. */
  storeEndedSessions(deploymentId: string, marks: readonly string[]): Promise<void>;
  /** Subscribes to changes of deployments, their keys and their machines. Returns the unsubscribe function. */
  onChange(listener: (deploymentId: string) => void): () => void;
}
