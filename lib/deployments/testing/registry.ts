import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { create } from "tar";

/** The package that `fixture/` holds, in any of its ways to behave. */
export const FIXTURE_PACKAGE = "@catwalk-fixture/server";
/** A package without a program. */
export const LIBRARY_PACKAGE = "@catwalk-fixture/library";

/** A package registry on loopback for the scope `@catwalk-fixture` alone. */
export interface FixtureRegistry {
  /** npm's own settings that name it, for the environment of whoever installs. */
  env: Record<string, string>;
  /** Serves the fixture package with other bytes under the same version. */
  repack(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the registry with the fixture packages, version 1.0.0 of each. */
export async function startFixtureRegistry(): Promise<FixtureRegistry> {
  const folder = join(import.meta.dirname, "fixture");
  const tarballs = new Map([
    [FIXTURE_PACKAGE, await pack(join(folder, "server"), ["package.json", "server.js"])],
    [LIBRARY_PACKAGE, await pack(join(folder, "library"), ["package.json"])],
  ]);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const name = path.replace(/\.tgz$/, "");
    const tarball = tarballs.get(name);
    if (!tarball) return response.writeHead(404, { "content-type": "application/json" }).end('{"error":"not found"}');
    if (path.endsWith(".tgz")) return response.end(tarball);
    const manifest = {
      name,
      version: "1.0.0",
      ...(name === FIXTURE_PACKAGE && { bin: "server.js" }),
      dist: { tarball: `${url}/${name}.tgz`, integrity: integrityOf(tarball) },
    };
    const packument = { name, "dist-tags": { latest: "1.0.0" }, versions: { "1.0.0": manifest } };
    return response.setHeader("content-type", "application/json").end(JSON.stringify(packument));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: { "npm_config_@catwalk-fixture:registry": url, npm_config_noproxy: "127.0.0.1" },
    repack: async () => {
      const files = ["server.js", "package.json"];
      tarballs.set(FIXTURE_PACKAGE, await pack(join(folder, "server"), files));
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function pack(cwd: string, files: string[]): Promise<Buffer> {
  return buffer(create({ cwd, gzip: true, portable: true, prefix: "package" }, files));
}

function integrityOf(tarball: Buffer): string {
  return `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
}
