import { authenticate } from "../auth/authenticate.ts";
import type { SessionUser } from "../auth/user.ts";
import { env } from "../env/env.ts";
import { AppError, toAppError } from "../errors/app-error.ts";

interface RouteContext<P> {
  params: Promise<P>;
}

/** What a handler learns beside the request. */
export interface UserContext<P> {
  user: SessionUser;
  params: P;
}

/**
 * A route handler for people and their programs: a session's cookie, or `Authorization: Bearer` with a personal API token.
 * Without either it answers 401. An AppError becomes its own JSON, anything else is logged and answered with `internal`.
 * A request that rides on a cookie and may change something has to come from our own pages, else 403.
 */
export function userRoute<P = Record<string, never>>(
  handler: (request: Request, context: UserContext<P>) => Promise<Response>,
): (request: Request, context: RouteContext<P>) => Promise<Response> {
  return async (request, context) => {
    try {
      const authentication = await authenticate(request);
      if (!authentication) return unauthenticated();
      if (authentication.by === "session") refuseForeignOrigin(request);
      return await handler(request, { user: authentication.user, params: await context.params });
    } catch (thrown) {
      return toErrorResponse(thrown);
    }
  };
}

/** The answer for what a handler threw; what no person is meant to see goes to the log instead. */
export function toErrorResponse(thrown: unknown): Response {
  const error = toAppError(thrown);
  if (error.code === "internal") console.error(thrown);
  return error.toResponse({ "cache-control": "no-store" });
}

/** An account that is not known gets the way to be known (RFC 6750, section 3). */
function unauthenticated(): Response {
  return new AppError("unauthenticated", "Sign in first, or send a personal API token.", {
    hint: "Make a token in Settings and send it as Authorization: Bearer cwt_….",
  }).toResponse({ "www-authenticate": 'Bearer realm="catwalk"', "cache-control": "no-store" });
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Every browser names the origin of a page that sends a POST, PUT, PATCH or DELETE elsewhere, or says with Sec-Fetch-Site
 * where it comes from. What says neither is no browser, and no page can have made it ride on somebody's cookie.
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

/** The public URL's origin, and the one under which this request reached us: browsers let no page choose `Host`. */
function ourOrigins(request: Request): Set<string> {
  const host = request.headers.get("host");
  const { origin, protocol } = new URL(env().publicUrl);
  return new Set([origin, ...(host ? [`${protocol}//${host}`] : [])]);
}
