import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AppError } from "../../../errors/app-error.ts";
import { parseSource } from "../../source.ts";
import { type FakeRepository, type GitHubServerOptions, startGitHubServer } from "../../testing/github-server.ts";
import { startTestServer } from "../../testing/http-server.ts";
import { makeTarball } from "../../testing/tarball.ts";
import { GitHubClient } from "./client.ts";
import { findCheckout, readRepository } from "./read.ts";

const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closing) await close();
});

async function read(
  repository: FakeRepository,
  pasted: string,
  options: GitHubServerOptions & { signal?: AbortSignal } = {},
) {
  const server = await startGitHubServer([repository], options);
  closing.push(server.close);
  const signal = options.signal ?? AbortSignal.timeout(120_000);
  const client = new GitHubClient({ apiUrl: server.url, token: options.token ?? null, fetch, signal });
  const source = parseSource(pasted);
  assert.ok(source.kind === "github");
  const attempt = async () => {
    const checkout = await findCheckout(client, source);
    return { checkout, set: await readRepository(client, source, checkout, signal) };
  };
  return { server, attempt };
}

const readme = {
  owner: "acme",
  name: "thing",
  files: { "README.md": "# Thing", "src/index.ts": "process.env.A;", "logo.png": "x" },
};

async function refused(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AppError, String(error));
  return error;
}

test("a repository is read in four requests, anonymously", async () => {
  const { server, attempt } = await read(readme, "acme/thing");
  const { checkout, set } = await attempt();
  assert.equal(checkout.sha, server.sha(readme));
  assert.deepEqual([...set.files.keys()], ["README.md", "src/index.ts"]);
  assert.deepEqual(set.paths.sort(), ["README.md", "logo.png", "src/index.ts"]);
  assert.equal(server.requests.filter((request) => !request.url.startsWith("/archive")).length, 4);
  assert.deepEqual(server.problems, []);
});

