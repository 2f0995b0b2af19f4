import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isLoopbackName } from "../config.ts";
import { readHeader } from "../protocol/accept.ts";

export interface GuardOptions {
  token: string | null;
  allowedOrigins: ReadonlySet<string>;
  /** Names that are served besides loopback's; any, to those with the token, when empty. */
  allowedHosts: ReadonlySet<string>;
}

export interface Rejection {
  status: 401 | 403;
  message: string;
}

/** Tokens are compared in as many bytes, most of which are none of theirs: the time it takes tells nothing of their length. */
const COMPARED_BYTES = 512;

/** A secret that others are compared with, in the same time whatever they are. */
class ConstantTimeSecret {
  readonly #text: string;
  readonly #bytes: Buffer;
  readonly #other: Buffer;

  constructor(text: string) {
    this.#text = text;
    this.#bytes = Buffer.alloc(Math.max(COMPARED_BYTES, Buffer.byteLength(text)));
    this.#bytes.write(text);
    this.#other = Buffer.alloc(this.#bytes.length);
  }

  equals(other: string): boolean {
    // One buffer for all: a digest of each would cost as much as parsing the request's JSON.
    this.#other.fill(0, this.#other.write(other));
    // What does not fit has not been compared.
    return timingSafeEqual(this.#other, this.#bytes) && other.length === this.#text.length;
  }
}

function parseHostName(host: string): string {
  return (/^\[[^\]]*\]|^[^:]*/.exec(host)?.[0] ?? "").toLowerCase();
}

/** Decides who may speak to mcp-host at all: the bearer of the token, from no web page that was not allowed. */
export class Guard {
  readonly #token: ConstantTimeSecret | null;
  readonly #allowedOrigins: ReadonlySet<string>;
  readonly #allowedHosts: ReadonlySet<string>;

  constructor(options: GuardOptions) {
    this.#token = options.token === null ? null : new ConstantTimeSecret(options.token);
    this.#allowedOrigins = options.allowedOrigins;
    this.#allowedHosts = options.allowedHosts;
  }

  /** Why a request is refused; null when it may pass. */
  check(request: IncomingMessage): Rejection | null {
    // A page that had its own name point here is neither this machine nor what this machine is called.
    if (!this.#isHostAllowed(request)) return { status: 403, message: "This Host is not served here" };
    if (!this.#isOriginAllowed(request)) {
      return { status: 403, message: "This Origin may not call here" };
    }
    if (this.#token !== null && !hasSecret(request, this.#token)) {
      return { status: 401, message: "A valid bearer token is required" };
    }
    return null;
  }

  /** The origin of the web page that sends a request, where it is one of those that may; null for everybody else. */
  findAllowedOrigin(request: IncomingMessage): string | null {
    const origin = readHeader(request, "origin");
    if (origin === undefined || !this.#allowedOrigins.has(origin)) return null;
    return this.#isHostAllowed(request) ? origin : null;
  }

  #isHostAllowed(request: IncomingMessage): boolean {
    const name = parseHostName(readHeader(request, "host") ?? "");
    if (isLoopbackName(name)) return true;
    return this.#token !== null && (this.#allowedHosts.size === 0 || this.#allowedHosts.has(name));
  }

  #isOriginAllowed(request: IncomingMessage): boolean {
    const origin = readHeader(request, "origin");
    if (origin === undefined || this.#allowedOrigins.has(origin)) return true;
    const host = readHeader(request, "host") ?? "";
    return isLoopbackName(parseHostName(host)) && origin.toLowerCase() === `http://${host.toLowerCase()}`;
  }
}

function hasSecret(request: IncomingMessage, secret: ConstantTimeSecret): boolean {
  const presented = /^Bearer +(\S+)$/i.exec(readHeader(request, "authorization") ?? "")?.[1];
  return secret.equals(presented ?? "") && presented !== undefined;
}
