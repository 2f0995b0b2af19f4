import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { startFlySimulator } from "../../fly-simulator/src/simulator.ts";
import { makeMember, makeOwner } from "../auth/testing/people.ts";
import { prepareCatwalk, setVariables } from "../auth/testing/setting.ts";
import type { SessionUser } from "../auth/user.ts";
import { createCipher } from "../crypto/cipher.ts";
import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { setSetting } from "../settings/settings.ts";
import { runCheck, type SetupCheck } from "./check.ts";
import { createCronCheck } from "./cron.ts";
import { databaseCheck } from "./database.ts";
import { gitHubCheck } from "./github.ts";
import { keysCheck } from "./keys.ts";
import { languageModelCheck } from "./language-model.ts";
import { imageCheck, machinesCheck } from "./machines.ts";
import { checkPublicUrl } from "./public-url.ts";

let close: () => Promise<void>;
let owner: SessionUser;
let member: SessionUser;
let folder: string;
/** What the one loopback service answers: GitHub and the language model in one. */
let answer: { status: number; body: unknown };
let service: Server;
let serviceUrl: string;

before(async () => {
  close = await prepareCatwalk();
  owner = await makeOwner();
  member = await makeMember("member@example.com");
  folder = await mkdtemp(join(tmpdir(), "catwalk-setup-"));
  service = createServer((_request, response) => {
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  serviceUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
after(async () => {
  service.close();
  await rm(folder, { recursive: true, force: true });
  await close();
});
beforeEach(async () => {
  setVariables({
    CATWALK_DATA_DIR: folder,
    GITHUB_API_URL: serviceUrl,
    GITHUB_TOKEN: undefined,
    OPENAI_API_KEY: undefined,
    OPENAI_BASE_URL: undefined,
    OPENROUTER_API_KEY: undefined,
    ANALYSIS_MODEL: undefined,
    ...noFly,
    VERCEL: undefined,
    CRON_SECRET: undefined,
  });
  await db().setting.deleteMany();
});

const look = (check: SetupCheck) => runCheck(check, owner);
const noFly = {
  RUNTIME: undefined,
  FLY_API_HOSTNAME: undefined,
  FLY_PUBLIC_URL_TEMPLATE: undefined,
  FLY_API_TOKEN: undefined,
  FLY_ORG: undefined,
  FLY_REGION: undefined,
  MCP_HOST_IMAGE: undefined,
  FLY_IMAGE_REF: undefined,
  FLY_APP_NAME: undefined,
};

/** Other encryption keys, also for the cipher, which is made once in a process. */
function useKeys(list: string): void {
  setVariables({ ENCRYPTION_KEY: list });
  Reflect.deleteProperty(globalThis, Symbol.for("catwalk.cipher"));
}

const limits = (remaining: number) => ({ status: 200, body: { resources: { core: { limit: 5_000, remaining } } } });

test("only the owner may run checks", async () => {
  await assert.rejects(runCheck(databaseCheck, member), (error: unknown) => {
    assert.ok(error instanceof AppError);
    return error.code === "forbidden";
  });
});

test("a check without an answer, or with an error, returns a result", async (context) => {
  const never: SetupCheck = { ...databaseCheck, timeoutMs: 20, run: () => new Promise<never>(() => {}) };
  assert.match((await look(never)).message, /no answer within 0\.02 seconds/);

  const refused = async () => {
    throw new AppError("fly_token_refused", "Fly refuses the token.", { hint: "Make another.", detail: "01ABC" });
  };
  assert.deepEqual(await look({ ...databaseCheck, run: refused }), {
    state: "bad",
    message: "Fly refuses the token.",
    todo: "Make another.",
    detail: "01ABC",
  });

  const logged = context.mock.method(console, "error", () => {});
  const broken = async () => {
    throw new Error("password=hunter2");
  };
  assert.doesNotMatch(JSON.stringify(await look({ ...databaseCheck, run: broken })), /hunter2/);
  assert.equal(logged.mock.callCount(), 1);
});

test("the database check tells a healthy, read-only and half-migrated database apart", async () => {
  assert.equal((await look(databaseCheck)).state, "good");

  await db().$executeRaw`
    insert into _prisma_migrations (id, checksum, migration_name) values ('test', '', '20990101000000_half')`;
  const half = await look(databaseCheck);
  assert.equal(half.state, "bad");
  assert.match(half.message, /20990101000000_half/);
  await db().$executeRaw`delete from _prisma_migrations where id = 'test'`;

  const name = new URL(process.env.DATABASE_URL ?? "").pathname.slice(1);
  await db().$executeRawUnsafe(`alter database "${name}" set default_transaction_read_only = on`);
  // Kept connections go on as they began; the check asks for a new one.
  Reflect.deleteProperty(globalThis, Symbol.for("catwalk.database-check"));
  const readOnly = await look(databaseCheck);
  assert.equal(readOnly.state, "bad");
  assert.match(readOnly.message, /takes no writes/);
  await db().$executeRawUnsafe(`alter database "${name}" reset default_transaction_read_only`);
  Reflect.deleteProperty(globalThis, Symbol.for("catwalk.database-check"));
});

test("the keys check tells given, generated, older and missing keys apart", async () => {
  const given = await look(keysCheck);
  assert.deepEqual([given.state, given.todo], ["good", null]);
  assert.match(given.message, /given by the environment/);

  await writeFile(join(folder, "encryption-key"), `${process.env.ENCRYPTION_KEY}\n`);
  const generated = await look(keysCheck);
  assert.equal(generated.state, "good");
  assert.match(generated.message, /ENCRYPTION_KEY was generated, NEXTAUTH_SECRET is given/);
  assert.match(generated.todo ?? "", /Back up .*encryption-key/);

  const current = process.env.ENCRYPTION_KEY ?? "";
  const other = randomBytes(32).toString("base64");
  const value = createCipher(other).encrypt("ghp_x", { scope: "settings", field: "github_token" });
  await setSetting("github_token", "replaced below");
  await db().setting.updateMany({ where: { key: "github_token" }, data: { value } });
  const gone = await look(keysCheck);
  assert.equal(gone.state, "bad");
  assert.match(gone.message, /decrypts one stored value/);
  assert.ok(!JSON.stringify(gone).includes(current) && !JSON.stringify(gone).includes(other));

  useKeys(`${current},${other}`);
  const older = await look(keysCheck);
  assert.equal(older.state, "optional");
  assert.equal(older.command, "npm run rotate-keys");
  useKeys(current);
});

test("the language model check distinguishes no key, a working key and a refused one", async () => {
  assert.equal((await look(languageModelCheck)).state, "optional");

  setVariables({ OPENAI_API_KEY: "sk-secret", OPENAI_BASE_URL: `${serviceUrl}/v1`, ANALYSIS_MODEL: "m" });
  answer = {
    status: 200,
    body: {
      id: "1",
      created: 0,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: "ready" } }],
    },
  };
  assert.equal((await look(languageModelCheck)).state, "good");

  answer = { status: 401, body: { error: { message: "no such key sk-secret" } } };
  const refused = await look(languageModelCheck);
  assert.equal(refused.state, "bad");
  assert.match(refused.todo ?? "", /OPENAI_API_KEY/);
  assert.doesNotMatch(JSON.stringify(refused), /sk-secret/);
});

test("the GitHub check tells anonymous, authorized, exhausted and refused access apart", async () => {
  answer = limits(12);
  const anonymous = await look(gitHubCheck);
  assert.equal(anonymous.state, "optional");
  assert.match(anonymous.message, /12 of 5000/);

  await setSetting("github_token", "ghp_secret");
  assert.equal((await look(gitHubCheck)).state, "good");

  answer = limits(0);
  assert.equal((await look(gitHubCheck)).state, "bad");

  answer = { status: 401, body: { message: "Bad credentials" } };
  const refused = await look(gitHubCheck);
  assert.equal(refused.state, "bad");
  assert.match(refused.todo ?? "", /another token/);
  assert.doesNotMatch(JSON.stringify(refused), /ghp_secret/);
});

test("the machines check tells this host, Fly without a token and Vercel without Fly apart", async () => {
  assert.equal((await look(machinesCheck)).state, "optional");
  assert.equal((await look(imageCheck)).state, "optional");

  setVariables({ RUNTIME: "fly" });
  const noToken = await look(machinesCheck);
  assert.equal(noToken.state, "bad");
  assert.match(noToken.command ?? "", /fly tokens create org/);
  assert.equal((await look(imageCheck)).state, "bad");

  setVariables({ RUNTIME: undefined, VERCEL: "1" });
  assert.equal((await look(machinesCheck)).state, "bad");
});

test("the machines and image checks tell a bad token, organization and image apart", async () => {
  const fly = await startFlySimulator({ autostopEveryMs: "never" });
  try {
    setVariables(fly.env);
    assert.equal((await look(machinesCheck)).state, "good");
    assert.equal((await look(imageCheck)).state, "good");

    const other = fly.makeToken({ org: "others" });
    setVariables({ FLY_API_TOKEN: other });
    const notGood = await look(machinesCheck);
    assert.equal(notGood.state, "bad");
    assert.ok(!JSON.stringify(notGood).includes(other));

    fly.revokeToken(fly.token);
    setVariables({ FLY_API_TOKEN: fly.token });
    const revoked = await look(machinesCheck);
    assert.equal(revoked.state, "bad");
    assert.match(revoked.message, /does not accept/);
    assert.ok(!JSON.stringify(revoked).includes(fly.token.split(" ").at(-1) ?? ""));

    setVariables({ MCP_HOST_IMAGE: fly.imageTag.replace(/:[^:]*$/, ":gone") });
    const gone = await look(imageCheck);
    assert.equal(gone.state, "bad");
    assert.equal(gone.page?.href, "/settings/machines");
    const app = /^fly apps create (\S+) --org personal && fly deploy mcp-host .*--build-only --push/.exec(
      gone.command ?? "",
    );
    assert.match(app?.[1] ?? "", /^catwalk-image-[a-z0-9]{8}$/);
    assert.ok(gone.todo?.includes(`registry.fly.io/${app?.[1]}:mcp-host`), gone.todo ?? "");

    setVariables({ MCP_HOST_IMAGE: undefined, ...fly.appEnv });
    const own = await look(imageCheck);
    assert.deepEqual([own.state, own.todo], ["good", null]);
    assert.match(own.message, /the image that this Catwalk runs from/);
  } finally {
    await fly.stop();
  }
});

test("the public URL check compares it with the browser's address", () => {
  const state = (publicUrl: string, origin: string) => checkPublicUrl(publicUrl, origin).state;
  assert.equal(state("https://catwalk.example.com", "https://catwalk.example.com"), "good");
  assert.equal(state("https://catwalk.example.com/tools", "https://catwalk.example.com"), "good");
  assert.equal(state("http://catwalk.example.com", "http://catwalk.example.com"), "bad");
  assert.equal(state("https://192.168.1.4", "https://192.168.1.4"), "optional");
  assert.equal(state("http://localhost:3000", "http://localhost:3000"), "optional");
  assert.equal(state("http://localhost:3000", "http://127.0.0.1:3000"), "optional");
  assert.equal(state("http://localhost:3000", "http://localhost:3100"), "bad");

  const moved = checkPublicUrl("http://localhost:3000", "https://catwalk.example.com");
  assert.equal(moved.state, "bad");
  assert.equal(moved.command, "NEXTAUTH_URL=https://catwalk.example.com");
});

test("the cron check exists on Vercel alone", async () => {
  assert.equal(createCronCheck(), null);
  setVariables({ VERCEL: "1" });
  const check = createCronCheck();
  assert.ok(check);
  assert.equal((await look(check)).state, "bad");
  setVariables({ CRON_SECRET: "a secret of the cron" });
  assert.equal((await look(check)).state, "good");
});
