import type { Readable } from "node:stream";
import { AppError } from "../../../errors/app-error.ts";
import type { GitHubSource } from "../../source.ts";
import type { Warning } from "../../spec.ts";
import { type ArchiveContents, formatList, readArchive } from "../archive.ts";
import {
  baseName,
  decodeText,
  type FileSet,
  folderOf,
  isDeclaration,
  isForeign,
  isJavaScript,
  isOtherSource,
  isPython,
  isSettingsFile,
  isWithin,
  MAX_SOURCE_FILES,
  MAX_TOTAL_BYTES,
  maxBytesOf,
  type TextFile,
} from "../files.ts";
import { isGoReleaser, isWorkflow } from "../release-files.ts";
import type { GitHubClient, Repository, Tree } from "./client.ts";
import { readTree } from "./tree.ts";

/** A repository at one commit. */
export interface Checkout {
  repository: Repository;
  sha: string;
  ref: string | null;
  /** Folder that the source names, "" for the root. */
  subfolder: string;
}

const MAX_REF_ATTEMPTS = 5;
const MAX_PATH_LENGTH = 1_000;
const MAX_TARBALL_SOURCE_BYTES = 60 * 1024 * 1024;
const MAX_BLOBS = 150;
/** Requests kept back for the person's next analysis, where GitHub's hourly limit applies. */
const SPARE_REQUESTS = 10;
/** Fewest files with which an analysis is worth the requests. */
const MIN_BLOBS = 20;
const BLOB_CONCURRENCY = 8;

/**
 * Finds the repository and the commit that a source names. A ref may contain slashes, so the shortest prefix of the
 * path that is a ref is taken, and the rest is the folder.
 *
 * @throws AppError source_not_found, upstream_unavailable, upstream_rate_limited
 */
export async function findCheckout(client: GitHubClient, source: GitHubSource): Promise<Checkout> {
  const { owner, repository: name, refPath } = source;
  if (refPath.length === 0) {
    const [repository, sha] = await Promise.all([client.repository(owner, name), client.commit(owner, name, "HEAD")]);
    if (sha === null) throw new AppError("source_not_found", `The repository ${owner}/${name} is empty.`);
    return { repository, sha, ref: null, subfolder: "" };
  }
  const repository = await client.repository(owner, name);
  for (let length = 1; length <= Math.min(refPath.length, MAX_REF_ATTEMPTS); length += 1) {
    const ref = refPath.slice(0, length).join("/");
    const sha = await client.commit(owner, name, ref);
    if (sha === null) continue;
    const rest = refPath.slice(length).join("/");
    return { repository, sha, ref, subfolder: source.isFile ? folderOf(rest) : rest };
  }
  throw new AppError(
    "source_not_found",
    `${owner}/${name} has no branch, tag or commit “${refPath.join("/").slice(0, 200)}”.`,
  );
}

/**
 * Reads the files that an analysis needs: declarations, and the source around the folder that is meant.
 *
 * @throws AppError source_not_found when the folder does not exist; upstream_unavailable, upstream_rate_limited
 */
