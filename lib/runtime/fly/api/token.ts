/**
 * Lists the Authorization headers under which a Fly token may be sent, the likeliest first. A person may have pasted it with or
 * without `FlyV1` or `Bearer`, over several lines, or as several macaroons separated by commas.
 *
 * The scheme that was pasted comes first, else the `Bearer` of Fly's documentation. Fly reads a macaroon under either scheme, and
 * under both together, as its examples send it.
 */
export function listAuthorizations(token: string): readonly [string, ...string[]] {
  const bare = stripScheme(token);
  const bearer = `Bearer ${bare}`;
  if (!bare.split(",").some((part) => /^fm\d/.test(part))) return [bearer];
  const own = `FlyV1 ${bare}`;
  return /\bFlyV1\s/i.test(token) ? [own, bearer, `Bearer ${own}`] : [bearer, own, `Bearer ${own}`];
}

/** Returns the token without its scheme, on one line. Drops every part that is not a macaroon, where there are macaroons. */
export function stripScheme(token: string): string {
  const parts = token
    .split(/[\s,]+/)
    .filter((part) => part !== "" && !/^(?:FlyV1|Bearer)$/i.test(part))
    .map((part) => part.replace(/^["']|["']$/g, ""));
  const macaroons = parts.filter((part) => /^fm\d/.test(part));
  return (macaroons.length > 0 ? macaroons : parts).join(",");
}

/** Tells whether a text has the shape of a Fly token, of either kind. */
export function isTokenShaped(text: string): boolean {
  const bare = stripScheme(text);
  if (bare === "" || !/^[\x21-\x7e]+$/.test(bare)) return false;
  return /^fm\d[a-z]?_/.test(bare) || /^[A-Za-z0-9_.-]{20,}$/.test(bare);
}

/** Replaces every Fly token in a text. */
export function redactTokens(text: string): string {
  return text.replace(/(?:FlyV1\s+|Bearer\s+)?\bf[mo]\d[a-z]?_[A-Za-z0-9+/=_,-]+/gi, "[token]");
}
