import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { AppError } from "../../../errors/app-error.ts";
import type { TestServer } from "../../testing/http-server.ts";
import { makeWheel, metadataOf, type PythonIndexOptions, startPythonIndex } from "../../testing/python-index.ts";
import { makeTarball } from "../../testing/tarball.ts";
import { indexOfThisHost } from "./index-setting.ts";
import { NO_PYTHON_MESSAGE, pypiClient } from "./pypi.ts";
import { comparePythonVersions, parsePythonVersion } from "./python-version.ts";
import { gitHubSlug } from "./repository.ts";

const folder = await mkdtemp(join(tmpdir(), "catwalk-index-"));
const servers: TestServer[] = [];
after(async () => {
  for (const server of servers) await server.close();
  await rm(folder, { recursive: true });
});

const signal = () => AbortSignal.timeout(60_000);
const nowhere = join(folder, "nothing.json");
/** Of a host without Python and uv. */
const client = (variables: Record<string, string>, builtFile = nowhere) =>
  pypiClient({ PATH: "/nonexistent", ...variables }, builtFile);

function wheel(name: string, version: string, tags = "py3-none-any") {
  return { filename: `${name.replaceAll("-", "_")}-${version}-${tags}.whl`, content: makeWheel(name, version) };
}

async function start(options: PythonIndexOptions = {}) {
  const pkgInfo = { path: "only-source-0.3/PKG-INFO", content: metadataOf("only-source", "0.3") };
  const index = await startPythonIndex(
    {
      "acme-server": [
        { ...wheel("acme-server", "1.2.0"), metadata: metadataOf("acme-server", "1.2.0") },
        { ...wheel("acme-server", "1.10.0"), metadata: metadataOf("acme-server", "1.10.0") },
        { filename: "acme_server-1.10.0.tar.gz", content: makeTarball([]) },
        { ...wheel("acme-server", "1.11.0"), yanked: "broken & <wrong>" },
        wheel("acme-server", "2.0.0rc1"),
        { filename: "acme-server-3.0.tar.gz", content: makeTarball([]) },
        wheel("acme-server", "4.0", "cp312-cp312-win_amd64"),
        wheel("other-project", "9.0"),
        { filename: "acme_server-x.exe", content: new Uint8Array(1) },
      ],
      plain: [wheel("plain", "1.0")],
      "only-source": [{ filename: "only-source-0.3.tar.gz", content: makeTarball([pkgInfo]) }],
      "two-faced": [{ ...wheel("two-faced", "1.0"), metadata: metadataOf("another", "1.0") }],
      "no-files": [],
    },
    options,
  );
  servers.push(index);
  return index;
}

for (const htmlOnly of [false, true]) {
  test(`an index is read over ${htmlOnly ? "HTML" : "JSON"} where there is no client of Python`, async () => {
    const index = await start({ htmlOnly });
    const pypi = client({ PIP_INDEX_URL: index.indexUrl });
    const found = await pypi.lookup("Acme_Server", null, signal());
    assert.ok(found.status === "found");
    const { record } = found;
    assert.deepEqual(
      [record.name, record.version, record.description, record.dependencies, record.readme, record.isSourceOnly],
      ["acme-server", "1.10.0", "A server", ["mcp"], "Read me", false],
    );
    assert.equal(gitHubSlug(record.repository), "acme/acme-server");
    assert.deepEqual(
      index.requests.map((request) => request.url),
      ["/simple/acme-server/", "/files/acme_server-1.10.0-py3-none-any.whl.metadata"],
    );

    const set = await pypi.read(record, signal());
    assert.deepEqual([...set.files.keys()].sort(), [
      "acme_server-1.10.0.dist-info/METADATA",
      "acme_server-1.10.0.dist-info/entry_points.txt",
      "acme_server/server.py",
    ]);

    const versionOf = async (name: string, version: string) => {
      const named = await pypi.lookup(name, version, signal());
      return named.status === "found" ? [named.record.version, named.record.isSourceOnly] : named;
    };
    assert.deepEqual(await versionOf("acme-server", "1.2"), ["1.2.0", false]);
    assert.deepEqual(await versionOf("acme-server", "1.11.0"), ["1.11.0", false]);
    assert.deepEqual(await versionOf("acme-server", "2.0.0-RC.1"), ["2.0.0rc1", false]);
    assert.deepEqual(await versionOf("acme-server", "3.0"), ["3.0", true]);
    assert.deepEqual(await versionOf("acme-server", "4.0"), { status: "absent", reason: "version" });
    assert.deepEqual(await versionOf("acme-server", "9.9.9"), { status: "absent", reason: "version" });
    assert.deepEqual(await versionOf("missing", "1.0"), { status: "absent", reason: "package" });
    assert.deepEqual(await versionOf("no-files", "1.0"), { status: "absent", reason: "package" });

    const plain = await pypi.lookup("plain", null, signal());
    assert.ok(plain.status === "found" && plain.record.description === "A server");
    assert.deepEqual(index.problems, []);
  });
}

