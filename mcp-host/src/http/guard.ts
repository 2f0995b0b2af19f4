import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isLoopbackName } from "../config.ts";
import { readHeader } from "../protocol/accept.ts";

export interface GuardOptions {
  token: string | null;
  allowedOrigins: ReadonlySet<string>;
  /** Host names that are served besides loopback. Empty: any name, to clients with the token. */
  allowedHosts: ReadonlySet<string>;
}

export interface Rejection {
  status: 401 | 403;
  message: string;
}

/** Tokens are compared in a buffer of this size, longer than a token, so that the time does not tell a token's length. */
const COMPARED_BYTES = 512;

/** Decides who can reach mcp-host at all: clients with the token, and web pages only from allowed origins. */
export class Guard {
  readonly #token: ConstantTimeSecret | null;
  readonly #allowedOrigins: ReadonlySet<string>;
  readonly #allowedHosts: ReadonlySet<string>;

  constructor(options: GuardOptions) {
    this.#token = options.token === null ? null : new ConstantTimeSecret(options.token);
    this.#allowedOrigins = options.allowedOrigins;
    this.#allowedHosts = options.allowedHosts;
  }

  /** Returns why a request is rejected, or null. */
  check(request: IncomingMessage): Rejection | null {
    // DNS rebinding: reject a Host that is neither loopback nor allowed.
    if (!this.#isHostAllowed(request)) return { status: 403, message: "This Host is not served here" };
    if (!this.#isOriginAllowed(request)) {
      return { status: 403, message: "This Origin may not call here" };
    }
    if (this.#token !== null && !hasSecret(request, this.#token)) {
      return { status: 401, message: "A valid bearer token is required" };
    }
    return null;
  }

  /** Returns the request's Origin if it is an allowed one, else null. */
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

/** A secret to compare with in constant time. */
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
    // One buffer serves all comparisons: hashing each token would cost as much as parsing the request's JSON.
    this.#other.fill(0, this.#other.write(other));
    // A longer text does not fit the buffer and was compared in part only.
    return timingSafeEqual(this.#other, this.#bytes) && other.length === this.#text.length;
  }
}

function parseHostName(host: string): string {
  return (/^\[[^\]]*\]|^[^:]*/.exec(host)?.[0] ?? "").toLowerCase();
}
