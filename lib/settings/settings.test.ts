import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { makeMember, makeOwner } from "../auth/testing/people.ts";
import { prepareCatwalk, setVariables } from "../auth/testing/setting.ts";
import type { SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { loadGitHubSettings, removeGitHubToken, saveGitHubToken, viewGitHub } from "./github.ts";
import {
  languageModelSchema,
  loadLanguageModelSettings,
  removeLanguageModel,
  saveLanguageModel,
  viewLanguageModel,
} from "./language-model.ts";
import { getSetting, setSetting } from "./settings.ts";
import { testGitHub, testLanguageModel } from "./test-connection.ts";

let close: () => Promise<void>;
let owner: SessionUser;
let member: SessionUser;
before(async () => {
  close = await prepareCatwalk();
  owner = await makeOwner();
  member = await makeMember("member@example.com");
});
after(() => close());

const none = {
  OPENROUTER_API_KEY: undefined,
  OPENAI_API_KEY: undefined,
  OPENAI_BASE_URL: undefined,
  ANALYSIS_MODEL: undefined,
  GITHUB_TOKEN: undefined,
  GITHUB_API_URL: undefined,
};
beforeEach(async () => {
  setVariables(none);
  await db().setting.deleteMany();
});

const input = (values: Partial<Record<"provider" | "apiKey" | "baseUrl" | "model", string>>) =>
  languageModelSchema.parse({ provider: "openrouter", apiKey: "", baseUrl: "", model: "", ...values });

test("secrets are stored encrypted, and other settings in plain text", async () => {
  await saveLanguageModel(owner, input({ apiKey: "sk-or-secret", model: "some/model" }));
  await saveGitHubToken(owner, "ghp_secret");
  const rows = await db().setting.findMany();
  const dump = JSON.stringify(rows);
  assert.doesNotMatch(dump, /sk-or-secret|ghp_secret/);
  assert.deepEqual(
    rows
      .filter((row) => row.encrypted)
      .map((row) => row.key)
      .sort(),
    ["github_token", "language_model_api_key"],
  );
  assert.equal(await getSetting("github_token"), "ghp_secret");
  assert.doesNotMatch(JSON.stringify([await viewLanguageModel(owner), await viewGitHub(owner)]), /secret/);
  // Moved to another setting, or under another key, it does not open.
  const [sealed] = rows.filter((row) => row.key === "github_token");
  await db().setting.update({ where: { key: "language_model_api_key" }, data: { value: sealed?.value ?? "" } });
  await assert.rejects(getSetting("language_model_api_key"), { code: "encryption_key_missing" });
});

test("the language model comes from the environment, then the settings", async () => {
  assert.equal(await loadLanguageModelSettings(), null);
  await saveLanguageModel(owner, input({ provider: "openai", apiKey: "sk-stored" }));
  assert.deepEqual(await loadLanguageModelSettings(), {
    apiKey: "sk-stored",
    baseUrl: "https://api.openai.com/v1",
    model: "gpt-5-mini",
  });
  setVariables({ ANALYSIS_MODEL: "gpt-x" });
  assert.equal((await loadLanguageModelSettings())?.model, "gpt-x");
  setVariables({ OPENROUTER_API_KEY: "sk-or-env", ANALYSIS_MODEL: undefined });
  assert.deepEqual(await loadLanguageModelSettings(), {
    apiKey: "sk-or-env",
    baseUrl: "https://openrouter.ai/api/v1",
    model: "openai/gpt-5-mini",
  });
  setVariables({ OPENAI_API_KEY: "sk-env", OPENAI_BASE_URL: "http://127.0.0.1:9/v1/", ANALYSIS_MODEL: "local" });
  assert.deepEqual(await loadLanguageModelSettings(), {
    apiKey: "sk-env",
    baseUrl: "http://127.0.0.1:9/v1",
    model: "local",
  });
  const view = await viewLanguageModel(owner);
  assert.deepEqual([view.key.origin, view.baseUrl.origin, view.model.origin], Array(3).fill("environment"));
  assert.doesNotMatch(JSON.stringify(view), /sk-/);
});

test("a stored base URL is never used with the environment's key", async () => {
  await saveLanguageModel(
    owner,
    input({ provider: "compatible", apiKey: "sk-a", baseUrl: "https://llm.example.com/v1/", model: "m" }),
  );
  assert.equal((await loadLanguageModelSettings())?.baseUrl, "https://llm.example.com/v1");
  setVariables({ OPENAI_API_KEY: "sk-env" });
  assert.equal((await loadLanguageModelSettings())?.baseUrl, "https://api.openai.com/v1");
});

test("a key is sent only to the address that it was entered for", async () => {
  const first = input({ provider: "compatible", apiKey: "sk-a", baseUrl: "https://llm.example.com/v1", model: "m" });
  await saveLanguageModel(owner, first);
  await saveLanguageModel(owner, { ...first, apiKey: "", model: "n" });
  assert.deepEqual(await loadLanguageModelSettings(), { apiKey: "sk-a", baseUrl: first.baseUrl, model: "n" });
  for (const elsewhere of [{ provider: "openai" as const }, { baseUrl: "https://evil.example/v1" }]) {
    await assert.rejects(saveLanguageModel(owner, { ...first, apiKey: "", ...elsewhere }), { code: "invalid_request" });
  }
  await removeLanguageModel(owner);
  assert.equal(await loadLanguageModelSettings(), null);
  assert.equal(await db().setting.count(), 0);
  await assert.rejects(saveLanguageModel(owner, { ...first, apiKey: "" }), { code: "invalid_request" });
});

test("the form names the field that is wrong", () => {
  const wrong = (values: Record<string, string>) => {
    const form = { provider: "openrouter", apiKey: "", baseUrl: "", model: "", ...values };
    return languageModelSchema.safeParse(form).error?.issues.map((issue) => issue.path.join("."));
  };
  assert.deepEqual(wrong({ apiKey: "a b" }), ["apiKey"]);
  assert.deepEqual(wrong({ provider: "another" }), ["provider"]);
  assert.deepEqual(wrong({ provider: "compatible" }), ["baseUrl", "model"]);
  assert.deepEqual(wrong({ provider: "compatible", baseUrl: "ftp://x.example", model: "m" }), ["baseUrl"]);
  assert.equal(wrong({ provider: "compatible", baseUrl: "http://127.0.0.1:11434/v1", model: "m" }), undefined);
});

test("members neither see nor change the settings", async () => {
  const calls = [
    viewLanguageModel(member),
    saveLanguageModel(member, input({ apiKey: "sk" })),
    removeLanguageModel(member),
    testLanguageModel(member),
    viewGitHub(member),
    saveGitHubToken(member, "ghp"),
    removeGitHubToken(member),
    testGitHub(member),
  ];
  for (const call of calls) await assert.rejects(call, { code: "forbidden" });
});

test("the GitHub token comes from the environment, then the settings", async () => {
  assert.deepEqual(await loadGitHubSettings(), { apiUrl: "https://api.github.com", token: null });
  await setSetting("github_token", "ghp_stored");
  assert.equal((await loadGitHubSettings()).token, "ghp_stored");
  setVariables({ GITHUB_TOKEN: "ghp_env", GITHUB_API_URL: "http://127.0.0.1:9/api/v3" });
  assert.deepEqual(await loadGitHubSettings(), { apiUrl: "http://127.0.0.1:9/api/v3", token: "ghp_env" });
  await assert.rejects(saveGitHubToken(owner, "ghp_other"), { code: "conflict" });
  setVariables(none);
  await removeGitHubToken(owner);
  assert.equal((await loadGitHubSettings()).token, null);
});

test("a lost encryption key is reported, and replacing the value recovers", async () => {
  await saveGitHubToken(owner, "ghp_old");
  const [key, cached] = [process.env.ENCRYPTION_KEY, Symbol.for("catwalk.cipher")];
  const forget = () => delete (globalThis as typeof globalThis & Record<symbol, unknown>)[cached];
  setVariables({ ENCRYPTION_KEY: randomBytes(32).toString("base64") });
  forget();
  await assert.rejects(loadGitHubSettings(), { code: "encryption_key_missing", message: /github_token/ });
  assert.equal((await viewGitHub(owner)).token.origin, "settings");
  await saveGitHubToken(owner, "ghp_new");
  assert.equal((await loadGitHubSettings()).token, "ghp_new");
  setVariables({ ENCRYPTION_KEY: key });
  forget();
});

/** A server that answers every request with one status and body, and remembers what it was asked. */
async function answering(status: number, body: unknown) {
  const asked: { url: string; authorization: string | undefined; body: string }[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    asked.push({ url: `${request.method} ${request.url}`, authorization: request.headers.authorization, body: text });
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, [Symbol.asyncDispose]: async () => void server.close().closeAllConnections() };
}

const completion = {
  id: "1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "ready" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

test("the language model's test makes one call and reports its result", async () => {
  await using server = await answering(200, completion);
  await saveLanguageModel(
    owner,
    input({ provider: "compatible", apiKey: "sk-1", baseUrl: `${server.url}/v1`, model: "m" }),
  );
  const result = await testLanguageModel(owner);
  assert.deepEqual(result, { ok: true, message: `m answered through ${new URL(server.url).host}.` });
  assert.equal(server.asked.length, 1);
  const [asked] = server.asked;
  assert.equal(asked?.url, "POST /v1/chat/completions");
  assert.equal(asked?.authorization, "Bearer sk-1");
  assert.equal(JSON.parse(asked?.body ?? "{}").model, "m");
});

test("the language model's test tells failures apart without showing the key", async () => {
  const cases = [
    [401, /refused the key/],
    [402, /no credit/],
    [404, /no model m/],
    [429, /rate limit/],
    [503, /status 503/],
  ] as const;
  for (const [status, expected] of cases) {
    await using server = await answering(status, { error: { message: "sk-1 is bad" } });
    await saveLanguageModel(owner, input({ provider: "compatible", apiKey: "sk-1", baseUrl: server.url, model: "m" }));
    const result = await testLanguageModel(owner);
    assert.equal(result.ok, false);
    assert.match(result.message, expected);
    assert.doesNotMatch(result.message, /sk-1/);
    assert.equal(server.asked.length, 1);
  }
  await using page = await answering(200, { hello: "world" });
  await saveLanguageModel(owner, input({ provider: "compatible", apiKey: "sk-1", baseUrl: page.url, model: "m" }));
  assert.match((await testLanguageModel(owner)).message, /other than a completion/);
  await saveLanguageModel(
    owner,
    input({ provider: "compatible", apiKey: "sk-1", baseUrl: "http://127.0.0.1:1", model: "m" }),
  );
  assert.match((await testLanguageModel(owner)).message, /cannot be reached/);
});

test("GitHub's test reports the requests that are left", async () => {
  const limits = { resources: { core: { limit: 5_000, remaining: 4_999 } } };
  await using server = await answering(200, limits);
  setVariables({ GITHUB_API_URL: server.url });
  const host = new URL(server.url).host;
  assert.match((await testGitHub(owner)).message, /answers without a token/);
  await saveGitHubToken(owner, "ghp_1");
  assert.deepEqual(await testGitHub(owner), {
    ok: true,
    remaining: 4_999,
    message: `${host} accepts the token: 4999 of 5000 requests are left this hour.`,
  });
  assert.deepEqual(
    server.asked.map(({ url, authorization }) => [url, authorization]),
    [
      ["GET /rate_limit", undefined],
      ["GET /rate_limit", "Bearer ghp_1"],
    ],
  );
  await using refusing = await answering(401, { message: "Bad credentials" });
  setVariables({ GITHUB_API_URL: refusing.url });
  assert.match((await testGitHub(owner)).message, /does not accept the token/);
  setVariables({ GITHUB_API_URL: "http://127.0.0.1:1" });
  assert.match((await testGitHub(owner)).message, /cannot be reached/);
});
