import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { AppError } from "../errors/app-error.ts";
import { CallQueue, type CallRecord } from "./calls/call-queue.ts";
import { DeploymentCache } from "./deployment-cache.ts";
import { MachineClient } from "./machines/machine-client.ts";
import { MachineActivity } from "./sleep-proxy/machine-activity.ts";
import { TestSource } from "./testing/gateway.ts";
import { eventually } from "./testing/http.ts";
import { sendJson, startEvents, startFakeMachine } from "./testing/machine.ts";
import { type HostProcess, startMcpHost } from "./testing/mcp-host.ts";
import { callToolWith, type ToolCallOptions } from "./tool-calls.ts";

const token = "token-of-the-machine";
const source = new TestSource();
const recorded: CallRecord[] = [];
const deployments = new DeploymentCache(source);
const parts = {
  deployments,
  machineClient: new MachineClient({
    source,
    machineActivity: new MachineActivity({ source }),
    find: (id) => deployments.find(id),
  }),
  calls: new CallQueue({ store: { write: async (records) => void recorded.push(...records) } }),
};
let host: HostProcess;

before(async () => {
  host = await startMcpHost(token);
});

after(async () => {
  parts.machineClient.close();
  await host.stop();
});

function addDeployment(url: string | null = host.url) {
  const { id, deployment } = source.add(url, { hostToken: token });
  const call = (name: string, args: Record<string, unknown> = {}, options: ToolCallOptions = {}) =>
    callToolWith(parts, deployment.ownerId, id, name, args, options);
  return { id, deployment, call };
}

async function sessions(): Promise<number> {
  const response = await fetch(`${host.url}/status`, { headers: { authorization: `Bearer ${token}` } });
  return ((await response.json()) as { sessions: { count: number } }).sessions.count;
}

function failsWith(code: string) {
  return (error: unknown) => error instanceof AppError && error.code === code;
}

test("the owner sees request, response and everything between, and no session is left behind", async () => {
  const { id, call } = addDeployment();
  const echo = await call("echo", { message: "hello" });
  assert.deepEqual(echo.request.params, { name: "echo", arguments: { message: "hello" }, _meta: { progressToken: 2 } });
  assert.equal(echo.response.id, echo.request.id);
  assert.match(JSON.stringify(echo.response.result), /hello/);
  assert(echo.durationMs > 0);

  const slow = await call("trigger-long-running-operation", { duration: 0.2, steps: 2 });
  assert.match(JSON.stringify(slow.response.result), /completed/);
  const progress = slow.messages.filter((message) => message.method === "notifications/progress");
  assert.deepEqual(
    progress.map((message) => (message.params as { progress: number }).progress),
    [1, 2],
  );

  const wrong = await call("no-such-tool");
  assert(wrong.response.error !== undefined || JSON.stringify(wrong.response.result).includes("isError"));
  assert.equal(await sessions(), 0);

  await parts.calls.flush();
  const records = recorded.filter((record) => record.deploymentId === id);
  assert.deepEqual(
    records.map((record) => [record.method, record.target, record.client, record.accessKeyId]),
    ["echo", "trigger-long-running-operation", "no-such-tool"].map((tool) => ["tools/call", tool, "Catwalk", null]),
  );
  assert.doesNotMatch(JSON.stringify(records), /hello/);
});

test("another person's deployment is not found", async () => {
  const { id } = addDeployment();
  await assert.rejects(callToolWith(parts, randomUUID(), id, "echo", {}), failsWith("not_found"));
  await assert.rejects(callToolWith(parts, randomUUID(), randomUUID(), "echo", {}), failsWith("not_found"));
});

test("aborting a call cancels it at the server and ends its session", async () => {
  const { call } = addDeployment();
  const giveUp = new AbortController();
  const { promise: underWay, resolve } = Promise.withResolvers<void>();
  const calling = call(
    "trigger-long-running-operation",
    { duration: 600, steps: 6_000 },
    { signal: giveUp.signal, onMessage: () => resolve() },
  );
  const refused = assert.rejects(calling, failsWith("machine_unavailable"));
  await underWay;
  assert.equal(await sessions(), 1);
  giveUp.abort();
  await refused;
  assert.equal(await sessions(), 0);
});

