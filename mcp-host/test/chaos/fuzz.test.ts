import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../testing/client.ts";
import { startHost, type TestHost } from "../testing/host-process.ts";
import { http, JSON_HEADERS, status } from "../testing/http.ts";
import { isAlive } from "../testing/is-alive.ts";
import { textOf } from "../testing/rpc.ts";
import { chooseSeed, Random } from "./random.ts";

const HTTP_ROUNDS = 600;
const STDIO_ROUNDS = 300;
const MIB = 1024 * 1024;

/** Values that programs stumble over. */
const ODD: readonly [unknown, ...unknown[]] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  "",
  "__proto__",
  "constructor",
  "\u0000",
  "\ud800",
  "\u2028",
  "x".repeat(5000),
  [],
  {},
  [[]],
  { __proto__: null, toString: 1 },
  { method: "ping" },
];

const METHODS = [
  "initialize",
  "ping",
  "tools/list",
  "tools/call",
  "server/discover",
  "subscriptions/listen",
  "resources/subscribe",
  "logging/setLevel",
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/message",
  "notifications/resources/updated",
  "notifications/tools/list_changed",
  "elicitation/create",
  "tasks/list",
  "x/unknown",
] as const;

/** A message that looks like one of the protocol's, with some of it exchanged, missing or too much. */
function oddMessage(random: Random): unknown {
  const message: Record<string, unknown> = { jsonrpc: "2.0" };
  const odd = () => random.pick(ODD);
  if (random.next() < 0.8) message.id = random.next() < 0.5 ? random.below(50) : odd();
  if (random.next() < 0.8) message.method = random.next() < 0.9 ? random.pick(METHODS) : odd();
  if (random.next() < 0.7) {
    message.params =
      random.next() < 0.3
        ? odd()
        : {
            name: random.next() < 0.5 ? "echo" : odd(),
            arguments: odd(),
            requestId: odd(),
            uri: odd(),
            level: odd(),
            capabilities: odd(),
            protocolVersion: random.pick(["2025-11-25", "2026-07-28", "1999-01-01", odd()]),
            inputResponses: random.next() < 0.8 ? {} : odd(),
            requestState: random.next() < 0.8 ? undefined : odd(),
            _meta: random.next() < 0.3 ? odd() : oddMeta(random),
          };
  }
  if (random.next() < 0.2) message.result = odd();
  if (random.next() < 0.2) message.error = random.next() < 0.5 ? { code: odd(), message: odd() } : odd();
  if (random.next() < 0.1) message.jsonrpc = odd();
  return random.next() < 0.1 ? Array.from({ length: random.below(4) }, () => message) : message;
}

function oddMeta(random: Random): Record<string, unknown> {
  return {
    progressToken: random.pick(ODD),
    "io.modelcontextprotocol/protocolVersion": random.pick(["2026-07-28", "2025-11-25", random.pick(ODD)]),
    "io.modelcontextprotocol/clientCapabilities": random.next() < 0.7 ? {} : random.pick(ODD),
    "io.modelcontextprotocol/related-task": random.pick(ODD),
  };
}

/** Text with some of its characters changed, lost or doubled. */
function scramble(text: string, random: Random): string {
  let result = text;
  for (let count = random.below(4); count > 0; count--) {
    const at = random.below(result.length + 1);
    const kind = random.below(3);
    const put =
      kind === 0 ? "" : kind === 1 ? random.pick(['"', "{", "}", "\\", "\u0000", ","]) : result.slice(at, at + 9);
    result = result.slice(0, at) + put + result.slice(at + (kind === 2 ? 0 : 1));
  }
  return result;
}

async function serverPid(host: TestHost): Promise<number> {
  const { server } = (await status(host)) as { server: { pid: number } };
  return server.pid;
}

