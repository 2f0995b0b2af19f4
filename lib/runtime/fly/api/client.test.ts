import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/clock.ts";
import { type Answer, startFakeFly } from "../testing/fake-fly.ts";
import { FlyClient, type FlyRequest } from "./client.ts";
import { FlyApi } from "./fly-api.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { isTokenShaped, listAuthorizations, redactTokens, stripScheme } from "./token.ts";

const machine = { id: "m1", state: "stopped", region: "iad" };
const ok: Answer = { status: 200, body: machine };
const error = (status: number, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: { error: `no: ${status}` },
});

function request(fields: Partial<FlyRequest> = {}): FlyRequest {
  return { method: "GET", path: "/apps/a", action: "x", object: "a", token: "fm2_abc", ...fields };
}

test("a token is sent under its own scheme, in whatever form it was pasted", () => {
  const first = (token: string) => listAuthorizations(token)[0];
  for (const form of ["FlyV1 fm2_abc", " FlyV1 fm2_abc\n", "bearer FlyV1 fm2_abc", '"FlyV1 fm2_abc"']) {
    assert.equal(first(form), "FlyV1 fm2_abc", form);
  }
  for (const form of ["fm2_abc", "Bearer fm2_abc", '"fm2_abc"']) assert.equal(first(form), "Bearer fm2_abc", form);
  for (const form of ["FlyV1 fm2_a,fm2_b", "FlyV1 fm2_a, FlyV1 fm2_b"])
    assert.equal(first(form), "FlyV1 fm2_a,fm2_b", form);
  for (const form of ["fm2_a,\nfm2_b\n", "fm2_a,fo1_user,fm2_b"]) assert.equal(first(form), "Bearer fm2_a,fm2_b", form);
  assert.deepEqual(listAuthorizations("fo1_personal"), ["Bearer fo1_personal"]);
  assert.equal(stripScheme("FlyV1 fm2_a,fm2_b"), "fm2_a,fm2_b");
  assert.ok(isTokenShaped("FlyV1 fm2_abc"));
  for (const text of ["", "FlyV1", "hello", "my token"]) assert.ok(!isTokenShaped(text), text);
});

test("the accepted scheme is found once, and a token that no scheme fits is refused", async () => {
  const token = "FlyV1 fm2_abc";
  const refused = error(401);
  for (const [position, form] of listAuthorizations(token).entries()) {
    await using fly = await startFakeFly(...Array(position).fill(refused), ok, ok, refused);
    const client = new FlyClient({ apiHostname: fly.url, clock: new FakeClock() });
    await client.send(request({ token }));
    await client.send(request({ token }));
    assert.equal(fly.asked.length, position + 2);
    for (const { headers } of fly.asked.slice(position)) assert.equal(headers.authorization, form);
    // Once a form was taken it is the token that is refused.
    await assert.rejects(client.send(request({ token })), { status: 401 });
    assert.equal(fly.asked.length, position + 3);
  }
  await using never = await startFakeFly(refused);
  await assert.rejects(new FlyClient({ apiHostname: never.url }).send(request({ token })), { status: 401 });
  assert.deepEqual(
    never.asked.map(({ headers }) => headers.authorization),
    [...listAuthorizations(token)],
  );
});

test("tokens are redacted from a text", () => {
  const text = redactTokens("bad token FlyV1 fm2_lJPECAAAAAAAAAABxBA/+==,fm2_second and fo1_abc-DEF");
  assert.equal(text, "bad token [token] and [token]");
});

test("transient failures are retried only where that is safe", async () => {
  const passing: Answer[] = [error(408), error(500), error(502), error(503), error(504), "cut"];
  for (const answer of passing) {
    for (const [fields, isRepeated] of [
      [{ method: "GET" }, true],
      [{ method: "DELETE" }, true],
      [{ method: "POST", body: {}, isIdempotent: true }, true],
      [{ method: "POST", body: {} }, false],
    ] as const) {
      await using fly = await startFakeFly(answer, ok);
      const client = new FlyClient({ apiHostname: fly.url, clock: new FakeClock() });
      const sent = client.send(request(fields));
      if (isRepeated) assert.equal((await sent).status, 200);
      else await assert.rejects(sent, { name: "FlyError", isAmbiguous: true });
      assert.equal(fly.asked.length, isRepeated ? 2 : 1, JSON.stringify([answer, fields]));
    }
  }
});

