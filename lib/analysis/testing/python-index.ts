import { createHash } from "node:crypto";
import { strToU8, zipSync } from "fflate";
import { startTestServer, type TestServer } from "./http-server.ts";

export interface IndexedFile {
  filename: string;
  content: Uint8Array;
  /** Text of its METADATA, served as a separate file. */
  metadata?: string;
  yanked?: boolean | string;
}

export interface PythonIndexOptions {
  /** User and password that every request must send. */
  credentials?: string;
  /** Serves HTML (PEP 503) only, no JSON. */
  htmlOnly?: boolean;
  /** Replaces an answer: other content, HTML in place of a page, or a redirect. */
  tamper?: (path: string) => { content?: Uint8Array; location?: string } | undefined;
}

/** Returns the METADATA of a distribution, with a README. */
export function metadataOf(name: string, version: string, more = ""): string {
  return `Metadata-Version: 2.4\nName: ${name}\nVersion: ${version}\nSummary: A server\nRequires-Dist: mcp>=1.2\nProject-URL: Repository, https://github.com/acme/${name}\n${more}\nRead me`;
}

/** Creates a wheel with one module. */
export function makeWheel(name: string, version: string, metadata = metadataOf(name, version)): Uint8Array {
  const module = name.replaceAll("-", "_");
  return zipSync({
    [`${module}/server.py`]: strToU8("import os\nos.environ['A_KEY']\n"),
    [`${module}-${version}.dist-info/METADATA`]: strToU8(metadata),
    [`${module}-${version}.dist-info/entry_points.txt`]: strToU8(
      `[console_scripts]\n${name} = ${module}.server:main\n`,
    ),
  });
}

/**
 * Serves a package index (simple repository API: PEP 503, 592, 658, 691) on loopback. Strict: a path that is not
 * normalized, missing credentials, or a file that no page has listed is a problem.
 *
 * @param projects files of each project, by normalized name
 */
export async function startPythonIndex(
  projects: Record<string, IndexedFile[]>,
  options: PythonIndexOptions = {},
): Promise<TestServer & { indexUrl: string }> {
  const expected = options.credentials && `Basic ${Buffer.from(options.credentials).toString("base64")}`;
  const server = await startTestServer((request, response, problem) => {
    const send = (status: number, body: Uint8Array | string, type: string) =>
      void response.writeHead(status, { "content-type": type }).end(body);
    if (request.method !== "GET") problem("only GET is there");
    if (request.headers.authorization !== (expected || undefined)) return send(401, "", "text/plain");
    const changed = options.tamper?.(request.url);
    if (changed?.location) return void response.writeHead(302, { location: changed.location }).end();
    const [, project] = /^\/simple\/([^/]+)\/$/.exec(request.url) ?? [];
    if (project !== undefined) {
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(project)) problem("the name is not normalized");
      if (!request.headers.accept?.startsWith("application/vnd.pypi.simple.v1+json")) problem("JSON is not asked for");
      const files = Object.hasOwn(projects, project) ? projects[project] : undefined;
      if (!files) return send(404, "no such project", "text/plain");
      if (changed?.content) return send(200, changed.content, "text/html; charset=utf-8");
      return options.htmlOnly
        ? send(200, htmlPage(files), "text/html; charset=utf-8")
        : send(200, JSON.stringify(jsonPage(project, files)), "application/vnd.pypi.simple.v1+json");
    }
    const [, filename = "", suffix] = /^\/files\/(.+?)(\.metadata)?$/.exec(request.url) ?? [];
    const file = Object.values(projects)
      .flat()
      .find((one) => one.filename === decodeURIComponent(filename));
    const content = suffix ? file?.metadata : file?.content;
    if (content === undefined) {
      problem("no page lists that");
      return send(404, "", "text/plain");
    }
    send(200, changed?.content ?? content, "application/octet-stream");
  });
  return { ...server, indexUrl: `${server.url}/simple` };
}

function digest(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

function jsonPage(name: string, files: IndexedFile[]): unknown {
  return {
    meta: { "api-version": "1.1" },
    name,
    files: files.map((file) => ({
      filename: file.filename,
      url: `../../files/${encodeURIComponent(file.filename)}`,
      hashes: { sha256: digest(file.content) },
      yanked: file.yanked ?? false,
      "core-metadata": file.metadata === undefined ? false : { sha256: digest(file.metadata) },
    })),
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function htmlPage(files: IndexedFile[]): string {
  const links = files.map((file) => {
    const metadata = file.metadata === undefined ? "" : ` data-core-metadata="sha256=${digest(file.metadata)}"`;
    const yanked = file.yanked ? ` data-yanked="${file.yanked === true ? "" : escaped(file.yanked)}"` : "";
    const href = `/files/${encodeURIComponent(file.filename)}#sha256=${digest(file.content)}`;
    return `<a href="${href}" data-requires-python=">=3.10"${metadata}${yanked}>${file.filename}</a><br>`;
  });
  return `<!DOCTYPE html><html><body><h1>Links</h1>${links.join("\n")}</body></html>`;
}
