import assert from "node:assert/strict";
import { after, test } from "node:test";
import { db } from "../db/client.ts";
import { localRuntime } from "../runtime/index.ts";
import { startRunner, stopRunner } from "./runner.ts";
import { createDeployment, deleteDeployment } from "./service.ts";
import { createTestAnalysis, createTestSettings, createTestUser, until, untilStatus } from "./testing.ts";

const settings = await createTestSettings();
Object.assign(process.env, settings.env);
after(async () => {
  await stopRunner();
  await db().$disconnect();
  await settings.remove();
});

test("a published server goes from an analysis to live, and away again", async () => {
  await startRunner();
  const userId = await createTestUser();
  const analysisId = await createTestAnalysis(userId, {
    name: "everything",
    package: "@modelcontextprotocol/server-everything",
    version: "2026.8.31",
  });
  const created = await createDeployment(userId, { analysisId, inputs: {} });
  const live = await untilStatus(userId, created.id, "live", "failing");
  console.log(JSON.stringify(live.steps, null, 1).slice(0, 4000), live.error);
  assert.equal(live.status, "live");
});