test("429 is retried after Fly's Retry-After, for every verb", async () => {
  for (const method of ["GET", "POST"] as const) {
    const clock = new FakeClock();
    await using fly = await startFakeFly(error(429, { "retry-after": "7" }), ok);
    await new FlyClient({ apiHostname: fly.url, clock }).send(request({ method }));
    assert.equal(fly.asked.length, 2);
    assert.deepEqual(clock.slept, [7_000]);
  }
});

test("a permanent failure is thrown at once with Fly's words and request id", async () => {
  for (const status of [400, 403, 404, 405, 409, 412, 422, 501]) {
    await using fly = await startFakeFly({
      status,
      headers: { "fly-request-id": "01ABC-iad" },
      body: { error: "no, fm2_secret", status: "name_taken" },
    });
    const client = new FlyClient({ apiHostname: fly.url, clock: new FakeClock() });
    await assert.rejects(client.send(request()), {
      name: "FlyError",
      status,
      code: "name_taken",
      requestId: "01ABC-iad",
      message: "no, [token]",
      request: "GET /v1/apps/a",
      isRetryable: false,
    });
    assert.equal(fly.asked.length, 1);
  }
});

test("retries end and their pauses grow", async () => {
  const clock = new FakeClock();
  await using fly = await startFakeFly(error(503));
  await assert.rejects(new FlyClient({ apiHostname: fly.url, clock }).send(request()), { status: 503 });
  assert.equal(fly.asked.length, 5);
  const pauses = clock.slept.filter((ms) => ms >= 500);
  assert.ok(pauses.every((ms, index) => index === 0 || ms > (pauses[index - 1] ?? 0)));
});

test("a missing, malformed or unexpected answer is a FlyError", async () => {
  await using page = await startFakeFly({ status: 502, body: "<html>Bad gateway</html>" });
  const client = (url: string) => new FlyClient({ apiHostname: url, clock: new FakeClock() });
  await assert.rejects(client(page.url).send(request()), { status: 502, message: "<html>Bad gateway</html>" });
  await using odd = await startFakeFly({ status: 200, body: { unexpected: true } });
  await assert.rejects(new FlyApi(client(odd.url), "fm2_a").machine({ app: "a", machineId: "m" }), {
    name: "FlyError",
    code: "shape",
    isAmbiguous: true,
  });
  await assert.rejects(client("http://127.0.0.1:1").send(request()), { code: "connection", status: 0 });
});

test("a lease is parsed in both shapes, and every stop has a body", async () => {
  const id = { app: "a", machineId: "m" };
  for (const body of [{ status: "success", data: { nonce: "n1" } }, { nonce: "n1" }]) {
    await using fly = await startFakeFly({ status: 201, body });
    const api = new FlyApi(new FlyClient({ apiHostname: fly.url }), "fm2_a");
    assert.equal((await api.acquireLease(id, "d", 5)).nonce, "n1");
    await api.stopMachine(id, "n1");
    assert.deepEqual(JSON.parse(fly.asked[1]?.body ?? ""), {});
    assert.equal(fly.asked[1]?.headers["fly-machine-lease-nonce"], "n1");
    assert.equal(fly.asked[1]?.url, "/v1/apps/a/machines/m/stop");
  }
});

test("apps are created and deleted with the fields that the API accepts", async () => {
  const asksFor = (message: string): Answer => ({ status: 422, body: { error: message } });
  await using page = await startFakeFly(asksFor("app_name is required"), { status: 201, body: { id: "x" } });
  const app = { name: "a", org_slug: "acme", network: "a" };
  await new FlyApi(new FlyClient({ apiHostname: page.url }), "t").createApp(app);
  assert.deepEqual(
    page.asked.map(({ body }) => JSON.parse(body)),
    [app, { app_name: "a", org_slug: "acme", network: "a" }],
  );
  await using taken = await startFakeFly(asksFor("Name has already been taken"));
  await assert.rejects(new FlyApi(new FlyClient({ apiHostname: taken.url }), "t").createApp(app), { status: 422 });
  assert.equal(taken.asked.length, 1);
  await using strict = await startFakeFly(error(400), { status: 202 });
  await new FlyApi(new FlyClient({ apiHostname: strict.url }), "t").deleteApp("a");
  assert.deepEqual(
    strict.asked.map(({ url }) => url),
    ["/v1/apps/a?force=true", "/v1/apps/a"],
  );
});

