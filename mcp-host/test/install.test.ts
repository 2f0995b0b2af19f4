import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { installOnce } from "../src/install/folder.ts";
import { chooseBin } from "../src/install/npm.ts";
import { chooseScript, needsFirstSdk } from "../src/install/pypi.ts";
import { findProgram } from "../src/install/run.ts";
import { parsePackageSpec } from "../src/install/spec.ts";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { startHost } from "./testing/host-process.ts";
import { http, status } from "./testing/http.ts";
import { INSTALL_PATIENCE_MS } from "./testing/patience.ts";
import { startRegistry } from "./testing/registry.ts";
import { textOf } from "./testing/rpc.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mcp-host-install-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const everything = "npm:@modelcontextprotocol/server-everything@2026.8.31";

/** Runs mcp-host on a package that cannot be installed; gives the error that it reports. */
async function errorOf(spec: string, env: Record<string, string> = {}) {
  const host = await startHost({
    command: null,
    env: { MCP_PACKAGE: spec, MCP_INSTALL_DIR: join(folder, "errors"), ...env },
  });
  try {
    const failed = await eventually(
      "the failure",
      async () => {
        const now = await status(host);
        return now.phase === "failed" && now;
      },
      INSTALL_PATIENCE_MS,
    );
    const health = await http(host, { method: "GET", path: "/healthz" });
    assert.equal(health.status, 503);
    return failed.error as { code: string; message: string };
  } finally {
    await host.close();
  }
}

describe("parsing MCP_PACKAGE", () => {
  test("only one exact version of one package is accepted, in a form that package clients cannot misread", () => {
    assert.deepEqual(parsePackageSpec("npm:@scope/name@1.2.3-beta.1+build"), {
      registry: "npm",
      name: "@scope/name",
      extras: [],
      version: "1.2.3-beta.1+build",
    });
    assert.deepEqual(parsePackageSpec("pypi:mcp_server.time==2026.1.post1"), {
      registry: "pypi",
      name: "mcp_server.time",
      extras: [],
      version: "2026.1.post1",
    });
    assert.deepEqual(parsePackageSpec("pypi:name[web, db,web]==1.0"), {
      registry: "pypi",
      name: "name",
      extras: ["db", "web"],
      version: "1.0",
    });
    const refused = [
      "npm:name",
      "npm:name@latest",
      "npm:name@^1.0.0",
      "npm:name@1.0.0 --registry=http://x",
      "npm:--version@1.0.0",
      "npm:../x@1.0.0",
      "npm:a/../b@1.0.0",
      "npm:x@npm:y@1.0.0",
      "npm:x@file:../y",
      "npm:x@https://evil.example/x.tgz",
      "npm:@/x@1.0.0",
      "npm:x@1.0.0\n--y",
      "npm:x@1.0.0-a.tgz",
      "npm:x@1.0.0+a.tar.gz",
      "npm:x@1.0.0-a.tar",
      "npm:x@01.0.0",
      "npm:x@v1.0.0",
      "npm:x@1.0",
      "npm:x@1.0.0-",
      "npm:x@1.x",
      "npm:x@*",
      "npm:x@1.0.0||2.0.0",
      "npm:x@workspace:*",
      "npm:x@link:../y",
      "npm:x@git+ssh://git@evil.example/x",
      "npm:x@evil/x",
      "npm:x.tgz@1.0.0",
      "npm:~x@1.0.0",
      "pypi:name",
      "pypi:name[]==1",
      "pypi:name[-r]==1",
      "pypi:name[a]; x==1",
      "pypi:name>=1",
      "pypi:-r==1",
      "pypi:name==1;x",
      "pypi:name==1.0.zip",
      "pypi:name==1.0+a.whl",
      "pypi:name==1.0+local.tar.gz",
      "pypi:name==1.*",
      "pypi:name===1.0",
      "pypi:name==latest",
      "pypi:name==1.0,<2",
      "pypi:name==file:x",
      "pypi:name.whl==1.0",
      "pypi:name==1 --index-url=http://x",
      "pypi:name @ https://evil.example==1",
      "pypi:git+https://x==1",
      "gem:x@1.0.0",
      "",
    ];
    for (const text of refused) assert.equal(parsePackageSpec(text), null, text);
  });

  test("choosing a package's server program", () => {
    assert.equal(chooseBin("cli.js", "x"), "cli.js");
    assert.equal(chooseBin({ other: "o.js" }, "@s/x"), "o.js");
    assert.equal(chooseBin({ "a-mcp": "m.js", x: "x.js" }, "@s/x"), "x.js");
    assert.equal(chooseBin({ a: "a.js", "a-mcp": "m.js" }, "x"), "m.js");
    assert.equal(chooseBin({ a: "same.js", b: "same.js" }, "x"), "same.js");
    assert.equal(chooseBin({ a: "a.js", b: "b.js" }, "x"), null);
    assert.equal(chooseBin(undefined, "x"), null);
    assert.equal(chooseScript(["x", "mcp_server_time"], "mcp-server-time"), "mcp_server_time");
    assert.equal(chooseScript(["tool", "tool-mcp"], "thing"), "tool-mcp");
    assert.equal(chooseScript(["../../bin/sh"], "thing"), null);
    assert.equal(chooseScript([], "thing"), null);
  });

  test("recognizing Python servers for the first SDK", () => {
    const cases: [string[], string | null, boolean][] = [
      [["mcp>=1.2", "x"], "2.3.0", true],
      [["mcp[cli]>=1.0.0"], "2.3.0", true],
      [["mcp"], "2.0", true],
      [["mcp (>=1.0)"], "2.0", true],
      [["mcp>=1.0"], "1.9.0", false],
      [["mcp<3,>=2.3"], "2.3.0", false],
      [["mcp>=1.2,<3"], "2.3.0", false],
      [["mcp-tools>=1"], "2.3.0", false],
      [["fastmcp>=2"], "2.3.0", false],
      [["mcp>=1"], null, false],
    ];
    for (const [requires, mcp, expected] of cases) {
      assert.equal(needsFirstSdk({ scripts: [], requires, mcp }), expected, `${requires} ${mcp}`);
    }
  });
});

