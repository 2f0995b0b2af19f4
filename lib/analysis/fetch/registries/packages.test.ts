import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { strToU8, zipSync } from "fflate";
import { startNpmRegistry } from "../../testing/npm-registry.ts";
import { npmClient } from "./npm.ts";
import { readNpmOptions } from "./npm-config.ts";
import { NO_PYTHON_MESSAGE, pypiClient } from "./pypi.ts";
import { gitHubSlug } from "./repository.ts";
import { readWheel } from "./wheel.ts";

const signal = () => AbortSignal.timeout(60_000);
const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closing) await close();
});

test("npm: a package through the registry of the person's settings", async () => {
  const registry = await startNpmRegistry([
    {
      name: "@acme/thing",
      version: "1.2.3",
      createdAt: "2026-11-20T10:00:00.000Z",
      manifest: {
        bin: "x.js",
        repository: { url: "git+https://github.com/acme/thing.git" },
        mcpName: "io.github.acme/thing",
      },
      files: { "x.js": "process.env.A_KEY;", "README.md": "# Thing" },
    },
  ]);
  closing.push(registry.close);
  const client = npmClient({ npm_config_registry: registry.url, HOME: "/nonexistent" });
  const found = await client.lookup("@acme/thing", null, signal());
  assert.ok(found.status === "found");
  assert.deepEqual(
    [found.record.version, found.record.commands, found.record.mcpName],
    ["1.2.3", ["thing"], "io.github.acme/thing"],
  );
  assert.equal(found.record.publishedAt, "2026-11-20T10:00:00.000Z");
  assert.equal(registry.requests.length, 1);
  const set = await client.read(found.record, signal());
  assert.deepEqual([...set.files.keys()].sort(), ["README.md", "package.json", "x.js"]);
  assert.deepEqual(await client.lookup("@acme/other", null, signal()), { status: "absent", reason: "package" });
  assert.deepEqual(await client.lookup("@acme/thing", "9.9.9", signal()), { status: "absent", reason: "version" });
  assert.deepEqual(await client.lookup("../evil", null, signal()), { status: "absent", reason: "package" });
  assert.deepEqual(registry.problems, []);
});

test("npm: a registry out of reach says nothing of the package", async () => {
  const registry = await startNpmRegistry([]);
  await registry.close();
  const found = await npmClient({ npm_config_registry: registry.url, HOME: "/nonexistent" }).lookup(
    "thing",
    null,
    signal(),
  );
  assert.equal(found.status, "unknown");
});

test("npm: settings of files and variables, the later over the earlier", async () => {
  const home = await mkdtemp(join(tmpdir(), "catwalk-npmrc-"));
  try {
    await writeFile(
      join(home, ".npmrc"),
      `; a comment\nregistry=https://one.example.net/\n@acme:registry = https://acme.example.net\n//acme.example.net/:_authToken=$\{ACME_TOKEN}\nstrict-ssl=false\nscript-shell=evil\n`,
    );
    const options = await readNpmOptions({
      HOME: home,
      ACME_TOKEN: "t0ken",
      npm_config_registry: "https://two.example.net/",
    });
    assert.deepEqual(
      { ...options, ca: undefined },
      {
        registry: "https://two.example.net/",
        "@acme:registry": "https://acme.example.net",
        "//acme.example.net/:_authToken": "t0ken",
        strictSSL: false,
        ca: undefined,
      },
    );
  } finally {
    await rm(home, { recursive: true });
  }
});

test("a repository in every writing of package metadata", () => {
  for (const text of [
    "acme/thing",
    "github:acme/thing",
    "https://github.com/Acme/Thing",
    "git+https://github.com/acme/thing.git",
    "git+ssh://git@github.com/acme/thing.git",
    "git@github.com:acme/thing.git",
    "https://github.com/acme/thing/tree/main/packages/a",
  ]) {
    assert.equal(gitHubSlug(text), "acme/thing", text);
  }
  for (const text of [null, "", "https://gitlab.com/acme/thing", "https://notgithub.com.evil.example/x"])
    assert.equal(gitHubSlug(text), null, String(text));
});

test("a wheel gives sources and metadata; large, foreign and escaping entries are not unpacked", () => {
  const set = readWheel(
    zipSync({
      "thing/server.py": strToU8("x = 1"),
      "thing/big.py": new Uint8Array(600 * 1024).fill(97),
      "thing/data.bin": new Uint8Array(10),
      "../evil.py": strToU8("evil"),
      "thing-1.0.dist-info/METADATA": strToU8("Name: thing"),
      "tests/test_x.py": strToU8("x"),
    }),
  );
  assert.deepEqual([...set.files.keys()].sort(), ["thing-1.0.dist-info/METADATA", "thing/server.py"]);
  assert.deepEqual(
    set.warnings.map((one) => one.code),
    ["file_cut"],
  );
  assert.throws(() => readWheel(strToU8("not a zip")));
});

test("PyPI: without Python the package is unchecked, and a warning says what to install", async () => {
  const empty = await mkdtemp(join(tmpdir(), "catwalk-path-"));
  try {
    assert.deepEqual(await pypiClient({ PATH: empty }).lookup("mcp", null, signal()), {
      status: "unknown",
      message: NO_PYTHON_MESSAGE,
    });
  } finally {
    await rm(empty, { recursive: true });
  }
});

test("PyPI: through uv where Python has no pip", async (context) => {
  const uv = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "uv"))
    .find((path) => existsSync(path));
  if (!uv) return context.skip("there is no uv on this host");
  const folder = await mkdtemp(join(tmpdir(), "catwalk-uv-"));
  try {
    execFileSync("python3", ["-m", "venv", "--without-pip", folder]);
    await symlink(uv, join(folder, "bin", "uv"));
    const client = pypiClient({ ...process.env, PATH: join(folder, "bin") });
    const found = await client.lookup("mcp-server-time", null, signal());
    if (found.status === "unknown") return context.skip(`PyPI cannot be asked: ${found.message}`);
    assert.ok(found.status === "found");
    assert.equal(gitHubSlug(found.record.repository), "modelcontextprotocol/servers");
    assert.ok((await client.read(found.record, signal())).files.has("mcp_server_time/server.py"));
    assert.deepEqual(await client.lookup("mcp-server-time", "0.0.0", signal()), {
      status: "absent",
      reason: "version",
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("PyPI: a name can never be an option of pip", async () => {
  assert.deepEqual(await pypiClient({ PATH: "/nonexistent" }).lookup("--index-url=http://evil", null, signal()), {
    status: "absent",
    reason: "package",
  });
});

test("the real npm", async (context) => {
  const client = npmClient();
  const found = await client.lookup("@modelcontextprotocol/server-everything", "2026.8.31", signal());
  if (found.status === "unknown") return context.skip(`npm is out of reach: ${found.message}`);
  assert.ok(found.status === "found");
  assert.deepEqual(found.record.commands, ["mcp-server-everything"]);
  assert.ok((await client.read(found.record, signal())).files.has("package.json"));
});

test("the real PyPI", async (context) => {
  const client = pypiClient();
  const found = await client.lookup("mcp-server-time", null, signal());
  if (found.status === "unknown") return context.skip(`PyPI cannot be asked: ${found.message}`);
  assert.ok(found.status === "found");
  assert.equal(gitHubSlug(found.record.repository), "modelcontextprotocol/servers");
  assert.ok(
    [...(await client.read(found.record, signal())).files.keys()].some((path) => path.endsWith("entry_points.txt")),
  );
  assert.deepEqual(await client.lookup("mcp-server-time", "0.0.0", signal()), { status: "absent", reason: "version" });
});
