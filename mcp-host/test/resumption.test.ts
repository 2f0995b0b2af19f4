import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { SessionIds } from "../src/protocol/session-ids.ts";
import { EndedIds } from "../src/session/ended-ids.ts";
import { systemClock } from "../src/util/clock.ts";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { startHost, type TestHost } from "./testing/host-process.ts";
import { http, JSON_HEADERS, status } from "./testing/http.ts";
import { OpenStream } from "./testing/open-stream.ts";
import { textOf } from "./testing/rpc.ts";

const TOKEN = "a-token-that-outlives-the-process";
const authorization = `Bearer ${TOKEN}`;
const initialize = (capabilities: object = {}) =>
  JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities, clientInfo: { name: "t", version: "1" } },
  });

const start = (env: Record<string, string> = {}) => startHost({ env: { MCP_HOST_TOKEN: TOKEN, ...env } });

async function open(host: TestHost, capabilities: object = {}): Promise<string> {
  const reply = await http(host, { headers: { ...JSON_HEADERS, authorization }, body: initialize(capabilities) });
  assert.equal(reply.status, 200, reply.text);
  return String(reply.headers["mcp-session-id"]);
}

function send(host: TestHost, id: string, options: { token?: string; version?: string; method?: string } = {}) {
  const params = { name: "seen", arguments: {} };
  const headers = {
    ...JSON_HEADERS,
    authorization: `Bearer ${options.token ?? TOKEN}`,
    "mcp-session-id": id,
    "mcp-protocol-version": options.version ?? "2025-11-25",
  };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/call", params });
  return http(host, { method: options.method ?? "POST", headers, ...(options.method ? {} : { body }) });
}

async function kill(host: TestHost): Promise<void> {
  host.process.kill("SIGKILL");
  await once(host.process, "exit");
}

