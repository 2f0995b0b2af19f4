import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { db } from "../db/client.ts";
import { createTestDatabase } from "../db/testing/database.ts";
import { AppError } from "../errors/app-error.ts";
import { countAnalysis } from "./rate-limit.ts";

const database = await createTestDatabase();
process.env.DATABASE_URL = database.url;
after(async () => {
  await db().$disconnect();
  await database.drop();
});

test("120 analyses at once are let through, one more is not, and the answer says how long to wait", async () => {
  const someone = randomUUID();
  const now = new Date("2026-11-22T12:00:00Z");
  const after = (ms: number) => new Date(now.getTime() + ms);
  await Promise.all(Array.from({ length: 120 }, () => countAnalysis(someone, now)));
  await assert.rejects(countAnalysis(someone, after(60_000)), (error) => {
    assert.ok(error instanceof AppError);
    assert.deepEqual([error.code, error.retryAfterS], ["rate_limited", 540]);
    return true;
  });
  await countAnalysis(randomUUID(), after(60_000));
  // Refused attempts do not make the wait longer.
  await countAnalysis(someone, after(600_000));
});
