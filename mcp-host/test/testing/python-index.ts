import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { strToU8, zipSync } from "fflate";
import { createTarEntry } from "./registry.ts";

/** Contents of files by their names, as an index serves them. A test can change them while it runs. */
export type PythonFiles = Map<string, Uint8Array>;

/**
 * Returns a wheel of one module, whose console script has the project's name.
 *
 * @param requires requirements, as PEP 508 writes them
 * @param more further files by path
 */
export function makeWheel(
  name: string,
  version: string,
  requires: string[] = [],
  more: Record<string, string> = {},
): Uint8Array {
  const info = `${name}-${version}.dist-info`;
  const files: Record<string, string> = {
    [`${name}/__init__.py`]: `VERSION = "${version}"\n\ndef main():\n    print(VERSION)\n`,
    ...more,
    [`${info}/METADATA`]: [
      "Metadata-Version: 2.1",
      `Name: ${name}`,
      `Version: ${version}`,
      ...requires.map((text) => `Requires-Dist: ${text}`),
      "",
    ].join("\n"),
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${info}/entry_points.txt`]: `[console_scripts]\n${name} = ${name}:main\n`,
  };
  files[`${info}/RECORD`] = [...Object.keys(files), `${info}/RECORD`].map((path) => `${path},,\n`).join("");
  return zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])));
}

/** A build backend (PEP 517) without requirements. It writes what it sees into HOME, then makes a wheel of one module. */
const BACKEND = `
import json, os, zipfile
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with open(os.path.join(os.environ["HOME"], "build.json"), "w") as file:
        json.dump({"env": dict(os.environ), "uid": os.getuid()}, file)
    name = "NAME-VERSION-py3-none-any.whl"
    info = "NAME-VERSION.dist-info/"
    files = {
        "NAME/__init__.py": "def main():\\n    pass\\n",
        info + "METADATA": "Metadata-Version: 2.1\\nName: NAME\\nVersion: VERSION\\n",
        info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        info + "entry_points.txt": "[console_scripts]\\nNAME = NAME:main\\n",
    }
    files[info + "RECORD"] = "".join(path + ",,\\n" for path in [*files, info + "RECORD"])
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return name
`;

/** Returns a source distribution that is built by code of its own. */
export function makeSource(name: string, version: string): Uint8Array {
  const root = `${name}-${version}`;
  const build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n';
  const files = {
    "pyproject.toml": `${build}[project]\nname = "${name}"\nversion = "${version}"\n`,
    "PKG-INFO": `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    "backend.py": BACKEND.replaceAll("NAME", name).replaceAll("VERSION", version),
  };
  const entries = Object.entries(files).map(([path, content]) => createTarEntry(`${root}/${path}`, content));
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));
}

/** Serves files as a package index on loopback (PEP 503). A file's project is what stands before its first dash. */
export async function startPythonIndex(files: PythonFiles) {
  const server = createServer((request, response) => {
    const [, kind, name = ""] = /^\/(simple|files)\/([^/]+)\/?$/.exec(request.url ?? "") ?? [];
    const content = files.get(name);
    if (kind === "files" && content !== undefined) return response.end(content);
    const found = [...files].filter(([file]) => kind === "simple" && file.split("-")[0] === name);
    if (found.length === 0) return response.writeHead(404).end();
    response.setHeader("content-type", "text/html");
    response.end(
      found
        .map(([file, bytes]) => {
          const hash = createHash("sha256").update(bytes).digest("hex");
          return `<a href="/files/${file}#sha256=${hash}">${file}</a>`;
        })
        .join("\n"),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
  return { url, close: () => new Promise((resolve) => server.close(resolve)) };
}