test("files that the archive leaves out are read one by one", async () => {
  const files = { ...readme.files, "addon/main.gd": "", "package.json": "{}", "src/settings.ts": "process.env.B;" };
  const archive = makeTarball([{ path: "acme-thing-1/addon/main.gd", content: "" }]);
  const { server, attempt } = await read({ ...readme, files, archive }, "acme/thing");
  const { set } = await attempt();
  assert.deepEqual([...set.files.keys()].sort(), ["README.md", "package.json", "src/index.ts", "src/settings.ts"]);
  assert.equal(set.files.get("src/settings.ts")?.text, "process.env.B;");
  assert.deepEqual(set.warnings, []);
  assert.equal(server.requests.filter((request) => /\/git\/blobs\//.test(request.url)).length, 4);
  assert.deepEqual(server.problems, []);
  const late = await read({ ...readme, files, archive }, "acme/thing", { allowed: 12 });
  assert.match((await refused(late.attempt())).message, /Too few requests/);
  // What the archive holds is read with few requests left, too.
  const most = makeTarball([{ path: "acme-thing-1/README.md", content: "# Thing" }]);
  const held = await read({ ...readme, files, archive: most }, "acme/thing", { allowed: 12 });
  assert.deepEqual([...(await held.attempt()).set.files.keys()], ["README.md"]);
});

test("without a token, few of the files that an archive leaves out are asked for", async () => {
  const sources = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`src/module-${at}.ts`, "process.env.B;"]));
  const files = { "package.json": "{}", ...sources };
  const archive = makeTarball([{ path: "acme-thing-1/package.json", content: "{}" }]);
  const { server, attempt } = await read({ owner: "acme", name: "thing", files, archive }, "acme/thing");
  await attempt();
  assert.equal(server.requests.filter((request) => /\/git\/blobs\//.test(request.url)).length, 20);
});

test("of generated code the file that holds a client's credentials is read", async () => {
  const files = {
    "src/index.ts": "import { OpenAPI } from './clients/generated/index.js';",
    "src/clients/generated/index.ts": "export { OpenAPI } from './core/OpenAPI.js';",
    "src/clients/generated/core/OpenAPI.ts": "process.env.A_KEY;",
    "src/clients/generated/models/Account.ts": "export interface Account {}",
    "dist/config.js": "process.env.A_KEY;",
  };
  const { attempt } = await read({ owner: "acme", name: "thing", files }, "acme/thing");
  const { set } = await attempt();
  assert.deepEqual([...set.files.keys()].sort(), [
    "src/clients/generated/core/OpenAPI.ts",
    "src/clients/generated/index.ts",
    "src/index.ts",
  ]);
});

test("the token goes to the API", async () => {
  const { server, attempt } = await read(readme, "acme/thing", { token: "secret-token" });
  await attempt();
  assert.deepEqual(server.problems, []);
});

test("a redirect to another host is not followed, and the token does not get there", async () => {
  const other = await startTestServer((_request, response) => void response.end("stolen"));
  closing.push(other.close);
  const { attempt } = await read(readme, "acme/thing", {
    token: "secret-token",
    archiveRedirect: `${other.url}/archive`,
  });
  assert.equal((await refused(attempt())).code, "upstream_unavailable");
  assert.deepEqual(other.requests, []);
});

test("a ref with slashes is separated from the folder behind it", async () => {
  const files = { "packages/a/package.json": "{}", "packages/a/README.md": "# A" };
  const repository = { ...readme, refs: { "feature/new": files } };
  const { attempt } = await read(repository, "https://github.com/acme/thing/tree/feature/new/packages/a");
  const { checkout, set } = await attempt();
  assert.deepEqual([checkout.ref, checkout.subfolder], ["feature/new", "packages/a"]);
  assert.deepEqual([...set.files.keys()].sort(), ["packages/a/README.md", "packages/a/package.json"]);
});

test("a missing page says so in a sentence", async () => {
  const cases: [FakeRepository, string, RegExp][] = [
    [readme, "acme/other", /no repository/],
    [{ ...readme, isEmpty: true }, "acme/thing", /empty/],
    [readme, "https://github.com/acme/thing/tree/nowhere", /no branch/],
    [readme, "https://github.com/acme/thing/tree/main/nowhere", /no folder/],
  ];
  for (const [repository, pasted, message] of cases) {
    const error = await refused((await read(repository, pasted)).attempt());
    assert.equal(error.code, "source_not_found");
    assert.match(error.message, message);
  }
});

test("an outage of GitHub is reported as such", async () => {
  assert.match(
    (await refused((await read(readme, "acme/thing", { allowed: 2 })).attempt())).message,
    /resets at \d\d:\d\d UTC/,
  );
  assert.equal(
    (await refused((await read(readme, "acme/thing", { allowed: 2 })).attempt())).code,
    "upstream_rate_limited",
  );
  assert.equal(
    (await refused((await read(readme, "acme/thing", { status: 429 })).attempt())).code,
    "upstream_rate_limited",
  );
  assert.equal(
    (await refused((await read(readme, "acme/thing", { status: 500 })).attempt())).code,
    "upstream_unavailable",
  );
  assert.match(
    (await refused((await read(readme, "acme/thing", { status: 401, token: "bad" })).attempt())).message,
    /token/,
  );
  const { server, attempt } = await read(readme, "acme/thing");
  await server.close();
  assert.equal((await refused(attempt())).code, "upstream_unavailable");
});

test("a server that never answers ends with the caller's signal", async () => {
  const stop = new AbortController();
  const { server, attempt } = await read(readme, "acme/thing", {
    hold: new Promise(() => undefined),
    signal: stop.signal,
  });
  const promise = attempt();
  promise.catch(() => undefined);
  while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort(new Error("left"));
  await assert.rejects(promise, /left/);
});

test("links, paths that leave, and binary junk are left out with a warning, the rest is read", async () => {
  const files = {
    "README.md": "# Thing",
    ".env.example": new Uint8Array([0, 1, 2, 255]),
    "package.json": '{"name":"thing"}',
    "server.json": "SECRET",
  };
  const top = "acme-thing-0000000";
  const archive = makeTarball([
    { path: `${top}/README.md`, content: "# Thing" },
    { path: `${top}/server.json`, type: "2", linkTarget: "/etc/passwd" },
    { path: `${top}/../../package.json`, content: '{"name":"evil"}' },
    { path: "/package.json", content: '{"name":"evil"}' },
    { path: `${top}/.env.example`, content: new Uint8Array([0, 1, 2, 255]) },
    { path: `${top}/package.json`, content: '{"name":"thing"}' },
    { path: `${top}/src/hard.ts`, type: "1", linkTarget: "/etc/passwd" },
  ]);
  const { attempt } = await read({ ...readme, files, archive }, "acme/thing");
  const { set } = await attempt();
  assert.deepEqual(
    [...set.files.entries()].map(([path, file]) => [path, file.text]),
    [
      ["README.md", "# Thing"],
      ["package.json", '{"name":"thing"}'],
    ],
  );
  assert.deepEqual(set.warnings.map((one) => one.code).sort(), [
    "binary_skipped",
    "links_skipped",
    "unsafe_paths_skipped",
  ]);
  const links = set.warnings.find((one) => one.code === "links_skipped");
  assert.match(links?.message ?? "", /left out: server\.json\.$/);
});

test("a long README is cut, and an archive that unpacks without end is given up", { timeout: 180_000 }, async () => {
  const long = await read(
    { ...readme, files: { "README.md": "é".repeat(3 * 1024 * 1024), "package.json": "{}" } },
    "acme/thing",
  );
  const { set } = await long.attempt();
  assert.equal(set.files.get("README.md")?.text.length, 512 * 1024);
  assert.deepEqual(
    set.warnings.map((one) => one.code),
    ["file_cut"],
  );

  const bomb = makeTarball([
    { path: "t/README.md", content: "# First" },
    { path: "t/big.bin", content: Buffer.alloc(450 * 1024 * 1024) },
  ]);
  const endless = await read({ ...readme, archive: bomb }, "acme/thing");
  const read2 = await endless.attempt();
  assert.equal(read2.set.files.get("README.md")?.text, "# First");
  assert.ok(read2.set.warnings.some((one) => one.code === "archive_cut"));
});

test("a truncated or invalid archive counts as GitHub's failure", async () => {
  const whole = makeTarball([{ path: "t/README.md", content: "x".repeat(5_000) }]);
  for (const archive of [Buffer.from("not gzip"), whole.subarray(0, whole.length / 2)]) {
    assert.equal(
      (await refused((await read({ ...readme, archive }, "acme/thing")).attempt())).code,
      "upstream_unavailable",
    );
  }
});

test("of a large repository, and of one whose tree is not whole, files are read one by one", async () => {
  for (const more of [{ isTreeTruncated: true }, { sizes: { "logo.png": 200 * 1024 * 1024 } }]) {
    const { server, attempt } = await read({ ...readme, ...more }, "acme/thing");
    const { set } = await attempt();
    assert.deepEqual([...set.files.keys()].sort(), ["README.md", "src/index.ts"]);
    assert.ok(set.warnings.some((one) => one.code === "large_repository"));
    assert.ok(!server.requests.some((request) => request.url.includes("/tarball/")));
    assert.deepEqual(server.problems, []);
  }
  const late = await read({ ...readme, isTreeTruncated: true, lateFile: "README.md" }, "acme/thing");
  // A file that comes last stands where it would otherwise.
  assert.deepEqual([...(await late.attempt()).set.files.keys()], ["README.md", "src/index.ts"]);
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`src/file${index}.ts`, `process.env.A_${index};`]),
  );
  const poor = await read({ ...readme, files, isTreeTruncated: true }, "acme/thing", { allowed: 20 });
  assert.equal((await refused(poor.attempt())).code, "upstream_rate_limited");
});

