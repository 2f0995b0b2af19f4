import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

// A tag of an action or an image can be moved to other content. A commit and a digest cannot.

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFile(join(root, file), "utf8");

async function list(pattern: string): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(pattern, { cwd: root })) files.push(file);
  assert.ok(files.length > 0, pattern);
  return files;
}

test("every workflow takes actions by commit, with their version as a comment", async () => {
  for (const file of await list(".github/workflows/*.yml")) {
    const uses = (await read(file)).split("\n").filter((line) => /^\s*-?\s*uses:/.test(line));
    assert.ok(uses.length > 0, file);
    for (const line of uses) assert.match(line, /uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, file);
  }
});

test("every image is built on NODE_IMAGE, which Fly and CI get by one digest", async () => {
  for (const file of ["Dockerfile", "mcp-host/Dockerfile"]) {
    const bases = [...(await read(file)).matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    assert.ok(bases.length > 0);
    for (const base of bases) assert.equal(base, `\${NODE_IMAGE}`, file);
  }
  const [app, host] = await Promise.all(
    ["fly.toml", "mcp-host/fly.toml"].map(async (file) => /NODE_IMAGE = "(.*)"/.exec(await read(file))?.[1]),
  );
  assert.match(app ?? "", /^node:\d+-bookworm-slim@sha256:[0-9a-f]{64}$/);
  assert.equal(host, app);
  assert.match(await read(".ci/docker"), /--build-arg "NODE_IMAGE=\$node_image"/);
});

test("every download of an image has an exact version", async () => {
  for (const file of ["Dockerfile", "mcp-host/Dockerfile"]) {
    for (const [, names = ""] of (await read(file)).matchAll(/pip install (.*)$/gm)) {
      const packages = names.split(" ").filter((word) => /^[a-z]/.test(word));
      for (const name of packages) assert.match(name, /^[\w-]+==\d+\.\d+\.\d+$/, file);
    }
  }
});
