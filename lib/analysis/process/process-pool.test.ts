import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AppError } from "../../errors/app-error.ts";
import { parseSource } from "../source.ts";
import { startGitHubServer } from "../testing/github-server.ts";
import type { ReadTask } from "./analysis-process.ts";
import { closeAnalysis, readInProcess } from "./process-pool.ts";

Object.assign(process.env, {
  DATABASE_URL: "postgres://localhost/unused",
  ENCRYPTION_KEY: Buffer.alloc(32, 1).toString("base64"),
  NEXTAUTH_SECRET: "x".repeat(32),
});
const held = Promise.withResolvers<void>();
const gitHub = await startGitHubServer([{ owner: "acme", name: "thing", files: { "README.md": "# Thing" } }], {
  hold: held.promise,
});
after(async () => {
  await closeAnalysis();
  await gitHub.close();
});

function task(signal?: AbortSignal): ReadTask {
  return {
    request: { source: parseSource("acme/thing"), gitHub: { apiUrl: gitHub.url, token: null }, wantsExcerpts: false },
    signal,
    report: () => undefined,
    decide: async () => true,
    timeoutMs: 15_000,
  };
}

test("one person's analyses wait in line, leave it at once, and leave room for another person's", async () => {
  const mine = Array.from({ length: 22 }, () => readInProcess("me", task()));
  const refused = await readInProcess("me", task()).catch((error: unknown) => error);
  assert.ok(refused instanceof AppError && refused.code === "rate_limited" && refused.retryAfterS !== undefined);
  const client = new AbortController();
  const leaving = readInProcess("you", task(client.signal));
  const other = readInProcess("you", task());
  client.abort(new Error("left"));
  await assert.rejects(leaving, /left/);
  let unfinished = mine.length;
  for (const one of mine) {
    void one.finally(() => {
      unfinished -= 1;
    });
  }
  held.resolve();
  assert.equal((await other)?.draft.kind, "not-a-server");
  assert.ok(unfinished > 10, `${unfinished} of mine came after the other's`);
  for (const result of await Promise.all(mine)) assert.equal(result?.draft.source.repository, "thing");
});
