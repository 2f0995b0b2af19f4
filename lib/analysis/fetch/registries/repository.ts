/** Returns the GitHub repository that a package's metadata names, as "owner/name" in lower case, or null. */
export function gitHubSlug(repository: string | null): string | null {
  if (repository === null) return null;
  const shorthand = /^(?:github:)?([A-Za-z0-9-]+\/[A-Za-z0-9._-]+)$/.exec(repository.trim());
  const match = shorthand ?? /github\.com[/:]([A-Za-z0-9_-]+\/[A-Za-z0-9._-]+)/i.exec(repository);
  return match?.[1]?.replace(/\.git$/i, "").toLowerCase() ?? null;
}
