import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SessionIds } from "../src/protocol/session-ids.ts";
import { systemClock } from "../src/util/clock.ts";
import { choosePlace, type Placed, type PlaceTraits } from "../src/util/fair-share.ts";
import { eventually } from "./testing/eventually.ts";
import { startHost, type TestHost } from "./testing/host-process.ts";
import { http, JSON_HEADERS } from "./testing/http.ts";
import { OpenStream } from "./testing/open-stream.ts";

// Behind a gateway, which names its client in `Mcp-Host-Client`: whose a session is, and who gets the places when all are taken.

const TOKEN = "a-token-that-outlives-the-process";
const scope = { MCP_HOST_TOKEN: TOKEN, MCP_SESSION_SCOPE: "deployment-1" };

const headersOf = (holder: string | null, id?: string) => ({
  ...JSON_HEADERS,
  authorization: `Bearer ${TOKEN}`,
  ...(holder !== null && { "mcp-host-client": holder }),
  ...(id !== undefined && { "mcp-session-id": id, "mcp-protocol-version": "2025-11-25" }),
});
const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
const ping = JSON.stringify({ jsonrpc: "2.0", id: 2, method: "ping" });

async function tryOpen(host: TestHost, holder: string | null): Promise<{ status: number; id: string }> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  const reply = await http(host, { headers: headersOf(holder), body });
  return { status: reply.status, id: String(reply.headers["mcp-session-id"]) };
}

async function open(host: TestHost, holder: string | null): Promise<string> {
  const { status, id } = await tryOpen(host, holder);
  assert.equal(status, 200);
  return id;
}

const use = async (host: TestHost, holder: string | null, id: string) =>
  (await http(host, { headers: headersOf(holder, id), body: ping })).status;
const end = async (host: TestHost, holder: string | null, id: string) =>
  (await http(host, { method: "DELETE", headers: headersOf(holder, id) })).status;
const listen = async (host: TestHost, holder: string, id: string) => {
  const stream = new OpenStream(host, { headers: { ...headersOf(holder, id), accept: "text/event-stream" } });
  await stream.opened;
  return stream;
};

describe("sessions of a gateway's clients", () => {
  test("a session is unknown to every client but its own, before and after a restart", async (context) => {
    let host = await startHost({ env: scope });
    context.after(() => host.close());
    const id = await open(host, "ada");
    for (const isResumed of [false, true]) {
      if (isResumed) {
        await host.close();
        host = await startHost({ env: scope });
      }
      for (const other of ["bob", null]) {
        assert.equal(await use(host, other, id), 404, `${other}, resumed: ${isResumed}`);
        assert.equal((await listen(host, other ?? "", id)).status, 404);
        assert.equal(await end(host, other, id), 404);
      }
      assert.equal(await use(host, "ada", id), 200);
      assert.equal(await use(host, "bob", id), 404, "neither is a live one known to others");
    }
    assert.equal(await end(host, "ada", id), 200);
    assert.equal(await use(host, "ada", id), 404);
  });

  test("a session of an earlier version, which names no client, goes on for the client that takes it up", async (context) => {
    const host = await startHost({ env: scope });
    context.after(() => host.close());
    const ids = new SessionIds({ secret: TOKEN, scope: "deployment-1", maxAgeMs: 604_800_000, clock: systemClock });
    const earlier = ids.make(params);
    for (let n = 0; n < 2; n++) assert.equal(await use(host, "ada", earlier), 200);
    assert.equal(await use(host, "bob", earlier), 404);
  });

  test("a client with all the places makes room for another, and gets none of its places back", async (context) => {
    const host = await startHost({ env: { ...scope, MCP_MAX_SESSIONS: "6" } });
    context.after(() => host.close());
    const ofAda: string[] = [];
    for (let n = 0; n < 6; n++) ofAda.push(await open(host, "ada"));
    const ofBob = [await open(host, "bob"), await open(host, "bob"), await open(host, "bob")];
    const listening = await Promise.all(ofBob.map((id) => listen(host, "bob", id)));
    // Ada wants all six again. Bob's share stays his, and so do his streams.
    for (const id of ofAda) assert.equal(await use(host, "ada", id), 200, "a suspended session goes on");
    for (let n = 0; n < 10; n++) await open(host, "ada");
    assert.deepEqual(
      listening.map(({ ended }) => ended),
      [false, false, false],
    );
    for (const id of ofBob) assert.equal(await use(host, "bob", id), 200);
    for (const stream of listening) stream.drop();
  });

  test("streams on which a client only listens do not keep others out", async (context) => {
    const host = await startHost({ env: { ...scope, MCP_MAX_SESSIONS: "4" } });
    context.after(() => host.close());
    const streams: OpenStream[] = [];
    for (let n = 0; n < 4; n++) streams.push(await listen(host, "ada", await open(host, "ada")));
    assert.equal((await tryOpen(host, "ada")).status, 503, "for the same client there is no more room");
    const id = await open(host, "bob");
    await eventually("one stream to end", async () => streams.filter(({ ended }) => ended).length === 1);
    await listen(host, "bob", id);
    const second = await open(host, "bob");
    await eventually("another to end", async () => streams.filter(({ ended }) => ended).length === 2);
    await listen(host, "bob", second);
    assert.equal((await tryOpen(host, "bob")).status, 503, "two each are fair shares");
    assert.equal((await tryOpen(host, "ada")).status, 503);
  });
});

describe("the choice of a place", () => {
  const traits: PlaceTraits<Placed & { state: string }> = {
    isIdle: ({ state }) => state === "idle",
    canYield: ({ state }) => state === "listens",
  };
  const placesOf = (text: string) =>
    text.split(" ").map((word, lastUsedMs) => ({ holder: word.slice(0, 1), state: word.slice(2), lastUsedMs }));
  for (const [places, holder, chosen] of [
    ["a:idle a:idle b:idle", "c", 0],
    ["b:idle a:idle a:idle", "c", 1],
    ["b:idle a:idle a:idle", "b", 1],
    ["b:idle a:busy a:busy", "a", null],
    ["b:idle a:busy a:idle", "a", 2],
    ["b:idle a:idle", "c", 0],
    ["b:idle a:busy a:busy", "c", 0],
    ["a:listens a:listens", "b", 0],
    ["a:listens b:listens", "c", null],
    ["a:listens a:listens b:busy", "b", null],
    ["a:busy a:busy", "b", null],
  ] as const) {
    test(`of “${places}” ${holder} gets ${chosen === null ? "none" : `number ${chosen}`}`, () => {
      assert.equal(choosePlace(placesOf(places), holder, traits)?.lastUsedMs ?? null, chosen);
    });
  }
});
