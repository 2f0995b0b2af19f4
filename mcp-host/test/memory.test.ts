import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { collectWhenIdle } from "../src/util/idle-gc.ts";
import { SlotTable } from "../src/util/slot-table.ts";
import { Random } from "./chaos/random.ts";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { startHost, type TestHost } from "./testing/host-process.ts";
import { status } from "./testing/http.ts";

const heapFixture = new URL("./fixtures/heap.ts", import.meta.url);
const heapEnv = { NODE_OPTIONS: `--max-semi-space-size=2 --import=${heapFixture}` };

/** Returns the size of the old generation in bytes, before and after a full collection. */
async function collect(host: TestHost): Promise<{ beforeBytes: number; afterBytes: number }> {
  const { stderr } = host.process;
  assert(stderr);
  const said = once(stderr, "data");
  host.process.kill("SIGUSR2");
  const [chunk] = (await said) as [Buffer];
  return JSON.parse(chunk.toString().replace(/^heap /, ""));
}

/** Does something so many times, sixteen at once. */
async function many(count: number, work: (worker: number) => Promise<unknown>): Promise<void> {
  let left = count;
  const worker = async (_: unknown, index: number) => {
    while (left-- > 0) await work(index);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

describe("memory after clients are gone", () => {
  // A call and its HTTP request take some 5 KB. An answered stream keeps its event, for Last-Event-ID.
  for (const { answer, accept, maxBytes } of [
    { answer: "JSON", accept: "application/json, text/event-stream", maxBytes: 1_000 },
    { answer: "an event stream", accept: "text/event-stream", maxBytes: 2_500 },
  ]) {
    test(`calls answered with ${answer} die young, where they cost nothing to collect`, async (t) => {
      const host = await startHost({ env: heapEnv });
      t.after(() => host.close());
      const clients = await Promise.all(Array.from({ length: 16 }, () => Client.open(host)));
      const params = { name: "echo", arguments: { message: "m" } };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
      // Over kept connections, whose own memory would be more than that of what is looked for.
      const call = async (at: number) => {
        const headers = { ...clients[at]?.headers, accept };
        const response = await fetch(`${host.url}/mcp`, { method: "POST", headers, body });
        assert.match(await response.text(), /"result"/);
      };
      await many(1_000, call);
      // V8's own work, once, can fall into one measurement. What a call leaves behind is in all of them.
      const left: number[] = [];
      while (left.length < 3 && Math.min(...left) >= 1_000 * maxBytes) {
        await many(1_000, call);
        const { afterBytes } = await collect(host);
        await many(1_000, call);
        left.push((await collect(host)).beforeBytes - afterBytes);
      }
      assert(Math.min(...left) < 1_000 * maxBytes, `1,000 calls left ${left.join(", then ")} bytes`);
    });
  }

  test("abandoned sessions leave next to nothing", async (t) => {
    const host = await startHost({ env: { ...heapEnv, MCP_IDLE_SESSION_S: "2", MCP_MAX_SESSIONS: "1000" } });
    t.after(() => host.close());
    const abandon = async (count: number) => {
      await many(count, async () => (await Client.open(host)).call("echo", { message: "m" }));
      await eventually("they have ended", async () => {
        const { sessions } = (await status(host)) as { sessions: { count: number } };
        return sessions.count === 0;
      });
      return (await collect(host)).afterBytes;
    };
    const first = await abandon(300);
    const left = (await abandon(600)) - first;
    assert(left < 1_000_000, `600 sessions left ${left} bytes`);
  });

  test("memory is collected once after an idle period, and again after new activity", (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const collected: unknown[] = [];
    const { gc } = globalThis;
    t.after(() => {
      globalThis.gc = gc;
    });
    globalThis.gc = ((options: unknown) => collected.push(options)) as unknown as NodeJS.GCFunction;
    let requests = 0;
    collectWhenIdle(() => String(requests));
    const pass = (times: number) => {
      for (let time = 0; time < times; time++) t.mock.timers.tick(5_000);
    };
    pass(10);
    assert.equal(collected.length, 0, "nothing has happened yet");
    for (; requests < 10; requests++) pass(1);
    assert.equal(collected.length, 0, "there is always something happening");
    pass(10);
    assert.deepEqual(collected, [{ type: "major", execution: "async", flavor: "last-resort" }]);
    requests++;
    pass(10);
    assert.equal(collected.length, 2);
  });
});

describe("SlotTable", () => {
  test("the table behaves like a Map, with ids that rise and never repeat", () => {
    const random = new Random(7);
    const table = new SlotTable<string>();
    const model = new Map<number, string>();
    let lastId = 0;
    for (let step = 0; step < 20_000; step++) {
      // It swells and shrinks, and what was put in first stays throughout.
      const wanted = step % 4_000 < 2_000 ? 0.6 : 0.4;
      if (step === 0 || random.next() < wanted) {
        const id = table.nextId();
        assert(id > lastId, `${id} after ${lastId}`);
        lastId = id;
        table.set(id, `item ${id}`);
        model.set(id, `item ${id}`);
      } else {
        const ids = [...model.keys()].slice(1);
        const id = ids[random.below(ids.length)] ?? 0;
        assert.equal(table.delete(id), model.delete(id));
        assert.equal(table.get(id), undefined);
        assert.equal(table.delete(id), false);
      }
      assert.equal(table.size, model.size);
    }
    assert.deepEqual(table.values(), [...model.values()]);
    for (const [id, item] of model) assert.equal(table.get(id), item);
    for (const id of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN, lastId + 1]) assert.equal(table.get(id), undefined);
  });

  test("the table accepts ids that were issued long before their use", () => {
    const table = new SlotTable<number>();
    const ids = Array.from({ length: 300 }, () => table.nextId());
    for (const id of ids) table.set(id, id);
    assert.deepEqual(table.values(), ids);
    for (const id of ids) assert(table.delete(id));
    assert.equal(table.size, 0);
    assert.deepEqual(table.values(), []);
  });
});
