/** Pages whose path ends with a secret: the token of an invitation, or of a link for a new password. */
const SECRET_SEGMENT = /^(\/(?:invite|reset-password)\/)[^/]+/;

/** Returns a request's path as a log may show it: without the query and without tokens, which would let any reader use them. */
export function toLoggedPath(path: string): string {
  return (path.split("?", 1)[0] ?? "").replace(SECRET_SEGMENT, "$1…");
}
