/** Schemes of desktop apps that are known to take a redirect themselves (RFC 8252, section 7.1). Any other scheme could be anyone's. */
const PRIVATE_SCHEMES = new Set([
  "claude:",
  "cline:",
  "cursor:",
  "goose:",
  "jetbrains:",
  "kiro:",
  "raycast:",
  "vscode:",
  "vscode-insiders:",
  "warp:",
  "windsurf:",
  "zed:",
]);

const LOOPBACK_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);
const MAX_CHARACTERS = 2_000;

export type RedirectKind = "https" | "loopback" | "private-scheme";

/**
 * Returns the kind of a redirect URI, or null when no client may have it. Allowed are https with a host, http on loopback, and a
 * private scheme from the list, never with a fragment, credentials, or characters that a browser drops.
 */
export function redirectKind(uri: string): RedirectKind | null {
  if (uri.length > MAX_CHARACTERS || /[\s\\\p{Cc}]/u.test(uri)) return null;
  const url = URL.parse(uri);
  if (url === null || uri.includes("#") || url.username !== "" || url.password !== "") return null;
  // "https:host" and "https:///host" are read as a host by some parsers and as a path by others.
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?]+)/i.exec(uri)?.[1];
  if (authority === undefined || authority.includes("@")) return null;
  if (url.protocol === "https:") return "https";
  if (url.protocol === "http:") return LOOPBACK_HOSTS.has(url.hostname) ? "loopback" : null;
  return PRIVATE_SCHEMES.has(url.protocol) ? "private-scheme" : null;
}

/** The place that a redirect leads to, as a person is shown it: a host, or a private scheme. */
export function redirectHost(uri: string): string {
  const url = URL.parse(uri);
  if (url === null) return uri;
  return url.protocol === "https:" || url.protocol === "http:" ? url.host : `${url.protocol}//${url.host}`;
}