test("a machine's faults are reported in words, and the call ends", async () => {
  const machine = await startFakeMachine();
  const { call, deployment } = addDeployment(machine.url);
  const initialize = async (body: Buffer) => JSON.parse(body.toString("utf8")) as { id: number; method: string };
  // Not one of them may hold the person up.
  const answers: [string, (response: Parameters<typeof sendJson>[0], id: number) => void, RegExp][] = [
    [
      "an error",
      (response, id) => sendJson(response, { jsonrpc: "2.0", id, error: { code: 1, message: "no" } }),
      /accept/,
    ],
    ["no JSON", (response) => sendJson(response, "text"), /does not speak MCP/],
    [
      "an empty stream",
      (response) => void response.writeHead(200, { "content-type": "text/event-stream" }).end(),
      /went away/,
    ],
    ["a cut connection", (response) => response.destroy(), /cannot be started/],
    [
      "a refusal",
      (response) => sendJson(response, { jsonrpc: "2.0", id: null, error: { code: -32000, message: "full" } }, 503),
      /refused/,
    ],
    [
      "17 MB",
      (response) => sendJson(response, { jsonrpc: "2.0", id: 1, result: "x".repeat(17 * 1024 * 1024) }),
      /too large/,
    ],
  ];
  for (const [what, answer, message] of answers) {
    machine.onRequest = async ({ body, response }) => answer(response, (await initialize(await body())).id);
    await assert.rejects(
      call("echo"),
      (error: unknown) => error instanceof AppError && message.test(error.message),
      what,
    );
  }
  deployment.desired = "stopped";
  source.announce(deployment.deploymentId);
  await assert.rejects(call("echo"), failsWith("conflict"));
  await assert.rejects(addDeployment(null).call("echo"), failsWith("machine_unavailable"));
  await machine.close();
});

test("requests of the server are refused, and its ping is answered", async () => {
  const machine = await startFakeMachine();
  const { call } = addDeployment(machine.url);
  const answered: unknown[] = [];
  machine.onRequest = async ({ method, body, response }) => {
    const message = method === "POST" ? (JSON.parse((await body()).toString("utf8")) as Record<string, unknown>) : {};
    if (message.method === "initialize") {
      response.setHeader("mcp-session-id", "s");
      sendJson(response, { jsonrpc: "2.0", id: message.id, result: { protocolVersion: "2025-06-18" } });
    } else if (message.method === "tools/call") {
      startEvents(response);
      response.write("id: 0\ndata:\n\n");
      response.write('data: {"jsonrpc":"2.0","id":"a","method":"ping"}\n\n');
      response.write('data: {"jsonrpc":"2.0","id":"b","method":"sampling/createMessage","params":{}}\n\n');
      await eventually(() => answered.length === 2, "the answers");
      response.end(`data: {"jsonrpc":"2.0","id":${message.id},"result":{"content":[]}}\n\n`);
    } else {
      if (message.id !== undefined) answered.push(message);
      response.writeHead(202).end();
    }
  };
  const { response, messages } = await call("ask");
  assert.deepEqual(response.result, { content: [] });
  assert.deepEqual(
    messages.map((message) => message.method),
    ["ping", "sampling/createMessage"],
  );
  assert.deepEqual(answered, [
    { jsonrpc: "2.0", id: "a", result: {} },
    { jsonrpc: "2.0", id: "b", error: { code: -32601, message: "Method not found" } },
  ]);
  assert.equal(machine.received.at(-1)?.method, "DELETE");
  assert.equal(machine.received.at(-1)?.headers["mcp-session-id"], "s");
  assert.equal(machine.received.at(-1)?.headers["mcp-protocol-version"], "2025-06-18");
  await machine.close();
});
