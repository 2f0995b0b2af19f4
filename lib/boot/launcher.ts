import type { IncomingMessage, ServerResponse } from "node:http";
import { processWide } from "../util/process-wide.ts";

/**
 * Connects the program that listens, `npm start` or the image's `serve.ts`, with the app inside Next: they share a process but not
 * their modules. On Vercel only the app runs.
 */
export interface Launcher {
  /** True under such a program, which then prints the address and stops everything in order. */
  isPresent: boolean;
  /** Resolves when the app is ready for its first request; rejects when it cannot start. */
  booted: PromiseWithResolvers<Booted>;
  /** Stops the app's background work and closes its connections. */
  shutDown: () => Promise<void>;
  /** Answers a request for a connector URL. Returns false, with nothing done, for every other. The app puts its gateway here. */
  serveMcp: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;
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
    serveMcp: () => false,
  }));
}
