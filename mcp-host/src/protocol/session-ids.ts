import { createHash, randomBytes } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { type Clock, systemClock } from "../util/clock.ts";
import { isObject } from "./json.ts";
import { Seal } from "./seal.ts";

const RANDOM_BYTES = 32;
/** A longer id could exceed a header limit on its way. Such a session gets a random id, which does not survive a restart. */
const MAX_ID_LENGTH = 2_048;
const MAX_PARAMS_BYTES = 8_192;
/** Longest note that a gateway can seal into an id. */
const MAX_NOTE_LENGTH = 256;
const CONTEXT = "session id 1";
/** Characters of the digest that stands for a holder: 132 bits. */
const HOLDER_LENGTH = 22;
/** By default zlib takes 256 KB for every text. */
const SMALL_DEFLATE = { windowBits: 12, memLevel: 3, chunkSize: 2_048 };

/** Remembers the ids of ended sessions, so that a sealed id is not resumed. */
export interface EndedSessionIds {
  has(id: string): boolean;
  /** `forGood`: also for later processes, where that can be stored. */
  add(id: string, forGood: boolean): void;
}

export interface SessionIdsOptions {
  /** Null: ids are random and end with this process. */
  secret: string | null;
  /** The deployment that ids are valid for. */
  scope: string;
  maxAgeMs: number;
  /** Default: the system's clock. */
  clock?: Clock;
  /** Remembers ended ids. Needed only where sessions are ended. */
  ended?: EndedSessionIds;
}

/**
 * Makes and opens session ids. With a secret, an id carries the sealed params of `initialize`. Another run of mcp-host for the same
 * deployment can then repeat the handshake and go on with the session. So can mcp-host with an id that a gateway made, with the
 * same token and scope, while no mcp-host was running.
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

  /** Returns an id for a session that begins with these `initialize` params: sealed where possible, else random. */
  make(initializeParams: Record<string, unknown>, note?: string, holder = ""): string {
    return this.seal(initializeParams, note, holder) ?? randomBytes(RANDOM_BYTES).toString("base64url");
  }

  /**
   * Returns a sealed id, which mcp-host resumes without having seen the handshake. `note` (up to 256 characters) is for its maker
   * alone. With a `holder` the id is for that client of the gateway alone. Null without a secret, or when the id would be too long.
   */
  seal(initializeParams: Record<string, unknown>, note?: string, holder = ""): string | null {
    const { _meta, ...params } = initializeParams;
    const content: unknown[] = [this.#clock.wallMs(), params];
    if (note !== undefined || holder !== "") content.push(note ?? null);
    if (holder !== "") content.push(digestHolder(holder));
    const text = JSON.stringify(content);
    if (this.#seal === null || text.length > MAX_PARAMS_BYTES || (note?.length ?? 0) > MAX_NOTE_LENGTH) return null;
    const id = this.#seal.seal(deflateRawSync(text, SMALL_DEFLATE), CONTEXT);
    return id.length <= MAX_ID_LENGTH ? id : null;
  }

  /**
   * Returns the `initialize` params in an id. Null when the id is forged, too old, of another deployment, ended, or for another holder.
   * An id without a holder opens for all: earlier versions made no others.
   */
  open(id: string, holder = ""): Record<string, unknown> | null {
    const content = this.#openContent(id);
    if (content === null || (content[3] !== undefined && content[3] !== digestHolder(holder))) return null;
    return isObject(content[1]) ? content[1] : null;
  }

  /** Returns the note in an id, or null when it has none or does not open. */
  readNote(id: string): string | null {
    const note = this.#openContent(id)?.[2];
    return typeof note === "string" ? note : null;
  }

  #openContent(id: string): [number, unknown, unknown?, unknown?] | null {
    if (this.#seal === null || id.length > MAX_ID_LENGTH) return null;
    if (this.#options.ended?.has(id)) return null;
    const sealed = this.#seal.open(id, CONTEXT);
    if (sealed === null) return null;
    const text = inflateRawSync(sealed, { maxOutputLength: 4 * MAX_PARAMS_BYTES, chunkSize: 2_048 }).toString();
    const content = JSON.parse(text) as [number, unknown, unknown?, unknown?];
    // After the clock was set back, an id of yesterday must not be valid for ever.
    const ageMs = Math.abs(this.#clock.wallMs() - content[0]);
    return ageMs <= this.#options.maxAgeMs ? content : null;
  }

  /** Ends an id. `forGood`: for later processes too, where that can be stored. */
  end(id: string, forGood = false): void {
    if (this.#seal !== null) this.#options.ended?.add(id, forGood);
  }
}

/** Stands for a holder in an id, which has little room. */
function digestHolder(holder: string): string {
  return createHash("sha256").update(holder).digest("base64url").slice(0, HOLDER_LENGTH);
}
