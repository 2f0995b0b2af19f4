import { gitHubSlug } from "../fetch/registries/repository.ts";
import type { PackageRecord } from "../fetch/registries/types.ts";
import { warning } from "../inputs/findings.ts";
import { differenceOf, isOneEdit } from "../one-edit.ts";
import type { Warning } from "../spec.ts";
import { gitHubNamespaceOwner, type Ownership, ownerOf } from "./ownership.ts";
import { WELL_KNOWN_PACKAGES } from "./well-known-packages.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Takedowns of impostors mostly come within the first days. */
const YOUNG_DAYS = 14;
/** In shorter names one letter is most of a word. */
const MIN_NAME_LENGTH = 7;

/**
 * Warns of a package that may pass itself off as another: a name one letter away from a well-known one or from the
 * repository's, a registry name of another account, and a first version of the last days. The person has to accept each.
 *
 * @param identity whose the package is, and the repository's "owner/name", null where the source is a package
 */
export function warnOfLookAlike(
  record: PackageRecord,
  identity: { ownership: Ownership; slug: string | null },
  nowMs: number,
): Warning[] {
  const isProven = identity.slug !== null && identity.ownership === "own";
  const warnings: Warning[] = [];
  const similar = findSimilar(record, isProven ? null : identity.slug);
  if (similar !== null) {
    const message = `The name ${record.name} is nearly ${similar}. Check that this is the package that you mean.`;
    warnings.push(warning("look_alike", message, true));
  }
  const claimed = record.mcpName === null ? null : gitHubNamespaceOwner(record.mcpName);
  const slug = gitHubSlug(record.repository);
  if (claimed !== null && slug !== null && claimed !== ownerOf(slug) && !isProven) {
    const message = `The package ${record.name} claims the registry name ${record.mcpName}, but its repository belongs to ${ownerOf(slug)}.`;
    warnings.push(warning("registry_name_claimed", message, true));
  }
  const ageDays = record.publishedAt ? (nowMs - Date.parse(record.publishedAt)) / DAY_MS : Number.POSITIVE_INFINITY;
  if (ageDays < YOUNG_DAYS && !isProven) {
    const days = Math.max(0, Math.floor(ageDays));
    const when = days === 0 ? "today" : days === 1 ? "yesterday" : `${days} days ago`;
    warnings.push(warning("recently_published", `The package ${record.name} was first published ${when}.`, true));
  }
  return warnings;
}

function findSimilar({ registry, name }: PackageRecord, slug: string | null): string | null {
  const own = normalize(name);
  const known = WELL_KNOWN_PACKAGES[registry].map((one) => one.toString());
  if (known.some((one) => normalize(one) === own)) return null;
  const wellKnown = known.find((one) => isNearly(own, normalize(one)));
  if (wellKnown !== undefined) return wellKnown;
  const repository = slug?.slice(slug.indexOf("/") + 1);
  return repository !== undefined && isNearly(own.replace(/^@[^/]*\//, ""), normalize(repository)) ? repository : null;
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/** Returns whether two different names look the same, or are one letter apart: added, left out, changed or swapped. */
function isNearly(a: string, b: string): boolean {
  if (a === b || Math.min(a.length, b.length) < MIN_NAME_LENGTH) return false;
  return skeletonOf(a) === skeletonOf(b) || isOneEdit(differenceOf(a, b));
}

/** The name as it looks at a glance. */
function skeletonOf(name: string): string {
  return name
    .replace(/[-/@]/g, "")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replace(/[01l|]/g, (char) => (char === "0" ? "o" : "i"));
}
