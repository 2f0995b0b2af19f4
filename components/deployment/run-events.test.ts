import assert from "node:assert/strict";
import { test } from "node:test";
import { type RunEvent, readRunEvents } from "./run-events.ts";

const done = { type: "done", request: null, response: { text: "grüße 🎈" }, durationMs: 3 };
const message = { type: "message", message: { method: "notifications/progress" } };

function streamOf(chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function eventsOf(stream: ReadableStream<Uint8Array>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of readRunEvents(stream)) events.push(event);
  return events;
}

test("readRunEvents yields whole events wherever the network splits them, and skips empty lines", async () => {
  const bytes = new TextEncoder().encode(`\n${JSON.stringify(message)}\n\n${JSON.stringify(done)}\n`);
  for (let size = 1; size < 12; size += 1) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.slice(index * size, (index + 1) * size),
    );
    assert.deepEqual(await eventsOf(streamOf(chunks)), [message, done], `chunks of ${size}`);
  }
});

test("readRunEvents accepts a last line without a newline and rejects one that is not JSON", async () => {
  const encode = (text: string) => streamOf([new TextEncoder().encode(text)]);
  assert.deepEqual(await eventsOf(encode(JSON.stringify(done))), [done]);
  await assert.rejects(eventsOf(encode('{"type":"mess')), SyntaxError);
});

test("readRunEvents cancels the stream when the caller stops early", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
    },
    cancel() {
      cancelled = true;
    },
  });
  for await (const event of readRunEvents(endless)) {
    assert.equal(event.type, "message");
    break;
  }
  assert.ok(cancelled);
});
