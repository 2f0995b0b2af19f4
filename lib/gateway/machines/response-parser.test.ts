import assert from "node:assert/strict";
import { test } from "node:test";
import { ResponseFormatError, type ResponseHead, ResponseParser } from "./response-parser.ts";

interface Parsed {
  heads: ResponseHead[];
  body: string;
  ended: number;
}

/** Parses bytes that arrive in parts of a size; `end` says whether the connection ends after them. */
function parse(text: string, partBytes = Number.POSITIVE_INFINITY, end = false): Parsed {
  const parsed: Parsed = { heads: [], body: "", ended: 0 };
  const parser = new ResponseParser({
    onHead: (head) => parsed.heads.push(head),
    onData: (chunk) => {
      parsed.body += chunk.toString("latin1");
    },
    onEnd: () => parsed.ended++,
  });
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += partBytes) parser.push(bytes.subarray(at, at + partBytes));
  if (end) parser.end();
  return parsed;
}

const head = (...lines: string[]) => `${lines.map((line) => `${line}\r\n`).join("")}\r\n`;

test("a response is the same however its bytes are cut", () => {
  const texts = [
    `${head("HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Length: 5")}{"a"}`,
    `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}5;x=y\r\nhello\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n`,
    `${head("HTTP/1.1 103 Early Hints", "Link: </x>")}${head("HTTP/1.1 204 No Content", "X-One: 1")}`,
    `${head("HTTP/1.1 200", "Connection: keep-alive, X-Other", "content-length: 3", "x-two: a", "X-Two: b")}\r\n!`,
  ];
  for (const text of texts) {
    const whole = parse(text);
    assert.equal(whole.ended, 1, text);
    for (const size of [1, 2, 3, 7, 50]) assert.deepEqual(parse(text, size), whole, text);
  }
  assert.equal(parse(texts[1] ?? "").body, "hello0123456789");
  assert.deepEqual(parse(texts[3] ?? "").heads[0]?.headers["x-two"], "a, b");
});

test("the chunks that arrive together are handed on in one piece, and those before a fault too", () => {
  const start = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked");
  const read = (...reads: string[]) => {
    const pieces: string[] = [];
    const parser = new ResponseParser({
      onHead: () => {},
      onData: (chunk) => pieces.push(chunk.toString("latin1")),
      onEnd: () => pieces.push("end"),
    });
    for (const text of reads) parser.push(Buffer.from(text, "latin1"));
    return { pieces, parser };
  };
  assert.deepEqual(read(`${start}2\r\nab\r\n3\r\ncde\r\n1\r\nf`, "\r\n2;x=y\r\ngh\r\n0\r\n\r\n").pieces, [
    "abcdef",
    "gh",
    "end",
  ]);
  const { pieces, parser } = read(start);
  assert.throws(() => parser.push(Buffer.from("2\r\nab\r\n2\r\ncd\r\nnone\r\n")), ResponseFormatError);
  assert.deepEqual(pieces, ["abcd"]);
});

test("a response without a length ends with its connection", () => {
  const text = `${head("HTTP/1.1 200 OK", "Content-Type: text/event-stream")}data: x\n\n`;
  assert.equal(parse(text).ended, 0);
  const { ended, body, heads } = parse(text, 4, true);
  assert.deepEqual([ended, body, heads[0]?.isKeptAlive], [1, "data: x\n\n", false]);
});

test("a connection is kept only where both ends know that it is", () => {
  const keeps = (...lines: string[]) => parse(`${head(...lines)}x`).heads[0]?.isKeptAlive;
  assert.equal(keeps("HTTP/1.1 200 OK", "Content-Length: 1"), true);
  assert.equal(keeps("HTTP/1.0 200 OK", "Content-Length: 1"), false);
  assert.equal(keeps("HTTP/1.1 200 OK", "Content-Length: 1", "Connection: Close"), false);
  assert.equal(keeps("HTTP/1.1 200 OK", "Content-Length: 1", "Connection: x, close"), false);
});

test("the parser refuses bytes that arrive together with a whole response and are not its own", () => {
  for (const framing of ["Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]) {
    assert.throws(() => parse(`HTTP/1.1 200 OK\r\n${framing}HTTP`), ResponseFormatError);
  }
});

const REFUSED = {
  "two lengths": head("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 2"),
  "a negative length": head("HTTP/1.1 200 OK", "Content-Length: -2"),
  "a length and chunks": head("HTTP/1.1 200 OK", "Content-Length: 2", "Transfer-Encoding: chunked"),
  "another transfer encoding": head("HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked"),
  "a folded line": head("HTTP/1.1 200 OK", "X-One: 1", " and more"),
  "a space before the colon": head("HTTP/1.1 200 OK", "Content-Length : 2"),
  "a line without a colon": head("HTTP/1.1 200 OK", "Content-Length"),
  "a bare line feed in a header": "HTTP/1.1 200 OK\r\nX-One: 1\nX-Two: 2\r\n\r\n",
  "a null in a header": head("HTTP/1.1 200 OK", "X-One: a\0b"),
  "another protocol": "SSH-2.0-OpenSSH_9.2\r\n\r\n",
  "another version": head("HTTP/2 200"),
  "a changed protocol": head("HTTP/1.1 101 Switching Protocols"),
  "interim responses without end": head("HTTP/1.1 100 Continue").repeat(17),
  "a head without end": `HTTP/1.1 200 OK\r\nX-One: ${"x".repeat(17 * 1024)}`,
  "a chunk without a size": `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}\r\n`,
  "a chunk of no hexadecimal size": `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}0x5\r\n`,
  "a chunk that is longer than it says": `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}1\r\nab\r\n`,
  "a size line with a bare line feed": `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}1\nab`,
  "a size line without end": `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}1;${"x".repeat(5_000)}`,
  "trailers without end": `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}0\r\n${`X: ${"x".repeat(1_000)}\r\n`.repeat(20)}`,
};

for (const [what, text] of Object.entries(REFUSED)) {
  test(`the parser refuses ${what}`, () => {
    for (const size of [1, 10, Number.POSITIVE_INFINITY]) assert.throws(() => parse(text, size), ResponseFormatError);
  });
}