export async function readRepository(
  client: GitHubClient,
  source: GitHubSource,
  checkout: Checkout,
  signal: AbortSignal,
): Promise<FileSet> {
  const { owner, repository: name } = source;
  const tree = await readTree(client, { owner, name, sha: checkout.sha }, checkout.subfolder);
  const blobs = tree.tree.filter(
    (entry) => entry.type === "blob" && entry.mode !== "120000" && entry.path.length <= MAX_PATH_LENGTH,
  );
  if (!blobs.some((entry) => isWithin(checkout.subfolder, entry.path))) {
    const where = checkout.subfolder === "" ? "is empty" : `has no folder “${checkout.subfolder.slice(0, 200)}”`;
    throw new AppError("source_not_found", `The repository ${owner}/${name} ${where}.`);
  }
  const chosen = chooseFiles(blobs, checkout.subfolder);
  const links = tree.tree
    .filter((entry) => entry.mode === "120000" && isDeclaration(entry.path))
    .map((entry) => entry.path);
  const warnings: Warning[] = [];
  if (links.length > 0) {
    warnings.push({
      code: "symlinks_skipped",
      message: `Links are not followed: ${formatList(links)}.`,
      mustAccept: false,
    });
  }
  const totalBytes = blobs.reduce((sum, entry) => sum + (entry.size ?? 0), 0);
  const paths = blobs.map((entry) => entry.path);
  if (tree.truncated || totalBytes > MAX_TARBALL_SOURCE_BYTES) {
    if (affordableBlobs(client) < Math.min(MIN_BLOBS, chosen.length)) throw client.limitNear();
    const read = await readBlobs(client, source, chosen, signal);
    warnings.push({
      code: "large_repository",
      message: `The repository is large; ${read.files.size} files that matter most were read one by one.`,
      mustAccept: false,
    });
    return { paths, files: read.files, warnings: [...warnings, ...read.warnings] };
  }
  const wanted = new Set(chosen.map((entry) => entry.path));
  const limits = { maxFiles: wanted.size, maxTotalBytes: MAX_TOTAL_BYTES };
  const stream = await client.tarball(owner, name, checkout.sha);
  const archive = await readArchive(stream, (path) => wanted.has(path), limits, signal).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason;
    throw new AppError("upstream_unavailable", "The archive from GitHub broke off or cannot be read.", {
      cause: error,
    });
  });
  const missing = missingIn(archive, chosen);
  if (archive.files.size === 0 && affordableBlobs(client) < Math.min(MIN_BLOBS, missing.length))
    throw client.limitNear();
  const rest = await readBlobs(client, source, missing.slice(0, client.hasToken ? MAX_BLOBS : MIN_BLOBS), signal);
  return {
    paths,
    files: new Map([...archive.files, ...rest.files]),
    warnings: [...warnings, ...archive.warnings, ...rest.warnings],
  };
}

/**
 * Returns the files that an archive does not hold, though the commit does: .gitattributes can leave any out of it, as projects do whose
 * archive is what people install (gitattributes, "export-ignore").
 */
function missingIn({ paths, links, warnings }: ArchiveContents, chosen: Entry[]): Entry[] {
  if (warnings.some(({ code }) => code === "archive_cut")) return [];
  const held = new Set([...paths, ...links]);
  return chosen.filter(({ path }) => !held.has(path));
}

type Entry = Tree["tree"][number];

/**
 * Chooses the files to read within the limits of one analysis: declarations first, then sources below the folder, the
 * nearest first.
 */
function chooseFiles(entries: Entry[], subfolder: string): Entry[] {
  const depth = (entry: Entry) => entry.path.split("/").length;
  const rank = (entry: Entry) => (isWithin(subfolder, entry.path) ? 0 : 100) + depth(entry);
  const sorted = [...entries].sort((a, b) => rank(a) - rank(b));
  const declarations = sorted
    .filter((entry) => isDeclaration(entry.path) && !isDistant(entry.path, subfolder))
    .slice(0, 120);
  const isSource = (entry: Entry) => isJavaScript(entry.path) || isPython(entry.path) || isOtherSource(entry.path);
  const sources = sorted
    .filter((entry) => isSource(entry) && !isForeign(entry.path, subfolder) && !isBuilt(entry.path))
    .sort((a, b) => Number(namesServer(b)) - Number(namesServer(a)) || rank(a) - rank(b))
    .slice(0, MAX_SOURCE_FILES);
  const settings = sorted
    .filter(({ path }) => isSettingsFile(path) && isWithin(subfolder, path) && !isForeign(path, subfolder))
    .slice(0, MAX_SETTINGS_FILES);
  let bytes = 0;
  return [...declarations, ...releasesOf(sorted, declarations), ...settings, ...sources].filter((entry) => {
    bytes += Math.min(entry.size ?? 0, maxBytesOf(entry.path));
    return bytes <= MAX_TOTAL_BYTES;
  });
}

const MAX_RELEASES = 8;
const MAX_SETTINGS_FILES = 8;
/** Names of workflows that release something, as against those that only test. */
const RELEASE_NAME = /release|publish|docker|image|container|ghcr|registry|deploy|build|push|(^|[/_-])cd\b/i;

