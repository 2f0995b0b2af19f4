/** Revisions with an `initialize` handshake, newest first. */
export const LEGACY_VERSIONS: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
/** The version that a legacy server is told for a modern client. */
export const NEWEST_LEGACY_VERSION = "2025-11-25";
/**
 * Returns the version to ask the server for: the client's, or the newest legacy version if mcp-host does not speak the client's
 * over HTTP (MCP, basic/lifecycle, "Version Negotiation").
 */
export function negotiateLegacyVersion(requested: unknown): string {
  return LEGACY_VERSIONS.find((version) => version === requested) ?? NEWEST_LEGACY_VERSION;
}

/** Revisions whose requests carry their version in `_meta`. */
export const MODERN_VERSIONS: readonly string[] = ["2026-07-28"];
export const SUPPORTED_VERSIONS: readonly string[] = [...MODERN_VERSIONS, ...LEGACY_VERSIONS];

/** Returns whether a version belongs to the modern era, even if mcp-host does not know it. */
export function isModernVersion(version: unknown): version is string {
  return typeof version === "string" && /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= "2026-07-28";
}
