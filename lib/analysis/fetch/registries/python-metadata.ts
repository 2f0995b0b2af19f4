import type { PackageRecord } from "./types.ts";

/** Fields of a distribution's core metadata that Catwalk reads. */
export interface PythonMetadata {
  name: string;
  version: string;
  summary?: string | undefined;
  home_page?: string | undefined;
  /** Entries of the form "Label, URL". */
  project_url?: string[] | undefined;
  requires_dist?: string[] | undefined;
  license?: string | undefined;
  license_expression?: string | undefined;
  /** The README. */
  description?: string | undefined;
}

/**
 * Parses a METADATA file (core metadata: mail-like headers, then the README). Returns null without a name and a
 * version.
 */
export function parseMetadata(text: string): PythonMetadata | null {
  const end = text.search(/\r?\n\r?\n/);
  const head = (end < 0 ? text : text.slice(0, end)).replace(/\r?\n[ \t]+/g, " ");
  const values = (name: string) =>
    [...head.matchAll(new RegExp(`^${name}:[ \\t]*(.*)$`, "gim"))].map((match) => match[1]?.trim() ?? "");
  const [name] = values("Name");
  const [version] = values("Version");
  if (!name || !version) return null;
  return {
    name,
    version,
    summary: values("Summary")[0],
    home_page: values("Home-page")[0],
    project_url: values("Project-URL"),
    requires_dist: values("Requires-Dist"),
    license: values("License")[0],
    license_expression: values("License-Expression")[0],
    description: end < 0 ? "" : text.slice(end).trim(),
  };
}

export function recordOfMetadata(metadata: PythonMetadata): PackageRecord {
  const readme = metadata.description ?? "";
  return {
    registry: "pypi",
    name: metadata.name,
    version: metadata.version,
    description: metadata.summary ?? "",
    repository: repositoryOf(metadata.project_url ?? [], metadata.home_page),
    mcpName: /mcp-name:\s*([\w.-]+\/[\w.-]+)/.exec(readme)?.[1] ?? null,
    commands: null,
    dependencies: (metadata.requires_dist ?? []).flatMap((line) => /^[\w.-]+/.exec(line)?.[0] ?? []),
    license: metadata.license_expression ?? metadata.license?.split("\n")[0]?.slice(0, 100) ?? null,
    readme,
    isSourceOnly: false,
  };
}

/** Returns a record for a package without a readable wheel: only its name and version are known. */
export function recordWithoutWheel(name: string, version: string): PackageRecord {
  return { ...recordOfMetadata({ name, version }), isSourceOnly: true };
}

/** Labels of links to the work of others. */
const OTHERS = /\b(upstream|fork(ed)?|original|based on|inspired by|credits?|thanks)\b/;

/** Returns the link labeled as the repository, else one to a host of repositories, else null. */
function repositoryOf(links: string[], homePage: string | undefined): string | null {
  const pairs = links
    .map((link) => {
      const comma = link.indexOf(",");
      return { label: link.slice(0, comma).trim().toLowerCase(), url: link.slice(comma + 1).trim() };
    })
    .filter(({ label }) => !OTHERS.test(label));
  const labelled = pairs.find((pair) => /^(repository|source( code)?|github|code|git)$/.test(pair.label));
  const isRepository = (url: string) =>
    /^https?:\/\/(www\.)?(github|gitlab|codeberg|bitbucket)\.[a-z]+\/[^/]+\/[^/]+/.test(url);
  return (
    labelled?.url ??
    pairs.find((pair) => isRepository(pair.url))?.url ??
    (homePage && isRepository(homePage) ? homePage : null)
  );
}
