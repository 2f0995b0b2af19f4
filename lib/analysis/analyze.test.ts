import assert from "node:assert/strict";
import { after, before, beforeEach, mock, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { db } from "../db/client.ts";
import type { TestDatabase } from "../db/testing/database.ts";
import { createTestDatabase } from "../db/testing/database.ts";
import { AppError, toAppError } from "../errors/app-error.ts";
import { analyze, getAnalysis } from "./analyze.ts";
import { answerAnalyze } from "./api.ts";
import type { AnalysisProgress } from "./progress.ts";
import { type FakeRepository, type GitHubServer, startGitHubServer } from "./testing/github-server.ts";
import type { TestServer } from "./testing/http-server.ts";
import { EMPTY_ANSWER, startLanguageModelServer } from "./testing/language-model-server.ts";
import { startNpmRegistry } from "./testing/npm-registry.ts";

const thing: FakeRepository = {
  owner: "Acme",
  name: "thing",
  stars: 7,
  license: "MIT",
  files: {
    "package.json": JSON.stringify({
      name: "thing-mcp",
      version: "1.0.0",
      description: "A thing\u0000 with a NUL",
      bin: "dist/index.js",
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
    "src/index.ts":
      'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nnew McpServer({});\nif (!process.env.THING_KEY) throw new Error("no");\n',
    "README.md": "# Thing\n",
  },
};
const blog: FakeRepository = { owner: "acme", name: "blog", files: { "README.md": "# A blog" } };
const hosted: FakeRepository = {
  owner: "acme",
  name: "hosted",
  files: { "README.md": '```json\n{"mcpServers":{"h":{"url":"https://mcp.hosted.net/mcp"}}}\n```' },
};

let database: TestDatabase;
let gitHub: GitHubServer;
let registry: TestServer;
let model: TestServer;
let modelAnswer: unknown = EMPTY_ANSWER;
const users: string[] = [];

before(async () => {
  database = await createTestDatabase();
  gitHub = await startGitHubServer([thing, blog, hosted], { token: "github-token" });
  registry = await startNpmRegistry([
    {
      name: "thing-mcp",
      version: "1.0.1",
      manifest: { bin: "x.js", repository: "acme/thing", dependencies: { "@modelcontextprotocol/sdk": "1" } },
      files: {
        "x.js": "if (!process.env.THING_KEY) throw new Error('no'); new McpServer(); // @modelcontextprotocol/sdk",
      },
    },
  ]);
  model = await startLanguageModelServer({ apiKey: "sk-test", answer: () => modelAnswer });
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: Buffer.alloc(32, 1).toString("base64"),
    NEXTAUTH_SECRET: "x".repeat(32),
    GITHUB_API_URL: gitHub.url,
    GITHUB_TOKEN: "github-token",
    OPENAI_API_KEY: "sk-test",
    OPENAI_BASE_URL: model.url,
    ANALYSIS_MODEL: "test-model",
    npm_config_registry: registry.url,
  });
  for (const name of ["one", "two"])
    users.push((await db().user.create({ data: { email: `${name}@example.com` } })).id);
});

after(async () => {
  await db().$disconnect();
  await Promise.all([gitHub.close(), registry.close(), model.close()]);
  await database.drop();
});

beforeEach(() => {
  modelAnswer = EMPTY_ANSWER;
});

const [one, two] = [() => users[0] ?? "", () => users[1] ?? ""];
const asked = (server: TestServer) => server.requests.length;

async function refused(promise: Promise<unknown>): Promise<AppError> {
  const thrown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof AppError, String(thrown));
  return thrown;
}

