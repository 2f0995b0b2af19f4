/**
 * The value of the Authorization header for a token of Fly in whatever form it was pasted: with or without `FlyV1` or `Bearer`
 * in front, over several lines, several macaroons separated by commas. Macaroons go under Fly's own scheme, as its command line
 * sends them; any other token is a bearer.
 */
export function authorizationOf(token: string): string {
  const bare = bareToken(token);
  return bare.split(",").some((part) => /^fm\d/.test(part)) ? `FlyV1 ${bare}` : `Bearer ${bare}`;
}

/** The token without any scheme, on one line. What is no macaroon is left out of a list that has some. */
export function bareToken(token: string): string {
  const parts = token
    .split(/[\s,]+/)
    .filter((part) => part !== "" && !/^(?:FlyV1|Bearer)$/i.test(part))
    .map((part) => part.replace(/^["']|["']$/g, ""));
  const macaroons = parts.filter((part) => /^fm\d/.test(part));
  return (macaroons.length > 0 ? macaroons : parts).join(",");
}

/** Whether a text looks like a token of Fly, of either kind. */
export function looksLikeToken(text: string): boolean {
  const bare = bareToken(text);
  if (bare === "" || !/^[\x21-\x7e]+$/.test(bare)) return false;
  return /^fm\d[a-z]?_/.test(bare) || /^[A-Za-z0-9_.-]{20,}$/.test(bare);
}

/** A text without any token of Fly in it. */
export function withoutTokens(text: string): string {
  return text.replace(/(?:FlyV1\s+|Bearer\s+)?\bf[mo]\d[a-z]?_[A-Za-z0-9+/=_,-]+/gi, "[token]");
}
