import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newAccessKey, startGateway, type TestGateway } from "./testing/gateway.ts";
import { send } from "./testing/http.ts";
import { type FakeMachine, startFakeMachine } from "./testing/machine.ts";

const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
const json = { "content-type": "application/json", accept: "application/json, text/event-stream" };

let machine: FakeMachine;
let gateway: TestGateway;

before(async () => {
  machine = await startFakeMachine();
  gateway = await startGateway();
});

after(async () => {
  await gateway.close();
  await machine.close();
});

test("a call needs a key of exactly this deployment, in the header", async () => {
  const a = gateway.source.add(machine.url);
  const b = gateway.source.add(machine.url);
  const refused: [string, Record<string, string>, string][] = [
    ["no key", {}, 'Bearer realm="catwalk"'],
    ["another deployment's key", { authorization: `Bearer ${b.key}` }, 'Bearer realm="catwalk", error="invalid_token"'],
    [
      "a key that nobody has",
      { authorization: `Bearer ${newAccessKey()}` },
      'Bearer realm="catwalk", error="invalid_token"',
    ],
    [
      "the key with more behind it",
      { authorization: `Bearer ${a.key}x` },
      'Bearer realm="catwalk", error="invalid_token"',
    ],
    ["the machine's token", { authorization: "Bearer host-token" }, 'Bearer realm="catwalk", error="invalid_token"'],
    [
      "another scheme",
      { authorization: `Basic ${Buffer.from(a.key).toString("base64")}` },
      'Bearer realm="catwalk", error="invalid_token"',
    ],
    ["an API key header", { "x-api-key": a.key }, 'Bearer realm="catwalk"'],
    ["a cookie", { cookie: `key=${a.key}` }, 'Bearer realm="catwalk"'],
  ];
  const before = machine.received.length;
  for (const [what, headers, challenge] of refused) {
    for (const method of ["POST", "GET", "DELETE"]) {
      const body = method === "POST" ? ping : undefined;
      const answer = await send(gateway.endpoint(a.id), { method, headers: { ...json, ...headers }, body });
      assert.equal(answer.status, 401, `${method} with ${what}`);
      assert.equal(answer.headers["www-authenticate"], challenge, what);
      assert.equal(answer.headers["content-type"], "application/json");
      const error = await answer.json();
      assert.equal(error.jsonrpc, "2.0");
      assert.equal(error.id, null);
      assert.doesNotMatch(JSON.stringify(error), /cwk_/);
    }
  }
  const inQuery = await send(`${gateway.endpoint(a.id)}?key=${a.key}&access_token=${a.key}`, {
    headers: json,
    body: ping,
  });
  assert.equal(inQuery.status, 401);
  assert.equal(machine.received.length, before, "nothing that was refused reached the machine");

  for (const scheme of ["Bearer", "bearer"]) {
    const answer = await send(gateway.endpoint(a.id), {
      headers: { ...json, authorization: `${scheme} ${a.key}` },
      body: ping,
    });
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { jsonrpc: "2.0", id: 1, result: {} });
  }
  assert.equal(machine.received.length, before + 2);
});

test("an unknown id gets 404, with and without a key", async () => {
  const { key } = gateway.source.add(machine.url);
  const unknown = ["01890000-0000-7000-8000-000000000000", "nonsense", "..%2f..%2fetc", "%00"];
  for (const id of unknown) {
    for (const headers of [json, { ...json, authorization: `Bearer ${key}` }]) {
      const answer = await send(gateway.endpoint(id), { headers, body: ping });
      assert.equal(answer.status, 404, id);
      assert.equal(answer.headers["content-type"], "application/json");
      assert.match(await answer.text(), /"jsonrpc":"2.0"/);
    }
  }
});

test("a page of another origin is refused, whatever key it has", async () => {
  const { id, key } = gateway.source.add(machine.url);
  const before = machine.received.length;
  for (const origin of [
    "https://evil.example",
    "null",
    "http://catwalk.example.com",
    "https://catwalk.example.com.evil.example",
  ]) {
    for (const method of ["POST", "GET", "DELETE", "OPTIONS"]) {
      const headers = { ...json, origin, authorization: `Bearer ${key}` };
      const answer = await send(gateway.endpoint(id), { method, headers, body: method === "POST" ? ping : undefined });
      assert.equal(answer.status, 403, `${method} from ${origin}`);
      assert.equal(answer.headers["access-control-allow-origin"], undefined);
      assert.match(await answer.text(), /"jsonrpc":"2.0"/);
    }
  }
  assert.equal(machine.received.length, before);
});

