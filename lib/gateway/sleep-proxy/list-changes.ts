import type { CachedLists } from "../../deployments/deployment-snapshot.ts";
import { BoundedMap } from "../../util/bounded-map.ts";
import { digestLists, findListChanges } from "./list-digest.ts";

/**
 * Time in milliseconds after a server's own notification in which the cache may catch up without notifying the client
 * again.
 */
const SERVER_NOTIFICATION_TTL_MS = 60_000;
const MAX_SESSIONS = 10_000;

/** The lists that one client has seen, so that it is notified of each change once. */
export class ListChanges {
  /** The fingerprint of the lists that it knows of; null while nothing is known of that. */
  #shownDigest: string | null;
  /** It was shown what a client with no capabilities sees, and its own view may be another. */
  #isUnsure: boolean;
  readonly #notifiedByServerAt = new Map<string, number>();

  constructor(shown: string | null, unsure: boolean) {
    this.#shownDigest = shown;
    this.#isUnsure = unsure;
  }

  /** Records that the server itself has notified the client. */
  recordServerNotification(method: string): void {
    this.#notifiedByServerAt.set(method, performance.now());
  }

  /**
   * Returns the due notifications and counts them as sent. `awake` says that the server itself answers requests for
   * lists now.
   */
  takePending(cached: CachedLists, awake: boolean): string[] {
    const now = digestLists(cached);
    const all = this.#isUnsure && awake;
    if (this.#shownDigest === now && !all) return [];
    const methods = all || this.#shownDigest !== null ? findListChanges(all ? null : this.#shownDigest, cached) : [];
    this.#shownDigest = now;
    if (awake) this.#isUnsure = false;
    return methods.filter(
      (method) =>
        performance.now() - (this.#notifiedByServerAt.get(method) ?? Number.NEGATIVE_INFINITY) >
        SERVER_NOTIFICATION_TTL_MS,
    );
  }
}

/**
 * The lists that sessions have seen, by session id. An unknown session is assumed to have seen what its id says: at
 * worst it is notified twice.
 */
export class SessionListChanges {
  readonly #sessions = new BoundedMap<string, ListChanges>(MAX_SESSIONS);

  /** @param create makes what is known of a session from its id */
  get(sessionId: string, create: () => ListChanges): ListChanges {
    // Its end is as unique as the id.
    const key = sessionId.slice(-64);
    const shown = this.#sessions.get(key) ?? create();
    this.#sessions.set(key, shown);
    return shown;
  }
}
