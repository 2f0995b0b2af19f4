import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "playwright/test";
import type { CallView } from "../lib/deployments/view.ts";
import { send } from "../lib/gateway/testing/http.ts";
import { owner, startTestApp, type TestApp } from "./testing/app.ts";
import { type ConnectedClient, connectClient } from "./testing/client.ts";

// Faults that only the real server in front of the gateway can cause: late headers, buffered data, cut responses.
test.describe.configure({ mode: "serial" });

let app: TestApp;
let token: string;
let url: string;
let key: string;
let headers: Record<string, string>;

test.beforeAll(async () => {
  app = await startTestApp({ OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password });
  token = await app.token();
  const body = { repo_url: "npm:@modelcontextprotocol/server-everything", name: "everything", inputs: {} };
  const created = await app.api<{ id: string; url: string }>("POST", "/api/deployments", { token, body, expect: 201 });
  url = created.url;
  const path = `/api/deployments/${created.id}`;
  await expect
    .poll(async () => (await app.api<{ status: string }>("GET", path, { token, expect: 200 })).status, {
      timeout: 180_000,
    })
    .toBe("live");
  key = (await app.api<{ key: string }>("POST", `${path}/keys`, { token, body: { name: "wire" }, expect: 201 })).key;
  headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "accept-encoding": "gzip",
    authorization: `Bearer ${key}`,
  };
});

test.afterAll(async () => {
  await app?.remove();
});

function rpc(method: string, params: object, id = 1): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

/** The headers of a session of its own. */
async function openSession(): Promise<Record<string, string>> {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "wire", version: "1" } };
  const answer = await send(url, { headers, body: rpc("initialize", params) });
  expect(answer.status).toBe(200);
  const session = { ...headers, "mcp-protocol-version": "2025-11-25" };
  const id = answer.headers["mcp-session-id"];
  return { ...session, "mcp-session-id": String(id) };
}

async function recentCalls(): Promise<CallView[]> {
  const path = `/api/deployments/${url.split("/").at(-1)}/calls`;
  return (await app.api<{ calls: CallView[] }>("GET", path, { token, expect: 200 })).calls;
}

test("a stream without events sends its headers at once, uncompressed", async () => {
  const answer = await send(url, { method: "GET", headers: await openSession() });
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toBe("text/event-stream");
  expect(answer.headers["content-encoding"]).toBeUndefined();
  expect(answer.headers["cache-control"]).toBe("no-cache, no-transform");
  expect(await answer.until((text) => text !== "")).toMatch(/^: ok\n\n/);
  answer.leave();
});

test("progress arrives while the call runs, and a client that leaves ends it", async () => {
  const session = await openSession();
  const params = {
    name: "trigger-long-running-operation",
    arguments: { duration: 600, steps: 6_000 },
    _meta: { progressToken: 1 },
  };
  const answer = await send(url, { headers: session, body: rpc("tools/call", params) });
  await answer.until((text) => text.split("notifications/progress").length > 3);
  answer.leave();
  // The request at the machine has ended with it: what is left of the session answers.
  const list = await send(url, { headers: session, body: rpc("tools/list", {}, 2) });
  expect(list.status).toBe(200);
  expect(await list.text()).toContain('"echo"');
  // A stream is recorded when it has ended.
  await expect
    .poll(async () => (await recentCalls()).map((call) => `${call.method} ${call.target}`))
    .toContain("tools/call trigger-long-running-operation");
});

test("10 MB pass in and out", async () => {
  const message = randomBytes(4_900_000).toString("hex");
  const body = rpc("tools/call", { name: "echo", arguments: { message } });
  const answer = await send(url, { headers: await openSession(), body });
  expect(answer.status).toBe(200);
  const text = await answer.text();
  const [, echoed] = /Echo: ([0-9a-f]+)/.exec(text) ?? [];
  expect(
    createHash("sha256")
      .update(echoed ?? "")
      .digest("hex"),
  ).toBe(createHash("sha256").update(message).digest("hex"));
});

test("refusals have MCP's shape and are about the key of this deployment alone", async () => {
  const body = rpc("tools/list", {});
  for (const [status, change] of [
    [401, { authorization: "" }],
    [401, { authorization: `Bearer cwk_${"A".repeat(43)}` }],
    [401, { authorization: `Bearer ${token}` }],
    [403, { origin: "https://elsewhere.example" }],
  ] as const) {
    const answer = await send(url, { headers: { ...headers, ...change }, body });
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect((await answer.json()).jsonrpc).toBe("2.0");
    expect(answer.headers["www-authenticate"] ?? "").toMatch(status === 401 ? /^Bearer realm="catwalk"/ : /^$/);
  }
  const unknown = await send(url.replace(/[^/]+$/, "01890000-0000-7000-8000-000000000000"), { headers, body });
  expect(unknown.status).toBe(404);
  const put = await send(url, { method: "PUT", headers, body });
  expect(put.status).toBe(405);
  const malformed = await send(url, { headers, body: "{" });
  expect(malformed.status).toBe(400);
  expect(await malformed.text()).toContain("-32700");
});

test("many clients at once keep their sessions apart", async () => {
  const clients: ConnectedClient[] = await Promise.all(Array.from({ length: 8 }, () => connectClient(url, key)));
  await Promise.all(
    clients.map(async (client, n) => {
      for (let call = 0; call < 10; call++) {
        expect(await client.text("echo", { message: `client ${n}, call ${call}` })).toBe(
          `Echo: client ${n}, call ${call}`,
        );
      }
    }),
  );
  await Promise.all(clients.map((client) => client.close()));
});