test("a page of an allowed origin gets CORS headers", async () => {
  const { id, key } = gateway.source.add(machine.url);
  const origin = "https://catwalk.example.com";
  const preflight = await send(gateway.endpoint(id), {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,mcp-param-region,x-evil",
    },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers["access-control-allow-origin"], origin);
  assert.equal(preflight.headers["access-control-allow-methods"], "POST, GET, DELETE");
  const allowed = String(preflight.headers["access-control-allow-headers"]).toLowerCase().split(", ");
  for (const name of [
    "authorization",
    "content-type",
    "mcp-protocol-version",
    "mcp-session-id",
    "mcp-method",
    "mcp-name",
  ]) {
    assert(allowed.includes(name), name);
  }
  assert(allowed.includes("last-event-id"));
  assert(allowed.includes("mcp-param-region"));
  assert(!allowed.includes("x-evil"));

  const answer = await send(gateway.endpoint(id), {
    headers: { ...json, origin, authorization: `Bearer ${key}` },
    body: ping,
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["access-control-allow-origin"], origin);
  assert.match(String(answer.headers["access-control-expose-headers"]), /Mcp-Session-Id/);
  assert.match(String(answer.headers["access-control-expose-headers"]), /WWW-Authenticate/);
  assert.match(String(answer.headers.vary), /Origin/);

  const refused = await send(gateway.endpoint(id), { headers: { ...json, origin }, body: ping });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers["access-control-allow-origin"], origin, "a page has to be able to read the challenge");

  const plain = await send(gateway.endpoint(id), { headers: { ...json, authorization: `Bearer ${key}` }, body: ping });
  assert.equal(plain.headers["access-control-allow-origin"], undefined);
});

test("other methods get 405 and do not reach the machine", async () => {
  const { id, key } = gateway.source.add(machine.url);
  const before = machine.received.length;
  for (const method of ["PUT", "PATCH", "HEAD"]) {
    const answer = await send(gateway.endpoint(id), { method, headers: { authorization: `Bearer ${key}` } });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, "POST, GET, DELETE, OPTIONS");
  }
  assert.equal(machine.received.length, before);
});

test("the machine gets its own token and MCP's headers, and the client gets none of the machine's headers", async () => {
  const { id, key, deployment } = gateway.source.add(machine.url);
  machine.onRequest = ({ response }) => {
    response.writeHead(200, {
      "content-type": "application/json",
      "mcp-session-id": "session-1",
      "mcp-something-new": "kept",
      "set-cookie": "machine=1",
      "x-machine-internal": deployment.hostToken ?? "",
      server: "mcp-host",
      "content-length": "2",
    });
    response.end("{}");
  };
  const sent = {
    ...json,
    authorization: `Bearer ${key}`,
    cookie: "next-auth.session-token=secret-session",
    "proxy-authorization": "Basic c2VjcmV0",
    "x-api-key": "secret-api-key",
    "x-forwarded-for": "203.0.113.7",
    forwarded: "for=203.0.113.7",
    te: "trailers",
    "accept-encoding": "gzip",
    "mcp-protocol-version": "2025-11-25",
    "mcp-session-id": "abc",
    "mcp-method": "ping",
    "mcp-param-region": "eu",
    "mcp-host-client": "another client",
    "last-event-id": "7",
    "user-agent": "test/1",
  };
  const answer = await send(`${gateway.endpoint(id)}?secret=in-query`, { headers: sent, body: ping });
  const received = machine.received.at(-1);
  assert(received);
  const names = Object.keys(received.headers).sort();
  assert.deepEqual(names, [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "last-event-id",
    "mcp-host-client",
    "mcp-method",
    "mcp-param-region",
    "mcp-protocol-version",
    "mcp-session-id",
    "user-agent",
  ]);
  assert.equal(received.headers.authorization, `Bearer ${deployment.hostToken}`);
  assert.equal(received.url, "/mcp");
  assert.equal(received.headers["mcp-host-client"], deployment.keys[0]?.id, "only the gateway says who calls");
  for (const name of names.filter((name) =>
    /^(mcp-(?!host)|last-event-id|accept$|user-agent|content-type)/.test(name),
  )) {
    assert.equal(received.headers[name], (sent as Record<string, string>)[name], name);
  }
  assert.doesNotMatch(received.rawHeaders.join("\n"), /cwk_|secret|203\.0\.113\.7/);

  assert.equal(answer.headers["mcp-session-id"], "session-1");
  assert.equal(answer.headers["mcp-something-new"], "kept");
  assert.equal(answer.headers["set-cookie"], undefined);
  assert.equal(answer.headers.server, undefined);
  assert.equal(answer.headers["x-machine-internal"], undefined);
  assert.equal(answer.headers["cache-control"], "no-cache, no-transform");
  assert.equal(answer.headers["x-accel-buffering"], "no");
  assert.doesNotMatch(JSON.stringify(answer.headers) + (await answer.text()), /host-token-of/);
});

test("a machine's refusal of the gateway's token does not look like a bad access key", async () => {
  const { id, key } = gateway.source.add(machine.url);
  machine.onRequest = ({ response }) => {
    response.writeHead(401, { "content-type": "application/json", "www-authenticate": "Bearer" });
    response.end("{}");
  };
  const answer = await send(gateway.endpoint(id), { headers: { ...json, authorization: `Bearer ${key}` }, body: ping });
  assert.equal(answer.status, 502);
  assert.equal(answer.headers["www-authenticate"], undefined);
  assert.equal((await answer.json()).id, 1);
});
