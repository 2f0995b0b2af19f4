/** The revisions that shake hands with `initialize`, newest first. */
export const LEGACY_VERSIONS: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
/** What a legacy server is told for a client of the modern era. */
export const NEWEST_LEGACY_VERSION = "2025-11-25";
/** The revisions whose requests carry their version in `_meta`. */
export const MODERN_VERSIONS: readonly string[] = ["2026-07-28"];
export const SUPPORTED_VERSIONS: readonly string[] = [...MODERN_VERSIONS, ...LEGACY_VERSIONS];

/** Whether a version is of the modern era, known or not. */
export function isModernVersion(version: unknown): version is string {
  return typeof version === "string" && /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= "2026-07-28";
}
