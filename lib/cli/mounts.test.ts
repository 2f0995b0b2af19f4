import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, type TestContext, test } from "node:test";
import { SECURITY_HEADERS } from "../http/security-headers.ts";
import type { RunningApp } from "./testing/app.ts";
import { createFlyHosting } from "./testing/fly-hosting.ts";

// Connector URLs as `npm start` answers them, before Next, and as the route handler does where there is only Next.

const hosting = await createFlyHosting();
after(() => hosting.close());

const startMounts = async (context: TestContext): Promise<Record<string, RunningApp>> => ({
  "the HTTP server": await hosting.startInstance(context),
  "the route handler": await hosting.startInstance(context, { VERCEL: "1" }),
});

/** Headers that differ from answer to answer, or say how Next rendered it. */
const IGNORED_HEADERS = new Set(["date", "vary", "connection", "keep-alive", "content-length", "transfer-encoding"]);

async function ask(app: RunningApp, path: string, init: RequestInit = {}) {
  const response = await fetch(app.url + path, { ...init, redirect: "manual" });
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !IGNORED_HEADERS.has(name)));
  return { status: response.status, headers, body: await response.text() };
}

test("a connector URL answers the same on both mounts, with a slash, without one and with a query", async (context) => {
  const mounts = await startMounts(context);
  const id = randomUUID();
  for (const method of ["POST", "GET", "DELETE", "OPTIONS", "PUT"]) {
    const answers = [];
    for (const [name, app] of Object.entries(mounts)) {
      for (const path of [`/api/mcp/${id}`, `/api/mcp/${id}/`, `/api/mcp/${id}?a=b`, `/api/mcp/${id}/?a=b`]) {
        const body = method === "POST" ? "{}" : undefined;
        answers.push({
          name: `${method} ${path} by ${name}`,
          ...(await ask(app, path, { method, ...(body && { body }) })),
        });
      }
    }
    const [expected] = answers;
    assert(expected !== undefined);
    assert.equal(expected.status, { OPTIONS: 204, PUT: 405 }[method] ?? 404);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) assert.equal(expected.headers[name], value);
    for (const { name, ...answer } of answers) assert.deepEqual({ name, ...answer }, { ...expected, name });
  }
});

test("a preflight from the app's own page is allowed on both mounts, with a slash too", async (context) => {
  for (const app of Object.values(await startMounts(context))) {
    const headers = { origin: new URL(app.url).origin, "access-control-request-method": "POST" };
    for (const slash of ["", "/"]) {
      const answer = await ask(app, `/api/mcp/${randomUUID()}${slash}`, { method: "OPTIONS", headers });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers["access-control-allow-origin"], headers.origin);
    }
  }
});

test("unknown paths that programs ask for are answered in JSON", async (context) => {
  const app = await hosting.startInstance(context);
  for (const path of [
    "/api",
    "/api/",
    "/api/none",
    "/api/mcp",
    "/api/mcp/",
    "/api/mcp/x/y",
    "/register",
    "/register/x",
    "/token",
  ]) {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const { status, headers, body } = await ask(app, path, { method });
      assert.equal(status, 404, `${method} ${path}`);
      assert.match(headers["content-type"] ?? "", /^application\/json/, `${method} ${path}`);
      assert.equal((JSON.parse(body) as { error: { code: string } }).error.code, "not_found");
    }
  }
  assert.match((await ask(app, "/none")).headers["content-type"] ?? "", /^text\/html/);
});
