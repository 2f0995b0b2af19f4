import { strToU8, zipSync } from "fflate";
import { metadataOf } from "../../testing/python-index.ts";
import { makeTarball } from "../../testing/tarball.ts";
import { fill, type HostileInput, nest } from "./types.ts";

const MEBIBYTE = 1024 * 1024;
const PLAIN = { bin: "x.js", dependencies: { "@modelcontextprotocol/sdk": "1" } };

const EMPTY = new Uint8Array(0);

function zeros(): Uint8Array {
  return new Uint8Array(16 * MEBIBYTE);
}

function repository(archive: Buffer): Omit<HostileInput, "name"> {
  return { repository: { files: { "README.md": "# A\n" }, archive } };
}

function npm(fields: NonNullable<HostileInput["npm"]>): Omit<HostileInput, "name"> {
  return { npm: { manifest: PLAIN, ...fields } };
}

/** A project of PyPI with one wheel of these files, which `change` damages. */
function wheel(
  name: string,
  files: Record<string, Uint8Array>,
  change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
  metadata = metadataOf(name, "1.0"),
): Omit<HostileInput, "name"> {
  const stem = `${name.replaceAll("-", "_")}-1.0`;
  const content = zipSync({ [`${stem}.dist-info/METADATA`]: strToU8(metadataOf(name, "1.0")), ...files });
  return { pypi: { files: [{ filename: `${stem}-py3-none-any.whl`, content: change(content), metadata }] } };
}

/** Rewrites what each header of a zip says of the size of its entry, so that a large one passes for a small one. */
function understate(bytes: Uint8Array, size: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 46 < bytes.length; at += 1) {
    const signature = view.getUint32(at, true);
    if (signature === 0x04034b50) view.setUint32(at + 22, size, true);
    if (signature === 0x02014b50) view.setUint32(at + 24, size, true);
  }
  return bytes;
}

/** Lets every entry of a zip's directory begin where the first does. */
function overlap(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 46 < bytes.length; at += 1) {
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 42, 0, true);
  }
  return bytes;
}

function entries(count: number, content: Uint8Array): Record<string, Uint8Array> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}.py`, content]));
}

/** Archives, indexes and registries' answers. Each is made when it is wanted, since some take a gigabyte to make. */
const ARCHIVES: Record<string, (name: string) => Omit<HostileInput, "name">> = {
  "archive-bomb": () => repository(makeTarball([{ path: "t/big.bin", content: Buffer.alloc(450 * MEBIBYTE) }])),
  "archive-that-is-none": () => repository(Buffer.from("no")),
  "archive-of-links": () =>
    repository(
      makeTarball(
        Array.from({ length: 50_000 }, (_, at) => ({ path: `t/a${at}`, type: "2", linkTarget: "/etc/passwd" })),
      ),
    ),
  "npm-bomb": () => npm({ archive: makeTarball([{ path: "package/x.js", content: Buffer.alloc(450 * MEBIBYTE) }]) }),
  "npm-many-files": () =>
    npm({ files: Object.fromEntries(Array.from({ length: 30_000 }, (_, at) => [`a${at}.js`, ""])) }),
  "npm-deep-manifest": () =>
    npm({ archive: makeTarball([{ path: "package/package.json", content: nest("[", "]", 250_000) }]) }),
  "npm-large-record": () => npm({ manifest: { ...PLAIN, readme: fill("A_B=x ", 20 * MEBIBYTE) } }),
  "npm-minified": () => npm({ files: { "x.js": `new McpServer();${fill("a.b(c.d),", 500_000)}` } }),
  "wheel-bomb": (name) => wheel(name, { "a.py": zeros() }),
  "wheel-understated": (name) => wheel(name, entries(6, zeros()), (bytes) => understate(bytes, 100)),
  "wheel-overlapping": (name) =>
    wheel(name, { "0.py": zeros(), ...entries(4_000, EMPTY) }, (bytes) => overlap(understate(bytes, 100))),
  "wheel-many-entries": (name) => wheel(name, entries(60_000, EMPTY)),
  "wheel-many-sources": (name) => wheel(name, entries(100, strToU8(fill("a = 1\n", 500_000)))),
  "wheel-that-is-none": (name) => wheel(name, {}, () => strToU8("no")),
  "wheel-metadata": (name) =>
    wheel(
      name,
      {},
      (bytes) => bytes,
      `Name: ${name}\nVersion: 1.0\n${fill("Requires-Dist: mcp\n Project-URL: a\n", 1_900_000)}\n\n${fill("mcp-name: ", 90_000)}`,
    ),
  "index-anchors": () => ({ pypi: { page: fill("<a href='", 20 * MEBIBYTE) } }),
  "index-quotes": () => ({ pypi: { page: `<a ${fill("\"'", 8 * MEBIBYTE)}` } }),
  "index-long-names": () => ({ pypi: { page: `<a href="x">${fill("-", 990)}.tar.gz</a>`.repeat(8_000) } }),
  "index-links": () => ({
    pypi: { page: fill('<a href="x#sha256=">index-links-1.0.tar.gz</a>\n', 20 * MEBIBYTE) },
  }),
};

/**
 * Archives, indexes and registries' answers.
 *
 * @param isWanted says which are made
 */
export function hostileArchives(isWanted: (name: string) => boolean): HostileInput[] {
  return Object.entries(ARCHIVES).flatMap(([name, make]) => (isWanted(name) ? [{ name, ...make(name) }] : []));
}
