import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePackageSpec } from "mcp-host/package-spec";
import { editServer } from "../deployments/inputs/server-edits.ts";
import { AppError } from "../errors/app-error.ts";
import { npmClient } from "./fetch/registries/npm.ts";
import { pypiClient } from "./fetch/registries/pypi.ts";
import { readCommand } from "./readers/launch.ts";
import { readServerJson } from "./readers/server-json.ts";
import { parseSource } from "./source.ts";
import type { Server } from "./spec.ts";
import { startTestServer } from "./testing/http-server.ts";

type PackageRegistry = "npm" | "pypi";

/** Texts in a version's place that npm, pip or uv read as a file, folder, URL, tag, range, alias, workspace or flag. */
const NO_VERSION: Record<PackageRegistry, string[]> = {
  npm: [
    "1.0.0-a.tgz",
    "1.0.0+a.tar.gz",
    "1.0.0-a.tar",
    "1.0",
    "1",
    "v1.0.0",
    "01.0.0",
    "^1.0.0",
    "~1.0.0",
    ">=1.0.0",
    "1.x",
    "*",
    "1.0.0||2.0.0",
    "1.0.0-",
    "next",
    "npm:other@1.0.0",
    "file:../other",
    "file:other.tgz",
    "./other",
    "../other",
    "~/other",
    "workspace:*",
    "link:../other",
    "other/repository",
    "github:other/repository",
    "gist:0123456789abcdef",
    "git+https://evil.example/x.git",
    "git@evil.example:x.git",
    "https://evil.example/x.tgz",
    "1.0.0/../../x",
    "--registry=https://evil.example",
  ],
  pypi: [
    "1.0.zip",
    "1.0+a.whl",
    "1.0+local.tar.gz",
    "1.0+a.tar.bz2",
    "1.*",
    ">=1.0",
    "1.0,<2",
    "v1.0",
    "=1.0",
    "stable",
    "1.0;python_version>'3'",
    "file:///tmp/x",
    "./x",
    "../x",
    "git+https://evil.example/x.git",
    "https://evil.example/x-1.0-py3-none-any.whl",
    "1.0@https://evil.example/x.whl",
    "-r",
    "--index-url=https://evil.example",
  ],
};

const NO_NAME: Record<PackageRegistry, string[]> = {
  npm: [
    "../x",
    "./x",
    "/x",
    "~x",
    "x.tgz",
    "x.tar.gz",
    ".x",
    "-x",
    "--eval",
    "@/x",
    "@x",
    "a..b",
    "ｘ",
    "x\u200b",
    "thіng",
  ],
  pypi: ["../x", "x.whl", "x.tar.gz", "x.zip", ".x", "-r", "x.", "a..b", "git+x", "x\u200b", "thіng"],
};

const SERVER: Server = { name: "", description: "", runtime: "npm", package: "x", version: "1.0.0", args: [] };

function isEditAccepted(edits: Partial<Server>): boolean {
  try {
    editServer(SERVER, edits);
    return true;
  } catch (error) {
    assert.ok(error instanceof AppError);
    return false;
  }
}

function isSourceAccepted(text: string): boolean {
  try {
    const source = parseSource(text);
    return source.kind !== "github";
  } catch (error) {
    assert.ok(error instanceof AppError);
    return false;
  }
}

function readDeclared(registry: PackageRegistry, identifier: string, version: string) {
  const text = JSON.stringify({ packages: [{ registryType: registry, identifier, version }] });
  return readServerJson({ path: "server.json", text, isCut: false }).launches[0];
}

function readShown(registry: PackageRegistry, written: string) {
  const command = registry === "npm" ? "npx" : "uvx";
  return readCommand({ command, args: [written], env: [] }, { from: "readme", where: "README.md:1" }).launch;
}

for (const registry of ["npm", "pypi"] as const) {
  const separator = registry === "npm" ? "@" : "==";
  const right = registry === "npm" ? "1.2.3-rc.1+build.5" : "2026.1.post1";

  test(`every entrance takes one exact version of ${registry}, and nothing that its clients read otherwise`, () => {
    const entrances: [string, (version: string) => boolean][] = [
      ["the pasted source", (version) => isSourceAccepted(`${registry}:x${separator}${version}`)],
      ["the API", (version) => isEditAccepted({ runtime: registry, version })],
      ["server.json", (version) => readDeclared(registry, "x", version)?.version === version],
      ["a command", (version) => readShown(registry, `x${separator}${version}`)?.version === version],
      ["mcp-host", (version) => parsePackageSpec(`${registry}:x${separator}${version}`) !== null],
    ];
    for (const [entrance, isAccepted] of entrances) {
      assert.ok(isAccepted(right), `${entrance}: ${right}`);
      for (const version of NO_VERSION[registry]) assert.ok(!isAccepted(version), `${entrance}: ${version}`);
    }
  });

  test(`every entrance takes plain names of ${registry}, and nothing that its clients read otherwise`, () => {
    const entrances: [string, (name: string) => boolean][] = [
      ["the pasted source", (name) => isSourceAccepted(`${registry}:${name}`)],
      ["the API", (name) => isEditAccepted({ runtime: registry, package: name, version: right })],
      ["server.json", (name) => readDeclared(registry, name, right)?.package === name],
      ["a command", (name) => readShown(registry, name)?.package === name],
      ["mcp-host", (name) => parsePackageSpec(`${registry}:${name}${separator}${right}`) !== null],
    ];
    for (const [entrance, isAccepted] of entrances) {
      assert.ok(isAccepted("right-name"), entrance);
      for (const name of NO_NAME[registry]) assert.ok(!isAccepted(name), `${entrance}: ${name}`);
    }
  });
}

test("a version that is none is never sent to a registry or its client", async (t) => {
  const registry = await startTestServer((_request, response) => {
    response.writeHead(500);
    response.end();
  });
  t.after(registry.close);
  const settings = { PATH: "/nonexistent", npm_config_registry: registry.url, PIP_INDEX_URL: registry.url };
  const signal = AbortSignal.timeout(60_000);
  for (const version of NO_VERSION.npm)
    assert.deepEqual(await npmClient(settings).lookup("x", version, signal), { status: "absent", reason: "version" });
  for (const version of NO_VERSION.pypi)
    assert.deepEqual(await pypiClient(settings).lookup("x", version, signal), { status: "absent", reason: "version" });
  assert.deepEqual(registry.requests, []);
});