describe("sessions that outlive mcp-host", () => {
  test("a client continues after kill -9 and a restart, and the server learns its declaration", async () => {
    const before = await start();
    const id = await open(before, { roots: { listChanged: true } });
    assert.match(id, /^[\w-]{32,2048}$/);
    await kill(before);
    const after = await start();
    try {
      const reply = await send(after, id);
      assert.equal(reply.status, 200, reply.text);
      const seen = JSON.parse(textOf(reply.messages.at(-1) ?? { jsonrpc: "2.0" }));
      assert.deepEqual(seen.initializeParams.capabilities, { roots: { listChanged: true } });
      assert.equal(seen.received[0].method, "notifications/initialized");
      const again = await send(after, id);
      assert.equal(again.status, 200);
      assert.equal(((await status(after, { authorization })).sessions as { count: number }).count, 1);
    } finally {
      await after.close();
    }
  });

  test("a session's GET stream resumes with an event id of the previous process", async () => {
    const before = await start();
    const id = await open(before);
    await kill(before);
    const after = await start();
    try {
      const client = Object.assign(Object.create(Client.prototype) as Client, {
        host: after,
        version: "2025-11-25",
        id,
      });
      const stream = client.listen({ authorization, "last-event-id": "0-17" });
      await stream.opened;
      assert.equal(stream.status, 200);
      const changed = (kind: string) => `notifications/${kind}/list_changed`;
      // Messages sent before the client returned are lost, so the client is told once to fetch the lists again.
      await stream.until((message) => message.method === changed("resources"));
      stream.drop();
      const again = client.listen({ authorization, "last-event-id": stream.events.at(-1)?.id ?? "" });
      await again.opened;
      const notify = { name: "notify", arguments: { method: changed("prompts") } };
      await client.post({ jsonrpc: "2.0", id: 3, method: "tools/call", params: notify }, { authorization });
      await again.until((message) => message.method === changed("prompts"));
      const methods = [...stream.messages, ...again.messages].map(({ method }) => method);
      assert.deepEqual(methods, ["tools", "resources", "prompts"].map(changed));
      again.drop();
      const call = client.listen({ authorization, "last-event-id": "1-0" });
      await call.opened;
      assert.equal(call.status, 400, "the stream of a call that died with the process cannot be taken up");
    } finally {
      await after.close();
    }
  });

  test("an id gets 404 when forged, of another deployment or token, or of a version no longer supported", async () => {
    const first = await start({ MCP_SESSION_SCOPE: "deployment-1" });
    const id = await open(first);
    await first.close();
    const flipped = `${id.slice(0, 40)}${id[40] === "A" ? "B" : "A"}${id.slice(41)}`;
    const again = await start({ MCP_SESSION_SCOPE: "deployment-1" });
    try {
      for (const forged of [flipped, id.slice(0, -2), `${id}AA`, "A".repeat(64), "A".repeat(3000), "é"]) {
        assert.equal((await send(again, encodeURI(forged))).status, 404);
      }
      const downgraded = await send(again, id, { version: "2025-06-18" });
      assert.equal(downgraded.messages.at(-1)?.error?.code, -32001);
      assert.equal((await send(again, id)).status, 404, "such a session is over");
    } finally {
      await again.close();
    }
    const others: Record<string, string>[] = [
      { MCP_SESSION_SCOPE: "deployment-2" },
      { MCP_SESSION_SCOPE: "deployment-1", MCP_HOST_TOKEN: "other" },
    ];
    for (const env of others) {
      const stranger = await start(env);
      try {
        const reply = await send(stranger, id, { token: env.MCP_HOST_TOKEN ?? TOKEN });
        assert.equal(reply.status, 404);
        assert.equal(reply.messages[0]?.error?.code, -32001);
      } finally {
        await stranger.close();
      }
    }
  });

  test("a session ended by its client stays ended", async () => {
    const host = await start();
    try {
      const ended = await open(host);
      assert.equal((await send(host, ended, { method: "DELETE" })).status, 200);
      assert.equal((await send(host, ended)).status, 404);
      assert.equal((await send(host, ended, { method: "DELETE" })).status, 404);
    } finally {
      await host.close();
    }
  });

  test("a session ended for idleness stays ended", async () => {
    const host = await start({ MCP_IDLE_SESSION_S: "1" });
    try {
      const idle = await open(host);
      await eventually("its end", async () => {
        const { sessions } = await status(host, { authorization });
        return (sessions as { count: number }).count === 0;
      });
      assert.equal((await send(host, idle)).status, 404);
    } finally {
      await host.close();
    }
  });

  test("DELETE ends a session of the previous process without starting a server for it", async () => {
    const before = await start();
    const id = await open(before);
    await kill(before);
    const after = await start({ MCP_MAX_SESSIONS: "1" });
    try {
      assert.equal((await send(after, id, { method: "DELETE" })).status, 200);
      assert.equal((await send(after, id)).status, 404);
      await open(after);
    } finally {
      await after.close();
    }
  });

  test("a session without room gets 503, not 404, and resumes later", async () => {
    const before = await start();
    const id = await open(before);
    await kill(before);
    const after = await start({ MCP_MAX_SESSIONS: "1" });
    try {
      const other = await open(after);
      // An idle session would make room. An open stream keeps this one active.
      const headers = { authorization, "mcp-session-id": other, "mcp-protocol-version": "2025-11-25" };
      const stream = new OpenStream(after, { headers });
      await stream.opened;
      const reply = await send(after, id);
      assert.equal(reply.status, 503);
      assert.match(String(reply.headers["retry-after"]), /^\d+$/);
      await send(after, other, { method: "DELETE" });
      assert.equal((await send(after, id)).status, 200);
    } finally {
      await after.close();
    }
  });

  test("a client that declares too much for a header gets an id valid for this process", async () => {
    const host = await start();
    try {
      const experimental: Record<string, object> = {};
      for (let index = 0; index < 2000; index++) experimental[`${index}-${Math.random()}`] = {};
      const id = await open(host, { experimental });
      assert.equal(Buffer.from(id, "base64url").length, 32);
      assert.equal((await send(host, id)).status, 200);
    } finally {
      await host.close();
    }
  });
});

