import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { type RecordedRequest, sendJson, startTestServer, type TestServer } from "./http-server.ts";
import { makeTarball, type TarMember } from "./tarball.ts";

export interface FakeRepository {
  owner: string;
  name: string;
  files: Record<string, string | Uint8Array>;
  /** Symbolic links: path to target. */
  links?: Record<string, string>;
  /** More refs, with their files; the default branch is "main". */
  refs?: Record<string, Record<string, string | Uint8Array>>;
  /** What it was called before: "owner/name". */
  formerName?: string;
  description?: string;
  stars?: number;
  license?: string;
  avatarUrl?: string;
  isEmpty?: boolean;
  /** The file that comes later than the others where files are asked for one by one. */
  lateFile?: string;
  /** Truncates the whole tree, as GitHub does for very large repositories. */
  isTreeTruncated?: boolean;
  /** Entries that the whole tree is truncated after. All, where it says nothing. */
  treeLimit?: number;
  /** Sizes that the tree reports, where they differ from the real ones. */
  sizes?: Record<string, number>;
  /** Archive to send instead of one made of the files. */
  archive?: Buffer;
}

/** By how much a late file comes later, in milliseconds. */
const LATE_MS = 100;

export interface GitHubServerOptions {
  /** Token that every request must send; null when none may send one. */
  token?: string | null;
  /** Requests that are still allowed; after them 403, with a reset in an hour. */
  allowed?: number;
  /** Status for every request. */
  status?: number;
  /** Target of the archive's redirect, instead of this server. */
  archiveRedirect?: string;
  /** Delays every answer until this resolves. */
  hold?: Promise<void>;
}

export interface GitHubServer extends TestServer {
  /** Returns the commit of a repository's ref, "main" by default. */
  sha(repository: FakeRepository, ref?: string): string;
}

/**
 * Serves the parts of GitHub's REST API that reading needs, over repositories in memory. Strict about requests: method,
 * path, Accept, User-Agent, X-GitHub-Api-Version and the token.
 */
export async function startGitHubServer(
  repositories: FakeRepository[],
  options: GitHubServerOptions = {},
): Promise<GitHubServer> {
  let used = 0;
  const limit = options.allowed ?? 5_000;
  const server = await startTestServer(async (request, response, problem) => {
    await options.hold;
    const parts = new URL(request.url, "http://host").pathname.split("/").slice(1).map(decodeURIComponent);
    if (request.method !== "GET") problem("only GET is expected");
    if (parts[0] === "archive") return sendArchive(repositories, parts, response);
    checkHeaders(request, options, problem);
    used += 1;
    const headers = {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(Math.max(0, limit - used)),
      "x-ratelimit-reset": String(Math.floor(Date.now() / 1_000) + 3_600),
    };
    if (used > limit) return sendJson(response, 403, { message: "API rate limit exceeded" }, headers);
    if (options.status) return sendJson(response, options.status, { message: "as told" }, headers);
    const isNamed = (one: FakeRepository) => same(one.owner, parts[1]) && same(one.name, parts[2]);
    const repository =
      parts[0] === "repos" ? repositories.find(isNamed) : repositories[Number(parts[0] === "repositories" && parts[1])];
    // GitHub sends on from a former name by the repository's number.
    const moved = repositories.findIndex((one) => same(parts.slice(1, 3).join("/"), one.formerName));
    if (!repository && parts[0] === "repos" && moved >= 0) {
      const location = [server.url, "repositories", moved, ...parts.slice(3)].join("/");
      return sendJson(response, 301, { message: "Moved Permanently", url: location }, { ...headers, location });
    }
    if (!repository) return sendJson(response, 404, { message: "Not Found" }, headers);
    answer(repository, parts.slice(parts[0] === "repos" ? 3 : 2), request, {
      response,
      headers,
      problem,
      base: server.url,
      options,
    });
  });
  return { ...server, sha: (repository, ref = "main") => shaOf(repository, ref) };
}

function same(a: string, b: string | undefined): boolean {
  return a.toLowerCase() === b?.toLowerCase();
}

function checkHeaders(request: RecordedRequest, options: GitHubServerOptions, problem: (text: string) => void): void {
  if (!request.headers["user-agent"]) problem("no User-Agent");
  if (!/^\d{4}-\d{2}-\d{2}$/.test(request.headers["x-github-api-version"] ?? "")) problem("no X-GitHub-Api-Version");
  if (!/^application\/vnd\.github/.test(request.headers.accept ?? "")) problem(`Accept is ${request.headers.accept}`);
  const expected = options.token ? `Bearer ${options.token}` : undefined;
  if (request.headers.authorization !== expected) problem("the token is not the configured one");
}

interface Reply {
  response: ServerResponse;
  headers: Record<string, string>;
  problem: (text: string) => void;
  base: string;
  options: GitHubServerOptions;
}

