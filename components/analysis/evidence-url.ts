import type { Analysis, Provenance } from "@/lib/analysis/spec";

/** Builds the github.com URL of a line at the analyzed commit, or returns null when the evidence is not such a line. */
export function buildEvidenceUrl(source: Analysis["source"], { from, where }: Provenance): string | null {
  const { kind, canonical, owner, repository, revision } = source;
  if (kind !== "github" || from === "registry" || !canonical.startsWith("https://github.com/")) return null;
  if (!owner || !repository || !revision || !/^[0-9a-f]{40}$/.test(revision)) return null;
  // Files of a package that is not the repository's own: "npm:NAME@VERSION/FILE:LINE".
  if (/^(npm|pypi):/.test(where)) return null;
  const [, file, line] = /^(.+):(\d+)$/.exec(where) ?? [];
  if (!file || !line || file.split("/").some((segment) => segment === "" || segment === "." || segment === ".."))
    return null;
  const path = [owner, repository, "blob", revision, ...file.split("/")].map(encodeURIComponent).join("/");
  // GitHub renders Markdown, and a rendered page has no line anchors.
  return `https://github.com/${path}${/\.(md|mdx|markdown|rst)$/i.test(file) ? "?plain=1" : ""}#L${line}`;
}