test("a source distribution tells of itself by its PKG-INFO, and has no files to read", async () => {
  const index = await start();
  const pypi = client({ UV_INDEX_URL: index.indexUrl });
  const found = await pypi.lookup("only-source", null, signal());
  assert.ok(found.status === "found");
  assert.deepEqual(
    [found.record.version, found.record.isSourceOnly, found.record.description],
    ["0.3", true, "A server"],
  );
  await assert.rejects(pypi.read(found.record, signal()), (error) => {
    return error instanceof AppError && error.code === "upstream_unavailable";
  });
  assert.deepEqual(index.problems, []);
});

test("user and password go to the index, and into no message", async () => {
  const index = await start({ credentials: "me:p@ss word" });
  const withCredentials = (credentials: string) => ({
    UV_DEFAULT_INDEX: `acme=${index.indexUrl.replace("//", `//${credentials}@`)}/`,
    PIP_INDEX_URL: "https://never.invalid/simple",
  });
  const found = await client(withCredentials("me:p%40ss%20word")).lookup("acme-server", null, signal());
  assert.equal(found.status, "found");
  assert.deepEqual(await client(withCredentials("me:wr0ng")).lookup("acme-server", null, signal()), {
    status: "unknown",
    message: "The Python package index refused to answer: it wants a user and a password in its address",
  });
  await assert.rejects(
    client(withCredentials("me:wr0ng")).read(found.status === "found" ? found.record : assert.fail(), signal()),
    (error) => error instanceof AppError && !`${error.message} ${String(error.cause)}`.includes("wr0ng"),
  );
});

test("an index is not followed to another plain address or in circles, and its hashes are checked", async () => {
  const other = await start();
  const lookup = async (tamper: NonNullable<PythonIndexOptions["tamper"]>, name: string) => {
    const index = await start({ tamper });
    return (await client({ PIP_INDEX_URL: index.indexUrl }).lookup(name, null, signal())).status;
  };
  const moved = (to: string) => (path: string) => (path === "/simple/plain/" ? { location: to } : undefined);
  assert.equal(await lookup(moved(`${other.indexUrl}/plain/`), "plain"), "unknown");
  assert.equal(await lookup(moved("file:///etc/passwd"), "plain"), "unknown");
  assert.equal(await lookup(moved("/simple/plain/"), "plain"), "unknown");
  assert.equal(await lookup(moved("/simple/acme-server/"), "plain"), "absent");
  assert.deepEqual(other.requests, []);
  const wrong = { content: makeWheel("plain", "1.0", metadataOf("plain", "1.0", "License: Evil\n")) };
  assert.equal(await lookup((path) => (path.startsWith("/files/") ? wrong : undefined), "plain"), "unknown");
  assert.equal(await lookup(() => undefined, "two-faced"), "unknown");
  assert.equal(await lookup(() => undefined, "plain"), "found");
});

test("an index that says more than is read is given up", async () => {
  const page = Buffer.alloc(26 * 1024 * 1024, " ");
  const index = await startPythonIndex({ big: [{ ...wheel("big", "1.0"), metadata: page.toString() }] });
  servers.push(index);
  const found = await client({ PIP_INDEX_URL: index.indexUrl }).lookup("big", null, signal());
  assert.equal(found.status, "unknown");
});

