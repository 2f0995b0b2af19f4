import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { encode } from "next-auth/jwt";
import { changePassword, endSessions } from "../auth/accounts.ts";
import { createApiToken, findUserByApiToken, listApiTokens, revokeApiToken } from "../auth/api-tokens.ts";
import { SESSION_MAX_AGE_S, sealSession, sessionCookie } from "../auth/session-cookie.ts";
import { endSession } from "../auth/signed-out.ts";
import { makeMember, makeOwner, password } from "../auth/testing/people.ts";
import { prepareCatwalk, setVariables } from "../auth/testing/setting.ts";
import type { SessionUser } from "../auth/user.ts";
import { db, disconnect } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { userRoute } from "./user-route.ts";

const origin = "http://catwalk.test:3000";
let close: () => Promise<void>;
let owner: SessionUser;
before(async () => {
  close = await prepareCatwalk();
  owner = await makeOwner();
});
after(() => close());

const whoAmI = userRoute<{ id: string }>(async (request, { user, params }) =>
  Response.json({ user, id: params.id, method: request.method }),
);

function call(headers: Record<string, string>, method = "GET", handler = whoAmI): Promise<Response> {
  const request = new Request(`${origin}/api/things/7`, { method, headers: { host: "catwalk.test:3000", ...headers } });
  return handler(request, { params: Promise.resolve({ id: "7" }) });
}

async function sessionOf(user: SessionUser, signedInAt = new Date()): Promise<Record<string, string>> {
  const token = await sealSession({ sub: user.id, signedInAtMs: signedInAt.getTime() });
  return { cookie: `theme=dark; ${sessionCookie().name}=${token}; other=1` };
}

async function errorOf(response: Response): Promise<{ status: number; code: string }> {
  const body = await response.json();
  assert.deepEqual(Object.keys(body), ["error"]);
  for (const key of ["code", "message", "hint", "docs"]) assert.ok(key in body.error, key);
  return { status: response.status, code: body.error.code };
}

test("a session's cookie and an API token both identify the person", async () => {
  const { token } = await createApiToken(owner.id, "test");
  assert.match(token, /^cwt_[\w-]{43}$/);
  for (const headers of [
    await sessionOf(owner),
    { authorization: `Bearer ${token}` },
    { authorization: `bearer ${token}` },
  ]) {
    const response = await call(headers);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { user: owner, id: "7", method: "GET" });
  }
});

test("without either, or with a wrong one, the answer is 401 and says how", async () => {
  const { token, id } = await createApiToken(owner.id, "revoked");
  await revokeApiToken(owner.id, id);
  const expired = await encode({
    token: { sub: owner.id, signedInAtMs: Date.now() },
    secret: process.env.NEXTAUTH_SECRET ?? "",
    maxAge: -60,
  });
  const foreign = await encode({ token: { sub: owner.id, signedInAtMs: Date.now() }, secret: "x".repeat(32) });
  const old = await encode({ token: { sub: owner.id }, secret: process.env.NEXTAUTH_SECRET ?? "" });
  const name = sessionCookie().name;
  const attempts: Record<string, string>[] = [
    {},
    { authorization: `Bearer ${token}` },
    { authorization: "Bearer cwt_short" },
    { authorization: "Basic b3duZXI6cGFzc3dvcmQ=" },
    { authorization: "Bearer " },
    { cookie: `${name}=nonsense` },
    { cookie: `${name}=%` },
    { cookie: `${name}=${expired}` },
    { cookie: `${name}=${foreign}` },
    { cookie: `${name}=${old}` },
    // A token that is wrong is not made good by a cookie.
    { ...(await sessionOf(owner)), authorization: "Bearer cwt_wrong" },
  ];
  for (const headers of attempts) {
    const response = await call(headers);
    assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer/);
    assert.deepEqual(await errorOf(response), { status: 401, code: "unauthenticated" }, JSON.stringify(headers));
  }
});

