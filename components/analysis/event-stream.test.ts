import assert from "node:assert/strict";
import { test } from "node:test";
import { readEventStream, type ServerSentEvent } from "./event-stream.ts";

function bodyOf(chunks: Uint8Array[], onCancel: () => void = () => {}): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk) controller.enqueue(new Uint8Array(chunk));
      else controller.close();
    },
    cancel: onCancel,
  });
}

test("events come whole, however the bytes were cut", async () => {
  const bytes = new TextEncoder().encode(
    ': ok\n\nevent: progress\ndata: {"label":"für"}\n\ndata: one\ndata: two\n\nevent: result\ndata: {}\n\nevent: cut\ndata: off',
  );
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.slice(i * size, (i + 1) * size),
    );
    const events: ServerSentEvent[] = [];
    for await (const event of readEventStream(bodyOf(chunks))) events.push(event);
    assert.deepEqual(
      events,
      [
        { event: "progress", data: '{"label":"für"}' },
        { event: "message", data: "one\ntwo" },
        { event: "result", data: "{}" },
      ],
      `in pieces of ${size}`,
    );
  }
});

test("a reader that stops early cancels the body", async () => {
  let isCancelled = false;
  const endless = Array.from({ length: 50 }, () => new TextEncoder().encode("data: more\n\n"));
  const body = bodyOf(endless, () => {
    isCancelled = true;
  });
  for await (const { data } of readEventStream(body)) {
    assert.equal(data, "more");
    break;
  }
  assert.equal(isCancelled, true);
});
