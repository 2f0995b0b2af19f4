import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { Header } from "tar";

/** A repository by the paths of its files. */
export interface FakeRepository {
  description?: string;
  stars?: number;
  files: Record<string, string>;
}

/** GitHub's API on loopback, as far as repositories are read from it. */
export interface FakeRepositories {
  /** What GITHUB_API_URL is set to. */
  url: string;
  /** The commit that every branch of a repository is at. */
  commitOf(fullName: string): string;
  /** Requests for this repository are left without an answer; resolves when the client has given one up. */
  hold(fullName: string): { abandoned: Promise<void> };
  close(): void;
}

/** @param repositories by "owner/name"; every other one is unknown */
export async function startRepositories(repositories: Record<string, FakeRepository>): Promise<FakeRepositories> {
  const held = new Map<string, () => void>();
  const server = createServer((request, response) => {
    const [, owner, name, what = ""] = /^\/repos\/([^/]+)\/([^/?]+)(\/[^?]*)?/.exec(request.url ?? "") ?? [];
    const fullName = `${owner}/${name}`;
    const onAbandoned = held.get(fullName);
    if (onAbandoned) {
      response.on("close", onAbandoned);
      return;
    }
    const repository = repositories[fullName];
    if (isWellFormed(request) && repository) answer(response, fullName, repository, what);
    else send(response, 404, { message: "Not Found" });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    commitOf: shaOf,
    hold(fullName) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.set(fullName, resolve);
      return { abandoned: promise };
    },
    close: () => void server.close().closeAllConnections(),
  };
}

/** GitHub refuses requests without a user agent, and means a version of its API by this header. */
function isWellFormed({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && Boolean(headers["user-agent"]) && headers["x-github-api-version"] === "2022-11-28";
}

function shaOf(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

function answer(response: ServerResponse, fullName: string, repository: FakeRepository, what: string): void {
  const sha = shaOf(fullName);
  const entries = Object.entries(repository.files);
  const [owner = ""] = fullName.split("/");
  if (what === "") {
    const { description = "", stars = 0 } = repository;
    send(response, 200, {
      full_name: fullName,
      description,
      default_branch: "main",
      stargazers_count: stars,
      owner: { login: owner, avatar_url: null },
      license: { spdx_id: "MIT" },
    });
    return;
  }
  if (/^\/commits\/(HEAD|main)$/.test(what)) {
    response.writeHead(200, { "content-type": "application/vnd.github.sha" }).end(sha);
    return;
  }
  if (what === `/git/trees/${sha}`) {
    const tree = entries.map(([path, text]) => ({
      path,
      mode: "100644",
      type: "blob",
      sha: shaOf(text),
      size: Buffer.byteLength(text),
    }));
    send(response, 200, { truncated: false, tree });
    return;
  }
  if (what === `/tarball/${sha}`) {
    response.writeHead(200, { "content-type": "application/x-gzip" }).end(tarball(fullName.replace("/", "-"), entries));
    return;
  }
  send(response, 404, { message: "Not Found" });
}

/** As GitHub packs it: one folder at the top, around everything. */
function tarball(folder: string, entries: [path: string, text: string][]): Buffer {
  const blocks = entries.flatMap(([path, text]) => {
    const body = Buffer.from(text);
    const header = new Header({
      path: `${folder}/${path}`,
      type: "File",
      mode: 0o644,
      size: body.length,
      mtime: new Date(0),
    });
    header.encode();
    return [header.block ?? Buffer.alloc(0), body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
