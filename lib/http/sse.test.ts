import assert from "node:assert/strict";
import { test } from "node:test";
import { formatEvent, parseEvents, type ServerSentEvent } from "./sse.ts";

const encoder = new TextEncoder();

async function read(chunks: (string | Uint8Array)[], maxCharacters = 1_000): Promise<ServerSentEvent[]> {
  async function* body() {
    for (const chunk of chunks) yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
  }
  const events: ServerSentEvent[] = [];
  for await (const event of parseEvents(body(), { maxCharacters })) events.push(event);
  return events;
}

test("events are read wherever their bytes are cut and however their lines end", async () => {
  const text =
    ": hello\n\nid: 1\ndata: one\n\ndata:two\ndata: three\r\n\r\nevent: end\rdata: ü\r\rid: 7\ndata:\n\ndata: unfinished";
  const expected = [
    { event: "message", id: "1", data: "one" },
    { event: "message", id: null, data: "two\nthree" },
    { event: "end", id: null, data: "ü" },
    { event: "message", id: "7", data: "" },
  ];
  const bytes = encoder.encode(text);
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.slice(i * size, (i + 1) * size),
    );
    assert.deepEqual(await read(pieces), expected, `in pieces of ${size}`);
  }
});

test("a formatted event parses back unchanged", async () => {
  const events = [
    { data: "{}" },
    { event: "progress", data: '{"label":"für"}' },
    { event: "end", id: "9-1", data: "1" },
  ];
  assert.deepEqual(
    await read(events.map(formatEvent)),
    events.map((event) => ({ event: "message", id: null, ...event })),
  );
});

test("an event without an end is refused before it fills memory", async () => {
  await assert.rejects(read(Array.from({ length: 20 }, () => "data: ".padEnd(100, "x"))), /too large/);
  await assert.rejects(read(Array.from({ length: 20 }, () => `${"data: ".padEnd(100, "x")}\n`)), /too large/);
});

test("a reader that stops early cancels the body", async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(encoder.encode("data: more\n\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  for await (const { data } of parseEvents(body, { maxCharacters: 100 })) {
    assert.equal(data, "more");
    break;
  }
  assert.equal(isCancelled, true);
});
