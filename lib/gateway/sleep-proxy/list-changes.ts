import type { CachedLists } from "../../deployments/deployment-snapshot.ts";
import { BoundedMap } from "../../util/bounded-map.ts";
import { digestLists, findListChanges } from "./list-digest.ts";

/** For so long after a server's own word of a change, what is kept may catch up with it without the client being told again. */
const SERVER_NOTIFICATION_TTL_MS = 60_000;
const MAX_SESSIONS = 10_000;

/** What one client has been shown of the lists, so that it is told of each change once. */
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

  /** The server itself has told the client of a change. */
  recordServerNotification(method: string): void {
    this.#notifiedByServerAt.set(method, performance.now());
  }

  /** The notifications that are due; they count as sent. `awake`: whoever asks for a list now is answered by the server. */
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
 * What sessions have been shown, by their ids. A session that this process does not know is taken for having been shown what its id
 * says: at worst it is told twice of one change.
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
