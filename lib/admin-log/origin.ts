import { AsyncLocalStorage } from "node:async_hooks";
import { processWide } from "../util/process-wide.ts";

/** Where a change comes from. */
export interface Origin {
  /** The person who is signed in, if one is. */
  userId: string | null;
  /** Address of the client; null for the command line. */
  address: string | null;
  via: "session" | "token" | "command line" | null;
}

/** Runs work on behalf of a request. What it records in the administrator's log bears this origin. */
export function withOrigin<T>(origin: Origin, work: () => T): T {
  return storage().run(origin, work);
}

/** Returns the origin of the request that is being worked on, or null outside of one. */
export function currentOrigin(): Origin | null {
  return storage().getStore() ?? null;
}

function storage(): AsyncLocalStorage<Origin> {
  return processWide("admin-log.origin", () => new AsyncLocalStorage<Origin>());
}
