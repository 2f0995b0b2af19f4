import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { z } from "zod";
import { AppError } from "../../../errors/app-error.ts";
import type { GitHubLimit } from "../../spec.ts";

export interface GitHubOptions {
  /** Base URL of the API, without a trailing slash. */
  apiUrl: string;
  token: string | null;
  fetch: typeof globalThis.fetch;
  signal: AbortSignal;
}

const repositorySchema = z.object({
  full_name: z.string(),
  description: z.string().nullish(),
  default_branch: z.string(),
  stargazers_count: z.number().nullish(),
  owner: z.object({ login: z.string(), avatar_url: z.string().nullish() }),
  license: z.object({ spdx_id: z.string().nullish() }).nullish(),
});

const treeSchema = z.object({
  truncated: z.boolean().optional(),
  tree: z.array(
    z.object({ path: z.string(), mode: z.string(), type: z.string(), sha: z.string(), size: z.number().optional() }),
  ),
});

export type Repository = z.infer<typeof repositorySchema>;
export type Tree = z.infer<typeof treeSchema>;

/** GitHub truncates trees at 7 MB. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;
const MAX_REDIRECTS = 3;
/** The latest time of a Date. */
const MAX_SECONDS = 8.64e12;
const API_VERSION = "2022-11-28";

/**
 * Client for the parts of GitHub's REST API that reading one repository needs. Every method throws AppErrors with a
 * sentence for the person.
 */
export class GitHubClient {
  readonly #options: GitHubOptions;
  /** Requests left in GitHub's hourly limit, as of its last answer. Null before the first. */
  remaining: number | null = null;
  /** When that limit is reset, in seconds since 1970. Null before the first answer. */
  resetS: number | null = null;

  constructor(options: GitHubOptions) {
    this.#options = options;
  }

  get hasToken(): boolean {
    return this.#options.token !== null;
  }

  /** Returns how far the requests go without a token. Null with one, and before GitHub's first answer. */
  limit(): GitHubLimit | null {
    if (this.hasToken || this.remaining === null) return null;
    return {
      requestsLeft: this.remaining,
      resetsAt: this.resetS === null ? null : new Date(this.resetS * 1_000).toISOString(),
      hint: "Without a token GitHub answers 60 requests an hour, with one 5,000. An owner sets it in Settings.",
    };
  }

  /** Returns the error for a repository that needs more requests than this hour has left. */
  limitNear(): AppError {
    return new AppError(
      "upstream_rate_limited",
      "Too few requests to GitHub are left in this hour for a repository of this size.",
      {
        hint: this.hasToken ? "Try again within the hour." : "Set a GitHub token in Settings to raise the limit.",
      },
    );
  }

  /** @throws AppError source_not_found, and the errors of every request */
  async repository(owner: string, name: string): Promise<Repository> {
    const response = await this.#get(`/repos/${owner}/${name}`, "application/vnd.github+json");
    if (response.status === 404) {
      await response.body?.cancel();
      throw new AppError("source_not_found", `GitHub has no repository ${owner}/${name}, or it is private.`, {
        hint: this.hasToken
          ? "Check the address, and that the GitHub token may read this repository."
          : "Check the address. For a private repository, set a GitHub token in Settings.",
      });
    }
    return repositorySchema.parse(await this.#json(response));
  }

  /** Returns the commit that a ref names, or null. Throws source_not_found for an empty repository. */
  async commit(owner: string, name: string, ref: string): Promise<string | null> {
    const path = ref.split("/").map(encodeURIComponent).join("/");
    const response = await this.#get(`/repos/${owner}/${name}/commits/${path}`, "application/vnd.github.sha");
    if (response.status === 409) {
      await response.body?.cancel();
      throw new AppError("source_not_found", `The repository ${owner}/${name} is empty.`);
    }
    if (response.status === 404 || response.status === 422) {
      await response.body?.cancel();
      return null;
    }
    this.#demandOk(response);
    const sha = (await limitedText(response, 1_000))?.trim();
    if (!sha || !/^[0-9a-f]{40,64}$/.test(sha)) throw unreadable();
    return sha;
  }

  /**
   * Returns a tree. `truncated` says that GitHub returned only part of it, or more than is read.
   *
   * @param sha the commit, or the tree of a folder, whose paths then begin there
   * @param options.isRecursive with everything below its folders
   */
  async tree(owner: string, name: string, sha: string, { isRecursive }: { isRecursive: boolean }): Promise<Tree> {
    const response = await this.#get(
      `/repos/${owner}/${name}/git/trees/${sha}${isRecursive ? "?recursive=1" : ""}`,
      "application/vnd.github+json",
    );
    if (response.status === 404 || response.status === 409) {
      await response.body?.cancel();
      throw new AppError("source_not_found", `The repository ${owner}/${name} is empty.`);
    }
    this.#demandOk(response);
    const text = await limitedText(response, MAX_JSON_BYTES);
    return text === null ? { truncated: true, tree: [] } : treeSchema.parse(parseJson(text));
  }

