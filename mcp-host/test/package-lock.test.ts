import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { installNpm } from "../src/install/npm.ts";
import { decodeLock, digestLock, encodeLock } from "../src/install/package-lock.ts";
import { installPypi } from "../src/install/pypi.ts";
import { findProgram, run } from "../src/install/run.ts";
import type { PackageSpec } from "../src/install/spec.ts";
import type { InstallContext, InstallPolicy } from "../src/install/types.ts";
import { makeSource, makeWheel, type PythonFiles, startPythonIndex } from "./testing/python-index.ts";
import { startRegistry } from "./testing/registry.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mcp-host-lock-"));
  await chmod(folder, 0o755);
});
after(() => rm(folder, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;
const policy: InstallPolicy = { scripts: null, maxBytes: 2 ** 30, users: null };

describe("npm", () => {
  const packages = (text: string) => ({
    server: { manifest: { bin: "cli.js", dependencies: { helper: "^1.0.0" } } },
    helper: { files: { "index.js": text } },
  });

  async function install(root: string, url: string, more: Partial<InstallContext> = {}) {
    const spec: PackageSpec = { registry: "npm", name: "server", extras: [], version: "1.0.0" };
    const env = { PATH: process.env.PATH, HOME: join(folder, root), npm_config_registry: url };
    return await installNpm(spec, join(folder, root), { entry: null, env, policy, onLine: () => {}, ...more });
  }

  test("a lock names every file's hash and no registry, and another machine installs the same with it", async () => {
    const [one, two] = [await startRegistry(packages("1")), await startRegistry(packages("1"))];
    try {
      const { lock, home } = await install("first", one.url);
      assert.ok(lock);
      const { packages: tree } = JSON.parse(lock.content) as { packages: Record<string, Record<string, string>> };
      for (const name of ["server", "helper"]) assert.match(tree[`node_modules/${name}`]?.integrity ?? "", /^sha512-/);
      assert.ok(!lock.content.includes(one.url));
      const again = await install("first", one.url, { lock });
      assert.deepEqual([again.isCached, again.home], [true, home], "it is found by its lock");
      const other = await install("other", two.url, { lock: decodeLock(encodeLock(lock)) });
      assert.equal(other.isCached, false);
      assert.ok(other.lock);
      assert.equal(digestLock(other.lock), digestLock(lock));
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  });

  test("a file that has changed at the registry is hash_mismatch, and a lock of another version does not count", async () => {
    const [one, two] = [await startRegistry(packages("1")), await startRegistry(packages("changed"))];
    try {
      const { lock } = await install("before", one.url);
      assert.ok(lock);
      await assert.rejects(install("changed", two.url, { lock }), { code: "hash_mismatch" });
      const { lock: resolved } = await install("changed", two.url, { lock: { ...lock, package: "npm:server@0.9.0" } });
      assert.ok(resolved);
      assert.notEqual(digestLock(resolved), digestLock(lock));
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  });

  test("a new resolution is not shared with an earlier one", async () => {
    const registry = await startRegistry(packages("1"));
    try {
      await install("resolution", registry.url);
      assert.equal((await install("resolution", registry.url)).isCached, true);
      assert.equal((await install("resolution", registry.url, { resolution: "1" })).isCached, false);
    } finally {
      await registry.close();
    }
  });
});

for (const client of ["pip", "uv"] as const) {
  const hasClient = findProgram(client === "uv" ? "uv" : "python3", process.env.PATH) !== null;
  describe(`PyPI with ${client}`, { skip: !hasClient && `needs ${client}` }, () => {
    const pth = `import os; open("FOLDER/pth-ran", "a").write("x")\n`;
    const files: PythonFiles = new Map();
    let index: Awaited<ReturnType<typeof startPythonIndex>>;
    before(async () => {
      const more = { "server.pth": pth.replace("FOLDER", folder) };
      files.set("server-1.0-py3-none-any.whl", makeWheel("server", "1.0", ["helper>=1"], more));
      files.set("helper-1.0-py3-none-any.whl", makeWheel("helper", "1.0"));
      files.set("source-1.0.tar.gz", makeSource("source", "1.0"));
      index = await startPythonIndex(files);
    });
    after(() => index.close());

    async function install(name: string, root: string, more: Partial<InstallContext> = {}) {
      const home = join(folder, `${client}-operator`);
      await mkdir(home, { recursive: true });
      // Without uv on PATH, pip is used.
      const path = (process.env.PATH ?? "")
        .split(":")
        .filter((part) => client === "uv" || !existsSync(join(part, "uv")));
      const env = {
        PATH: path.join(":"),
        HOME: home,
        PIP_INDEX_URL: index.url,
        UV_DEFAULT_INDEX: index.url,
        PIP_EXTRA_INDEX_URL: "",
        UV_INDEX_PRIVATE_PASSWORD: "secret-of-the-operator",
        MCP_HOST_TOKEN: "secret-of-the-operator",
      };
      const spec: PackageSpec = { registry: "pypi", name, extras: [], version: "1.0" };
      const context = { entry: null, env, policy, onLine: () => {}, ...more };
      const result = await installPypi(spec, join(folder, `${client}-${root}`), context);
      const show = async (module: string) => {
        const code = `import ${module}; print(${module}.VERSION)`;
        const python = join(result.home, "..", "venv", "bin", "python");
        return (await run(python, ["-c", code], { cwd: folder, env: {}, timeoutMs: 20_000 })).stdout.trim();
      };
      return { ...result, show };
    }

    test("a lock keeps the versions and hashes of a first install, and a changed file is hash_mismatch", async () => {
      const { lock, isCached } = await install("server", "first");
      assert.ok(lock);
      assert.equal(isCached, false);
      assert.match(lock.content, /helper==1\.0[\s\\]+--hash=sha256:[0-9a-f]{64}/);
      assert.match(lock.content, /server==1\.0[\s\\]+--hash=sha256:[0-9a-f]{64}/);
      files.set("helper-1.1-py3-none-any.whl", makeWheel("helper", "1.1"));
      assert.equal(await (await install("server", "later", { lock })).show("helper"), "1.0");
      assert.equal(await (await install("server", "resolved")).show("helper"), "1.1");
      files.set("helper-1.0-py3-none-any.whl", makeWheel("helper", "1.0", [], { "helper/more.py": "" }));
      await assert.rejects(install("server", "changed", { lock }), { code: "hash_mismatch" });
    });

    test("installing runs no code of a package that is there as a wheel", async () => {
      await rm(join(folder, "pth-ran"), { force: true });
      const { show } = await install("server", "quiet", { policy: { ...policy, scripts: [] } });
      assert.ok(!existsSync(join(folder, "pth-ran")));
      assert.equal(await show("server"), "1.0");
      assert.ok(existsSync(join(folder, "pth-ran")), "Python itself does run it, once the server starts");
    });

    test("a source is built only where that is allowed, with a server's environment", async () => {
      await assert.rejects(install("source", "refused", { policy: { ...policy, scripts: [] } }), (error: Error) => {
        assert.match(error.message, client === "uv" ? /built from source, which is switched off/ : /source/);
        return true;
      });
      const users: [number, number] | null = isRoot ? [1_700_000_000, 1_700_999_999] : null;
      const { home } = await install("source", "built", { policy: { ...policy, users } });
      const text = await readFile(join(home, "build.json"), "utf8");
      assert.doesNotMatch(text, /-of-the-operator/);
      const { env, uid } = JSON.parse(text) as { env: Record<string, string>; uid: number };
      assert.equal(env.HOME, home);
      if (users !== null) assert.ok(uid >= users[0] && uid <= users[1], String(uid));
    });
  });
}
