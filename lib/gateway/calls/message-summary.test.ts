import assert from "node:assert/strict";
import { test } from "node:test";
import { SseObserver } from "../http/sse-observer.ts";
import { readTrailingId, summarize } from "./message-summary.ts";

test("a truncated message yields a prefix of its summary, never another one", () => {
  const message = {
    method: "tools/call",
    params: {
      _meta: { progressToken: 3, "io.modelcontextprotocol/clientInfo": { name: "c", version: "1" } },
      name: 'a "quoted\\" name',
      arguments: { name: "inner", id: 99, method: "inner", uri: "inner", list: [{ name: "x" }, null, true, -1.5e3] },
    },
    jsonrpc: "2.0",
    id: "the-id",
  };
  for (const indent of [0, 2]) {
    const text = JSON.stringify(message, null, indent);
    for (let length = 0; length <= text.length; length++) {
      const summary = summarize(text.slice(0, length));
      assert([null, message.method].includes(summary.method));
      assert([null, message.params.name].includes(summary.target));
      assert([null, message.id].includes(summary.id as string | null));
      assert([null, "c", "c 1"].includes(summary.client));
    }
    const whole = summarize(text);
    assert.equal(whole.kind, "request");
    assert.equal(whole.id, "the-id");
    assert.equal(whole.target, message.params.name);
    assert.equal(whole.client, "c 1");
  }
});

test("anything but a message is unreadable, whatever its shape", () => {
  const nonsense = [
    "",
    "null",
    "17",
    '"x"',
    "{",
    "{]",
    "{{{{",
    '{"id"',
    '{"id":}',
    '{"id":1}',
    "}{",
    "\u0000",
    '{"a":tru e}',
  ];
  for (const text of [...nonsense, `{"a":${"[".repeat(60_000)}`, "\\".repeat(1000)]) {
    assert.equal(summarize(text).kind, "unreadable", text.slice(0, 20));
  }
  assert.equal(summarize('{"method":5,"id":{"a":1}}').method, null);
  assert.equal(summarize('{"__proto__":{"id":1},"constructor":{"name":"x"},"method":"m","id":2}').id, 2);
  assert.equal(
    summarize('{"jsonrpc":"2.0","id":12345678901234567890,"method":"m"}').id,
    null,
    "it would be another id",
  );
});

test("the id at the end of a long message counts only at its top level", () => {
  assert.equal(readTrailingId('…long"}},"jsonrpc":"2.0","id":7}'), 7);
  assert.equal(readTrailingId('…long"}},"id":"a\\"b","jsonrpc":"2.0"}\n'), 'a"b');
  assert.equal(readTrailingId('…"arguments":{"id":7}}}'), null);
  assert.equal(readTrailingId('…"text":"x,\\"id\\":7}'), null);
  assert.equal(readTrailingId('…"text":"{\\"id\\":7}"}'), null);
  assert.equal(readTrailingId('…"other-id":7}'), null);
  assert.equal(readTrailingId('…"id":null}'), null);
  assert.equal(readTrailingId('…"id":12345678901234567890}'), null);
});

test("an event stream is understood wherever it is split", () => {
  const answer = { result: { text: 'ä "result" \\n', error: { code: 5 } }, jsonrpc: "2.0", id: 4 };
  for (const [newline, response, code] of [
    ["\n", answer, null],
    ["\r\n", answer, null],
    ["\n", { jsonrpc: "2.0", id: 4, error: { message: "no", code: -32603 } }, -32603],
  ] as const) {
    const lines = [
      ": ok",
      "",
      "id: 1",
      "data:",
      "",
      'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"result":1,"error":{"code":9}}}',
      "",
      "event: message",
      "id: 2",
      `data: ${JSON.stringify(response)}`,
      "",
      "",
    ];
    const bytes = Buffer.from(lines.join(newline));
    for (const size of [1, 2, 3, 7, 50, bytes.length]) {
      const observer = new SseObserver(4);
      assert.equal(observer.isAtBoundary, true);
      for (let at = 0; at < bytes.length; at += size) {
        assert.equal(observer.hasResponse, false);
        observer.push(bytes.subarray(at, at + size));
      }
      assert.equal(observer.hasResponse, true);
      assert.equal(observer.errorCode, code);
      assert.equal(observer.isAtBoundary, true);
      observer.push(Buffer.from("data: x"));
      assert.equal(observer.isAtBoundary, false);
    }
  }
});

test("another request's answer, or a server's request, is not the call's answer", () => {
  const observer = new SseObserver(4);
  observer.push(Buffer.from('data: {"jsonrpc":"2.0","id":5,"result":{}}\n\n'));
  observer.push(
    Buffer.from('data: {"jsonrpc":"2.0","id":4,"method":"sampling/createMessage","params":{"result":{}}}\n\n'),
  );
  assert.equal(observer.hasResponse, false);
});