function answer(repository: FakeRepository, [kind, ...rest]: string[], request: RecordedRequest, reply: Reply) {
  const { response, headers, problem } = reply;
  const notFound = () => sendJson(response, 404, { message: "Not Found" }, headers);
  if (kind === undefined) return sendJson(response, 200, describe(repository), headers);
  if (kind === "commits") {
    if (request.headers.accept !== "application/vnd.github.sha") problem("a commit is asked for by its sha alone");
    if (repository.isEmpty) return sendJson(response, 409, { message: "Git Repository is empty." }, headers);
    const ref = refOf(repository, rest.join("/"));
    if (ref === null) return sendJson(response, 422, { message: "No commit found for SHA" }, headers);
    response.writeHead(200, { ...headers, "content-type": "application/vnd.github.sha; charset=utf-8" });
    response.end(shaOf(repository, ref));
    return;
  }
  if (kind === "git" && rest[0] === "trees") {
    const tree = treeOf(repository, rest[1] ?? "", new URL(request.url, "http://host").searchParams.has("recursive"));
    return tree === null ? notFound() : sendJson(response, 200, tree, headers);
  }
  if (kind === "git" && rest[0] === "blobs") {
    const [path, content] = Object.entries(repository.files).find(([, one]) => blobSha(one) === rest[1]) ?? [];
    if (content === undefined) return notFound();
    if (!/vnd\.github\.raw/.test(request.headers.accept ?? "")) problem("a blob is asked for raw");
    const send = () => {
      response.writeHead(200, { ...headers, "content-type": "application/vnd.github.raw+json; charset=utf-8" });
      response.end(content);
    };
    if (path === repository.lateFile) setTimeout(send, LATE_MS);
    else send();
    return;
  }
  if (kind === "tarball") {
    if (refOfSha(repository, rest.join("/")) === null) problem("the archive is asked for by its commit");
    const location =
      reply.options.archiveRedirect ?? `${reply.base}/archive/${repository.owner}/${repository.name}/${rest[0]}`;
    response.writeHead(302, { ...headers, location });
    response.end();
    return;
  }
  problem("no such call");
  notFound();
}

function describe(repository: FakeRepository) {
  return {
    full_name: `${repository.owner}/${repository.name}`,
    description: repository.description ?? null,
    default_branch: "main",
    stargazers_count: repository.stars ?? 0,
    owner: { login: repository.owner, avatar_url: repository.avatarUrl ?? null },
    license: repository.license ? { spdx_id: repository.license } : null,
  };
}

function filesAt(repository: FakeRepository, ref: string): Record<string, string | Uint8Array> {
  return ref === "main" ? repository.files : (repository.refs?.[ref] ?? {});
}

function refsOf(repository: FakeRepository): string[] {
  return ["main", ...Object.keys(repository.refs ?? {})];
}

function refOf(repository: FakeRepository, ref: string): string | null {
  if (ref === "HEAD") return "main";
  return refsOf(repository).find((one) => one === ref) ?? refOfSha(repository, ref);
}

function refOfSha(repository: FakeRepository, sha: string): string | null {
  return refsOf(repository).find((ref) => shaOf(repository, ref) === sha) ?? null;
}

function shaOf(repository: FakeRepository, ref: string): string {
  return createHash("sha1")
    .update(`${repository.owner}/${repository.name}@${ref}`)
    .update(JSON.stringify(filesAt(repository, ref)))
    .digest("hex");
}

function blobSha(content: string | Uint8Array): string {
  return createHash("sha1").update(content).digest("hex");
}

/** The tree of a commit, or of a folder of the default branch. */
function treeOf(repository: FakeRepository, sha: string, isRecursive: boolean) {
  const ref = refOfSha(repository, sha);
  const files = filesAt(repository, ref ?? "main");
  const paths = [...Object.keys(files), ...Object.keys(repository.links ?? {})];
  const folders = new Set(paths.flatMap((path) => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))));
  const folder = ref === null ? [...folders].find((path) => blobSha(`folder ${path}`) === sha) : "";
  if (folder === undefined) return null;
  const start = folder === "" ? "" : `${folder}/`;
  const all = [...folders, ...paths].filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
  const tree = all
    .filter((path) => isRecursive || !path.includes("/"))
    .sort()
    .map((path) => entryOf(repository, files, folders, { path, whole: start + path }));
  if (folder !== "" || !isRecursive) return { sha, truncated: false, tree };
  return { sha, truncated: repository.isTreeTruncated ?? false, tree: tree.slice(0, repository.treeLimit) };
}

function entryOf(
  repository: FakeRepository,
  files: Record<string, string | Uint8Array>,
  folders: ReadonlySet<string>,
  { path, whole }: { path: string; whole: string },
) {
  if (folders.has(whole)) return { path, mode: "040000", type: "tree", sha: blobSha(`folder ${whole}`) };
  const target = repository.links?.[whole];
  if (target !== undefined) return { path, mode: "120000", type: "blob", sha: blobSha(target), size: target.length };
  const content = files[whole] ?? "";
  const size = repository.sizes?.[whole] ?? Buffer.byteLength(content);
  return { path, mode: "100644", type: "blob", sha: blobSha(content), size };
}

function sendArchive(repositories: FakeRepository[], [, owner, name, sha]: string[], response: ServerResponse): void {
  const repository = repositories.find((one) => same(one.owner, owner) && same(one.name, name));
  const ref = repository ? refOfSha(repository, sha ?? "") : null;
  if (!repository || ref === null) {
    response.writeHead(404);
    response.end();
    return;
  }
  const top = `${repository.owner}-${repository.name}-${sha?.slice(0, 7)}`;
  const members: TarMember[] = [
    ...Object.entries(filesAt(repository, ref)).map(
      ([path, content]): TarMember => ({ path: `${top}/${path}`, content }),
    ),
    ...Object.entries(repository.links ?? {}).map(
      ([path, target]): TarMember => ({ path: `${top}/${path}`, type: "2", linkTarget: target }),
    ),
  ];
  response.writeHead(200, { "content-type": "application/x-gzip" });
  response.end(repository.archive ?? makeTarball(members));
}