describe("installing once", () => {
  test("an interrupted install runs again, a finished one does not, and one of two concurrent installs counts", async () => {
    const root = join(folder, "once");
    await assert.rejects(
      installOnce(root, "thing", async (target) => {
        await writeFile(join(target, "half"), "");
        throw new Error("cut off");
      }),
      /cut off/,
    );
    assert.deepEqual(await readdir(root), []);
    let fills = 0;
    const fill = async (target: string) => {
      fills++;
      await mkdir(join(target, "whole"));
    };
    const both = await Promise.all([installOnce(root, "thing", fill), installOnce(root, "thing", fill)]);
    assert.equal(both[0].folder, both[1].folder);
    assert.deepEqual(await readdir(both[0].folder).then((names) => names.filter((name) => !name.startsWith("."))), [
      "whole",
    ]);
    const before = fills;
    assert.equal((await installOnce(root, "thing", fill)).isCached, true);
    assert.equal(fills, before);
    await rm(both[0].folder, { recursive: true });
    assert.equal((await installOnce(root, "thing", fill)).isCached, false, "a folder that was deleted is made again");
  });
});

describe("npm", () => {
  test("a server is installed once and started directly", async () => {
    const env = { MCP_PACKAGE: everything, MCP_INSTALL_DIR: join(folder, "npm"), MCP_ARGS: '["stdio"]' };
    for (const cached of [false, true]) {
      const host = await startHost({ command: null, env });
      try {
        if (!cached)
          assert.equal(JSON.parse((await http(host, { method: "GET", path: "/healthz" })).text).phase, "installing");
        // A client that comes during the install waits for it.
        const client = await Client.open(host);
        assert.equal(textOf(await client.call("echo", { message: "installed" })), "Echo: installed");
        const { install } = await status(host);
        assert.equal((install as { cached: boolean }).cached, cached);
        assert((install as { endedAt: string | null }).endedAt);
      } finally {
        await host.close();
      }
    }
  });

  test("failures have distinct error codes", async () => {
    assert.equal((await errorOf("npm:@modelcontextprotocol/no-such-server-here@1.0.0")).code, "package_not_found");
    assert.equal((await errorOf("npm:@modelcontextprotocol/server-everything@0.0.99")).code, "version_not_found");
    assert.equal((await errorOf("npm:zod@4.0.0")).code, "no_bin");
  });

  test("an unreachable registry is network, and the user's own settings choose the registry", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const error = await errorOf("npm:some-package@1.0.0", {
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_fetch_retries: "0",
      HTTP_PROXY: "",
      http_proxy: "",
    });
    assert.equal(error.code, "network");
  });

  test("a package that needs a newer Node and a program outside its package are refused", async () => {
    const registry = await startRegistry({
      "needs-node": { manifest: { engines: { node: ">=99.0.0" }, bin: "cli.js" } },
      escapes: { manifest: { bin: { escapes: "../../../../../../../../etc/passwd" } } },
    });
    const env = {
      npm_config_registry: registry.url,
      npm_config_cache: join(folder, "cache"),
      HTTP_PROXY: "",
      http_proxy: "",
    };
    try {
      assert.equal((await errorOf("npm:needs-node@1.0.0", env)).code, "runtime_too_old");
      assert.equal((await errorOf("npm:escapes@1.0.0", env)).code, "no_bin");
    } finally {
      await registry.close();
    }
  });
});

