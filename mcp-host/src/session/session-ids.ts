import { randomBytes } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Clock } from "../clock.ts";
import { isObject } from "../json.ts";
import { Seal } from "../seal.ts";

const RANDOM_BYTES = 32;
/** Above this an id could meet a header limit on its way; such a session cannot be taken up after a restart. */
const MAX_ID_LENGTH = 2_048;
const MAX_PARAMS_BYTES = 8_192;
const MAX_ENDED = 20_000;
/** Enough of an id to know it again. */
const PREFIX_LENGTH = 24;
const CONTEXT = "session id 1";

export interface SessionIdsOptions {
  /** Null: ids are random, and die with this process. */
  secret: string | null;
  /** The deployment that ids are good for. */
  scope: string;
  maxAgeMs: number;
  clock: Clock;
}

/**
 * The ids of sessions. One made with a secret carries, sealed, what its client sent with `initialize`, so that another
 * run of mcp-host for the same deployment can shake hands with its server again and go on with the session.
 */
export class SessionIds {
  readonly #options: SessionIdsOptions;
  readonly #seal: Seal | null;
  readonly #ended = new Set<string>();

  constructor(options: SessionIdsOptions) {
    this.#options = options;
    this.#seal = options.secret === null ? null : new Seal(options.secret, options.scope, "session id");
  }

  /** A new id for a session that begins with these `initialize` params. */
  make(initializeParams: Record<string, unknown>): string {
    const { _meta, ...params } = initializeParams;
    const text = JSON.stringify([this.#options.clock.wallMs(), params]);
    if (this.#seal !== null && text.length <= MAX_PARAMS_BYTES) {
      const id = this.#seal.seal(deflateRawSync(text), CONTEXT);
      if (id.length <= MAX_ID_LENGTH) return id;
    }
    return randomBytes(RANDOM_BYTES).toString("base64url");
  }

  /** The `initialize` params that an id carries; null when it is forged, of another deployment, too old, or has ended in this process. */
  open(id: string): Record<string, unknown> | null {
    if (this.#seal === null || id.length > MAX_ID_LENGTH || this.#ended.has(id.slice(0, PREFIX_LENGTH))) return null;
    const sealed = this.#seal.open(id, CONTEXT);
    if (sealed === null) return null;
    const text = inflateRawSync(sealed, { maxOutputLength: 4 * MAX_PARAMS_BYTES }).toString();
    const [issuedAtMs, params] = JSON.parse(text) as [number, unknown];
    // A clock that was put back must not make an id of yesterday one of tomorrow that never ends.
    const ageMs = Math.abs(this.#options.clock.wallMs() - issuedAtMs);
    return isObject(params) && ageMs <= this.#options.maxAgeMs ? params : null;
  }

  /** From now on, and for as long as this process remembers, the id is no session's. */
  end(id: string): void {
    if (this.#seal === null) return;
    this.#ended.add(id.slice(0, PREFIX_LENGTH));
    if (this.#ended.size <= MAX_ENDED) return;
    const [oldest] = this.#ended;
    if (oldest !== undefined) this.#ended.delete(oldest);
  }
}
