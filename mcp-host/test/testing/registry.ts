import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

export interface RegistryPackage {
  manifest?: Record<string, unknown>;
  /** Contents by path. Default: an empty cli.js. */
  files?: Record<string, string>;
}

/** Starts an npm registry on loopback with these packages, each in version 1.0.0. */
export async function startRegistry(packages: Record<string, RegistryPackage>) {
  const tarballs = new Map<string, Buffer>();
  for (const [name, { manifest = {}, files = { "cli.js": "#!/usr/bin/env node\n" } }] of Object.entries(packages)) {
    const contents = { "package.json": JSON.stringify({ name, version: "1.0.0", ...manifest }), ...files };
    const entries = Object.entries(contents).map(([path, content]) => createTarEntry(`package/${path}`, content));
    tarballs.set(name, gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)])));
  }
  /** Paths of the tarballs that were downloaded. */
  const downloads: string[] = [];
  const server = createServer((request, response) => {
    const name = request.url?.slice(1).replace(/\.tgz$/, "") ?? "";
    const tarball = tarballs.get(name);
    if (tarball === undefined) return response.writeHead(404).end("{}");
    if (request.url?.endsWith(".tgz")) {
      downloads.push(name);
      return response.end(tarball);
    }
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const dist = { tarball: `${url}${name}.tgz`, integrity };
    const version = { name, version: "1.0.0", ...packages[name]?.manifest, dist };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ name, "dist-tags": { latest: "1.0.0" }, versions: { "1.0.0": version } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, downloads, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** Returns one file in a tar archive (POSIX ustar): a header block, then the content in blocks of 512 bytes. */
export function createTarEntry(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  const size = Buffer.byteLength(content).toString(8).padStart(11, "0");
  for (const [offset, text] of [
    [0, name],
    [100, "0000644"],
    [124, size],
    [136, "00000000000"],
    [148, "        "],
    [156, "0"],
    [257, "ustar\u000000"],
  ] as const) {
    header.write(text, offset);
  }
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}