test("the build's index is asked when the environment names none; an address without encryption needs the operator's word", async () => {
  const index = await start();
  const built = join(folder, "built.json");
  await writeFile(built, JSON.stringify({ url: index.indexUrl }));
  assert.equal((await client({}, built).lookup("plain", null, signal())).status, "found");
  assert.deepEqual(await client({}).lookup("plain", null, signal()), { status: "unknown", message: NO_PYTHON_MESSAGE });
  for (const address of ["http://index.invalid/simple", "file:///srv/simple", "nonsense"]) {
    assert.deepEqual(await client({ PIP_INDEX_URL: address }, built).lookup("plain", null, signal()), {
      status: "unknown",
      message: "PIP_INDEX_URL is no address of a package index that Catwalk may ask: https, or this host",
    });
  }
  const trusted = { PIP_INDEX_URL: "http://index.invalid/simple", PIP_TRUSTED_HOST: "index.invalid" };
  assert.deepEqual(await client(trusted).lookup("plain", null, signal()), {
    status: "unknown",
    message: "The Python package index could not look up plain",
  });
});

test("versions in the order of their specification", () => {
  const ordered = [
    ["1.dev0", "1.0.dev1", "1.0a1.dev1", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0+abc", "1.0+2", "1.0+10"],
    ["1.0.post1.dev2", "1.0.post1", "1.1", "1.10", "v2", "1!0.1"],
  ].flat();
  const sorted = ordered.toReversed().sort((a, b) => {
    const [left, right] = [parsePythonVersion(a), parsePythonVersion(b)];
    assert.ok(left && right, `${a} ${b}`);
    return comparePythonVersions(left, right);
  });
  assert.deepEqual(sorted, ordered);
  for (const [a, b] of [
    ["1.0.0", "1"],
    ["1.0-ALPHA.1", "1a1"],
    ["1.0c1", "1.0rc1"],
    ["1.0-1", "1.0.post1"],
    ["1.0-r4", "1.0.post4"],
  ] as const) {
    const [left, right] = [parsePythonVersion(a), parsePythonVersion(b)];
    assert.ok(left && right && comparePythonVersions(left, right) === 0, `${a} is ${b}`);
  }
  for (const text of ["", "latest", "1.0 beta x", "1..0", "a".repeat(1_000)])
    assert.equal(parsePythonVersion(text), null);
});

test("the index of this host's pip, without its password", async (context) => {
  const env = { ...process.env, UV_DEFAULT_INDEX: undefined };
  if ((await indexOfThisHost(env)) === null) return context.skip("there is no pip and no uv on this host");
  const named = await indexOfThisHost({ ...env, PIP_INDEX_URL: "https://index.invalid/simple" });
  if (named !== "https://index.invalid/simple") return context.skip("there is no pip on this host");
  assert.equal(await indexOfThisHost({ ...env, PIP_INDEX_URL: "https://me:secret@index.invalid/simple" }), null);
  assert.equal(await indexOfThisHost({ PATH: "/nonexistent" }), null);
});

test("the real index of this host's own setting", async (context) => {
  const setting = process.env.UV_DEFAULT_INDEX ?? process.env.UV_INDEX_URL ?? process.env.PIP_INDEX_URL;
  if (!setting) return context.skip("this host's environment names no index");
  const pypi = client({ UV_DEFAULT_INDEX: setting, PIP_TRUSTED_HOST: process.env.PIP_TRUSTED_HOST ?? "" });
  const found = await pypi.lookup("mcp-server-time", null, signal());
  if (found.status === "unknown") return context.skip(`it cannot be asked: ${found.message}`);
  assert.ok(found.status === "found");
  assert.equal(gitHubSlug(found.record.repository), "modelcontextprotocol/servers");
  assert.ok((await pypi.read(found.record, signal())).files.has("mcp_server_time/server.py"));
});