/**
 * The files that tell which images a repository publishes, where it may publish some: it has a Dockerfile, or is written in a language whose
 * packages are not run from a registry.
 */
function releasesOf(entries: Entry[], declarations: Entry[]): Entry[] {
  const mayPublish = declarations.some(({ path }) =>
    /^(dockerfile|go\.mod|cargo\.toml|pom\.xml|build\.gradle(\.kts)?|.+\.csproj)$/i.test(baseName(path)),
  );
  if (!mayPublish) return [];
  const named = entries.filter(({ path }) => isGoReleaser(path) || isWorkflow(path));
  return named.toSorted((a, b) => Number(isRelease(b)) - Number(isRelease(a))).slice(0, MAX_RELEASES);
}

function isRelease({ path }: Entry): boolean {
  return isGoReleaser(path) || RELEASE_NAME.test(baseName(path));
}

/** Returns whether a declaration belongs to an example or a test. Those of the root always count. */
function isDistant(path: string, subfolder: string): boolean {
  return folderOf(path) !== "" && folderOf(path) !== subfolder && isForeign(path, subfolder);
}

function isBuilt(path: string): boolean {
  if (/(^|\/)generated\//.test(path)) return !isOfClient(path);
  return /(^|\/)(dist|build|out|lib-cov|\.next)\//.test(path);
}

/** Returns whether a generated file may be the one in which people write a client's address and credentials, or lead to it. */
function isOfClient(path: string): boolean {
  return /^(openapi|client|config|configuration|settings|env|auth|http|index)\.\w+$/i.test(baseName(path));
}

/** Returns whether a path mentions MCP, settings or start-up. In a large repository these sources are read first. */
function namesServer(entry: Entry): boolean {
  return (
    /mcp/i.test(entry.path) || /^(index|main|cli|server|config|settings|env|constants)\./i.test(baseName(entry.path))
  );
}

/** Returns how many files can be read one by one before GitHub's hourly limit comes near. */
function affordableBlobs(client: GitHubClient): number {
  return client.remaining === null ? MAX_BLOBS : Math.min(MAX_BLOBS, Math.max(0, client.remaining - SPARE_REQUESTS));
}

async function readBlobs(client: GitHubClient, source: GitHubSource, chosen: Entry[], signal: AbortSignal) {
  const queue = chosen.slice(0, affordableBlobs(client));
  const files = new Map<string, TextFile>();
  const binary: string[] = [];
  const absent: string[] = [];
  const worker = async () => {
    for (let entry = queue.shift(); entry; entry = queue.shift()) {
      const limit = maxBytesOf(entry.path);
      const stream = await client.blob(source.owner, source.repository, entry.sha);
      if (stream === null) {
        absent.push(entry.path);
        continue;
      }
      const bytes = await readLimited(stream, limit, signal);
      const isCut = (entry.size ?? bytes.length) > limit;
      const text = decodeText(bytes, isCut);
      if (text === null) binary.push(entry.path);
      else files.set(entry.path, { path: entry.path, text, isCut });
    }
  };
  await Promise.all(Array.from({ length: BLOB_CONCURRENCY }, worker));
  // In the order in which they were chosen, whichever came first: what is found, and what a model is asked, must not hang on that.
  const inOrder = new Map(
    chosen.flatMap(({ path }) => {
      const file = files.get(path);
      return file ? [[path, file] as const] : [];
    }),
  );
  const warnings: Warning[] = [];
  if (binary.length > 0) {
    const message = `These are no text and were left out: ${formatList(binary)}.`;
    warnings.push({ code: "binary_skipped", message, mustAccept: false });
  }
  if (absent.length > 0) {
    const message = `GitHub does not have these files, which were left out: ${formatList(absent)}.`;
    warnings.push({ code: "files_absent", message, mustAccept: false });
  }
  return { files: inOrder, warnings };
}

async function readLimited(stream: Readable, limit: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const part = Buffer.from(chunk);
      chunks.push(part.subarray(0, limit - bytes));
      bytes += part.length;
      if (bytes >= limit) break;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new AppError("upstream_unavailable", "A file from GitHub broke off.", { cause: error });
  }
  return Buffer.concat(chunks);
}
