import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readOutcome, readProgress } from "./tool-result.ts";

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const result = (...content: unknown[]) => readOutcome({ jsonrpc: "2.0", id: 1, result: { content } });
const first = (...content: unknown[]) => {
  const outcome = result(...content);
  assert.equal(outcome.kind, "result");
  return outcome.kind === "result" ? outcome.parts[0] : undefined;
};

describe("readOutcome", () => {
  test("distinguishes text, images, audio, links and resources", () => {
    assert.deepEqual(first({ type: "text", text: "<b>hi</b>" }), { kind: "text", text: "<b>hi</b>" });
    assert.deepEqual(first({ type: "image", data: pixel, mimeType: "image/PNG" }), {
      kind: "image",
      source: `data:image/png;base64,${pixel}`,
      mimeType: "image/png",
      bytes: Buffer.from(pixel, "base64").length,
    });
    assert.equal(first({ type: "audio", data: "AAAA", mimeType: "audio/wav" })?.kind, "audio");
    assert.deepEqual(first({ type: "resource_link", uri: "https://example.com/a", name: "a" }), {
      kind: "link",
      uri: "https://example.com/a",
      name: "a",
      description: null,
      mimeType: null,
    });
    assert.deepEqual(first({ type: "resource", resource: { uri: "demo://1", text: "ü", mimeType: "text/plain" } }), {
      kind: "resource",
      uri: "demo://1",
      mimeType: "text/plain",
      text: "ü",
      bytes: 2,
    });
    assert.equal(
      first({ type: "resource", resource: { uri: "demo://2", blob: pixel, mimeType: "image/png" } })?.kind,
      "image",
    );
  });

  test("shows media with invalid data as JSON and never as a URL", () => {
    const hostile = [
      { type: "image", data: pixel, mimeType: "text/html" },
      { type: "image", data: "javascript:alert(1)", mimeType: "image/png" },
      { type: "image", data: `${pixel}" onload="x`, mimeType: "image/png" },
      { type: "image", data: pixel, mimeType: "image/png,<script>" },
      { type: "image", data: "", mimeType: "image/png" },
      { type: "audio", data: pixel, mimeType: "image/png" },
      { type: "image" },
      { type: "new-kind", x: 1 },
      "text",
      null,
    ];
    for (const item of hostile) assert.equal(first(item)?.kind, "unknown", JSON.stringify(item));
  });

  test("keeps isError, structured content and missing content", () => {
    assert.deepEqual(readOutcome({ result: { isError: true, content: [], structuredContent: { a: 1 } } }), {
      kind: "result",
      isError: true,
      parts: [],
      structured: '{\n  "a": 1\n}',
    });
    assert.deepEqual(readOutcome({ result: {} }), { kind: "result", isError: false, parts: [], structured: null });
  });

  test("distinguishes a JSON-RPC error from a result", () => {
    assert.deepEqual(readOutcome({ error: { code: -32602, message: "bad", data: [1] } }), {
      kind: "protocol-error",
      code: -32602,
      message: "bad",
      data: "[\n  1\n]",
    });
    assert.equal(readOutcome(null).kind, "unreadable");
    assert.equal(readOutcome({ result: 3 }).kind, "unreadable");
  });

  test("shows 200 items and says how many more there are", () => {
    const outcome = result(...Array.from({ length: 5_000 }, () => ({ type: "text", text: "x" })));
    assert.equal(outcome.kind === "result" && outcome.parts.length, 201);
  });
});

test("readProgress accepts progress with and without a total", () => {
  const message = (params: unknown) => ({ jsonrpc: "2.0", method: "notifications/progress", params });
  assert.deepEqual(readProgress(message({ progress: 2, total: 5 })), { fraction: 0.4, text: "2 of 5" });
  assert.deepEqual(readProgress(message({ progress: 9, total: 5, message: "almost" })), {
    fraction: 1,
    text: "almost (9 of 5)",
  });
  assert.deepEqual(readProgress(message({ progress: 3 })), { fraction: null, text: "3" });
  assert.equal(readProgress(message({ progress: "3" })), null);
  assert.equal(readProgress({ method: "notifications/message", params: { progress: 1 } }), null);
});