describe("PyPI", () => {
  test("an install without any Python is python_missing", async () => {
    const bin = join(folder, "empty-path");
    await mkdir(bin, { recursive: true });
    const error = await errorOf("pypi:mcp-server-time==2026.10.19", { PATH: bin });
    assert.equal(error.code, "python_missing");
  });

  test("a server is installed into its own environment and started directly", async (context) => {
    if (findProgram("uv", process.env.PATH) === null && findProgram("python3", process.env.PATH) === null) {
      return context.skip("no Python on this machine");
    }
    const env = { MCP_PACKAGE: "pypi:mcp-server-time==2026.10.19", MCP_INSTALL_DIR: join(folder, "pypi") };
    const host = await startHost({ command: null, env: { ...env, MCP_HANDSHAKE_TIMEOUT_S: "300" } });
    try {
      const settled = await eventually(
        "the install",
        async () => {
          const now = await status(host);
          return now.phase !== "installing" && now;
        },
        INSTALL_PATIENCE_MS,
      );
      const code = (settled.error as { code: string } | null)?.code;
      if (code === "network" || code === "python_missing") return context.skip(`not possible on this machine: ${code}`);
      const client = await Client.open(host);
      const { tools } = (await client.request("tools/list")).result as { tools: { name: string }[] };
      assert.deepEqual(tools.map((tool) => tool.name).sort(), ["convert_time", "get_current_time"]);
      assert.match(textOf(await client.call("get_current_time", { timezone: "UTC" })), /"timezone": "UTC"/);
    } finally {
      await host.close();
    }
  });

  test("a server written for the first Python SDK gets that SDK", async (context) => {
    const env = { MCP_PACKAGE: "pypi:mcp-server-time==2025.9.25", MCP_INSTALL_DIR: join(folder, "pypi") };
    const host = await startHost({ command: null, env: { ...env, MCP_HANDSHAKE_TIMEOUT_S: "300" } });
    try {
      const settled = await eventually(
        "the install",
        async () => {
          const now = await status(host);
          return now.phase !== "installing" && now;
        },
        INSTALL_PATIENCE_MS,
      );
      const code = (settled.error as { code: string } | null)?.code;
      if (code === "network" || code === "python_missing") return context.skip(`not possible on this machine: ${code}`);
      const client = await Client.open(host);
      assert.match(textOf(await client.call("get_current_time", { timezone: "UTC" })), /"timezone": "UTC"/);
    } finally {
      await host.close();
    }
  });

  test("failures have distinct error codes", async (context) => {
    const missing = await errorOf("pypi:no-such-mcp-server-here==1.0");
    if (missing.code === "network" || missing.code === "python_missing") return context.skip(missing.code);
    assert.equal(missing.code, "package_not_found");
    assert.equal((await errorOf("pypi:mcp-server-time==99.1")).code, "version_not_found");
  });
});
