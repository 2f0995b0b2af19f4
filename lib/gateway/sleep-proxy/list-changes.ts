import type { CachedLists } from "../deployment.ts";
import { changesSince, fingerprint } from "./list-digest.ts";

/** For so long after a server's own word of a change, what is kept may catch up with it without the client being told again. */
const ownWordMs = 60_000;
const maxSessions = 10_000;

/** What one client has been shown of the lists, so that it is told of each change once. */
export class ShownLists {
  /** The fingerprint of the lists that it knows of; null while nothing is known of that. */
  #shown: string | null;
  /** It was shown what a client with no capabilities sees, and its own view may be another. */
  #unsure: boolean;
  readonly #ownWord = new Map<string, number>();

  constructor(shown: string | null, unsure: boolean) {
    this.#shown = shown;
    this.#unsure = unsure;
  }

  /** The server itself has told the client of a change. */
  toldByServer(method: string): void {
    this.#ownWord.set(method, performance.now());
  }

  /** The notifications that are due; they count as sent. `awake`: whoever asks for a list now is answered by the server. */
  due(cached: CachedLists, awake: boolean): string[] {
    const now = fingerprint(cached);
    const all = this.#unsure && awake;
    if (this.#shown === now && !all) return [];
    const methods = all || this.#shown !== null ? changesSince(all ? null : this.#shown, cached) : [];
    this.#shown = now;
    if (awake) this.#unsure = false;
    return methods.filter(
      (method) => performance.now() - (this.#ownWord.get(method) ?? Number.NEGATIVE_INFINITY) > ownWordMs,
    );
  }
}

/**
 * What sessions have been shown, by their ids. A session that this process does not know is taken for having been shown what its id
 * says: at worst it is told twice of one change.
 */
export class ShownToSessions {
  readonly #sessions = new Map<string, ShownLists>();

  /** @param create makes what is known of a session from its id */
  of(sessionId: string, create: () => ShownLists): ShownLists {
    // Its end is as unique as the id.
    const key = sessionId.slice(-64);
    const shown = this.#sessions.get(key) ?? create();
    this.#sessions.delete(key);
    this.#sessions.set(key, shown);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= maxSessions) break;
      this.#sessions.delete(oldest);
    }
    return shown;
  }
}