test("of a tree that GitHub does not give whole, the folders that matter are read one by one", async () => {
  const large = {
    owner: "acme",
    name: "thing",
    files: {
      "README.md": "# Thing",
      "docs/guide.md": "Guide",
      "node_modules/left/index.js": "process.env.B;",
      "package.json": "{}",
      "packages/thing-mcp/package.json": "{}",
      "packages/thing-mcp/src/index.ts": "process.env.A;",
      "packages/web/src/index.ts": "process.env.C;",
      "tests/index.ts": "process.env.D;",
    },
    isTreeTruncated: true,
    treeLimit: 3,
  };
  const root = await read(large, "acme/thing");
  const { set } = await root.attempt();
  assert.deepEqual([...set.files.keys()].sort(), [
    "README.md",
    "package.json",
    "packages/thing-mcp/package.json",
    "packages/thing-mcp/src/index.ts",
    "packages/web/src/index.ts",
  ]);
  assert.deepEqual(root.server.problems, []);
  const folder = await read(large, "https://github.com/acme/thing/tree/main/packages/thing-mcp");
  const inFolder = (await folder.attempt()).set.files;
  assert.ok(inFolder.has("packages/thing-mcp/src/index.ts"));
  assert.ok(!inFolder.has("packages/web/src/index.ts"));
  // The whole, the root, "packages" and the folder itself.
  assert.equal(folder.server.requests.filter((request) => request.url.includes("/git/trees/")).length, 4);
  assert.equal(
    (await refused((await read(large, "https://github.com/acme/thing/tree/main/other")).attempt())).code,
    "source_not_found",
  );
});

test("a tree longer than is read, and one of very many folders, take a bounded number of requests", async () => {
  const vendored = Array.from({ length: 50_000 }, (_, index) => [`node_modules/${"a".repeat(250)}/${index}.js`, ""]);
  const long = await read({ ...readme, files: { ...readme.files, ...Object.fromEntries(vendored) } }, "acme/thing");
  assert.deepEqual([...(await long.attempt()).set.files.keys()].sort(), ["README.md", "src/index.ts"]);
  const folders = Array.from({ length: 100 }, (_, index) => [`part${index}/index.ts`, "process.env.A;"]);
  const wide = await read(
    { ...readme, files: { ...readme.files, ...Object.fromEntries(folders) }, isTreeTruncated: true, treeLimit: 1 },
    "acme/thing",
  );
  assert.ok((await wide.attempt()).set.files.has("src/index.ts"));
  assert.equal(wide.server.requests.filter((request) => request.url.includes("/git/trees/")).length, 13);
});