test("null lists and bare lists of apps are parsed", async () => {
  const id = { app: "a", machineId: "m" };
  await using empty = await startFakeFly({ status: 200, body: null });
  const api = new FlyApi(new FlyClient({ apiHostname: empty.url, clock: new FakeClock() }), "t");
  assert.deepEqual([await api.machines("a"), await api.events(id), await api.apps("acme")], [[], [], []]);
  await using inside = await startFakeFly({
    status: 200,
    body: { apps: null, ips: null, secrets: null, tokens: null },
  });
  const other = new FlyApi(new FlyClient({ apiHostname: inside.url }), "t");
  assert.deepEqual([await other.apps("acme"), await other.secretNames("a"), await other.currentToken()], [[], [], []]);
  assert.equal((await other.addresses("a")).size, 0);
  await using bare = await startFakeFly({ status: 200, body: [{ name: "one" }] });
  const [app] = await new FlyApi(new FlyClient({ apiHostname: bare.url }), "t").apps("acme");
  assert.equal(app?.name, "one");
});

test("secrets are set one by one where Fly cannot set them together", async () => {
  const version = (number: number): Answer => ({ status: 201, body: { version: number } });
  await using fly = await startFakeFly(error(404), version(4), version(6), version(5));
  const api = new FlyApi(new FlyClient({ apiHostname: fly.url }), "t");
  assert.equal(await api.setSecrets("a", { ONE: "1", TWO: "2", OLD: null }), 6);
  assert.deepEqual(
    fly.asked.slice(1).map(({ method, url, body }) => [method, url, body]),
    [
      ["POST", "/v1/apps/a/secrets/ONE", '{"value":"1"}'],
      ["POST", "/v1/apps/a/secrets/TWO", '{"value":"2"}'],
      ["DELETE", "/v1/apps/a/secrets/OLD", ""],
    ],
  );
});

test("a failed wait returns at once, and a refused token throws", async () => {
  const id = { app: "a", machineId: "m" };
  for (const status of [400, 404, 405, 408, 412, 500, 501, 504]) {
    await using fly = await startFakeFly({ status, body: "<html>no</html>" });
    const api = new FlyApi(new FlyClient({ apiHostname: fly.url }), "t");
    assert.equal(await api.waitFor(id, "started", 1), false);
    assert.equal(fly.asked.length, 1);
  }
  await using refusing = await startFakeFly(error(403));
  const api = new FlyApi(new FlyClient({ apiHostname: refusing.url }), "t");
  await assert.rejects(api.waitFor(id, "started", 1), { status: 403 });
});

test("lists are read to the last page", async () => {
  const page = (name: string, next?: string): Answer => ({
    status: 200,
    headers: next ? { "fly-next-cursor": next } : {},
    body: { apps: [{ name }] },
  });
  await using fly = await startFakeFly(page("one", "c1"), page("two", "c2"), page("three"));
  const apps = await new FlyApi(new FlyClient({ apiHostname: fly.url }), "fm2_a").apps("acme");
  assert.deepEqual(
    apps.map(({ name }) => name),
    ["one", "two", "three"],
  );
  assert.deepEqual(
    fly.asked.map(({ url }) => url),
    ["/v1/apps?org_slug=acme", "/v1/apps?org_slug=acme&cursor=c1", "/v1/apps?org_slug=acme&cursor=c2"],
  );
});

test("one action on one object is limited to a burst of three, then one a second", async () => {
  const clock = new FakeClock();
  const pace = new RateLimiter(clock);
  const rate = { perSecond: 1, burst: 3 };
  for (let number = 0; number < 3; number++) await pace.acquire("start m1", rate);
  assert.deepEqual(clock.slept, []);
  await pace.acquire("start m1", rate);
  await pace.acquire("start m1", rate);
  assert.deepEqual(clock.slept, [1_000, 1_000]);
  await pace.acquire("start m2", rate);
  await pace.acquire("stop m1", rate);
  assert.equal(clock.slept.length, 2);
  await clock.sleep(60_000);
  for (let number = 0; number < 3; number++) await pace.acquire("start m1", rate);
  assert.equal(clock.slept.length, 3);
});

test("the client keeps Fly's limits of five GETs of a machine and one other request a second", async () => {
  await using fly = await startFakeFly(ok);
  const clock = new FakeClock();
  const api = new FlyApi(new FlyClient({ apiHostname: fly.url, clock }), "fm2_a");
  const id = { app: "a", machineId: "m" };
  for (let number = 0; number < 11; number++) await api.machine(id);
  assert.deepEqual(clock.slept, [200]);
  for (let number = 0; number < 4; number++) await api.startMachine(id);
  assert.deepEqual(clock.slept, [200, 1_000]);
});
