import assert from "node:assert/strict";
import { test } from "node:test";
import { testInput } from "../analysis/testing/input.ts";
import { createApiToken } from "../auth/api-tokens.ts";
import { db } from "../db/client.ts";
import { resolveAlias } from "./testing/alias.ts";
import { setUpDeployments } from "./testing/set-up.ts";
import { createTestAnalysis, createTestUser } from "./testing/settings.ts";

resolveAlias();
const { userId } = await setUpDeployments({ registry: false, worker: "stopping" });

type Params = Record<string, string>;
type Handler = (request: Request, context: { params: Promise<Params> }) => Promise<Response>;
type Routes = Record<string, Handler>;

const folder = "../../app/api/deployments";
const load = async (path: string) => (await import(`${folder}${path}/route.ts`)) as Routes;
const routes: Record<string, Routes> = {
  "": await load(""),
  "/[id]": await load("/[id]"),
  "/[id]/retry": await load("/[id]/retry"),
  "/[id]/restart": await load("/[id]/restart"),
  "/[id]/stop": await load("/[id]/stop"),
  "/[id]/start": await load("/[id]/start"),
  "/[id]/repair": await load("/[id]/repair"),
  "/[id]/inputs": await load("/[id]/inputs"),
  "/[id]/machine": await load("/[id]/machine"),
  "/[id]/keys": await load("/[id]/keys"),
  "/[id]/keys/[keyId]": await load("/[id]/keys/[keyId]"),
  "/[id]/clients": await load("/[id]/clients"),
  "/[id]/clients/[clientId]": await load("/[id]/clients/[clientId]"),
  "/[id]/connections": await load("/[id]/connections"),
  "/[id]/users": await load("/[id]/users"),
  "/[id]/users/[entryId]": await load("/[id]/users/[entryId]"),
  "/[id]/client-ids": await load("/[id]/client-ids"),
  "/[id]/client-ids/[clientId]": await load("/[id]/client-ids/[clientId]"),
  "/[id]/calls": await load("/[id]/calls"),
  "/[id]/logs": await load("/[id]/logs"),
};

const { token } = await createApiToken(userId, "test");
const { token: strangersToken } = await createApiToken(await createTestUser(), "test");

interface Sent {
  params?: Params;
  body?: unknown;
  bearer?: string;
  signal?: AbortSignal;
}

async function send(method: string, path: string, { params = {}, body, bearer = token, signal }: Sent = {}) {
  const handler = routes[path]?.[method];
  assert.ok(handler, `${method} ${path}`);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const request = new Request("http://127.0.0.1:3999/api/deployments", {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: text }),
    ...(signal && { signal }),
  });
  return handler(request, { params: Promise.resolve(params) });
}

async function errorOf(response: Response): Promise<{ code: string; fields?: Record<string, string> }> {
  const { error } = (await response.json()) as { error: { code: string; fields?: Record<string, string> } };
  return error;
}

async function create(): Promise<string> {
  const inputs = [testInput("API_TOKEN", { required: true, secret: true }), testInput("COUNT", { type: "number" })];
  const analysis_id = await createTestAnalysis(userId, { package: "x", version: "1.0.0" }, inputs);
  const response = await send("POST", "", { body: { analysis_id, inputs: { API_TOKEN: "t", COUNT: 5 } } });
  assert.equal(response.status, 201);
  const body = (await response.json()) as { id: string };
  assert.equal(response.headers.get("location"), `/api/deployments/${body.id}`);
  return body.id;
}