test("a source becomes an analysis of its owner, with every step told", async () => {
  const steps: AnalysisProgress[] = [];
  const analysis = await analyze(one(), "https://github.com/acme/thing.git/", {
    onProgress: (event) => steps.push(event),
  });
  assert.deepEqual(
    [analysis.kind, analysis.server.package, analysis.server.version, analysis.model],
    ["stdio", "thing-mcp", "1.0.1", "test-model"],
  );
  assert.deepEqual(
    analysis.inputs.map((input) => [input.key, input.required]),
    [["THING_KEY", true]],
  );
  assert.deepEqual(
    [analysis.source.canonical, analysis.source.revision, analysis.source.stars],
    ["https://github.com/Acme/thing", gitHub.sha(thing), 7],
  );
  assert.deepEqual(await getAnalysis(one(), analysis.id), analysis);
  const finished = steps.filter((step) => step.status !== "running").map((step) => step.step);
  assert.deepEqual(finished, [
    "repository",
    "files",
    "server.json",
    "manifest.json",
    "smithery.yaml",
    "readme",
    "package",
    "env-example",
    "source",
    "model",
  ]);
  assert.deepEqual([gitHub.problems, registry.problems, model.problems], [[], [], []]);
});

test("the same revision comes from the cache as the asker's own analysis, unless a fresh one is requested", async () => {
  const first = await analyze(one(), "acme/thing");
  const [models, archives] = [asked(model), asked(gitHub)];
  const again = await analyze(two(), "acme/THING");
  assert.equal(asked(model), models);
  assert.equal(asked(gitHub), archives + 2);
  // A result of the last minute is not looked up again.
  await analyze(two(), "acme/THING");
  assert.equal(asked(gitHub), archives + 2);
  assert.notEqual(again.id, first.id);
  assert.deepEqual({ ...again, id: "" }, { ...first, id: "" });
  await analyze(two(), "acme/thing", { fresh: true });
  assert.equal(asked(model), models + 1);
});

test("a look after minutes gets the known result at once, and the one after it a new revision", async () => {
  const first = await analyze(one(), "acme/thing");
  mock.timers.enable({ apis: ["Date"], now: Date.now() + 5 * 60_000 });
  try {
    const before = asked(gitHub);
    thing.files["README.md"] = "# Thing, pushed since\n";
    const known = await analyze(one(), "acme/thing");
    assert.equal(known.source.revision, first.source.revision);
    while (asked(gitHub) < before + 2) await setTimeout(5);
    const revision = async () => (await analyze(one(), "acme/thing")).source.revision;
    while ((await revision()) !== gitHub.sha(thing)) await setTimeout(50);
    mock.timers.setTime(Date.now() + 11 * 60_000);
    const asks = asked(gitHub);
    await revision();
    // What was known for longer is looked up before anything is returned.
    assert.equal(asked(gitHub), asks + 2);
  } finally {
    mock.timers.reset();
  }
});

test("another person's analysis and a malformed id are not found", async () => {
  const analysis = await analyze(one(), "acme/thing");
  assert.equal((await refused(getAnalysis(two(), analysis.id))).code, "not_found");
  assert.equal((await refused(getAnalysis(one(), "nonsense"))).code, "not_found");
});

test("an analysis that the model failed is not taken for one that it made", async () => {
  modelAnswer = "nonsense";
  const failed = await analyze(one(), "acme/thing", { fresh: true });
  assert.deepEqual([failed.model, failed.warnings.map((warning) => warning.code)], [null, ["model_unavailable"]]);
  assert.deepEqual(
    failed.inputs.map((input) => input.key),
    ["THING_KEY"],
  );
});

test("a package by name, where npm has it", async () => {
  const analysis = await analyze(one(), "npm:thing-mcp");
  assert.deepEqual(
    [analysis.kind, analysis.source.canonical, analysis.source.revision, analysis.server.version],
    ["stdio", "npm:thing-mcp", "1.0.1", "1.0.1"],
  );
  assert.deepEqual(
    analysis.inputs.map((input) => [input.key, input.required]),
    [["THING_KEY", true]],
  );
  assert.equal((await refused(analyze(one(), "npm:not-there"))).code, "source_not_found");
});

