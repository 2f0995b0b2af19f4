import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isLoopbackName } from "../config.ts";
import { header } from "./reply.ts";

export interface GuardOptions {
  token: string | null;
  allowedOrigins: ReadonlySet<string>;
  /** Names that are served besides loopback's; any, to those with the token, when empty. */
  allowedHosts: ReadonlySet<string>;
}

export interface Refusal {
  status: 401 | 403;
  message: string;
}

/** In one step: a Hash object for each request would keep its native memory until the next full collection. */
function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}

function hostName(host: string): string {
  return (/^\[[^\]]*\]|^[^:]*/.exec(host)?.[0] ?? "").toLowerCase();
}

/** Decides who may speak to mcp-host at all: the bearer of the token, from no web page that was not allowed. */
export class Guard {
  readonly #expected: Buffer | null;
  readonly #allowedOrigins: ReadonlySet<string>;
  readonly #allowedHosts: ReadonlySet<string>;

  constructor(options: GuardOptions) {
    this.#expected = options.token === null ? null : digest(options.token);
    this.#allowedOrigins = options.allowedOrigins;
    this.#allowedHosts = options.allowedHosts;
  }

  /** Why a request is refused; null when it may pass. */
  check(request: IncomingMessage): Refusal | null {
    // A page that had its own name point here is neither this machine nor what this machine is called.
    if (!this.#hostAllowed(request)) return { status: 403, message: "This Host is not served here" };
    if (!this.#originAllowed(request)) {
      return { status: 403, message: "This Origin may not call here" };
    }
    if (this.#expected !== null && !this.#hasToken(request, this.#expected)) {
      return { status: 401, message: "A valid bearer token is required" };
    }
    return null;
  }

  /** The origin of the web page that sends a request, where it is one of those that may; null for everybody else. */
  allowedPage(request: IncomingMessage): string | null {
    const origin = header(request, "origin");
    if (origin === undefined || !this.#allowedOrigins.has(origin)) return null;
    return this.#hostAllowed(request) ? origin : null;
  }

  #hostAllowed(request: IncomingMessage): boolean {
    const name = hostName(header(request, "host") ?? "");
    if (isLoopbackName(name)) return true;
    return this.#expected !== null && (this.#allowedHosts.size === 0 || this.#allowedHosts.has(name));
  }

  #originAllowed(request: IncomingMessage): boolean {
    const origin = header(request, "origin");
    if (origin === undefined || this.#allowedOrigins.has(origin)) return true;
    const host = header(request, "host") ?? "";
    return isLoopbackName(hostName(host)) && origin.toLowerCase() === `http://${host.toLowerCase()}`;
  }

  #hasToken(request: IncomingMessage, expected: Buffer): boolean {
    const presented = /^Bearer +(\S+)$/i.exec(header(request, "authorization") ?? "")?.[1];
    // Digests have one length, so the comparison tells nothing about the token's.
    return timingSafeEqual(digest(presented ?? ""), expected) && presented !== undefined;
  }
}
