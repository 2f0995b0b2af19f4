import { processWide } from "../util/process-wide.ts";

/**
 * Where `npm start` and the app inside Next meet: they are one process but two copies of the code. In the image there is only
 * the app.
 */
export interface Launcher {
  /** Whether `npm start` is there to print and to stop things in order. */
  isPresent: boolean;
  /** Settled when the app is ready for its first request, or cannot be. */
  booted: PromiseWithResolvers<Booted>;
  /** Stops what the app has running and closes its connections. */
  shutDown: () => Promise<void>;
}

export interface Booted {
  /** Where the first account is made, while there is none. */
  setupUrl: string | null;
}

/** The process's one. */
export function launcher(): Launcher {
  return processWide<Launcher>("launcher", () => ({
    isPresent: false,
    booted: Promise.withResolvers<Booted>(),
    shutDown: async () => undefined,
  }));
}