  /** Returns a blob as a stream, or null when GitHub does not have it. */
  async blob(owner: string, name: string, sha: string): Promise<Readable | null> {
    return this.#stream(`/repos/${owner}/${name}/git/blobs/${sha}`, "application/vnd.github.raw+json");
  }

  /** Returns the commit as a gzipped tar. */
  async tarball(owner: string, name: string, sha: string): Promise<Readable> {
    const stream = await this.#stream(`/repos/${owner}/${name}/tarball/${sha}`, "application/vnd.github+json");
    if (stream === null) throw unreadable();
    return stream;
  }

  async #stream(path: string, accept: string): Promise<Readable | null> {
    const response = await this.#get(path, accept);
    if (response.status === 404 || response.status === 451) {
      await response.body?.cancel();
      return null;
    }
    this.#demandOk(response);
    if (!response.body) throw unreadable();
    // The browser's and Node's type declarations of a web stream describe the same object.
    return Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
  }

  async #json(response: Response): Promise<unknown> {
    this.#demandOk(response);
    const text = await limitedText(response, MAX_JSON_BYTES);
    if (text === null) throw unreadable();
    return parseJson(text);
  }

  #demandOk(response: Response): void {
    if (response.ok) return;
    void response.body?.cancel();
    throw new AppError("upstream_unavailable", `GitHub answered ${response.status}.`, {
      hint: "Try again in a moment; githubstatus.com tells about outages.",
    });
  }

  async #get(path: string, accept: string): Promise<Response> {
    const { apiUrl, token, fetch, signal } = this.#options;
    const api = new URL(`${apiUrl}${path}`);
    let url = api;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const headers: Record<string, string> = {
        accept,
        "user-agent": "catwalk",
        "x-github-api-version": API_VERSION,
      };
      if (token !== null && url.origin === api.origin) headers.authorization = `Bearer ${token}`;
      let response: Response;
      try {
        response = await fetch(url, { headers, redirect: "manual", signal });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw new AppError("upstream_unavailable", "GitHub is out of reach.", {
          hint: "Check this host's connection to GitHub, then try again.",
          cause: error,
        });
      }
      this.#noteLimit(response);
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || location === null) return response;
      await response.body?.cancel();
      url = this.#redirectTarget(api, new URL(location, url));
    }
    throw new AppError("upstream_unavailable", "GitHub sends the request in a circle.");
  }

  /**
   * Allows redirects only to GitHub itself: its API, and the host that serves archives. Elsewhere the token would leak.
   */
  #redirectTarget(api: URL, target: URL): URL {
    const isArchiveHost =
      target.protocol === "https:" &&
      target.host === `codeload.${api.host.replace(/^api\./, "")}` &&
      api.protocol === "https:";
    if (target.origin === api.origin || isArchiveHost) return target;
    throw new AppError(
      "upstream_unavailable",
      "GitHub's answer points to another host, which Catwalk does not follow.",
    );
  }

  #noteLimit(response: Response): void {
    const remaining = Number(response.headers.get("x-ratelimit-remaining") ?? Number.NaN);
    if (Number.isFinite(remaining)) this.remaining = remaining;
    const resetS = Number(response.headers.get("x-ratelimit-reset") ?? Number.NaN);
    if (Number.isFinite(resetS) && Math.abs(resetS) < MAX_SECONDS) this.resetS = resetS;
    const isSpent = remaining === 0 || response.headers.has("retry-after");
    if (response.status === 429 || (response.status === 403 && isSpent)) {
      void response.body?.cancel();
      throw new AppError(
        "upstream_rate_limited",
        `GitHub's limit of requests is used up; it resets ${resetOf(response)}.`,
        {
          hint: this.hasToken
            ? "Wait until then, or use another token."
            : "Set a GitHub token in Settings to raise the limit.",
        },
      );
    }
    if (response.status === 401) {
      void response.body?.cancel();
      throw new AppError("upstream_unavailable", "GitHub refuses the configured token.", {
        hint: "Replace the GitHub token in Settings or in GITHUB_TOKEN.",
      });
    }
    if (response.status === 403 || response.status === 451) {
      void response.body?.cancel();
      throw new AppError("source_not_found", "GitHub does not allow reading this repository.", {
        hint: "It may be blocked, or belong to an organization that the token has no access to.",
      });
    }
  }
}

function resetOf(response: Response): string {
  const retryAfterS = Number(response.headers.get("retry-after") ?? Number.NaN);
  if (Number.isFinite(retryAfterS)) return `in ${Math.max(1, Math.ceil(retryAfterS / 60))} min`;
  const resetS = Number(response.headers.get("x-ratelimit-reset") ?? Number.NaN);
  if (!Number.isFinite(resetS)) return "within the hour";
  return `at ${new Date(resetS * 1_000).toISOString().slice(11, 16)} UTC`;
}

function unreadable(cause?: unknown): AppError {
  return new AppError("upstream_unavailable", "GitHub's answer is not what its API documents.", { cause });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(error);
  }
}

/** Returns the body of an answer, or null if it is longer than that. */
async function limitedText(response: Response, maxBytes: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