describe("sessions that a gateway began, without mcp-host", () => {
  const ids = (secret = TOKEN) =>
    new SessionIds({ secret, scope: "deployment-1", maxAgeMs: 604_800_000, clock: systemClock });
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: { roots: {} },
    clientInfo: { name: "g", version: "1" },
  };
  const begin = async () => {
    const env = { MCP_HOST_TOKEN: TOKEN, MCP_SESSION_SCOPE: "deployment-1" };
    const host = await startHost({ mode: "telling", env });
    const id = ids().seal(params, "note of the gateway's");
    assert(id !== null);
    const headers = { authorization, "mcp-session-id": id, "mcp-protocol-version": "2025-11-25" };
    return { host, id, headers: { ...JSON_HEADERS, ...headers } };
  };
  const seenBy = async (host: TestHost, id: string) =>
    JSON.parse(textOf((await send(host, id)).messages.at(-1) ?? { jsonrpc: "2.0" }));

  test("a session continues with its first request, and the server learns its declaration and initialization", async () => {
    const { host, id } = await begin();
    try {
      const seen = await seenBy(host, id);
      assert.deepEqual(seen.initializeParams, params);
      assert.equal(seen.received[0].method, "notifications/initialized");
    } finally {
      await host.close();
    }
  });

  test("a session continues with a stream, which gets all later messages", async () => {
    const { host, id, headers } = await begin();
    try {
      const stream = new OpenStream(host, { headers: { ...headers, accept: "text/event-stream" } });
      await stream.opened;
      assert.equal(stream.status, 200);
      await eventually("the server to be told, for the stream alone", async () => {
        const logs = await http(host, { method: "GET", path: "/logs?follow=0", headers });
        return logs.text.includes("heard notifications/initialized");
      });
      const notify = { name: "notify", arguments: { method: "notifications/tools/list_changed" } };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 3, method: "tools/call", params: notify });
      assert.equal((await http(host, { headers, body })).status, 200);
      await stream.until((message) => message.method === "notifications/tools/list_changed");
      const { received } = await seenBy(host, id);
      const told = received.filter((message: { method: string }) => message.method === "notifications/initialized");
      assert.equal(told.length, 1);
      stream.drop();
    } finally {
      await host.close();
    }
  });

  test("a session continues with any first message, and can end before one", async () => {
    const { host, id, headers } = await begin();
    try {
      for (const message of [
        { method: "notifications/initialized" },
        { method: "notifications/cancelled", params: { requestId: 7 } },
        { id: 5, result: {} },
      ]) {
        const first = ids().make(params);
        const reply = await http(host, {
          headers: { ...headers, "mcp-session-id": first },
          body: JSON.stringify({ jsonrpc: "2.0", ...message }),
        });
        assert.equal(reply.status, 202, reply.text);
        assert.equal((await seenBy(host, first)).initializeParams.clientInfo.name, "g");
      }
      assert.equal((await send(host, id, { method: "DELETE" })).status, 200);
      assert.equal((await send(host, id)).status, 404);
    } finally {
      await host.close();
    }
  });

  test("an id carries a note that only its gateway can read, and ids without a note are unchanged", () => {
    const id = ids().make(params, "digest 42");
    assert.equal(ids().readNote(id), "digest 42");
    assert.deepEqual(ids().open(id), params);
    assert.equal(ids("another secret").readNote(id), null);
    assert.equal(ids().readNote(ids().make(params)), null);
    assert.deepEqual(ids().open(ids().make(params)), params);
    assert.equal(ids().seal(params, "x".repeat(257)), null, "a note is short");
    assert.equal(ids().readNote("A".repeat(64)), null);
    const clock = systemClock;
    const ended = new EndedIds({ file: null, maxAgeMs: 1_000, clock, log: () => {} });
    const other = new SessionIds({ secret: TOKEN, scope: "deployment-1", maxAgeMs: 1_000, clock, ended });
    other.end(id);
    assert.equal(other.readNote(id), null, "what has ended says nothing more");
  });
});

