import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../errors/app-error.ts";
import { parseSource } from "../source.ts";
import { startGitHubServer } from "../testing/github-server.ts";
import { AnalysisProcess, type ReadTask } from "./analysis-process.ts";
import { buildProcessEnvironment } from "./environment.ts";

const root = resolve(import.meta.dirname, "..", "..", "..");
const hostile = join(import.meta.dirname, "testing", "hostile-program.ts");
const program = join(import.meta.dirname, "main.ts");
const started: AnalysisProcess[] = [];
// Other tests that run meanwhile start processes as well, whose folders lie beside these.
const folder = await mkdtemp(join(tmpdir(), "catwalk-processes-"));
process.env.TMPDIR = folder;
after(async () => {
  await Promise.all(started.map((one) => one.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function start(script: string): Promise<AnalysisProcess> {
  const worker = await AnalysisProcess.start(script, root);
  started.push(worker);
  return worker;
}

function task(source: string, fields: Partial<ReadTask> = {}): ReadTask {
  return {
    request: {
      source: parseSource(source),
      gitHub: { apiUrl: "http://127.0.0.1:9", token: null },
      wantsExcerpts: false,
    },
    signal: undefined,
    report: () => undefined,
    decide: async () => true,
    timeoutMs: 15_000,
    ...fields,
  };
}

async function refused(promise: Promise<unknown>): Promise<AppError> {
  const thrown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof AppError, String(thrown));
  return thrown;
}

async function folders(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith("catwalk-analysis-"));
}

function isRunning(pid: number | null): boolean {
  try {
    return pid !== null && process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a source that holds the process, or fills memory or disk, ends with a sentence, and nothing of it is left", async () => {
  const before = await folders();
  const cases: [string, RegExp, number][] = [
    ["npm:holds-the-loop", /longer than 1 seconds/, 1_000],
    ["npm:fills-the-heap", /more memory or disk space/, 15_000],
    ["npm:fills-buffers", /more memory or disk space/, 15_000],
    ["npm:fills-the-disk", /more memory or disk space/, 15_000],
    ["npm:talks-without-end", /more room for its result/, 15_000],
  ];
  for (const [source, message, timeoutMs] of cases) {
    const worker = await start(hostile);
    const error = await refused(worker.read(task(source, { timeoutMs })));
    assert.deepEqual([error.code, error.status], ["source_unreadable", 422], source);
    assert.match(error.message, message, source);
    assert.deepEqual([worker.isAlive, isRunning(worker.pid)], [false, false], source);
  }
  assert.deepEqual(await folders(), before);
});

test("a process that breaks off or sends what is no reply is a defect, and it ends", async () => {
  for (const source of ["npm:exits", "npm:talks-nonsense"]) {
    const worker = await start(hostile);
    await assert.rejects(
      worker.read(task(source)),
      (error) => !(error instanceof AppError) || error.code === "internal",
    );
    assert.equal(worker.isAlive, false, source);
  }
});

test("an error of the source leaves the process for the next one", async () => {
  const worker = await start(hostile);
  for (let count = 0; count < 2; count += 1) {
    const error = await refused(worker.read(task("npm:refuses")));
    assert.deepEqual([error.code, error.message], ["source_not_found", "It is not there."]);
  }
  assert.ok(worker.isAlive);
});

test("a client that leaves ends the process at once", async () => {
  const worker = await start(hostile);
  const client = new AbortController();
  const reading = worker.read(task("npm:holds-the-loop", { signal: client.signal }));
  await delay(100);
  client.abort(new Error("left"));
  await assert.rejects(reading, /left/);
  assert.equal(isRunning(worker.pid), false);
});

test("one process reads source after source, and skips the files where the app knows the result", async () => {
  const gitHub = await startGitHubServer([
    { owner: "acme", name: "thing", files: { "README.md": "# Thing", "package.json": '{"name":"thing"}' } },
  ]);
  try {
    const worker = await start(program);
    const read = (source: string, fields: Partial<ReadTask> = {}) => {
      const request = { ...task(source).request, gitHub: { apiUrl: gitHub.url, token: null } };
      return worker.read(task(source, { request, ...fields }));
    };
    const steps: string[] = [];
    const first = await read("acme/thing", { report: (event) => steps.push(event.step) });
    assert.equal(first?.draft.source.canonical, "https://github.com/acme/thing");
    assert.ok(steps.includes("files"));
    assert.equal(first?.limit?.requestsLeft, 4_996);
    const asked = gitHub.requests.length;
    assert.equal(await read("acme/thing", { decide: async () => false }), null);
    assert.equal(gitHub.requests.length, asked + 2);
    assert.equal((await refused(read("acme/other"))).code, "source_not_found");
    assert.equal((await read("acme/thing"))?.draft.kind, "not-a-server");
  } finally {
    await gitHub.close();
  }
});

test("the process has none of the app's settings", {
  skip: existsSync("/proc/self/environ") ? false : "needs /proc",
}, async () => {
  const secrets = { DATABASE_URL: "postgres://secret", ENCRYPTION_KEY: "secret", GITHUB_TOKEN: "secret" };
  Object.assign(process.env, secrets);
  try {
    const worker = await start(program);
    const environment = await readFile(`/proc/${worker.pid}/environ`, "utf8");
    assert.match(environment, /TMPDIR=/);
    assert.doesNotMatch(environment, /secret/);
  } finally {
    for (const name of Object.keys(secrets)) delete process.env[name];
  }
});

test("an environment keeps the way to the registries and drops everything else", () => {
  const given = {
    PATH: "/bin",
    PIP_INDEX_URL: "https://index.example.net/",
    npm_config_registry: "https://r.example.net/",
  };
  const built = buildProcessEnvironment(
    { ...given, NEXTAUTH_SECRET: "x", FLY_API_TOKEN: "x", NODE_OPTIONS: "x" },
    "/f",
  );
  assert.deepEqual(built, { ...given, NODE_ENV: "production", TMPDIR: "/f", TEMP: "/f", TMP: "/f" });
});
