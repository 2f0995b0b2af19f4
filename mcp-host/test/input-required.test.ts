import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "./testing/eventually.ts";
import { startHost, type TestHost } from "./testing/host-process.ts";
import { status } from "./testing/http.ts";
import { callParams, ModernClient, meta } from "./testing/modern-client.ts";
import { type Rpc, textOf } from "./testing/rpc.ts";

const capabilities = { elicitation: {}, sampling: {}, roots: {} };
const form = { message: "Who?", requestedSchema: { type: "object", properties: {} } };
const accepted = { action: "accept", content: { name: "Ada" } };

interface Asked {
  inputRequests: Record<string, { method: string; params?: Record<string, unknown> }>;
  requestState: string;
}

function asked(response: Rpc): Asked {
  assert.equal(response.result?.resultType, "input_required", JSON.stringify(response));
  return response.result as unknown as Asked;
}

describe("server-initiated requests of a legacy server, for a modern client", () => {
  let host: TestHost;
  before(async () => {
    host = await startHost({ env: { MCP_HOST_TOKEN: "token-of-the-host" } });
  });
  after(() => host.close());

  const clientOf = (name = "one", declared: object = capabilities) =>
    new ModernClient(host, {
      capabilities: declared,
      headers: { authorization: "Bearer token-of-the-host", "mcp-host-client": name },
    });
  const state = () => status(host, { authorization: "Bearer token-of-the-host" });

  test("a request comes as an interim result, and the retry's answer reaches the open call", async () => {
    const client = clientOf();
    const args = { method: "elicitation/create", params: form };
    const first = asked(await client.call("ask", args));
    const [[key, question] = ["", undefined]] = Object.entries(first.inputRequests);
    assert.deepEqual(question, { method: "elicitation/create", params: form });
    const retry = { requestState: first.requestState, inputResponses: { [key]: accepted } };
    const done = await client.call("ask", args, { retry });
    assert.equal(done.result?.resultType, "complete");
    assert.deepEqual(JSON.parse(textOf(done)).result, accepted);
    const { received } = await client.seen();
    assert(!JSON.stringify(received).includes("cancelled"));
  });

  test("several requests come together under the server's own names, and a missing answer is requested again", async () => {
    const client = clientOf();
    const questions = [
      { id: "user_name", method: "elicitation/create", params: form },
      { id: "__proto__", method: "sampling/createMessage", params: { messages: [], maxTokens: 5 } },
      { id: "places", method: "roots/list", params: {} },
    ];
    const first = asked(await client.call("askAll", { questions }));
    assert.deepEqual(Object.keys(first.inputRequests).sort(), ["__proto__", "places", "user_name"]);
    const sampled = { role: "assistant", content: { type: "text", text: "hi" }, model: "m" };
    const some = { user_name: accepted, places: "nonsense", unknown: accepted };
    const second = asked(
      await client.call("askAll", { questions }, { retry: { requestState: first.requestState, inputResponses: some } }),
    );
    assert.deepEqual(Object.keys(second.inputRequests).sort(), ["__proto__", "places"]);
    assert.notEqual(second.requestState, first.requestState);
    const rest = JSON.parse(`{"places":{"roots":[]},"__proto__":${JSON.stringify(sampled)}}`);
    const done = await client.call(
      "askAll",
      { questions },
      { retry: { requestState: second.requestState, inputResponses: rest } },
    );
    const answers = JSON.parse(textOf(done)) as Rpc[];
    assert.deepEqual(
      answers.map(({ result }) => result),
      [accepted, sampled, { roots: [] }],
    );
  });

  test("consecutive requests take a round each, and progress reaches the waiting request", async () => {
    const client = clientOf();
    const args = { messages: ["first", "second"] };
    let response = await client.call("askInTurn", args);
    for (const name of args.messages) {
      const { inputRequests, requestState } = asked(response);
      assert.deepEqual(Object.keys(inputRequests), [name]);
      const inputResponses = { [name]: { action: "accept", content: { name } } };
      response = await client.call("askInTurn", args, { retry: { requestState, inputResponses } });
    }
    assert.equal(JSON.parse(textOf(response)).length, 2);
  });

  test("answers sent ahead under the server's names are accepted", async () => {
    const retry = { inputResponses: { first: accepted, second: accepted, other: 1 } };
    const response = await clientOf().call("askInTurn", { messages: ["first", "second"] }, { retry });
    assert.deepEqual(JSON.parse(textOf(response)), [accepted, accepted]);
  });

  test("requestState is valid for one retry, of the same request, by the same client", async () => {
    const client = clientOf();
    const args = { method: "elicitation/create", params: form };
    const { requestState, inputRequests } = asked(await client.call("ask", args));
    const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, accepted]));
    const retry = (state: string) => ({ retry: { requestState: state, inputResponses } });
    const flipped = `${requestState.slice(0, 20)}${requestState[20] === "A" ? "B" : "A"}${requestState.slice(21)}`;
    for (const forged of [`${requestState}-TAMPERED`, flipped, "", "x", requestState.slice(0, -1)]) {
      assert.equal((await client.call("ask", args, retry(forged))).error?.code, -32602, forged);
    }
    assert.equal((await clientOf("two").call("ask", args, retry(requestState))).error?.code, -32602);
    assert.equal((await client.call("ask", { ...args, extra: 1 }, retry(requestState))).error?.code, -32602);
    assert.equal((await client.call("askAll", args, retry(requestState))).error?.code, -32602);
    assert.equal((await client.call("ask", args, retry(requestState))).result?.resultType, "complete");
    assert.equal((await client.call("ask", args, retry(requestState))).error?.code, -32602);
  });

  test("a client never gets a request that belongs to another client's call", async () => {
    const [a, b] = [clientOf("a"), clientOf("b")];
    const args = { method: "elicitation/create", params: form };
    const [first, second] = await Promise.all([a.call("ask", args), b.call("ask", args)]);
    for (const [client, response, name] of [
      [a, first, "for a"],
      [b, second, "for b"],
    ] as const) {
      const { requestState, inputRequests } = asked(response);
      const inputResponses = Object.fromEntries(
        Object.keys(inputRequests).map((key) => [key, { action: "accept", content: { name } }]),
      );
      const done = await client.call("ask", args, { retry: { requestState, inputResponses } });
      assert(textOf(done).includes(name));
    }
  });

  test("a call that fails for a missing capability is -32021 with HTTP 400, and a call that copes succeeds", async () => {
    const client = clientOf("poor", { roots: {} });
    const reply = await client.send(
      "tools/call",
      callParams("needs", { method: "sampling/createMessage" }, { roots: {} }),
    );
    assert.equal(reply.status, 400);
    assert.equal(reply.messages[0]?.error?.code, -32021);
    assert.deepEqual(reply.messages[0]?.error?.data, { requiredCapabilities: { sampling: {} } });
    const copes = await client.call("ask", { method: "elicitation/create", params: form });
    assert.equal(JSON.parse(textOf(copes)).error.code, -32601);
    const url = await clientOf("forms").call("needs", { method: "elicitation/create" });
    asked(url);
  });

  test("'URL elicitation required' is an interim result for a client that can open URLs", async () => {
    const client = clientOf("urls", { elicitation: { url: {} } });
    const { inputRequests, requestState } = asked(await client.call("urlNeeded"));
    assert.equal(Object.values(inputRequests)[0]?.params?.url, "https://example.com/");
    assert.equal(requestState, undefined);
    const other = await clientOf("forms").send("tools/call", callParams("urlNeeded", {}, capabilities));
    assert.equal(other.messages[0]?.error?.code, -32021);
  });

  test("lists are never answered with an interim result", async () => {
    for (const method of ["tools/list", "resources/templates/list"]) {
      const response = await clientOf().request(method);
      assert.notEqual(response.result?.resultType, "input_required");
    }
  });

  test("a retry after the server died gets its error once", async () => {
    const client = clientOf("dying");
    const args = { method: "elicitation/create", params: form };
    const { requestState, inputRequests } = asked(await client.call("ask", args));
    const pid = JSON.parse(textOf(await client.call("env"))).pid as number;
    process.kill(pid, "SIGKILL");
    await eventually("another process", async () => {
      const { servers } = await state();
      return (servers as { pid: number }[]).every((server) => server.pid !== pid);
    });
    const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, accepted]));
    const retry = { retry: { requestState, inputResponses } };
    assert.equal((await client.call("ask", args, retry)).error?.code, -32603);
    assert.equal((await client.call("ask", args, retry)).error?.code, -32602);
  });

  test("the retry's progress token and log level replace those of the first request", async () => {
    const client = clientOf("metadata");
    const params = (extra: object) => ({ name: "askThenReport", arguments: {}, _meta: meta(capabilities, extra) });
    const first = asked((await client.send("tools/call", params({ progressToken: "first" }))).messages[0] as Rpc);
    const inputResponses = Object.fromEntries(Object.keys(first.inputRequests).map((key) => [key, accepted]));
    const reply = await client.send("tools/call", {
      ...params({ progressToken: "second" }),
      requestState: first.requestState,
      inputResponses,
    });
    assert.deepEqual(
      reply.messages.map((message) => message.params?.progressToken ?? message.result?.resultType),
      ["second", "complete"],
    );
  });
});