test("a session ends with its account, a password change and signing out", async () => {
  const member = await makeMember("leaving@example.com");
  const before = await sessionOf(member, new Date(Date.now() - 1_000));
  assert.equal((await call(before)).status, 200);
  const changedAt = await changePassword(member, { current: password, password: "eight red lanterns" });
  assert.equal((await call(before)).status, 401);
  const renewed = await sessionOf(member, changedAt);
  assert.equal((await call(renewed)).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await endSessions(member.id);
  assert.equal((await call(renewed)).status, 401);
  const again = await sessionOf(member);
  assert.equal((await call(again)).status, 200);
  await db().user.delete({ where: { id: member.id } });
  assert.equal((await call(again)).status, 401);
});

test("signing out ends that session on the server, wherever its cookie was copied to, and no other", async () => {
  const member = await makeMember("two-browsers@example.com");
  const [first, second] = [new Date(Date.now() - 2_000), new Date(Date.now() - 1_000)];
  const copied = await sessionOf(member, first);
  const other = await sessionOf(member, second);
  await endSession({ sub: member.id, signedInAtMs: first.getTime(), iat: 1, jti: "any" });
  await endSession({ sub: member.id, signedInAtMs: first.getTime() });
  for (const nothing of [null, {}, { sub: "nobody", signedInAtMs: 1 }]) await endSession(nothing);
  assert.equal((await call(copied)).status, 401);
  assert.equal((await call(other)).status, 200);
  // The row goes when the session would have ended by its age.
  const later = new Date(Date.now() + SESSION_MAX_AGE_S * 1_000);
  await endSession({ sub: member.id, signedInAtMs: later.getTime() }, later);
  const rows = await db().signedOutSession.findMany({ where: { userId: member.id } });
  assert.deepEqual(
    rows.map(({ signedInAt }) => signedInAt),
    [later],
  );
});

test("a session ends 30 days after signing in, however often it was renewed", async () => {
  const age = SESSION_MAX_AGE_S * 1_000;
  assert.equal((await call(await sessionOf(owner, new Date(Date.now() - age + 60_000)))).status, 200);
  // Sealed now, as next-auth seals it again with each use.
  assert.equal((await call(await sessionOf(owner, new Date(Date.now() - age)))).status, 401);
});

test("a changing request with a cookie must come from Catwalk's own pages", async () => {
  const session = await sessionOf(owner);
  const { token } = await createApiToken(owner.id, "elsewhere");
  const refused: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://catwalk.test:3001" },
    { origin: "https://catwalk.test:3000" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ];
  for (const headers of refused) {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      const response = await call({ ...session, ...headers }, method);
      assert.deepEqual(
        await errorOf(response),
        { status: 403, code: "forbidden" },
        `${method} ${JSON.stringify(headers)}`,
      );
    }
    assert.equal((await call({ ...session, ...headers })).status, 200);
    assert.equal((await call({ authorization: `Bearer ${token}`, ...headers }, "POST")).status, 200);
  }
  const accepted: Record<string, string>[] = [
    { origin },
    { origin: "http://127.0.0.1:3000", host: "127.0.0.1:3000" },
    { "sec-fetch-site": "same-origin" },
    {},
  ];
  for (const headers of accepted) assert.equal((await call({ ...session, ...headers }, "POST")).status, 200);
});

test("an error for people is answered in full, and a defect without its details", async (t) => {
  const log = t.mock.method(console, "error", () => undefined);
  const session = await sessionOf(owner);
  const failing = (thrown: unknown) =>
    userRoute<{ id: string }>(async () => {
      throw thrown;
    });
  const gone = failing(new AppError("not_found", "There is nothing.", { hint: "Look elsewhere." }));
  assert.deepEqual(await (await call(session, "GET", gone)).json(), {
    error: {
      code: "not_found",
      message: "There is nothing.",
      hint: "Look elsewhere.",
      docs: "docs/errors.md#not_found",
    },
  });
  assert.equal(log.mock.callCount(), 0);
  const response = await call(session, "GET", failing(new Error("password is hunter2")));
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /hunter2/);
  assert.equal(log.mock.callCount(), 1);
});

test("over https the session lives in a cookie that is sent over https only", async () => {
  setVariables({ NEXTAUTH_URL: "https://catwalk.example.com" });
  assert.deepEqual(sessionCookie(), {
    name: "__Secure-next-auth.session-token",
    options: { httpOnly: true, sameSite: "lax", path: "/", secure: true },
  });
  setVariables({ NEXTAUTH_URL: origin });
  assert.deepEqual(sessionCookie().options, { httpOnly: true, sameSite: "lax", path: "/", secure: false });
});

test("a token is stored as a hash, listed by its first characters, and revoked by its owner only", async () => {
  const member = await makeMember("tokens@example.com");
  const { id, token } = await createApiToken(member.id, "CI");
  const row = await db().apiToken.findUniqueOrThrow({ where: { id } });
  assert.ok(!JSON.stringify(row).includes(token.slice(12)));
  const [listed] = await listApiTokens(member.id);
  assert.deepEqual(
    { name: listed?.name, prefix: listed?.prefix, lastUsedAt: listed?.lastUsedAt },
    { name: "CI", prefix: token.slice(0, 10), lastUsedAt: null },
  );
  await assert.rejects(revokeApiToken(owner.id, id), { code: "not_found" });
  assert.equal((await findUserByApiToken(token))?.id, member.id);
  await revokeApiToken(member.id, id);
  assert.equal(await findUserByApiToken(token), null);
  await assert.rejects(revokeApiToken(member.id, id), { code: "not_found" });
});

test("the last use of a token is noted at most once a minute", async () => {
  const { id, token } = await createApiToken(owner.id, "busy");
  const lastUsed = async () => (await db().apiToken.findUniqueOrThrow({ where: { id } })).lastUsedAt?.toISOString();
  const seen: (string | undefined)[] = [];
  for (const time of ["00:00", "00:59", "01:01"]) {
    await findUserByApiToken(token, new Date(`2026-01-01T00:${time}Z`));
    seen.push(await lastUsed());
  }
  assert.deepEqual(seen, ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z", "2026-01-01T00:01:01.000Z"]);
});

test("while the database is away requests get 503, and sessions stay", async () => {
  const session = await sessionOf(owner);
  const url = process.env.DATABASE_URL;
  await useDatabase("postgresql://catwalk@127.0.0.1:1/away");
  try {
    assert.deepEqual(await errorOf(await call(session)), { status: 503, code: "database_unavailable" });
    const token = { authorization: `Bearer cwt_${"x".repeat(43)}` };
    assert.deepEqual(await errorOf(await call(token)), { status: 503, code: "database_unavailable" });
  } finally {
    await useDatabase(url);
  }
  assert.equal((await call(session)).status, 200);
});

/** The process's client is made from DATABASE_URL once, and kept. */
async function useDatabase(url: string | undefined): Promise<void> {
  await disconnect();
  delete (globalThis as typeof globalThis & Record<symbol, unknown>)[Symbol.for("catwalk.db")];
  setVariables({ DATABASE_URL: url });
}
