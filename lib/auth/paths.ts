/**
 * A path of our own to go to after signing in, from what a link or a form asked for. Anything that a browser would resolve
 * to another site (`//host`, `/\host`, a scheme, control characters) or back to a page of signing in becomes the fallback.
 *
 * @param wanted an absolute path, or a full URL of `origin`
 * @param origin our own origin, where full URLs are expected
 */
export function toSafePath(wanted: string | null | undefined, origin?: string, fallback = "/"): string {
  if (!wanted || wanted.length > 2_000) return fallback;
  // The base is one that nobody can name: only what stays on it is a path.
  const base = "https://catwalk.invalid";
  let url: URL;
  try {
    url = new URL(wanted, base);
  } catch {
    return fallback;
  }
  const isPath = url.origin === base && /^\/(?![/\\])/.test(wanted);
  if (!isPath && url.origin !== origin) return fallback;
  // Resolving `/..//host` leaves a path that begins with two slashes, which as a link names a host.
  if (url.username || url.password || url.pathname.startsWith("//")) return fallback;
  if (/^\/(?:sign-in|setup|invite|reset-password|api\/auth)(?:\/|$)/.test(url.pathname)) return fallback;
  return `${url.pathname}${url.search}${url.hash}`;
}
