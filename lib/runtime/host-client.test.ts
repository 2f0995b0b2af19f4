import assert from "node:assert/strict";
import { test } from "node:test";
import { serverSentEvents } from "./host-client.ts";

function body(...chunks: string[]): ReadableStream<Uint8Array> {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return new ReadableStream({
    start(controller) {
      for (const chunk of bytes) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function read(...chunks: string[]) {
  const events: string[] = [];
  for await (const { event, data } of serverSentEvents(body(...chunks), 1_000)) events.push(`${event}=${data}`);
  return events;
}

test("events are read wherever their bytes are cut and however their lines end", async () => {
  const text = ": hello\n\nid: 1\ndata: one\n\ndata:two\ndata: three\r\n\r\nevent: end\rdata: ü\r\rdata: unfinished";
  const expected = ["message=one", "message=two\nthree", "end=ü"];
  assert.deepEqual(await read(text), expected);
  assert.deepEqual(await read(...text), expected);
});

test("an event without end is not kept in memory", async () => {
  await assert.rejects(read(...Array.from({ length: 20 }, () => "data: ".padEnd(100, "x"))), /too large/);
  await assert.rejects(read(...Array.from({ length: 20 }, () => `${"data: ".padEnd(100, "x")}\n`)), /too large/);
});
