/**
 * The values of the Authorization header that a token of Fly may be sent as, the likeliest first. It may have been pasted with or
 * without `FlyV1` or `Bearer` in front, over several lines, as several macaroons separated by commas. It goes under the scheme
 * that Fly gave it, else as the bearer that Fly's pages show; Fly reads a macaroon under either, and under both together, which
 * is what its pages' examples come to.
 */
export function listAuthorizations(token: string): readonly [string, ...string[]] {
  const bare = stripScheme(token);
  const bearer = `Bearer ${bare}`;
  if (!bare.split(",").some((part) => /^fm\d/.test(part))) return [bearer];
  const own = `FlyV1 ${bare}`;
  return /\bFlyV1\s/i.test(token) ? [own, bearer, `Bearer ${own}`] : [bearer, own, `Bearer ${own}`];
}

/** The token without any scheme, on one line. What is no macaroon is left out of a list that has some. */
export function stripScheme(token: string): string {
  const parts = token
    .split(/[\s,]+/)
    .filter((part) => part !== "" && !/^(?:FlyV1|Bearer)$/i.test(part))
    .map((part) => part.replace(/^["']|["']$/g, ""));
  const macaroons = parts.filter((part) => /^fm\d/.test(part));
  return (macaroons.length > 0 ? macaroons : parts).join(",");
}

/** Whether a text looks like a token of Fly, of either kind. */
export function isTokenShaped(text: string): boolean {
  const bare = stripScheme(text);
  if (bare === "" || !/^[\x21-\x7e]+$/.test(bare)) return false;
  return /^fm\d[a-z]?_/.test(bare) || /^[A-Za-z0-9_.-]{20,}$/.test(bare);
}

/** A text without any token of Fly in it. */
export function redactTokens(text: string): string {
  return text.replace(/(?:FlyV1\s+|Bearer\s+)?\bf[mo]\d[a-z]?_[A-Za-z0-9+/=_,-]+/gi, "[token]");
}