describe("ended session ids", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mcp-host-ended-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("ended ids stay refused after kill -9 and a restart, where a folder can store them", async () => {
    const env = { MCP_SERVER_HOME: folder };
    const before = await start(env);
    const [ended, still] = [await open(before), await open(before)];
    assert.equal((await send(before, ended, { method: "DELETE" })).status, 200);
    await kill(before);
    for (let run = 0; run < 2; run++) {
      const after = await start(env);
      try {
        assert.equal((await send(after, ended)).status, 404);
        assert.equal((await send(after, still)).status, 200);
      } finally {
        await kill(after);
      }
    }
    const stranger = await start({ ...env, MCP_SESSION_SCOPE: "another" });
    await stranger.close();
    const names = (await readdir(folder)).filter((name) => name.startsWith(".ended-sessions"));
    assert.equal(names.length, 2, "each deployment has its own");
  });

  test("ended ids stay refused whatever the server writes in the file's place", async () => {
    const env = { MCP_SERVER_HOME: folder };
    await (await start(env)).close();
    const [name] = await readdir(folder);
    assert(name);
    const file = join(folder, name);
    const plants = [
      () => writeFile(file, `garbage\n${"9".repeat(500)} x\n\0\0\0 half a li`),
      () => symlink("/dev/zero", file),
      () => mkdir(join(file, "folder"), { recursive: true }),
      () => Promise.resolve(execFileSync("/usr/bin/mkfifo", [file])),
    ];
    for (const plant of plants) {
      await rm(file, { recursive: true, force: true });
      await plant();
      const host = await start(env);
      try {
        const id = await open(host);
        assert.equal((await send(host, id, { method: "DELETE" })).status, 200);
        assert.equal((await send(host, id)).status, 404);
      } finally {
        await host.close();
      }
    }
  });

  test("ended ids are dropped when they have expired, and when there are very many", () => {
    const wall = { ms: 1_750_000_000_000 };
    const clock = { monotonicMs: () => 0, wallMs: () => wall.ms };
    const file = join(folder, "ended");
    const run = () => {
      const ended = new EndedIds({ file, maxAgeMs: 10_000, clock, log: (line) => assert.fail(line) });
      const id = (index: number) => `${index}`.padStart(24, "x");
      return { ended, id };
    };
    const first = run();
    for (let index = 0; index < 45_000; index++) first.ended.add(first.id(index), true);
    assert(statSync(file).size < 2_000_000);
    assert.equal(first.ended.has(first.id(44_999)), true);
    assert.equal(first.ended.has(first.id(0)), false);
    first.ended.close();
    wall.ms += 9_000;
    const second = run();
    assert.equal(second.ended.has(second.id(44_999)), true);
    second.ended.add("only for this run of mcp-host", false);
    second.ended.add("for-good".padEnd(24, "-"), true);
    second.ended.close();
    wall.ms += 2_000;
    const third = run();
    assert.equal(third.ended.has(third.id(44_999)), false);
    assert.equal(third.ended.has("only for this run of mcp-host"), false);
    assert.equal(third.ended.has("for-good".padEnd(24, "-")), true);
    third.ended.close();
    assert(statSync(file).size < 100);
  });
});

describe("the age of session ids", () => {
  const make = (wall: { ms: number }) =>
    new SessionIds({
      secret: "s",
      scope: "",
      maxAgeMs: 10_000,
      clock: { monotonicMs: () => 0, wallMs: () => wall.ms },
    });

  test("an id is valid for its maximum age, despite clock jumps", () => {
    const wall = { ms: 1_000_000 };
    const id = make(wall).make({ protocolVersion: "2025-11-25", _meta: { progressToken: 1 } });
    assert.deepEqual(make(wall).open(id), { protocolVersion: "2025-11-25" });
    for (const [jumpMs, good] of [
      [9_999, true],
      [-9_999, true],
      [10_001, false],
      [-10_001, false],
      [-1_000_000, false],
    ] as const) {
      assert.equal(make({ ms: wall.ms + jumpMs }).open(id) !== null, good, String(jumpMs));
    }
  });

  test("ids without a secret are random and invalid in another process", () => {
    const options = { secret: null, scope: "", maxAgeMs: 1, clock: { monotonicMs: () => 0, wallMs: () => 0 } };
    const id = new SessionIds(options).make({ protocolVersion: "2025-11-25" });
    assert.equal(new SessionIds(options).open(id), null);
  });
});
