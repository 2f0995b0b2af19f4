import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { Client as NewerClient, StreamableHTTPClientTransport as NewerTransport } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { performHandshake } from "../deployments/steps/mcp-handshake.ts";
import { readHostLimits } from "./limits.ts";
import { startGateway, type TestGateway } from "./testing/gateway.ts";
import { createClientHeaders, eventually, send } from "./testing/http.ts";
import { startFakeMachine } from "./testing/machine.ts";
import { type HostProcess, startMcpHost } from "./testing/mcp-host.ts";
import { deploySleeper } from "./testing/sleeper.ts";

// A host that ends requests after two seconds and accepts bodies of up to 200,000 bytes.

const token = "token-of-the-machine";
const streamMaxMs = 2_000;
const maxBodyBytes = 200_000;
let host: HostProcess;
let gateway: TestGateway;
let url: string;
let headers: Record<string, string>;

before(async () => {
  host = await startMcpHost(token);
  gateway = await startGateway({ gateway: { limits: { streamMaxMs, maxBodyBytes } } });
  // The server is there before its start counts as a part of anybody's request.
  await performHandshake({ url: host.url }, token, AbortSignal.timeout(60_000));
  const { id, key } = gateway.source.add(host.url, { hostToken: token });
  url = gateway.endpoint(id);
  headers = createClientHeaders(key);
});

after(async () => {
  await gateway.close();
  await host.stop();
});

const longCall = { name: "trigger-long-running-operation", arguments: { duration: 8, steps: 4 } };

/** Counts how often a client resumed its stream because of the limit. */
async function timesResumed(): Promise<number> {
  return (await gateway.records()).filter(({ method, httpStatus }) => method === "GET" && httpStatus === 200).length;
}

test("a call that outlasts the host's limit goes on, and official legacy clients resume it by themselves", async () => {
  const requestInit = { headers: { authorization: headers.authorization ?? "" } };
  const older = new Client({ name: "limits", version: "1" });
  const newer = new NewerClient({ name: "limits", version: "2" });
  await older.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  await newer.connect(new NewerTransport(new URL(url), { requestInit }));
  const reports: number[][] = [[], []];
  const onprogress = (at: number) => (report: { progress: number }) => reports[at]?.push(report.progress);
  const before = await timesResumed();
  const answers = await Promise.all([
    older.callTool(longCall, undefined, { onprogress: onprogress(0) }),
    newer.callTool(longCall, { onprogress: onprogress(1) }),
    // This call is silent until its result, however often it is cut.
    older.callTool(longCall),
    newer.callTool(longCall),
  ]);
  for (const { content } of answers) assert.match(JSON.stringify(content), /completed/);
  assert.deepEqual(reports, [
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ]);
  const resumed = (await timesResumed()) - before;
  assert(resumed >= 8, `${resumed} streams`);
  await older.close();
  await newer.close();
});

test("its result stays available to a client that resumes with the last event's id", async () => {
  const initialize = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "wire", version: "1" } },
  });
  const begun = await send(url, { headers, body: initialize });
  const own = { ...headers, "mcp-session-id": String(begun.headers["mcp-session-id"]) };
  const call = { ...longCall, arguments: { duration: 4, steps: 2 }, _meta: { progressToken: 1 } };
  const body = JSON.stringify({ jsonrpc: "2.0", id: "long", method: "tools/call", params: call });
  const cut = await (await send(url, { headers: own, body })).text();
  assert.match(cut, /retry: 1000\n\n$/);
  assert.doesNotMatch(cut, /"result"/);
  let lastEventId = "";
  let seen = cut;
  const takeUp = async () => {
    lastEventId = [...seen.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? lastEventId;
    seen = await (await send(url, { method: "GET", headers: { ...own, "last-event-id": lastEventId } })).text();
    return seen.includes('"result"');
  };
  await eventually(takeUp, "the result");
  assert.match(seen, /"id":"long"/);
  // A client that loses this answer too can request it again.
  const again = await send(url, { method: "GET", headers: { ...own, "last-event-id": lastEventId } });
  assert.match(await again.until((text) => text.includes('"result"')), /completed/);
  again.leave();
});

test("a modern client cannot resume: its call ends with an error that names the limit", async () => {
  const client = new NewerClient({ name: "limits", version: "2" }, { versionNegotiation: { mode: "auto" } });
  const requestInit = { headers: { authorization: headers.authorization ?? "" } };
  await client.connect(new NewerTransport(new URL(url), { requestInit }));
  const before = await timesResumed();
  await assert.rejects(client.callTool(longCall, { onprogress: () => {} }), /GATEWAY_STREAM_MAX_MS/);
  assert.equal(await timesResumed(), before);
  await client.close();
});

test("a call that cannot be resumed ends with an error that names the limit", async () => {
  const method = "tools/call";
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    progressToken: 1,
  };
  const answer = await send(url, {
    headers: { ...headers, "mcp-protocol-version": "2026-07-28", "mcp-method": method, "mcp-name": longCall.name },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: "long",
      method,
      params: { ...longCall, arguments: { duration: 8, steps: 40 }, _meta },
    }),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200);
  const last = JSON.parse(text.trim().split("data: ").at(-1) ?? "");
  assert.equal(last.id, "long");
  assert.equal(last.error.data.code, "host_limit");
  assert.match(last.error.message, /after 2 s \(GATEWAY_STREAM_MAX_MS\)/);
  assert.equal((await gateway.records()).at(-1)?.errorCode, -32000);
});

