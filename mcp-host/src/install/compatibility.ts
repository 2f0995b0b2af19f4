import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Bounds on what a Python package is installed with, where its newest dependencies broke it. */
export interface Compatibility {
  /** Constraints on versions, as pip reads them: "mcp<2". */
  constraints: readonly string[];
  /** Nothing that was published later is taken, ISO 8601. Null: no bound. */
  publishedBefore: string | null;
}

const CONSTRAINT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?:[<>=!~]=?[0-9][0-9A-Za-z.*]{0,49}){1,3}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/;

/** Returns whether a text is one plain constraint: no URL, file or flag of pip and uv passes. */
export function isConstraint(text: string): boolean {
  return CONSTRAINT.test(text);
}

/** Returns whether a text is a moment in UTC, as ISO 8601 writes it. */
export function isMoment(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(Date.parse(text));
}

/** Returns what distinguishes such an install from a plain one, "" for a plain one. */
export function toCompatibilityKey(compatibility: Compatibility | null): string {
  if (compatibility === null) return "";
  return ` ${[...compatibility.constraints, compatibility.publishedBefore ?? ""].join(" ").trim()}`;
}

/**
 * Returns the settings of uv and pip for such an install. Both read constraints from a file, which is written into the folder. Only
 * newer versions of pip know a date.
 */
export async function writeCompatibility(
  folder: string,
  compatibility: Compatibility | null,
): Promise<Record<string, string>> {
  if (compatibility === null) return {};
  const { constraints, publishedBefore } = compatibility;
  const settings: Record<string, string> = {};
  if (constraints.length > 0) {
    const file = join(folder, "constraints.txt");
    await writeFile(file, `${constraints.join("\n")}\n`);
    Object.assign(settings, { UV_CONSTRAINT: file, PIP_CONSTRAINT: file });
  }
  if (publishedBefore !== null)
    Object.assign(settings, { UV_EXCLUDE_NEWER: publishedBefore, PIP_UPLOADED_PRIOR_TO: publishedBefore });
  return settings;
}