describe("a modern client that does not return", () => {
  test("its call is cancelled after the wait, and its requestState becomes invalid", async () => {
    const host = await startHost({ env: { MCP_INPUT_WAIT_S: "1" } });
    try {
      const client = new ModernClient(host, { capabilities });
      const args = { method: "elicitation/create", params: form };
      const { requestState, inputRequests } = asked(await client.call("ask", args));
      await eventually("the cancellation", async () => ((await client.seen()).cancelled as unknown[]).length === 1);
      const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, accepted]));
      const late = await client.call("ask", args, { retry: { requestState, inputResponses } });
      assert.equal(late.error?.code, -32602);
      assert.equal((await status(host)).modernCalls, 0);
    } finally {
      await host.close();
    }
  });
});

describe("processes at their limit", () => {
  const clientOf = (host: TestHost, name: string, declared: object = capabilities) =>
    new ModernClient(host, { capabilities: declared, headers: { "mcp-host-client": name } });

  test("the oldest unanswered request gives way after a while, and its retry gets an error", async () => {
    const host = await startHost({ env: { MCP_MAX_SERVERS: "2", MCP_INPUT_YIELD_S: "2" } });
    try {
      const args = { method: "elicitation/create", params: form };
      const [older, younger] = [clientOf(host, "older"), clientOf(host, "younger")];
      // Their processes are there before they are asked, so that the first question is not old when the second one comes.
      for (const client of [older, younger]) await client.call("echo");
      const questions = [asked(await older.call("ask", args)), asked(await younger.call("ask", args))];
      const other = clientOf(host, "other", { experimental: { other: {} } });
      const early = await other.send("tools/call", { name: "echo", arguments: {} });
      assert.equal(early.status, 503, "it is attended to until then");
      assert.match(String(early.headers["retry-after"]), /^\d+$/);
      await eventually("room", async () => {
        const reply = await other.send("tools/call", { name: "echo", arguments: {} });
        return reply.status === 200;
      });
      const retries = questions.map(({ requestState, inputRequests }) => ({
        requestState,
        inputResponses: Object.fromEntries(Object.keys(inputRequests).map((key) => [key, accepted])),
      }));
      const answered = await younger.call("ask", args, { retry: retries[1] ?? {} });
      assert.match(textOf(answered), /accept/);
      const lost = await older.call("ask", args, { retry: retries[0] ?? {} });
      assert.equal(lost.error?.code, -32602);
      assert.match(String(lost.error?.message), /expired/);
    } finally {
      await host.close();
    }
  });

  test("on a shared process, only the call that fails for a missing capability gets -32021", async () => {
    const host = await startHost({ env: { MCP_MAX_SERVERS: "1" } });
    try {
      const [one, two] = [clientOf(host, "one", {}), clientOf(host, "two", {})];
      await one.call("echo", {});
      await two.call("echo", {});
      const needs = { name: "needs", arguments: { method: "sampling/createMessage" } };
      const alone = await one.send("tools/call", needs);
      assert.equal(alone.status, 400);
      assert.equal(alone.messages[0]?.error?.code, -32021);
      assert.deepEqual(alone.messages[0]?.error?.data, { requiredCapabilities: { sampling: {} } });

      const gate = two.call("gate", { name: "g", fail: true });
      await eventually("the other's call", async () => {
        const { received } = await one.seen();
        return JSON.stringify(received).includes("gate g waits");
      });
      const beside = await one.call("needs", needs.arguments);
      assert.equal(beside.error?.code, -32021, "its failure quotes what the server was refused");
      await one.call("open", { name: "g" });
      assert.equal((await gate).result?.isError, true, "a failure of another cause stays what it is");
      const { server } = (await status(host)) as { server: { sessions: number } };
      assert.equal(server.sessions, 2, "they shared");
    } finally {
      await host.close();
    }
  });
});

describe("a process for each session, for modern clients", () => {
  test("each client has its own process, which ends when the client is idle", async () => {
    const host = await startHost({ env: { MCP_ISOLATION: "session", MCP_IDLE_SESSION_S: "2" } });
    try {
      const pid = async (name: string) => {
        const client = new ModernClient(host, { headers: { "mcp-host-client": name } });
        return JSON.parse(textOf(await client.call("env"))).pid as number;
      };
      const [a, b] = await Promise.all([pid("a"), pid("b")]);
      assert.notEqual(a, b);
      assert.equal(await pid("a"), a);
      await eventually("both gone", async () => {
        const { servers, modernClients } = await status(host);
        const pids = (servers as { pid: number }[]).map((server) => server.pid);
        return modernClients === 0 && !pids.includes(a) && !pids.includes(b);
      });
    } finally {
      await host.close();
    }
  });
});
