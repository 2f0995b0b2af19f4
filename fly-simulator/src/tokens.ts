import { generateToken } from "./ids.ts";
import { DIFFERENCES, TIMES, TOKEN_RULES } from "./rules.ts";
import { ApiError } from "./types.ts";

/** A token and its scope. */
export interface Token {
  /** Without a scheme. */
  text: string;
  kind: "org" | "deploy";
  org: string;
  /** The one app of a deploy token. */
  app: string | null;
  expiresAtMs: number;
}

/** The simulator's tokens and their authentication. */
export class Tokens {
  readonly #tokens = new Map<string, Token>();

  /** Makes a token. Returns it with "FlyV1 " in front, as Fly does. */
  make(scope: Pick<Token, "kind" | "org" | "app">, expiresInMs: number = TIMES.defaultTokenExpiryMs.value): string {
    const text = generateToken();
    this.#tokens.set(text, { ...scope, text, expiresAtMs: Date.now() + expiresInMs });
    return `FlyV1 ${text}`;
  }

  /** Revokes a token, given with or without its scheme. */
  revoke(token: string): void {
    for (const text of splitMacaroons(token)) this.#tokens.delete(text);
  }

  /** Revokes all deploy tokens of an app. */
  revokeApp(app: string): void {
    for (const token of this.#tokens.values()) if (token.app === app) this.#tokens.delete(token.text);
  }

  /** Returns the token of an Authorization header. Throws ApiError 401. */
  authenticate(header: string | undefined): Token {
    if (header === undefined || header === "") throw new ApiError(401, "unauthorized: no token was given");
    const [scheme] = header.split(" ", 1);
    if (!TOKEN_RULES.schemes.value.includes(scheme ?? "")) throw new ApiError(401, "unauthorized: unknown scheme");
    for (const text of splitMacaroons(header)) {
      const token = this.#tokens.get(text);
      if (token && token.expiresAtMs > Date.now()) return token;
    }
    throw new ApiError(401, "unauthorized: the token is not valid");
  }
}

/** Splits a token into its macaroons, without "Bearer" and "FlyV1". */
function splitMacaroons(text: string): string[] {
  const bare = text.trim().replace(/^(?:(?:Bearer|FlyV1)\s+)+/, "");
  return bare.split(",").map((part) => part.trim().replace(/^FlyV1\s+/, ""));
}

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Parses a Go duration ("1h30m", "10s") into milliseconds. Throws ApiError 400. */
export function parseDurationMs(text: string): number {
  const parts = [...text.matchAll(/(?<!\d)(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== text) {
    throw new ApiError(400, `time: invalid duration "${text}"`);
  }
  return parts.reduce((sum, part) => sum + Number(part[1]) * (UNITS[part[2] ?? "s"] ?? 0), 0);
}

/** Returns the path below the API's prefix; null for a path without it. */
export function stripPrefix(pathname: string): string | null {
  const prefix = DIFFERENCES.pathPrefix.value;
  return pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : null;
}
