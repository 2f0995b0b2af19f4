import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogLine } from "../../lib/runtime/runtime.ts";
import {
  appendLines,
  EMPTY_LOG_BUFFER,
  formatLog,
  MAX_BUFFERED_LINES,
  markReopened,
  parseLogLine,
  toPlainLine,
} from "./log-buffer.ts";

const at = (ms: number) => new Date(1_763_800_000_000 + ms).toISOString();
const line = (ms: number, text: string, stream: LogLine["stream"] = "stderr"): LogLine => ({
  time: at(ms),
  stream,
  line: text,
});
const texts = (buffer: { lines: LogLine[] }) => buffer.lines.map((each) => each.line);

test("a reopened stream shows no replayed line twice and loses no new line", () => {
  const kept = [line(1, "a"), line(2, "b"), line(2, "c")];
  const before = appendLines(EMPTY_LOG_BUFFER, kept);
  const after = appendLines(markReopened(before), [
    ...kept,
    line(2, "same moment, new"),
    line(3, "d"),
    line(1, "clock went back"),
  ]);
  assert.deepEqual(texts(after), ["a", "b", "c", "same moment, new", "d", "clock went back"]);
  assert.equal(new Set(after.lines.map((each) => each.id)).size, after.lines.length);
});

test("two equal lines are both shown", () => {
  assert.deepEqual(texts(appendLines(appendLines(EMPTY_LOG_BUFFER, [line(1, "x")]), [line(1, "x")])), ["x", "x"]);
});

test("the buffer keeps 2,000 lines and counts the dropped ones", () => {
  const many = Array.from({ length: MAX_BUFFERED_LINES + 5 }, (_, index) => line(index, String(index)));
  const buffer = appendLines(EMPTY_LOG_BUFFER, many);
  assert.equal(buffer.lines.length, MAX_BUFFERED_LINES);
  assert.equal(buffer.droppedCount, 5);
  assert.equal(buffer.lines[0]?.line, "5");
});

test("toPlainLine removes terminal sequences and control characters and cuts long lines", () => {
  assert.equal(toPlainLine("\u001b[1;31mred\u001b[0m \u001b]0;title\u0007after\u0000\r\u009b"), "red after");
  assert.equal(toPlainLine("tab\there"), "tab\there");
  assert.equal(toPlainLine("x".repeat(1_000_000)).length, 4_002);
  assert.equal(toPlainLine(`\u001b]${"y".repeat(200_000)}`).length <= 4_002, true);
});

test("parseLogLine returns null for anything but a log line", () => {
  assert.deepEqual(parseLogLine(JSON.stringify(line(1, "a"))), line(1, "a"));
  for (const data of [
    "",
    "null",
    "[]",
    "{}",
    '{"time":1,"stream":"stderr","line":"x"}',
    '{"time":"t","stream":"evil","line":"x"}',
  ]) {
    assert.equal(parseLogLine(data), null, data);
  }
});

test("formatLog writes one line of text for each log line", () => {
  assert.equal(formatLog([line(0, "a"), line(1, "b", "host")]), `${at(0)} stderr a\n${at(1)} host   b\n`);
});
