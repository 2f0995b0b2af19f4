import { INTERACTION_S } from "./lifetimes.ts";

/** Remembers which consent page a browser came from, for a person who accepts an invitation on the way. */
export const PENDING_REQUEST_COOKIE = "catwalk.connect";

/** The header that remembers a consent page. The cookie goes to invitations alone; it opens nothing, since the page has its own. */
export function rememberRequest(consentPath: string, isSecure: boolean): string {
  const uid = consentPath.slice("/connect/".length);
  const attributes = ["Path=/invite", `Max-Age=${INTERACTION_S}`, "HttpOnly", "SameSite=Lax"];
  return [`${PENDING_REQUEST_COOKIE}=${uid}`, ...attributes, ...(isSecure ? ["Secure"] : [])].join("; ");
}

/** The path to go on to with a new account: the consent page that the browser came from, or the start page. */
export function pathAfterInvitation(cookie: string | undefined): string {
  return cookie !== undefined && /^[\w-]{10,100}$/.test(cookie) ? `/connect/${cookie}` : "/";
}
