import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findInstallScripts } from "../fetch/registries/npm-scripts.ts";
import type { TestServer } from "../testing/http-server.ts";
import { startNpmRegistry } from "../testing/npm-registry.ts";
import type { Draft } from "../types.ts";
import { nameInstallScripts } from "./install-scripts.ts";

let registry: TestServer;
before(async () => {
  const scripts = { postinstall: "node build.js" };
  registry = await startNpmRegistry([
    {
      name: "server",
      version: "1.0.0",
      manifest: {
        dependencies: { plain: "^1.0.0", circle: "1" },
        optionalDependencies: { native: "1.x" },
        peerDependencies: { peer: "1", absent: "1" },
        peerDependenciesMeta: { absent: { optional: true } },
      },
    },
    { name: "plain", version: "1.2.0", manifest: { dependencies: { aliased: "npm:real@1" } } },
    { name: "circle", version: "1.0.0", manifest: { dependencies: { server: "1" } } },
    { name: "real", version: "1.0.0", manifest: { scripts } },
    { name: "native", version: "1.0.0", manifest: { gypfile: true } },
    { name: "peer", version: "1.0.0", manifest: { hasInstallScript: true } },
    { name: "open", version: "1.0.0", manifest: { scripts, dependencies: { nowhere: "1" } } },
    { name: "from-git", version: "1.0.0", manifest: { dependencies: { other: "git+https://github.com/a/b.git" } } },
    { name: "quiet", version: "1.0.0", manifest: { scripts: { test: "x", prepare: "x" } } },
  ]);
});
after(() => registry.close());

const find = (name: string) =>
  findInstallScripts(name, "1.0.0", AbortSignal.timeout(20_000), {
    npm_config_registry: registry.url,
    HOME: "/nothing",
  });

test("packages with install scripts are found at any depth: dependencies, optional ones, peers and aliases", async () => {
  assert.deepEqual(await find("server"), { packages: ["native", "peer", "real"], isComplete: true });
  assert.deepEqual(await find("quiet"), { packages: [], isComplete: true });
});

test("a package that the registry does not have, or that comes from elsewhere, leaves the list incomplete", async () => {
  assert.deepEqual(await find("open"), { packages: ["open"], isComplete: false });
  assert.deepEqual(await find("from-git"), { packages: [], isComplete: false });
  assert.equal((await findInstallScripts("server", "1.0.0", AbortSignal.abort(), {})).isComplete, false);
});

test("a complete list is stored and shown, and an incomplete one is shown and not stored", async () => {
  const server = { name: "", description: "", runtime: "npm", package: "server", version: "1.0.0", args: [] };
  const draft = { kind: "stdio", server, warnings: [] } as unknown as Draft;
  const name = (scripts: { packages: string[]; isComplete: boolean }) =>
    nameInstallScripts(draft, new AbortController().signal, async () => scripts);
  const complete = await name({ packages: ["native", "real"], isComplete: true });
  assert.deepEqual(complete.server.installScripts, ["native", "real"]);
  assert.match(complete.warnings[0]?.message ?? "", /runs code of native, real, with/);
  const partial = await name({ packages: ["native"], isComplete: false });
  assert.equal(partial.server.installScripts, undefined);
  assert.match(partial.warnings[0]?.message ?? "", /others may do so too/);
  const none = await name({ packages: [], isComplete: true });
  assert.deepEqual([none.server.installScripts, none.warnings], [[], []]);
  const python = { ...draft, server: { ...server, runtime: "pypi" } } as unknown as Draft;
  assert.equal(
    (await nameInstallScripts(python, new AbortController().signal, () => assert.fail())).warnings.length,
    0,
  );
});
