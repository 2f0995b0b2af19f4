import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ConfigError, readConfig } from "../src/config.ts";
import { toCompatibilityKey, writeCompatibility } from "../src/install/compatibility.ts";

const folder = await mkdtemp(join(tmpdir(), "catwalk-compatibility-"));
after(() => rm(folder, { recursive: true, force: true }));

const read = (env: Record<string, string>) =>
  readConfig([], { MCP_PACKAGE: "pypi:server==1.0", MCP_INSTALL_DIR: folder, ...env }).server;

test("bounds on what a Python package is installed with are read from the environment", () => {
  const publishedBefore = "2025-03-01T10:20:32.000Z";
  const server = read({ MCP_PYPI_CONSTRAINTS: '["mcp<2"]', MCP_PYPI_PUBLISHED_BEFORE: publishedBefore });
  assert.deepEqual("compatibility" in server && server.compatibility, { constraints: ["mcp<2"], publishedBefore });
  const plain = read({});
  assert.equal("compatibility" in plain && plain.compatibility, null);
});

for (const constraints of [
  "mcp",
  "mcp @ https://x.example",
  "-r file",
  "mcp<2; evil",
  "git+https://x",
  "mcp<2\n-e .",
]) {
  test(`what is no plain constraint is refused: ${JSON.stringify(constraints)}`, () => {
    assert.throws(() => read({ MCP_PYPI_CONSTRAINTS: JSON.stringify([constraints]) }), ConfigError);
  });
}

test("what is no moment is refused", () => {
  for (const moment of ["yesterday", "2025-03-01", "2025-13-01T00:00:00Z", "2025-03-01T00:00:00Z --x"])
    assert.throws(() => read({ MCP_PYPI_PUBLISHED_BEFORE: moment }), ConfigError, moment);
});

test("uv and pip get the bounds as settings, and such an install is kept apart", async () => {
  const publishedBefore = "2025-03-01T10:20:32.000Z";
  const settings = await writeCompatibility(folder, { constraints: ["mcp<2", "anyio<5"], publishedBefore });
  assert.equal(await readFile(settings.UV_CONSTRAINT ?? "", "utf8"), "mcp<2\nanyio<5\n");
  assert.deepEqual(settings, {
    UV_CONSTRAINT: join(folder, "constraints.txt"),
    PIP_CONSTRAINT: join(folder, "constraints.txt"),
    UV_EXCLUDE_NEWER: publishedBefore,
    PIP_UPLOADED_PRIOR_TO: publishedBefore,
  });
  assert.deepEqual(await writeCompatibility(folder, null), {});
  const keys = [null, { constraints: ["mcp<2"], publishedBefore: null }, { constraints: [], publishedBefore }];
  assert.equal(new Set(keys.map(toCompatibilityKey)).size, 3);
  assert.equal(toCompatibilityKey(null), "");
});
