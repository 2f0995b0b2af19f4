import assert from "node:assert/strict";
import { once } from "node:events";
import { access, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "../db/client.ts";
import { findRunningEmbeddedPostgres } from "../db/embedded/embedded.ts";
import { findPostmaster, stopPostmaster } from "../db/embedded/postmaster.ts";
import { readRecord, resolveClusterFolder } from "../db/embedded/record.ts";
import { createTestDatabase } from "../db/testing/database.ts";
import { type AppOptions, type RunningApp, runApp, startApp, temporaryDataFolder } from "./testing/app.ts";

// npm start as it is: the real program, a real PostgreSQL, the production build, real signals.

const apps = new WeakMap<TestContext, RunningApp[]>();

/** A data folder that is gone after the test, with whatever still ran on it. */
async function dataFolder(context: TestContext): Promise<string> {
  const folder = await temporaryDataFolder();
  context.after(async () => {
    // First the apps: they would start PostgreSQL again, in a folder that is being removed.
    await Promise.all((apps.get(context) ?? []).map((app) => app.stop()));
    const record = await readRecord(folder);
    if (record) {
      await stopPostmaster(resolveClusterFolder(folder, record));
      await rm(resolveClusterFolder(folder, record), { recursive: true, force: true });
    }
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

async function start(context: TestContext, options: AppOptions): Promise<RunningApp> {
  const app = await startApp(options);
  apps.set(context, [...(apps.get(context) ?? []), app]);
  return app;
}

async function cluster(folder: string): Promise<string> {
  const record = await readRecord(folder);
  assert.ok(record);
  return resolveClusterFolder(folder, record);
}

async function health(app: RunningApp): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${app.url}/api/health`);
  return { status: response.status, body: await response.json() };
}

/** Waits for a condition; an end to waiting that a slow machine does not reach. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 120_000; !(await condition()); await delay(50)) {
    assert.ok(performance.now() < end, "waited in vain");
  }
}

async function makeUser(folder: string): Promise<void> {
  const url = await findRunningEmbeddedPostgres(folder);
  assert.ok(url);
  const client = createClient(url);
  await client.user.create({ data: { email: "kept@example.com", role: "owner" } });
  await client.$disconnect();
}

async function assertNothingRuns(folder: string, app?: RunningApp): Promise<void> {
  const record = await readRecord(folder);
  if (record) assert.equal(await findPostmaster(resolveClusterFolder(folder, record)), null);
  if (app) await assert.rejects(fetch(app.url));
}

test("the first start makes everything, SIGTERM stops everything, the second start has it all", async (context) => {
  const folder = await dataFolder(context);
  const first = await start(context, { dataFolder: folder });
  assert.match(first.setupUrl ?? "", /^http:\/\/localhost:\d+\/setup\?token=[\w-]{20,}$/);
  assert.match(first.output(), /^Only this computer reaches it\. .*: HOSTNAME=:: npm start$/m);
  const { status, body } = await health(first);
  assert.equal(status, 200);
  assert.partialDeepStrictEqual(body, { status: "ok", database: "up", runtime: "local" });
  for (const secret of ["encryption-key", "session-secret", "postgres.json"]) {
    assert.equal((await stat(join(folder, secret))).mode & 0o777, 0o600);
  }
  const key = await readFile(join(folder, "encryption-key"), "utf8");
  assert.equal(Buffer.from(key, "base64").length, 32);
  await makeUser(folder);
  assert.equal(await first.stop("SIGTERM"), 0);
  await assertNothingRuns(folder, first);

  const second = await start(context, { dataFolder: folder });
  assert.equal(second.setupUrl, null);
  assert.equal(await readFile(join(folder, "encryption-key"), "utf8"), key);
  assert.equal(await second.stop("SIGINT"), 130);
  await assertNothingRuns(folder, second);
});

test("commands work beside a running Catwalk and on their own", async (context) => {
  const folder = await dataFolder(context);
  const token = () => runApp({ dataFolder: folder, program: ["lib/cli/token.ts", "kept@example.com"] });
  const link = (settings = {}) =>
    runApp({ dataFolder: folder, settings, program: ["lib/cli/reset-password.ts", "kept@example.com"] });
  const app = await start(context, { dataFolder: folder });
  const unknown = await token();
  assert.equal(unknown.code, 1);
  assert.deepEqual(await link(), unknown);
  assert.match(unknown.output, /^There is no account with the e-mail address kept@example.com\.\n$/);
  await makeUser(folder);
  const beside = await token();
  assert.match(beside.output, /^cwt_[\w-]{43}\n$/);
  const url = (await link({ NEXTAUTH_URL: "http://127.0.0.1:9" })).output.trimEnd().split("\n").at(-1) ?? "";
  assert.match(url, /^http:\/\/127\.0\.0\.1:9\/reset-password\/[\w-]{43}$/);
  assert.match(await (await fetch(app.url + new URL(url).pathname)).text(), /kept@example\.com/);
  assert.equal((await health(app)).status, 200);
  await app.stop();
  const alone = await token();
  assert.equal(alone.code, 0);
  assert.match(alone.output, /^cwt_[\w-]{43}\n$/);
  await assertNothingRuns(folder, app);
});

test("npm passes its signal on, and is outlived by nothing when it is killed", async (context) => {
  const folder = await dataFolder(context);
  const first = await start(context, { dataFolder: folder, through: "npm" });
  assert.equal(await first.stop("SIGTERM"), 0);
  await assertNothingRuns(folder, first);

  const killed = await start(context, { dataFolder: folder, through: "npm" });
  await killed.stop("SIGKILL");
  // The app has noticed, or has not yet: either way the next start finds its way.
  const next = await start(context, { dataFolder: folder, through: "npm" });
  assert.equal((await health(next)).status, 200);
  await next.stop();
  await assertNothingRuns(folder, killed);
});

test("a taken port is reported with the way to another, and nothing is left behind", async (context) => {
  const folder = await dataFolder(context);
  const other = createServer().listen(0);
  await once(other, "listening");
  context.after(() => other.close());
  const address = other.address();
  assert.ok(address && typeof address === "object");
  const { code, output } = await runApp({ dataFolder: folder, settings: { PORT: String(address.port) } });
  assert.equal(code, 1);
  assert.match(output, new RegExp(`^Port ${address.port} is taken .*PORT=\\d+ npm start$`, "m"));
  assert.doesNotMatch(output, /\n\s+at /);
  await assertNothingRuns(folder);
});

test("after a kill -9 the next start recovers, with the data", async (context) => {
  const folder = await dataFolder(context);
  const first = await start(context, { dataFolder: folder });
  await makeUser(folder);
  await first.stop("SIGKILL");
  const left = await findPostmaster(await cluster(folder));
  assert.ok(left, "PostgreSQL outlives a killed app");

  const second = await start(context, { dataFolder: folder });
  assert.equal(second.setupUrl, null, "the account is still there");
  assert.notEqual((await findPostmaster(await cluster(folder)))?.pid, left.pid);
  // Both die at once, as in a power cut.
  const postmaster = await findPostmaster(await cluster(folder));
  assert.ok(postmaster);
  await second.stop("SIGKILL");
  process.kill(postmaster.pid, "SIGKILL");

  const third = await start(context, { dataFolder: folder });
  assert.equal(third.setupUrl, null);
  assert.equal((await health(third)).status, 200);
});

test("a kill -9 while the database is being made leaves nothing that counts", async (context) => {
  const folder = await dataFolder(context);
  const interrupted = startApp({ dataFolder: folder });
  interrupted.catch(() => undefined);
  const pid = async () => Number(await readFile(join(folder, "catwalk.pid"), "utf8").catch(() => "0"));
  await until(async () => (await readdir(folder)).some((name) => name.includes("unfinished")));
  process.kill(await pid(), "SIGKILL");
  await assert.rejects(interrupted, /The app ended/);
  await assert.rejects(access(join(folder, "postgres")));
  const app = await start(context, { dataFolder: folder });
  assert.equal((await health(app)).status, 200);
});

test("of two starts on one data folder the second says so", async (context) => {
  const folder = await dataFolder(context);
  const first = await start(context, { dataFolder: folder });
  const { code, output } = await runApp({ dataFolder: folder });
  assert.equal(code, 1);
  assert.match(output, new RegExp(`already runs on the data folder .*process ${first.process.pid}`));
  assert.equal((await health(first)).status, 200);
});

test("signals that come twice, and a request that never ends, do not hold it up", async (context) => {
  const folder = await dataFolder(context);
  const app = await start(context, { dataFolder: folder });
  const { hostname, port } = new URL(app.url);
  const open = connect(Number(port), hostname);
  context.after(() => open.destroy());
  open.on("error", () => undefined);
  await once(open, "connect");
  open.write("POST /api/health HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{");
  app.process.kill("SIGINT");
  app.process.kill("SIGINT");
  await until(async () => app.output().includes("Stopping"));
  app.process.kill("SIGTERM");
  assert.equal(await app.stop("SIGINT"), 130);
  await assertNothingRuns(folder, app);
});

test("a signal during the start ends it in order", async (context) => {
  const folder = await dataFolder(context);
  const starting = runApp({ dataFolder: folder });
  const pid = async () => Number(await readFile(join(folder, "catwalk.pid"), "utf8").catch(() => "0"));
  await until(async () => (await pid()) > 0);
  process.kill(await pid(), "SIGTERM");
  assert.equal((await starting).code, 0);
  await assertNothingRuns(folder);
});

test("a setting that is wrong is named, without its value and without a stack", async (context) => {
  const folder = await dataFolder(context);
  const file = join(folder, "a-file");
  await writeFile(file, "");
  const database = new URL(process.env.TEST_DATABASE_URL ?? "");
  const nowhere = Object.assign(new URL(database), { pathname: "/no_such_database" });
  const wrongPassword = Object.assign(new URL(database), { password: "not-the-password" });
  const cases: [Record<string, string>, RegExp][] = [
    [{ ENCRYPTION_KEY: "too-short-to-be-a-key" }, /ENCRYPTION_KEY must be 32 bytes/],
    [{ PORT: "a-port" }, /PORT must be a port number/],
    [{ DATABASE_URL: "mysql://me:secret-word@localhost/x" }, /DATABASE_URL must begin with postgres/],
    [{ DATABASE_URL: nowhere.toString() }, /database "no_such_database" does not exist/],
    [{ DATABASE_URL: wrongPassword.toString() }, /refuses DATABASE_URL: password authentication failed/],
    [{ OWNER_EMAIL: "owner@example.com" }, /OWNER_PASSWORD is missing/],
    [{ CATWALK_DATA_DIR: join(file, "below") }, /cannot be written to \(ENOTDIR\): set CATWALK_DATA_DIR/],
  ];
  for (const [settings, expected] of cases) {
    const { code, output } = await runApp({ dataFolder: folder, settings });
    assert.equal(code, 1, output);
    assert.match(output, expected);
    assert.doesNotMatch(output, /\n\s+at |too-short-to|secret-word|not-the-password/);
    await assertNothingRuns(folder);
  }
});

test("with DATABASE_URL there is no embedded PostgreSQL", async (context) => {
  const folder = await dataFolder(context);
  const database = await createTestDatabase();
  context.after(() => database.drop());
  const app = await start(context, { dataFolder: folder, settings: { DATABASE_URL: database.url } });
  assert.equal((await health(app)).status, 200);
  assert.ok(app.setupUrl);
  assert.equal(await readRecord(folder), null);
  assert.equal(await app.stop(), 0);
});

test("PostgreSQL that dies is started again, and the app lives through it", async (context) => {
  const folder = await dataFolder(context);
  const app = await start(context, { dataFolder: folder });
  const place = await cluster(folder);
  const before = await findPostmaster(place);
  assert.ok(before);
  let isOver = false;
  const load = Array.from({ length: 8 }, async () => {
    while (!isOver) await fetch(`${app.url}/sign-in`).then((response) => response.text());
  });
  process.kill(before.pid, "SIGKILL");
  // Health may not have been asked in the moment that it was away.
  await until(async () => ((await findPostmaster(place))?.pid ?? before.pid) !== before.pid);
  await until(async () => (await health(app)).status === 200);
  isOver = true;
  await Promise.all(load);
  assert.equal((await findPostmaster(place))?.port, before.port);
  assert.equal(await app.stop(), 0);
  await assertNothingRuns(folder, app);
});

test("it starts as root below a folder of mode 700", {
  skip: process.getuid?.() === 0 ? false : "needs root",
}, async (context) => {
  const outer = await dataFolder(context);
  const folder = join(outer, "closed", "data");
  await mkdir(join(outer, "closed"), { mode: 0o700 });
  const first = await start(context, { dataFolder: folder });
  const place = await cluster(folder);
  context.after(() => rm(place, { recursive: true, force: true }));
  assert.match(place, /^\/var\/lib\/catwalk\/[0-9a-f]{16}$/);
  assert.match(first.output(), /The database is in \/var\/lib\/catwalk\/[0-9a-f]+: the user postgres/);
  await makeUser(folder);
  await first.stop();
  const second = await start(context, { dataFolder: folder });
  assert.equal(second.setupUrl, null);
  assert.doesNotMatch(second.output(), /\/var\/lib\/catwalk/);
  await second.stop();
  assert.equal(await findPostmaster(place), null);
});
