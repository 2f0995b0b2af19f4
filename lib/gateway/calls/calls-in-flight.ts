import type { Call } from "./call.ts";

/** The calls and streams of one deployment that are under way, by the credential that they came with. */
export class CallsInFlight {
  readonly #byCredential = new Map<string, Set<Call>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(call: Call): void {
    const { id } = call.credential;
    const calls = this.#byCredential.get(id);
    if (calls === undefined) this.#byCredential.set(id, new Set([call]));
    else calls.add(call);
    this.#count++;
  }

  /** Removes a call. One that is not there is no error: it has given way before it ended. */
  delete(call: Call): void {
    const { id } = call.credential;
    const calls = this.#byCredential.get(id);
    if (calls === undefined || !calls.delete(call)) return;
    this.#count--;
    if (calls.size === 0) this.#byCredential.delete(id);
  }

  /**
   * Finds whose place a call of this credential gets: the oldest stream that only listens, of the credential with the most calls that has
   * one. Its client opens it again. Null when no credential has at least two more calls.
   */
  findStreamToEnd(credentialId: string): Call | null {
    const own = this.#byCredential.get(credentialId)?.size ?? 0;
    const heaviestFirst = [...this.#byCredential.values()].sort((a, b) => b.size - a.size);
    for (const calls of heaviestFirst) {
      if (calls.size < own + 2) return null;
      for (const call of calls) if (call.giveWay !== null) return call;
    }
    return null;
  }
}
