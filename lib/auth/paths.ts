/**
 * Returns the path to go to after signing in, from a link or a form. Anything that a browser would resolve to another site
 * (`//host`, `/\host`, a scheme, control characters), and every page for signing in, becomes the fallback.
 *
 * @param wanted an absolute path, or a full URL of `origin`
 * @param origin Catwalk's own origin, where full URLs are expected
 */
export function toSafePath(wanted: string | null | undefined, origin?: string, fallback = "/"): string {
  if (!wanted || wanted.length > 2_000) return fallback;
  // The .invalid domain cannot exist (RFC 2606): only a path keeps this origin.
  const base = "https://catwalk.invalid";
  let url: URL;
  try {
    url = new URL(wanted, base);
  } catch {
    return fallback;
  }
  const isPath = url.origin === base && /^\/(?![/\\])/.test(wanted);
  if (!isPath && url.origin !== origin) return fallback;
  // `/..//host` resolves to a path that begins with two slashes, which as a link names a host.
  if (url.username || url.password || url.pathname.startsWith("//")) return fallback;
  if (/^\/(?:sign-in|setup|invite|reset-password|api\/auth)(?:\/|$)/.test(url.pathname)) return fallback;
  return `${url.pathname}${url.search}${url.hash}`;
}
