import { writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { REPLY_FD, type Reply, type Request } from "../messages.ts";

// Stands in for the program that reads sources once a source has got the better of it. The name of the package says how.

const MEBIBYTE = 1024 * 1024;
const folder = tmpdir();
const limits = { maxMemoryBytes: 300 * MEBIBYTE, maxFolderBytes: 20 * MEBIBYTE, folder };
new Worker(new URL("../watchdog.ts", import.meta.url), { workerData: limits });

createInterface({ input: process.stdin }).on("line", (line) => {
  const request: Request = JSON.parse(line);
  if (request.type === "read" && request.source.kind === "npm") act(request.source.name);
});
send({ type: "ready" });

function send(reply: Reply): void {
  writeSync(REPLY_FD, `${JSON.stringify(reply)}\n`);
}

function act(name: string): void {
  const kept: unknown[] = [];
  if (name === "holds-the-loop") for (;;) kept.length = 0;
  if (name === "fills-the-heap") for (;;) kept.push(new Array(1_000).fill(Math.random()));
  if (name === "fills-buffers") for (;;) kept.push(Buffer.alloc(MEBIBYTE, 1));
  if (name === "fills-the-disk")
    for (let count = 0; ; count += 1) writeFileSync(join(folder, String(count % 1_000)), Buffer.alloc(MEBIBYTE));
  if (name === "talks-without-end")
    for (;;) send({ type: "progress", event: { step: "x", label: "x".repeat(400), status: "running" } });
  if (name === "talks-nonsense") writeSync(REPLY_FD, '{"type":"read","draft":{"kind":"root"}}\n');
  if (name === "exits") process.exit(3);
  if (name === "refuses") send({ type: "refused", code: "source_not_found", message: "It is not there.", hint: null });
}
