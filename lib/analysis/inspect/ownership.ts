import type { FileSet } from "../fetch/files.ts";
import { baseName, isReadme } from "../fetch/files.ts";
import { gitHubSlug } from "../fetch/registries/repository.ts";
import type { PackageRecord } from "../fetch/registries/types.ts";
import { WELL_KNOWN_PACKAGES } from "./well-known-packages.ts";

/** What a repository says of itself, to compare a package with. */
export interface RepositoryIdentity {
  /** "owner/name" in lower case. */
  slug: string;
  /** The names that its server.json files claim in the MCP registry. */
  mcpNames: readonly string[];
}

/**
 * The owner of a package, by the package's own word. "own": it names this repository. "unnamed": it names none.
 * "foreign": it names another.
 */
export type Ownership = "own" | "unnamed" | "foreign";

const MAX_MENTIONS = 500;
const MENTION = /github\.com[/:]([a-z0-9_-]{1,39}\/[a-z0-9._-]{1,100})/g;

/**
 * Judges whether a package is of a repository. A repository can write anyone's package and registry name into its files, so
 * only the package's word counts: the repository that it names, or an equal registry name whose namespace belongs to the
 * repository's owner. The MCP registry gives `io.github.OWNER/…` to OWNER alone. A domain's namespace proves a GitHub account
 * only where the package also names a repository of that account.
 */
export function judgeOwnership(record: PackageRecord, repository: RepositoryIdentity): Ownership {
  const slug = gitHubSlug(record.repository);
  if (slug === repository.slug) return "own";
  // The MCP registry gave the package's name to another account. A copy has the README of what it is a copy of.
  const namespace = record.mcpName === null ? null : gitHubNamespaceOwner(record.mcpName);
  if (namespace !== null && namespace !== ownerOf(repository.slug)) return "foreign";
  if (slug === null && record.repository === null) {
    if (isForkOf(record.description, repository.slug)) return "foreign";
    if (mentionsRepository(record.readme, repository.slug)) return "own";
  }
  if (record.mcpName !== null && repository.mcpNames.includes(record.mcpName)) {
    const owner = ownerOf(repository.slug);
    const namespaceOwner = gitHubNamespaceOwner(record.mcpName);
    if (namespaceOwner === owner) return "own";
    if (namespaceOwner === null && slug !== null && ownerOf(slug) === owner) return "own";
  }
  return record.repository === null ? "unnamed" : "foreign";
}

/** Returns whether a package's description says that it is a fork of the repository, whose README it then often has: "Fork of acme/thing". */
export function isForkOf(description: string, slug: string): boolean {
  const origin = /\bfork(?:ed)?\s(?:of|from)\s(?:https?:\/\/)?(?:github\.com\/)?([\w-]+\/[\w.-]+)/i.exec(
    description,
  )?.[1];
  return origin?.toLowerCase() === slug;
}

/**
 * Returns whether a package that names no repository is known to be another account's: a well-known one, in the scope of a name that the
 * repository's owner does not have, or one of MCP's own reference servers. Copies of those are common, and keep the package's name.
 *
 * @param slug the repository's "owner/name"
 */
export function isOfOtherAccount({ registry, name, repository }: PackageRecord, slug: string): boolean {
  if (repository !== null) return false;
  const owner = ownerOf(slug);
  if (REFERENCE_SERVERS[registry].test(name)) return owner !== "modelcontextprotocol";
  const scope = /^@([^/]+)\//.exec(name)?.[1]?.toLowerCase();
  if (scope === undefined || !WELL_KNOWN_PACKAGES[registry].some((known) => known === name)) return false;
  return !owner.startsWith(scope) && !scope.startsWith(owner);
}

const REFERENCE_SERVERS = {
  npm: /^@modelcontextprotocol\/server-/i,
  pypi: /^mcp[-_.]server[-_.](?:fetch|git|sentry|sqlite|time)$/i,
} as const;

/** Returns the GitHub account, in lower case, that a registry name's namespace belongs to, or null for a domain's. */
export function gitHubNamespaceOwner(mcpName: string): string | null {
  return /^io\.github\.([^/]+)\//i.exec(mcpName)?.[1]?.toLowerCase() ?? null;
}

/** Returns the owner of "owner/name". */
export function ownerOf(slug: string): string {
  return slug.slice(0, slug.indexOf("/")).toLowerCase();
}

/** Returns whether a package's published files name the repository as theirs, where its registry entry names none. */
export function isNamedInFiles(files: FileSet, slug: string): boolean {
  for (const file of files.files.values()) {
    const isOwnWord = isReadme(file.path) || /^(package\.json|METADATA|pyproject\.toml)$/.test(baseName(file.path));
    if (isOwnWord && mentionsRepository(file.text, slug)) return true;
  }
  return false;
}

/**
 * Returns whether a text names the repository more often than any other. One mention may be a thank-you to a stranger.
 */
function mentionsRepository(text: string, slug: string): boolean {
  const counts = new Map<string, number>();
  let seen = 0;
  for (const match of text.toLowerCase().matchAll(MENTION)) {
    seen += 1;
    if (seen > MAX_MENTIONS) break;
    const found = (match[1] ?? "").replace(/\.git$|\.$/, "");
    counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  const own = counts.get(slug) ?? 0;
  return own > 0 && [...counts.values()].every((count) => count <= own);
}

/** A repository as people write it: "github.com/acme/thing" for "git+https://github.com/acme/thing.git". */
export function toReadableAddress(repository: string): string {
  return repository
    .slice(0, 200)
    .replace(/^(?:git\+)?(?:https?|ssh|git):\/\/(?:git@)?|^git@/, "")
    .replace(/\.git$/, "");
}
