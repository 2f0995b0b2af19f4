import { randomBytes } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { type Clock, systemClock } from "../util/clock.ts";
import { isObject } from "./json.ts";
import { Seal } from "./seal.ts";

const RANDOM_BYTES = 32;
/** Above this an id could meet a header limit on its way; such a session cannot be taken up after a restart. */
const MAX_ID_LENGTH = 2_048;
const MAX_PARAMS_BYTES = 8_192;
/** Opaque to mcp-host; what stands before mcp-host keeps in it what it has to know of the session again. */
const MAX_NOTE_LENGTH = 256;
const CONTEXT = "session id 1";
/** By default zlib takes 256 KB for every text. */
const SMALL_DEFLATE = { windowBits: 12, memLevel: 3, chunkSize: 2_048 };

/** Remembers ids of sessions that have ended, so that a sealed id is not taken up again. */
export interface EndedSessionIds {
  has(id: string): boolean;
  /** `forGood`: beyond this process, where that can be kept. */
  add(id: string, forGood: boolean): void;
}

export interface SessionIdsOptions {
  /** Null: ids are random, and die with this process. */
  secret: string | null;
  /** The deployment that ids are good for. */
  scope: string;
  maxAgeMs: number;
  /** The system's clock unless another is given. */
  clock?: Clock;
  /** Remembers the ids that have ended; needed only where sessions are ended. */
  ended?: EndedSessionIds;
}

/**
 * The ids of sessions. One made with a secret carries, sealed, what its client sent with `initialize`, so that another
 * run of mcp-host for the same deployment can shake hands with its server again and go on with the session. So can one
 * that a gateway made with the token and scope of a mcp-host that was not running.
 */
export class SessionIds {
  readonly #options: SessionIdsOptions;
  readonly #clock: Clock;
  readonly #seal: Seal | null;

  constructor(options: SessionIdsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#seal = options.secret === null ? null : new Seal(options.secret, options.scope, "session id");
  }

  /** A new id for a session that begins with these `initialize` params: sealed where it can be, else random. */
  make(initializeParams: Record<string, unknown>, note?: string): string {
    return this.seal(initializeParams, note) ?? randomBytes(RANDOM_BYTES).toString("base64url");
  }

  /**
   * A sealed id, which mcp-host takes up without having seen the handshake: it can be made by whoever shares its secret and
   * scope. `note` (up to 256 characters) is for its maker alone. Null without a secret, and when an id would get too long.
   */
  seal(initializeParams: Record<string, unknown>, note?: string): string | null {
    const { _meta, ...params } = initializeParams;
    const text = JSON.stringify([this.#clock.wallMs(), params, ...(note === undefined ? [] : [note])]);
    if (this.#seal === null || text.length > MAX_PARAMS_BYTES || (note?.length ?? 0) > MAX_NOTE_LENGTH) return null;
    const id = this.#seal.seal(deflateRawSync(text, SMALL_DEFLATE), CONTEXT);
    return id.length <= MAX_ID_LENGTH ? id : null;
  }

  /** The `initialize` params that an id carries; null when it is forged, of another deployment, too old, or has ended. */
  open(id: string): Record<string, unknown> | null {
    const params = this.#openContent(id)?.[1];
    return isObject(params) ? params : null;
  }

  /** The note that was sealed into an id; null when there is none, and wherever {@link open} gives null. */
  readNote(id: string): string | null {
    const note = this.#openContent(id)?.[2];
    return typeof note === "string" ? note : null;
  }

  #openContent(id: string): [number, unknown, unknown?] | null {
    if (this.#seal === null || id.length > MAX_ID_LENGTH) return null;
    if (this.#options.ended?.has(id)) return null;
    const sealed = this.#seal.open(id, CONTEXT);
    if (sealed === null) return null;
    const text = inflateRawSync(sealed, { maxOutputLength: 4 * MAX_PARAMS_BYTES, chunkSize: 2_048 }).toString();
    const content = JSON.parse(text) as [number, unknown, unknown?];
    // A clock that was put back must not make an id of yesterday one of tomorrow that never ends.
    const ageMs = Math.abs(this.#clock.wallMs() - content[0]);
    return ageMs <= this.#options.maxAgeMs ? content : null;
  }

  /** From now on the id is no session's; `forGood` in no other run of mcp-host either, where that can be kept. */
  end(id: string, forGood = false): void {
    if (this.#seal !== null) this.#options.ended?.add(id, forGood);
  }
}
