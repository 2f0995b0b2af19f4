import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { findProgram } from "../src/install/run.ts";
import { isModuleName, isProgramName } from "../src/install/spec.ts";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { runToExit, startHost } from "./testing/host-process.ts";
import { status } from "./testing/http.ts";
import { INSTALL_PATIENCE_MS } from "./testing/patience.ts";
import { startRegistry } from "./testing/registry.ts";

const folder = await mkdtemp(join(tmpdir(), "mcp-host-entry-"));
after(() => rm(folder, { recursive: true, force: true }));

/** Runs mcp-host on a package. Returns the name by which its server introduces itself, or the error of the install. */
async function startPackage(env: Record<string, string>): Promise<string> {
  const host = await startHost({
    command: null,
    env: { MCP_INSTALL_DIR: join(folder, "install"), MCP_HANDSHAKE_TIMEOUT_S: "300", ...env },
  });
  try {
    const settled = await eventually(
      "the install",
      async () => {
        const now = await status(host);
        return now.phase !== "installing" && now;
      },
      INSTALL_PATIENCE_MS,
    );
    const error = settled.error as { code: string; message: string } | null;
    if (error !== null) return `${error.code}: ${error.message}`;
    const { serverInfo } = (await Client.open(host)).initializeResult;
    return (serverInfo as { name: string }).name;
  } finally {
    await host.close();
  }
}

/** A program that answers `initialize` with its own name. */
const createProgram = (name: string) => `#!/usr/bin/env node
import("node:readline").then(({ createInterface }) => {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, method, params } = JSON.parse(line);
    if (method !== "initialize") return;
    const result = { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: { name: "${name}", version: "1" } };
    console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });
});
`;

describe("npm: MCP_PROGRAM", () => {
  test("the named program of a package or a dependency starts, and an unknown name lists those that exist", async () => {
    const registry = await startRegistry({
      several: {
        manifest: { bin: { server: "server.js", admin: "admin.js" }, dependencies: { helper: "1.0.0" } },
        files: { "server.js": createProgram("server"), "admin.js": createProgram("admin") },
      },
      helper: { manifest: { bin: { "helper-mcp": "cli.js" } }, files: { "cli.js": createProgram("helper") } },
    });
    const env = {
      MCP_PACKAGE: "npm:several@1.0.0",
      npm_config_registry: registry.url,
      npm_config_cache: join(folder, "cache"),
      HTTP_PROXY: "",
      http_proxy: "",
    };
    try {
      assert.equal(await startPackage({ ...env, MCP_PROGRAM: "server" }), "server");
      assert.equal(await startPackage({ ...env, MCP_PROGRAM: "admin" }), "admin");
      assert.equal(await startPackage({ ...env, MCP_PROGRAM: "helper-mcp" }), "helper");
      assert.equal(
        await startPackage({ ...env, MCP_PROGRAM: "other" }),
        "no_bin: several brings no program named other; it has: server, admin",
      );
    } finally {
      await registry.close();
    }
  });
});

/** Writes two wheels: a server with two scripts and a module, and what its extra "plus" brings. */
const WHEELS = `
import sys, zipfile
MAIN = '''
import json, sys
def main(name="script"):
    try:
        import field_extra
        name += " with extra"
    except ImportError:
        pass
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("method") == "initialize":
            info = {"name": name, "version": "1"}
            result = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": info}
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
def other():
    main("other")
if __name__ == "__main__":
    main("module")
'''
def write(name, files, metadata=""):
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(f"{sys.argv[1]}/{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path.replace("INFO", info), text)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n{metadata}")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
scripts = "[console_scripts]\\nfield_server = field_server.run:main\\nother = field_server.run:other\\n"
write("field_server", {"field_server/__init__.py": "", "field_server/run.py": MAIN, "INFO/entry_points.txt": scripts},
      "Provides-Extra: plus\\nRequires-Dist: field_extra; extra == 'plus'\\n")
write("field_extra", {"field_extra.py": ""})
`;

describe("PyPI: MCP_PROGRAM, MCP_MODULE and extras", () => {
  const python = findProgram("python3", process.env.PATH);
  test("the named script or module starts with the packages of its extras", { skip: python === null }, async () => {
    await promisify(execFile)(python ?? "", ["-c", WHEELS, folder]);
    const env = {
      MCP_PACKAGE: "pypi:field_server==1.0",
      PIP_NO_INDEX: "1",
      PIP_FIND_LINKS: folder,
      UV_NO_INDEX: "1",
      UV_FIND_LINKS: folder,
    };
    assert.equal(await startPackage(env), "script");
    assert.equal(await startPackage({ ...env, MCP_PROGRAM: "other" }), "other");
    assert.equal(await startPackage({ ...env, MCP_MODULE: "field_server.run" }), "module");
    const extra = { ...env, MCP_PACKAGE: "pypi:field_server[plus]==1.0" };
    assert.equal(await startPackage({ ...extra, MCP_PROGRAM: "other" }), "other with extra");
    assert.equal(
      await startPackage({ ...env, MCP_PROGRAM: "third" }),
      "no_bin: field_server brings no program named third; it has: field_server, other",
    );
    for (const module of ["field_server", "field_server.none", "none"]) {
      assert.equal(
        await startPackage({ ...env, MCP_MODULE: module }),
        `no_bin: field_server brings no module named ${module} that can be run`,
      );
    }
  });
});

test("a program is a plain name but not an interpreter's, and a module is a dotted name", async () => {
  const refused = [
    "../sh",
    "-e",
    "a/b",
    ".hidden",
    "",
    "a b",
    "node",
    "NPX",
    "python3.12",
    "pip3",
    "uvx",
    "sh",
    "bash",
    "env",
    "deno",
    "cmd.exe",
  ];
  for (const name of refused) assert.equal(isProgramName(name), false, name);
  for (const name of ["server", "mcp-server.js", "_x", "node-server"]) assert.equal(isProgramName(name), true, name);
  for (const name of ["-c", "a..b", "a.", "a-b", "a/b", "1a", "a b"]) assert.equal(isModuleName(name), false, name);
  for (const name of ["a", "a.b_c.D1"]) assert.equal(isModuleName(name), true, name);
  const base = { MCP_INSTALL_DIR: folder, MCP_PACKAGE: "npm:x@1.0.0" };
  const settings: [Record<string, string>, RegExp][] = [
    [{ MCP_PROGRAM: "node" }, /MCP_PROGRAM must be the plain name/],
    [{ MCP_MODULE: "a.b" }, /MCP_MODULE must be the dotted name of a module of a PyPI package/],
    [{ MCP_PROGRAM: "a", MCP_MODULE: "b" }, /exclude each other/],
  ];
  for (const [env, message] of settings) {
    const { code, stderr } = await runToExit([], { ...base, ...env });
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});
