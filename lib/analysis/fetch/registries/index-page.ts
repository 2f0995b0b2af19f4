import { z } from "zod";
import { type PythonVersion, parsePythonVersion } from "./python-version.ts";

/** A file that the index lists for a project. */
export interface IndexFile {
  kind: "wheel" | "sdist";
  filename: string;
  url: URL;
  version: PythonVersion;
  isYanked: boolean;
  sha256: string | null;
  /** Set when the index serves the metadata as a separate file (PEP 658), with its SHA-256 if given. Null otherwise. */
  metadata: { sha256: string | null } | null;
}

const MAX_FILES = 50_000;
const JSON_TYPE = "application/vnd.pypi.simple.v1+json";

/** Accept header for an index: JSON (PEP 691), else HTML (PEP 503). */
export const PAGE_TYPES = `${JSON_TYPE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1`;

const hashes = z.record(z.string(), z.string()).catch({});
const metadata = z
  .union([z.boolean(), z.record(z.string(), z.string())])
  .optional()
  .catch(undefined);
const pageSchema = z.object({
  meta: z.object({ "api-version": z.string().regex(/^1\./) }),
  files: z.array(z.unknown()),
});
const fileSchema = z.object({
  filename: z.string().max(300),
  url: z.string().max(4_000),
  hashes,
  yanked: z.union([z.boolean(), z.string()]).optional().catch(undefined),
  "core-metadata": metadata,
  "data-dist-info-metadata": metadata,
});
type ListedFile = z.infer<typeof fileSchema>;

/** Longest tag of a link, and longest text of one. */
const MAX_TAG_LENGTH = 10_000;
const MAX_LABEL_LENGTH = 300;

/** Normalizes a project name (PEP 503). */
export function normalizeProjectName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

/**
 * Returns the wheels and source distributions that a project's page lists. Entries of other projects and malformed ones
 * are left out.
 *
 * @param url the page's address, against which links are resolved
 * @throws Error when the page is not one of a simple repository
 */
export function readIndexPage(page: { url: URL; contentType: string; bytes: Uint8Array }, name: string): IndexFile[] {
  const text = new TextDecoder().decode(page.bytes);
  const type = page.contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const isHtml = /^(text\/html|application\/vnd\.pypi\.simple\.v1\+html)$/.test(type);
  const listed = isHtml ? linksOf(text) : filesOf(text);
  const base =
    (isHtml && URL.parse(/<base\s[^<>]*?href\s*=\s*["']([^"']*)["']/i.exec(text)?.[1] ?? "", page.url)) || page.url;
  return listed.slice(0, MAX_FILES).flatMap((file) => fileOf(file, base, normalizeProjectName(name)) ?? []);
}

function filesOf(text: string): ListedFile[] {
  return pageSchema.parse(JSON.parse(text)).files.flatMap((file) => fileSchema.safeParse(file).data ?? []);
}

/**
 * Returns the links of an HTML page (PEP 503, with the attributes of PEP 592 and PEP 714). A value may contain a bare ">":
 * some indexes write data-requires-python that way. A file's name has none, so the tag ends at the last one.
 */
function linksOf(html: string): ListedFile[] {
  return html.split(/<\/a/i).flatMap((text): ListedFile[] => {
    const start = Math.max(text.lastIndexOf("<a "), text.lastIndexOf("<A "), text.lastIndexOf("<a\n"));
    const end = text.lastIndexOf(">");
    if (start < 0 || end < start || end - start > MAX_TAG_LENGTH || text.length - end > MAX_LABEL_LENGTH) return [];
    const attributes = text.slice(start + 2, end);
    const attributeOf = (attribute: string) => {
      const match = new RegExp(`(?:^|\\s)${attribute}(?:\\s*=\\s*(?:"([^"]*)"|'([^']*)'))?(?=\\s|$)`, "i").exec(
        attributes,
      );
      return match ? unescaped(match[1] ?? match[2] ?? "") : undefined;
    };
    const href = attributeOf("href");
    if (!href) return [];
    const told = attributeOf("data-core-metadata") ?? attributeOf("data-dist-info-metadata");
    const sha256 = /sha256=([0-9a-f]{64})/i.exec(href.slice(href.lastIndexOf("#")))?.[1];
    const file: ListedFile = {
      filename: unescaped(text.slice(end + 1).trim()),
      url: href,
      hashes: sha256 ? { sha256 } : {},
      yanked: attributeOf("data-yanked") !== undefined,
      "core-metadata": told?.startsWith("sha256=") ? { sha256: told.slice(7) } : told === "true",
    };
    return [file];
  });
}

function unescaped(text: string): string {
  const names = new Map([
    ["lt", "<"],
    ["gt", ">"],
    ["quot", '"'],
    ["#39", "'"],
    ["#x27", "'"],
    ["amp", "&"],
  ]);
  return text.replace(/&([a-z]+|#x?\d+);/gi, (whole, name: string) => names.get(name.toLowerCase()) ?? whole);
}

function fileOf(file: ListedFile, base: URL, project: string): IndexFile | null {
  const url = URL.parse(file.url, base);
  const named = nameAndVersion(file.filename, project);
  const version = named && parsePythonVersion(named.version);
  if (!url || !named || !version) return null;
  url.hash = "";
  const told = file["core-metadata"] ?? file["data-dist-info-metadata"];
  return {
    kind: named.kind,
    filename: file.filename,
    url,
    version,
    isYanked: file.yanked !== undefined && file.yanked !== false,
    sha256: file.hashes.sha256 ?? null,
    metadata: told ? { sha256: (told !== true && told.sha256) || null } : null,
  };
}

/**
 * Parses a file name of this project: PROJECT-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl or PROJECT-VERSION.tar.gz.
 * Returns null for other names.
 */
function nameAndVersion(filename: string, project: string): { kind: "wheel" | "sdist"; version: string } | null {
  if (filename.endsWith(".whl")) {
    const parts = filename.slice(0, -4).split("-");
    const [name = "", version = ""] = parts;
    const isOurs = (parts.length === 5 || parts.length === 6) && normalizeProjectName(name) === project;
    return isOurs && runsOnLinux(parts) ? { kind: "wheel", version } : null;
  }
  const stem = /^(.+)\.(?:tar\.gz|zip)$/.exec(filename)?.[1];
  if (stem === undefined) return null;
  // Older files keep hyphens in the project's name.
  for (let at = stem.indexOf("-"); at >= 0; at = stem.indexOf("-", at + 1)) {
    if (normalizeProjectName(stem.slice(0, at)) === project) return { kind: "sdist", version: stem.slice(at + 1) };
  }
  return null;
}

/** Returns whether a wheel can be installed on a machine: for Python 3, on any platform or on Linux. */
function runsOnLinux(parts: string[]): boolean {
  const [python = "", , platform = ""] = parts.slice(-3);
  return /(^|\.)(py3|cp3)/.test(python) && /(^|\.)(any$|\w*linux)/.test(platform);
}
