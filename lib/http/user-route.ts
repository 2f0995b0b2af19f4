import { withOrigin } from "../admin-log/origin.ts";
import { authenticate } from "../auth/authenticate.ts";
import type { SessionUser } from "../auth/user.ts";
import { env } from "../env/env.ts";
import { AppError, toAppError } from "../errors/app-error.ts";
import { findClientAddress } from "./client-address.ts";

interface RouteContext<P> {
  params: Promise<P>;
}

/** A handler's second argument. */
export interface UserContext<P> {
  user: SessionUser;
  params: P;
}

/**
 * Creates a route handler for people and their programs. It accepts a session cookie or `Authorization: Bearer` with a personal
 * API token, and answers 401 without either. An AppError becomes its own JSON. Anything else is logged and answered with
 * `internal`. A request with a cookie that can change something must come from Catwalk's own pages, else the answer is 403.
 */
export function userRoute<P = Record<string, never>>(
  handler: (request: Request, context: UserContext<P>) => Promise<Response>,
): (request: Request, context: RouteContext<P>) => Promise<Response> {
  return async (request, context) => {
    try {
      const authentication = await authenticate(request);
      if (!authentication) return unauthenticated();
      if (authentication.by === "session") refuseForeignOrigin(request);
      const { user, by: via } = authentication;
      const params = await context.params;
      const origin = { userId: user.id, address: findClientAddress(request.headers), via };
      return await withOrigin(origin, () => handler(request, { user, params }));
    } catch (thrown) {
      return toErrorResponse(thrown);
    }
  };
}

/** Turns what a handler threw into a response. Defects go to the log; the response says only `internal`. */
export function toErrorResponse(thrown: unknown): Response {
  const error = toAppError(thrown);
  if (error.code === "internal") console.error(thrown);
  return error.toResponse({ "cache-control": "no-store" });
}

/** RFC 6750, section 3: a 401 names the scheme that would be accepted. */
function unauthenticated(): Response {
  return new AppError("unauthenticated", "Sign in first, or send a personal API token.", {
    hint: "Make a token in Settings and send it as Authorization: Bearer cwt_….",
  }).toResponse({ "www-authenticate": 'Bearer realm="catwalk"', "cache-control": "no-store" });
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses cross-site requests that carry a cookie. Browsers send Origin with every POST, PUT, PATCH and DELETE to another site,
 * or Sec-Fetch-Site. A request with neither header comes from a program, which no page can make send a person's cookie.
 */
function refuseForeignOrigin(request: Request): void {
  if (SAFE_METHODS.has(request.method)) return;
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const isOurs = origin === null ? site === null || site === "same-origin" : ourOrigins(request).has(origin);
  if (isOurs) return;
  throw new AppError("forbidden", "This request came from another site.", {
    hint: "Programs send a personal API token instead of a cookie.",
  });
}

/** The public URL's origin and the one that this request was sent to. Pages cannot choose the `Host` that a browser sends. */
function ourOrigins(request: Request): Set<string> {
  const host = request.headers.get("host");
  const { origin, protocol } = new URL(env().publicUrl);
  return new Set([origin, ...(host ? [`${protocol}//${host}`] : [])]);
}