test("the API creates, reads, changes and deletes a deployment", async () => {
  const id = await create();
  const one = (await (await send("GET", "/[id]", { params: { id } })).json()) as Record<string, unknown>;
  assert.equal(one.status, "pending");
  assert.equal(one.url, `http://127.0.0.1:3999/api/mcp/${id}`);
  assert.deepEqual(
    (one.steps as { name: string }[]).map((step) => step.name),
    ["queued", "encrypting", "preparing", "installing", "starting", "handshake", "live"],
  );
  assert.deepEqual([one.server, one.tools], [null, []]);
  const { deployments } = (await (await send("GET", "")).json()) as { deployments: { id: string }[] };
  assert.equal(deployments[0]?.id, id);

  const made = await send("POST", "/[id]/keys", { params: { id }, body: { name: "ci" } });
  assert.equal(made.status, 201);
  const key = (await made.json()) as { id: string; key: string; name: string };
  assert.match(key.key, /^cwk_/);
  const listed = await (await send("GET", "/[id]/keys", { params: { id } })).text();
  assert.ok(listed.includes(key.id) && !listed.includes(key.key));
  assert.equal((await send("DELETE", "/[id]/keys/[keyId]", { params: { id, keyId: key.id } })).status, 204);
  assert.deepEqual(await (await send("GET", "/[id]/calls", { params: { id } })).json(), { calls: [] });

  for (const action of ["restart", "stop", "start", "retry", "repair"]) {
    assert.equal((await send("POST", `/[id]/${action}`, { params: { id } })).status, 202, action);
  }
  assert.equal((await send("PUT", "/[id]/inputs", { params: { id }, body: { inputs: { COUNT: 6 } } })).status, 202);
  const renamed = await send("PATCH", "/[id]", { params: { id }, body: { name: " another\tname " } });
  assert.deepEqual([renamed.status, ((await renamed.json()) as { name: string }).name], [200, "another name"]);
  const settings = { memory_mb: 1024, region: "fra", always_on: true };
  assert.equal((await send("PUT", "/[id]/machine", { params: { id }, body: settings })).status, 202);
  const sized = await db().deployment.findUniqueOrThrow({ where: { id } });
  assert.deepEqual([sized.memoryMb, sized.region, sized.alwaysOn], [1024, "fra", true]);
  for (const bad of [{ memory_mb: 100 }, { memory_mb: 512.5 }, { region: "../x" }]) {
    assert.equal((await send("PUT", "/[id]/machine", { params: { id }, body: bad })).status, 422, JSON.stringify(bad));
  }
  assert.equal((await send("PUT", "/[id]/machine", { params: { id }, body: { cpus: 4 } })).status, 400);
  const removed = await send("DELETE", "/[id]", { params: { id } });
  assert.equal(removed.status, 202);
  assert.equal(((await removed.json()) as { status: string }).status, "deleting");
});

for (const [what, body, status, code, fields] of [
  ["no JSON", "{", 400, "invalid_request", []],
  ["no object", [], 400, "invalid_request", [""]],
  ["a string that is no UTF-8 pair is still JSON", '"\\ud800"', 400, "invalid_request", [""]],
  ["neither source nor analysis", { inputs: {} }, 400, "invalid_request", ["repo_url"]],
  ["both", { repo_url: "x", analysis_id: "y" }, 400, "invalid_request", ["repo_url"]],
  ["an unknown field", { repo_url: "x", isAdmin: true }, 400, "invalid_request", ["isAdmin"]],
  ["inputs that are a list", { repo_url: "x", inputs: [] }, 400, "invalid_request", ["inputs"]],
  ["an input that is an object", { repo_url: "x", inputs: { A: {} } }, 400, "invalid_request", ["inputs.A"]],
  ["an unknown server field", { repo_url: "x", server: { command: "sh" } }, 400, "invalid_request", ["server.command"]],
  ["a source that is none", { repo_url: "http://10.0.0.1/x" }, 422, "invalid_source", []],
  ["an analysis that is not there", { analysis_id: "0199d7a4-0000-7000-8000-00000000dead" }, 404, "not_found", []],
  ["an analysis id that is none", { analysis_id: "x" }, 404, "not_found", []],
  ["2 MB", { repo_url: "x", inputs: { A: "x".repeat(2_000_000) } }, 413, "too_large", []],
] as [string, unknown, number, string, string[]][]) {
  test(`a body is refused: ${what}`, async () => {
    const response = await send("POST", "", { body });
    assert.equal(response.status, status);
    const error = await errorOf(response);
    assert.equal(error.code, code);
    assert.deepEqual(Object.keys(error.fields ?? {}), fields);
  });
}

test("bad inputs get 422 and each is named, even __proto__", async () => {
  const analysis_id = await createTestAnalysis(userId, { package: "x", version: "1.0.0" }, [
    testInput("A", { type: "number" }),
  ]);
  const response = await send("POST", "", {
    body: `{"analysis_id":"${analysis_id}","inputs":{"A":"x","B":"y","__proto__":"z"}}`,
  });
  assert.equal(response.status, 422);
  const error = await errorOf(response);
  assert.equal(error.code, "invalid_inputs");
  assert.deepEqual(Object.keys(error.fields ?? {}).sort(), ["A", "B", "__proto__"]);
});