test("a repository without a server is a result and does not call the model", async () => {
  const before = asked(model);
  const analysis = await analyze(one(), "acme/blog");
  assert.deepEqual([analysis.kind, analysis.inputs, analysis.server.package], ["not-a-server", [], null]);
  assert.equal(asked(model), before);
});

const post = (body: unknown, headers: Record<string, string> = {}) =>
  new Request("http://localhost/api/analyze", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

test("the API: 200 with the analysis, and a status with a code for everything else", async () => {
  const answer = await answerAnalyze(one(), post({ repo_url: "https://github.com/acme/thing" }));
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).kind, "stdio");
  const cases: [unknown, string, number][] = [
    [{ repo_url: "acme/blog" }, "not_an_mcp_server", 422],
    [{ repo_url: "acme/hosted" }, "unsupported_server", 422],
    [{ repo_url: "acme/nowhere" }, "source_not_found", 404],
    [{ repo_url: "http://127.0.0.1/" }, "invalid_source", 422],
    [{ repo_url: 7 }, "invalid_request", 400],
    [{ repo_url: "acme/thing", extra: 1 }, "invalid_request", 400],
    ["{", "invalid_request", 400],
    [{ repo_url: "x".repeat(70_000) }, "too_large", 413],
  ];
  for (const [body, code, status] of cases) {
    const error = await refused(answerAnalyze(one(), post(body)));
    assert.deepEqual([error.code, error.status], [code, status], JSON.stringify(body).slice(0, 80));
  }
  assert.match(
    (await refused(answerAnalyze(one(), post({ repo_url: "acme/hosted" })))).message,
    /https:\/\/mcp\.hosted\.net\/mcp/,
  );
});

async function events(response: Response): Promise<{ event: string; data: unknown }[]> {
  return (await response.text())
    .split("\n\n")
    .filter((block) => block.startsWith("event: "))
    .map((block) => {
      const [event = "", data = ""] = block.split("\n");
      return { event: event.slice(7), data: JSON.parse(data.slice(6)) };
    });
}

test("the API streams progress, then the result or the error", async () => {
  const good = await answerAnalyze(
    one(),
    post({ repo_url: "acme/thing", fresh: true }, { accept: "text/event-stream" }),
  );
  assert.match(good.headers.get("content-type") ?? "", /^text\/event-stream/);
  const told = await events(good);
  assert.ok(told.length > 10);
  assert.deepEqual([...new Set(told.map((one) => one.event))], ["progress", "result"]);
  const bad = await events(
    await answerAnalyze(one(), post({ repo_url: "acme/nowhere" }, { accept: "text/event-stream" })),
  );
  assert.equal(bad.at(-1)?.event, "error");
  assert.match(JSON.stringify(bad.at(-1)?.data), /"code":"source_not_found"/);
});

test("a client that leaves ends the reading", async () => {
  const response = await answerAnalyze(
    one(),
    post({ repo_url: "acme/thing", fresh: true }, { accept: "text/event-stream" }),
  );
  await response.body?.cancel();
  const stopped = new AbortController();
  stopped.abort(new Error("left"));
  await assert.rejects(analyze(one(), "acme/thing", { fresh: true, signal: stopped.signal }), /left/);
});

test("a person's excess analyses get 429 with Retry-After, and other people's do not", async () => {
  const ask = (userId: string) =>
    answerAnalyze(userId, post({ repo_url: "acme/thing" })).catch((error: unknown) => toAppError(error).toResponse());
  let limited: Response | null = null;
  for (let count = 0; count < 150 && limited === null; count += 1) {
    const response = await ask(one());
    if (response.status === 429) limited = response;
  }
  assert.ok(limited);
  assert.ok(Number(limited.headers.get("retry-after")) > 0);
  assert.equal((await limited.json()).error.code, "rate_limited");
  assert.equal((await ask(two())).status, 200);
});
