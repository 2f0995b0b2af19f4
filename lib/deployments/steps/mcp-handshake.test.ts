import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { after, beforeEach, test } from "node:test";
import { HandshakeError } from "./handshake-session.ts";
import { performHandshake } from "./mcp-handshake.ts";

// A server in the place of mcp-host, which answers as mcp-host does not.

interface Message {
  id: number;
  method: string;
}

type Answer = (response: ServerResponse, message: Message) => void;

const received: { method: string; headers: IncomingHttpHeaders; message: Message | null }[] = [];
/** Answers requests. Notifications and the end of the session are accepted. */
let answer: Answer = answerPlainly;
const server = createServer(async (request, response) => {
  const message = request.method === "POST" ? ((await json(request)) as Message) : null;
  received.push({ method: request.method ?? "", headers: request.headers, message });
  response.setHeader("mcp-session-id", "session-1");
  if (message?.id === undefined) response.writeHead(202).end();
  else answer(response, message);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeEach(() => {
  received.length = 0;
  answer = answerPlainly;
});
after(() => server.close());

const RESULTS: Record<string, object> = {
  initialize: {
    protocolVersion: "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: "wire", version: "1" },
  },
  "tools/list": { tools: [{ name: "echo", inputSchema: { type: "object" } }] },
};

function formatResponse({ id, method }: Message): string {
  return JSON.stringify({ jsonrpc: "2.0", id, result: RESULTS[method] });
}

function answerPlainly(response: ServerResponse, message: Message): void {
  response.writeHead(200, { "content-type": "application/json" }).end(formatResponse(message));
}

const handshake = () => performHandshake({ url }, "token-of-the-machine", AbortSignal.timeout(60_000));
const lastMethod = () => received.at(-1)?.method;

test("each request of a session carries its id, version and the machine's token", async () => {
  const { initialize, tools } = await handshake();
  assert.equal(initialize.serverInfo.name, "wire");
  assert.deepEqual(
    tools.map(({ name }) => name),
    ["echo"],
  );
  assert.deepEqual(
    received.map(({ method, message }) => [method, message?.method]),
    [
      ["POST", "initialize"],
      ["POST", "notifications/initialized"],
      ["POST", "tools/list"],
      ["DELETE", undefined],
    ],
  );
  assert.deepEqual(
    received.map(({ headers }) => [headers["mcp-session-id"], headers["mcp-protocol-version"]]),
    [[undefined, undefined], ...Array.from({ length: 3 }, () => ["session-1", "2025-06-18"])],
  );
  for (const { headers } of received) assert.equal(headers.authorization, "Bearer token-of-the-machine");
});

test("a server-initiated request with the id of the pending request is not taken for its response", async () => {
  answer = (response, message) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("id: 0\ndata:\n\ndata: no JSON\n\n");
    response.write(`data: {"jsonrpc":"2.0","id":${message.id},"method":"roots/list"}\n\n`);
    response.end(`data: ${formatResponse(message)}\n\n`);
  };
  const { tools } = await handshake();
  assert.equal(tools[0]?.name, "echo");
});

const FLAWS: [flaw: string, answer: Answer, said: RegExp][] = [
  [
    "an event stream without the response",
    (response) => void response.writeHead(200, { "content-type": "text/event-stream" }).end(),
    /^the answer to initialize broke off$/,
  ],
  [
    "a refusal without an id",
    (response) => void response.writeHead(503).end('{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"x"}}'),
    /^initialize was answered with HTTP 503 and no JSON-RPC response$/,
  ],
  [
    "a JSON-RPC error",
    (response, { id }) => void response.end(`{"jsonrpc":"2.0","id":${id},"error":{"code":-32602,"message":"no"}}`),
    /^initialize was answered with an error: no \(-32602\)$/,
  ],
];

for (const [flaw, reply, said] of FLAWS) {
  test(`${flaw} fails the handshake, and its session is ended`, async () => {
    answer = reply;
    await assert.rejects(handshake(), (error) => error instanceof HandshakeError && said.test(error.message));
    assert.equal(lastMethod(), "DELETE");
  });
}

test("an answer over 8 MiB is refused, and its session is ended", async () => {
  answer = (response, { id }) =>
    void response.end(`{"jsonrpc":"2.0","id":${id},"result":"${"x".repeat(8 * 1024 * 1024)}"}`);
  await assert.rejects(handshake(), /the answer is too large/);
  assert.equal(lastMethod(), "DELETE");
});