test("every route gives 404 to strangers and for unknown ids, and 401 without a token", async () => {
  const id = await create();
  const body: Record<string, unknown> = {
    "PUT /[id]/inputs": { inputs: {} },
    "PUT /[id]/machine": { always_on: true },
    "PATCH /[id]": { name: "x" },
    "POST /[id]/keys": { name: "x" },
    "POST /[id]/users": { email: "someone@example.com" },
    "PATCH /[id]/users": { only_listed: true },
    "POST /[id]/client-ids": { name: "x", redirect_uris: ["https://client.example/callback"] },
  };
  for (const [path, handlers] of Object.entries(routes)) {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((name) => handlers[name])) {
      const what = `${method} ${path}`;
      const sent = { body: body[what], params: { id, keyId: id, clientId: id, entryId: id } };
      assert.equal((await send(method, path, { ...sent, bearer: "cwt_wrong" })).status, 401, what);
      if (path === "") continue;
      const bearers = [
        [strangersToken, id],
        [token, "0199d7a4-0000-7000-8000-00000000dead"],
        [token, "../etc/passwd"],
        [token, `${id}x`],
      ] as const;
      for (const [bearer, target] of bearers) {
        const response = await send(method, path, {
          ...sent,
          bearer,
          params: { id: target, keyId: target, clientId: target, entryId: target },
        });
        assert.equal(response.status, 404, `${what} ${target}`);
        assert.equal((await errorOf(response)).code, "not_found");
      }
    }
  }
  assert.equal((await db().deployment.findUniqueOrThrow({ where: { id } })).desired, "running");
});

test("the log stream begins at once and ends when the client leaves", async () => {
  const id = await create();
  const client = new AbortController();
  const response = await send("GET", "/[id]/logs", { params: { id }, signal: client.signal });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body?.getReader();
  const first = await reader?.read();
  assert.equal(new TextDecoder().decode(first?.value), ": ok\n\n");
  client.abort();
  const rest = await reader?.read();
  assert.equal(rest?.done, true);
});

test("the API takes what is not needed, inputs added by hand, and a longer start", async () => {
  const inputs = [testInput("API_TOKEN", { required: true }), testInput("TOKEN"), testInput("PROFILE")];
  const alternatives = [{ what: "sign-in", oneOf: [["TOKEN"], ["PROFILE"]], required: true }];
  const analysis_id = await createTestAnalysis(userId, { package: "x", version: "1.0.0" }, inputs, { alternatives });
  const refused = await send("POST", "", { body: { analysis_id, not_needed: ["API_TOKEN"] } });
  assert.equal(refused.status, 422);
  // The group is named in words.
  assert.match((await errorOf(refused)).fields?.TOKEN ?? "", /^Sign-in: give TOKEN, or PROFILE\.$/);
  const extra_inputs = [{ key: "key.json", target: "file", path_to: "KEY_FILE" }];
  const body = { analysis_id, not_needed: ["API_TOKEN", "PROFILE"], extra_inputs, inputs: { "key.json": "{}" } };
  const created = await send("POST", "", { body });
  assert.equal(created.status, 201);
  const { id } = (await created.json()) as { id: string };

  const changed = { inputs: { "--root": "." }, extra_inputs: [{ key: "--root", target: "arg", secret: false }] };
  const saved = await send("PUT", "/[id]/inputs", { params: { id }, body: changed });
  assert.equal(saved.status, 202);
  const view = (await saved.json()) as { inputs: { key: string; target: string; value: string | null }[] };
  assert.deepEqual(
    view.inputs.slice(-2).map(({ key, target, value }) => [key, target, value]),
    [
      ["key.json", "file", null],
      ["--root", "arg", "."],
    ],
  );
  const patched = await send("PATCH", "/[id]", { params: { id }, body: { start_timeout_s: 300 } });
  assert.equal(((await patched.json()) as { startTimeoutS: number }).startTimeoutS, 300);
  for (const wrong of [{}, { start_timeout_s: "long" }, { start_timeout_s: 300, other: 1 }])
    assert.equal((await send("PATCH", "/[id]", { params: { id }, body: wrong })).status, 400);
  assert.equal((await send("PATCH", "/[id]", { params: { id }, body: { start_timeout_s: 5 } })).status, 422);
  const stranger = { params: { id }, body: { start_timeout_s: 300 }, bearer: strangersToken };
  assert.equal((await send("PATCH", "/[id]", stranger)).status, 404);
});
