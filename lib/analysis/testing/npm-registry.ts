import { createHash } from "node:crypto";
import { sendJson, startTestServer, type TestServer } from "./http-server.ts";
import { makeTarball } from "./tarball.ts";

export interface FakePackage {
  name: string;
  version: string;
  /** Additional fields of package.json. */
  manifest?: Record<string, unknown>;
  /** When its first version was published. */
  createdAt?: string;
  /** Files beside package.json. */
  files?: Record<string, string>;
  /** Archive to send instead of one made of the files. */
  archive?: Buffer;
}

/** Serves an npm registry over packages in memory: packuments and tarballs. */
export async function startNpmRegistry(packages: FakePackage[]): Promise<TestServer> {
  const server = await startTestServer((request, response, problem) => {
    if (request.method !== "GET") problem("only GET is expected");
    const path = decodeURIComponent(new URL(request.url, "http://host").pathname).slice(1);
    const tarballOf = packages.find((one) => path === `${one.name}/-/${one.version}.tgz`);
    if (tarballOf) {
      response.writeHead(200, { "content-type": "application/octet-stream" });
      response.end(archiveOf(tarballOf));
      return;
    }
    const found = packages.find((one) => one.name === path);
    if (!found) return sendJson(response, 404, { error: "Not found" });
    const archive = archiveOf(found);
    const manifest = {
      ...manifestOf(found),
      dist: {
        tarball: `${server.url}/${found.name}/-/${found.version}.tgz`,
        integrity: `sha512-${createHash("sha512").update(archive).digest("base64")}`,
      },
    };
    sendJson(response, 200, {
      name: found.name,
      "dist-tags": { latest: found.version },
      ...(found.createdAt !== undefined && { time: { created: found.createdAt, [found.version]: found.createdAt } }),
      versions: { [found.version]: manifest },
    });
  });
  return server;
}

function manifestOf(one: FakePackage): Record<string, unknown> {
  return { name: one.name, version: one.version, ...one.manifest };
}

function archiveOf(one: FakePackage): Buffer {
  if (one.archive) return one.archive;
  const files = Object.entries({ "package.json": JSON.stringify(manifestOf(one)), ...one.files });
  return makeTarball(files.map(([path, content]) => ({ path: `package/${path}`, content })));
}