test("random HTTP input gets a fitting answer, and harms neither the server nor other sessions", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`CHAOS_SEED=${seed}`);
  const random = new Random(seed);
  const host = await startHost({ env: { MCP_MAX_SESSIONS: "1000" } });
  t.after(() => host.close());
  const [victim, bystander] = [await Client.open(host), await Client.open(host)];
  const pid = await serverPid(host);

  for (let round = 0; round < HTTP_ROUNDS; round++) {
    const text = JSON.stringify(oddMessage(random)) ?? "";
    const body = random.next() < 0.3 ? scramble(text, random) : text;
    const headers: Record<string, string> = { ...JSON_HEADERS };
    if (random.next() < 0.8) headers["mcp-session-id"] = random.next() < 0.9 ? victim.id : scramble(victim.id, random);
    if (/[^\x20-\x7e]/.test(headers["mcp-session-id"] ?? "")) delete headers["mcp-session-id"];
    if (random.next() < 0.8) {
      headers["mcp-protocol-version"] = random.pick(["2025-11-25", "2026-07-28", "2025-03-26", "", "zzz"]);
    }
    if (random.next() < 0.5) headers["mcp-method"] = random.pick(METHODS);
    if (random.next() < 0.3) headers["mcp-name"] = random.pick(["echo", "=?base64?###?=", "=?base64?ZWNobw==?=", " "]);
    if (random.next() < 0.1) headers.accept = random.pick(["application/json", "text/event-stream", "x", "*/*"]);
    if (random.next() < 0.1) headers["last-event-id"] = random.pick(["1", "-1", "__proto__", "9".repeat(300)]);
    // A stream of the session's own would rightly stay open; so would the modern era's.
    if (body.includes("subscriptions/listen")) continue;
    const method = random.next() < 0.95 ? "POST" : "PUT";
    const reply = await http(host, { method, headers, body });
    const where = `round ${round}: ${JSON.stringify(headers)} ${body.slice(0, 2000)} got ${reply.status} ${reply.text}`;
    // 503: every other set of capabilities that is made up takes a server of its own, of which there are only so many.
    assert([200, 202, 400, 404, 405, 406, 415, 503].includes(reply.status), where);
    if (reply.status === 503) assert(reply.headers["retry-after"], where);
    if (reply.status === 202) assert.equal(reply.text, "", where);
    else assert.match(String(reply.headers["content-type"]), /^(application\/json|text\/event-stream)$/, where);
    for (const message of reply.messages) assert.equal(message.jsonrpc, "2.0", where);
  }

  assert.equal(textOf(await bystander.call("echo", { message: "here" })), "here");
  assert.equal(await serverPid(host), pid, "the server is the same process");
  assert(isAlive(pid));
});

test("random output of the server harms no call except the one it answers", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`CHAOS_SEED=${seed}`);
  const random = new Random(seed);
  const host = await startHost();
  t.after(() => host.close());
  const [victim, bystander] = [await Client.open(host), await Client.open(host)];
  const stream = bystander.listen();
  await stream.opened;

  for (let round = 0; round < STDIO_ROUNDS; round++) {
    const text = JSON.stringify(oddMessage(random)) ?? "";
    const line = random.next() < 0.3 ? scramble(text, random) : text;
    // Whatever it is, the call that made the server write it has an answer of its own id; helpers assert that.
    const response = await victim.call("raw", { line });
    assert(response.result !== undefined || response.error !== undefined, `round ${round}: ${line}`);
  }
  for (let count = 0; count < 5; count++) {
    assert.equal(textOf(await victim.call("raw", { line: "g".repeat(9.9 * MIB) })), "written");
  }

  assert.equal(textOf(await victim.call("echo", { message: "on" })), "on");
  assert.equal(textOf(await bystander.call("echo", { message: "here" })), "here");
  assert.equal(stream.ended, false);
  stream.drop();
  const { memory } = (await status(host)) as { memory: { rssBytes: number } };
  assert(memory.rssBytes < 400 * MIB, `${memory.rssBytes}`);
});