test("an answer that has not begun by then is a 504 with the same error", async () => {
  const machine = await startFakeMachine(() => {});
  const silent = gateway.source.add(machine.url);
  const answer = await send(gateway.endpoint(silent.id), {
    headers: { ...headers, authorization: `Bearer ${silent.key}` },
    body: JSON.stringify({ jsonrpc: "2.0", id: 5, method: "tools/call", params: { name: "x" } }),
  });
  assert.equal(answer.status, 504);
  const error = await answer.json();
  assert.equal(error.id, 5);
  assert.match(JSON.stringify(error), /host_limit/);
  await machine.close();
});

test("listening streams end cleanly with a retry time, asleep or awake", async () => {
  const initialize = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "wire", version: "1" } },
  });
  const stream = async (to: string, own: Record<string, string>) => {
    const session = (await send(to, { headers: own, body: initialize })).headers["mcp-session-id"];
    const get = { method: "GET", headers: { ...own, "mcp-session-id": String(session) } };
    return (await send(to, get)).text();
  };
  assert.match(await stream(url, headers), /retry: 1000\n\n$/);

  const deployed = await deploySleeper(gateway);
  const own = { ...headers, authorization: `Bearer ${deployed.key}` };
  await deployed.sleeper.sleep("suspend");
  assert.match(await stream(deployed.url, own), /retry: 1000\n\n$/);
  const method = "subscriptions/listen";
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const listening = await send(deployed.url, {
    headers: { ...own, "mcp-protocol-version": "2026-07-28", "mcp-method": method },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 9,
      method,
      params: { notifications: { toolsListChanged: true }, _meta },
    }),
  });
  const last = JSON.parse((await listening.text()).trim().split("data: ").at(-1) ?? "");
  assert.equal(last.id, 9);
  assert.equal(last.result.resultType, "complete");
  assert.deepEqual(deployed.sleeper.requests.slice(deployed.sleeper.requests.indexOf("DELETE /mcp") + 1), []);
  await deployed.sleeper.close();
});

test("a stream that waited for its machine ends within the limit", async () => {
  const patient = await startGateway({
    gateway: { limits: { streamMaxMs: 6_000, maxBodyBytes }, earlyStreamAfterMs: 50, keepAliveAfterMs: 50 },
  });
  const deployed = await deploySleeper(patient);
  await deployed.sleeper.sleep("suspend");
  const { promise: awake, resolve: wakeUp } = Promise.withResolvers<void>();
  deployed.sleeper.onWake = () => awake;
  const method = "subscriptions/listen";
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const listen = (notifications: object) =>
    send(deployed.url, {
      headers: {
        ...headers,
        authorization: `Bearer ${deployed.key}`,
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 9, method, params: { notifications, _meta } }),
    });
  const pings = (count: number) => (text: string) => text.split(": ping").length > count;
  const waiting = await listen({ resourceSubscriptions: ["demo://resource/static/document/features.md"] });
  await waiting.until(pings(10));
  assert.equal(deployed.sleeper.wakes, 1);
  const held = await listen({ toolsListChanged: true });
  await held.until(pings(20));
  wakeUp();
  await waiting.until((text) => text.includes("acknowledged"));
  // The stream that began first ends first, however late its machine came up.
  const first = await Promise.race([waiting.text(), held.text().then(() => "the other")]);
  assert.equal(JSON.parse(first.trim().split("data: ").at(-1) ?? "").result?.resultType, "complete");
  await held.text();
  await patient.close();
  await deployed.sleeper.close();
});

test("a body over the host's limit gets 413 with the limit and its origin, with or without Content-Length", async () => {
  const message = (bytes: number) =>
    JSON.stringify({ jsonrpc: "2.0", id: 3, method: "ping", params: { text: "x".repeat(bytes) } });
  const announced = await send(url, { headers, body: message(maxBodyBytes) });
  assert.equal(announced.status, 413);
  const error = JSON.stringify(await announced.json());
  assert.match(error, /up to 200000 bytes \(GATEWAY_MAX_BODY_BYTES\)/);
  assert.match(error, /"id":3.*body_too_large/);
  const parts = message(maxBodyBytes).match(/.{1,20000}/g) ?? [];
  const streamed = await send(url, { headers, body: Readable.from(parts) });
  assert.equal(streamed.status, 413);
  assert.match(await streamed.text(), /body_too_large/);
});

test("Vercel's limits apply unless settings override them", () => {
  assert.deepEqual(readHostLimits({ onVercel: false }), { streamMaxMs: null, maxBodyBytes: null });
  assert.deepEqual(readHostLimits({ onVercel: true }), { streamMaxMs: 290_000, maxBodyBytes: 4_500_000 });
  const set = { onVercel: true, GATEWAY_STREAM_MAX_MS: 700_000, GATEWAY_MAX_BODY_BYTES: 9_000 };
  assert.deepEqual(readHostLimits(set), { streamMaxMs: 700_000, maxBodyBytes: 9_000 });
});
