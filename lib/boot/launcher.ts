import { processWide } from "../util/process-wide.ts";

/**
 * Connects `npm start` with the app inside Next: they share a process but not their modules. In the image only the app runs.
 */
export interface Launcher {
  /** True under `npm start`, which then prints the address and stops everything in order. */
  isPresent: boolean;
  /** Resolves when the app is ready for its first request; rejects when it cannot start. */
  booted: PromiseWithResolvers<Booted>;
  /** Stops the app's background work and closes its connections. */
  shutDown: () => Promise<void>;
}

export interface Booted {
  /** The link that creates the first account; null once there is one. */
  setupUrl: string | null;
}

/** Returns the process's launcher. */
export function launcher(): Launcher {
  return processWide<Launcher>("launcher", () => ({
    isPresent: false,
    booted: Promise.withResolvers<Booted>(),
    shutDown: async () => undefined,
  }));
}
