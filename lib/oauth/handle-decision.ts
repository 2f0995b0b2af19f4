import { withOrigin } from "../admin-log/origin.ts";
import { authenticate } from "../auth/authenticate.ts";
import { readCookie } from "../auth/session-cookie.ts";
import { toAppError } from "../errors/app-error.ts";
import { findClientAddress } from "../http/client-address.ts";
import { decideConsent, INTERACTION_COOKIE } from "./consent.ts";
import { problemPage } from "./error-page.ts";
import { issuer } from "./issuer.ts";
import { readLimitedText } from "./limited-body.ts";
import { countDecision } from "./limits.ts";

const MAX_BODY_BYTES = 4_096;

/**
 * Takes the decision that a consent page's form sends, and sends the browser on to where the authorization server answers the client.
 *
 * @param uid from the page's address
 */
export async function handleDecision(request: Request, uid: string): Promise<Response> {
  const page = `/connect/${encodeURIComponent(uid)}`;
  if (!comesFromOurPage(request)) return problemPage(403, "foreign_page");
  const form = new URLSearchParams((await readLimitedText(request, MAX_BODY_BYTES)) ?? "");
  try {
    const who = await authenticate(request);
    // The page asks to sign in, and shows who is signed in now.
    if (who?.by !== "session" || who.user.id !== form.get("account")) return seeOther(page);
    const waitS = await countDecision(who.user.id);
    if (waitS !== null) return problemPage(429, "too_many_requests", { "retry-after": String(waitS) });
    const userId = who.user.id;
    const origin = { userId, address: findClientAddress(request.headers), via: who.by };
    const returnTo = await withOrigin(origin, () =>
      decideConsent({
        uid,
        cookie: readCookie(request, INTERACTION_COOKIE),
        userId,
        isAllowed: form.get("decision") === "allow",
        deploymentId: form.get("deployment"),
      }),
    );
    return seeOther(returnTo);
  } catch (thrown) {
    const { code } = toAppError(thrown);
    if (code === "not_found") return seeOther(page);
    if (code === "conflict") return problemPage(409, "session_not_found");
    if (code === "database_unavailable") return problemPage(503, "temporarily_unavailable", { "retry-after": "5" });
    console.error("oauth:", thrown);
    return problemPage(500, "server_error");
  }
}

/** Browsers name the origin of every form that is posted. A form of another site must not press Allow. */
function comesFromOurPage(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return false;
  return request.headers.get("origin") === issuer();
}

/** To a path of our own: a relative address keeps the name by which the browser knows us. */
function seeOther(path: string): Response {
  return new Response(null, { status: 303, headers: { location: path, "cache-control": "no-store" } });
}
