/** The revisions that shake hands with `initialize`, newest first. */
export const LEGACY_VERSIONS: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
/** What a legacy server is told for a client of the modern era. */
export const NEWEST_LEGACY_VERSION = "2025-11-25";
/**
 * The version that a server is asked for on behalf of a client that asks for this one: of a version that mcp-host does not speak
 * over HTTP, the newest that it does (MCP, basic/lifecycle, "Version Negotiation").
 */
export function negotiateLegacyVersion(requested: unknown): string {
  return LEGACY_VERSIONS.find((version) => version === requested) ?? NEWEST_LEGACY_VERSION;
}

/** The revisions whose requests carry their version in `_meta`. */
export const MODERN_VERSIONS: readonly string[] = ["2026-07-28"];
export const SUPPORTED_VERSIONS: readonly string[] = [...MODERN_VERSIONS, ...LEGACY_VERSIONS];

/** Whether a version is of the modern era, known or not. */
export function isModernVersion(version: unknown): version is string {
  return typeof version === "string" && /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= "2026-07-28";
}
