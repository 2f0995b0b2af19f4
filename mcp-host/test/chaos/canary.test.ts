import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../testing/client.ts";
import { startHost, type TestHost } from "../testing/host-process.ts";
import { textOf } from "../testing/rpc.ts";
import { type Caller, LegacyCaller, ModernCaller } from "./caller.ts";
import { chooseSeed, Random } from "./random.ts";

// Sessions under load, each with a mark of its own in all that it sends: none may ever receive another's.

const KINDS = ["echo", "echo", "echo", "large", "progress", "log", "ask", "error"] as const;

function markOf(index: number): string {
  return `canary-${index}-`;
}

/** Throws when a text holds a mark other than the one of this index. */
function onlyOwn(index: number): (text: string) => void {
  return (text) => {
    for (const [mark] of text.matchAll(/canary-\d+-/g)) {
      assert.equal(mark, markOf(index), `the client of ${markOf(index)} received ${text.slice(0, 2000)}`);
    }
  };
}

interface Load {
  calls: number;
  /** Requires that each server-initiated request reaches its client. On shared processes it may be refused, but never misdelivered. */
  asksAreAnswered: boolean;
  seed: number;
}

/** Makes calls of all kinds, two at a time, with the ids and progress tokens that all the others use as well. */
async function runLoad(caller: Caller, index: number, { calls, asksAreAnswered, seed }: Load): Promise<void> {
  const random = new Random(seed + index);
  const canary = markOf(index);
  let id = 0;
  const lane = async () => {
    while (id < calls) {
      const own = { id: id++ };
      const kind = random.pick(KINDS);
      const message = `${canary}${own.id}`;
      if (kind === "echo") {
        assert.equal(textOf(await caller.call({ ...own, name: "echo", args: { message } })), message);
      } else if (kind === "large") {
        const large = `${message} ${"x".repeat(random.below(40_000))}`;
        assert.equal(textOf(await caller.call({ ...own, name: "echo", args: { message: large } })), large);
      } else if (kind === "progress") {
        const args = { steps: 3, ms: 0, canary: message };
        const response = await caller.call({ ...own, name: "progress", args, progressToken: `token-${own.id}` });
        assert.equal(textOf(response), `done ${message}`);
      } else if (kind === "log") {
        const args = { method: "notifications/message", params: { level: "error", data: message } };
        assert.equal(textOf(await caller.call({ ...own, name: "notify", args })), "sent");
      } else if (kind === "ask") {
        const args = { method: "elicitation/create", params: { message } };
        const answer = textOf(await caller.call({ ...own, name: "ask", args }));
        const answered = answer.includes(`"reply":"${canary}reply"`);
        assert(answered || (!asksAreAnswered && answer.includes('"error"')), answer);
      } else {
        const response = await caller.call({ ...own, name: `no-such-tool-${canary}`, args: {} });
        assert.equal(response.error?.code, -32601);
      }
    }
  };
  await Promise.all([lane(), lane()]);
}

async function legacyCaller(host: TestHost, index: number): Promise<Caller> {
  const client = await Client.open(host, { capabilities: { elicitation: {} } });
  return new LegacyCaller(client, onlyOwn(index), `${markOf(index)}reply`);
}

test("32 clients of both eras make 10,000 calls on shared processes, and none receives another's data", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`CHAOS_SEED=${seed}`);
  const host = await startHost();
  t.after(() => host.close());
  const callers = await Promise.all(
    Array.from({ length: 32 }, async (_, index) =>
      index % 4 === 3 ? new ModernCaller(host, `client-${index}`, onlyOwn(index)) : legacyCaller(host, index),
    ),
  );
  const streams = await Promise.all(callers.slice(0, 3).map(() => Client.open(host).then((client) => client.listen())));
  await Promise.all(
    callers.map((caller, index) => runLoad(caller, index, { calls: 313, asksAreAnswered: false, seed })),
  );
  for (const stream of streams) {
    assert.equal(stream.ended, false);
    assert.deepEqual(stream.messages, [], "a session that made no call was sent something");
    stream.drop();
  }
});

test("8 clients with a process each make 800 calls, and every server-initiated request reaches its own client", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`CHAOS_SEED=${seed}`);
  const host = await startHost({ env: { MCP_ISOLATION: "session", MCP_MAX_SERVER_MEMORY_MB: "100000" } });
  t.after(() => host.close());
  const callers: Caller[] = [];
  for (let index = 0; index < 8; index++) callers.push(await legacyCaller(host, index));
  await Promise.all(
    callers.map((caller, index) => runLoad(caller, index, { calls: 100, asksAreAnswered: true, seed })),
  );
});
