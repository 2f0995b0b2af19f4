import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { create } from "tar";
import { z } from "zod";

const manifestSchema = z.looseObject({ name: z.string().regex(/^@[\w-]+\/[\w-]+$/), version: z.string() });

/** A package registry on loopback with one package. Other scopes keep their usual registry. */
export interface PackageRegistry {
  /** The npm setting that directs the package's scope here, as a variable. */
  settings: Record<string, string>;
  close(): void;
}

/**
 * Serves the package in a folder as npm's registries do.
 *
 * @param folder has a package.json with a scoped name, and nothing that is not published
 */
export async function serveAsPackage(folder: string): Promise<PackageRegistry> {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
  const { name, version } = manifest;
  const options = { cwd: folder, gzip: true, portable: true, prefix: "package" };
  const tarball = await buffer(create(options, await readdir(folder)));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    if (path === `${name}/-/package.tgz`) return response.end(tarball);
    if (path !== name) return response.writeHead(404, { "content-type": "application/json" }).end("{}");
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const published = { ...manifest, dist: { tarball: `${url}/${name}/-/package.tgz`, integrity } };
    response.setHeader("content-type", "application/json");
    return response.end(
      JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: published }, time: {} }),
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return {
    settings: { [`npm_config_${name.split("/")[0]}:registry`]: `${url}/` },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
