import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { countAnalysis } from "../analysis/rate-limit.ts";
import { makeMember, makeOwner } from "../auth/testing/people.ts";
import type { SessionUser } from "../auth/user.ts";
import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { loadQuotaUse, quotasSchema, saveDefaultQuotas, savePersonQuotas, viewQuotas } from "../settings/quotas.ts";
import { workerState } from "./reconcile/worker-state.ts";
import { createDeployment, deleteDeployment, restartDeployment, startDeployment, stopDeployment } from "./service.ts";
import { createTestAnalysis, createTestSettings } from "./testing/settings.ts";

const settings = await createTestSettings();
Object.assign(process.env, settings.env);
const server = { name: "fixture", package: "@scope/server", version: "1.2.3", args: [] };
const noQuotas = { deployments: null, running: null, analyses: null };
let owner: SessionUser;
before(async () => {
  owner = await makeOwner();
  // The worker does not run, so requests stay pending.
  workerState().isStopping = true;
});
after(async () => {
  await db().$disconnect();
  await settings.remove();
});

async function createFor(userId: string): Promise<string> {
  const analysisId = await createTestAnalysis(userId, server);
  return (await createDeployment(userId, { analysisId, inputs: {} })).id;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "allowed",
    (error: unknown) => (error instanceof AppError ? `${error.status} ${error.code}` : String(error)),
  );
}

async function used(userId: string): Promise<Record<string, [number, number | null]>> {
  return Object.fromEntries((await loadQuotaUse(userId)).map((quota) => [quota.name, [quota.used, quota.max]]));
}

test("of ten deployments at once a person gets as many as their quota allows", async () => {
  const person = await makeMember("at-once@example.com");
  await savePersonQuotas(owner, person.id, { ...noQuotas, deployments: 3 });
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => refusal(createFor(person.id))));
  assert.equal(outcomes.filter((outcome) => outcome === "allowed").length, 3);
  assert.equal(outcomes.filter((outcome) => outcome === "403 quota_reached").length, 7);
  assert.equal(await db().deployment.count({ where: { ownerId: person.id } }), 3);
  assert.deepEqual((await used(person.id)).deployments, [3, 3]);
  const [first] = await db().deployment.findMany({ where: { ownerId: person.id }, take: 1 });
  await deleteDeployment(person.id, first?.id ?? "");
  assert.equal(await refusal(createFor(person.id)), "allowed", "what is being deleted makes room");
});

test("a stopped deployment starts only where the quota of running ones has room", async () => {
  const person = await makeMember("running@example.com");
  const [a, b] = [await createFor(person.id), await createFor(person.id)];
  await savePersonQuotas(owner, person.id, { ...noQuotas, running: 1 });
  assert.equal(await refusal(restartDeployment(person.id, a)), "allowed", "a quota that is lowered stops nothing");
  assert.equal(await refusal(createFor(person.id)), "403 quota_reached");
  await stopDeployment(person.id, a);
  await stopDeployment(person.id, b);
  assert.deepEqual((await used(person.id)).running, [0, 1]);
  const outcomes = await Promise.all([
    refusal(startDeployment(person.id, a)),
    refusal(restartDeployment(person.id, b)),
  ]);
  assert.deepEqual(outcomes.sort(), ["403 quota_reached", "allowed"]);
  const states = await db().deployment.findMany({ where: { ownerId: person.id }, select: { desired: true } });
  assert.deepEqual(
    states.map(({ desired }) => desired).sort(),
    ["running", "stopped"],
    "the refused one stays stopped",
  );
});

test("analyses beyond the quota of a day wait until the day is over", async () => {
  const person = await makeMember("analyses@example.com");
  await savePersonQuotas(owner, person.id, { ...noQuotas, analyses: 2 });
  const now = new Date();
  const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
  await countAnalysis(person.id, now);
  await countAnalysis(person.id, later(1));
  await assert.rejects(countAnalysis(person.id, later(2)), (error) => {
    assert.ok(error instanceof AppError);
    assert.deepEqual([error.code, error.status, error.retryAfterS], ["analyses_used_up", 429, 22 * 3_600]);
    assert.equal(error.toResponse().headers.get("retry-after"), "79200");
    return true;
  });
  assert.deepEqual((await used(person.id)).analyses, [2, 2]);
  await countAnalysis(person.id, later(24));
});

test("defaults hold for everyone but the owner, and a person's own quotas stand in for them", async () => {
  const person = await makeMember("defaults@example.com");
  await saveDefaultQuotas(owner, { deployments: 1, running: null, analyses: 7 });
  assert.deepEqual(await used(person.id), { deployments: [0, 1], running: [0, null], analyses: [0, 7] });
  assert.deepEqual(await used(owner.id), { deployments: [0, null], running: [0, null], analyses: [0, null] });
  await savePersonQuotas(owner, person.id, { ...noQuotas, deployments: 0 });
  assert.equal(await refusal(createFor(person.id)), "403 quota_reached");
  await savePersonQuotas(owner, owner.id, { ...noQuotas, deployments: 0 });
  assert.equal(await refusal(createFor(owner.id)), "403 quota_reached", "the owner can have one of their own");
  await savePersonQuotas(owner, owner.id, noQuotas);
  assert.equal(await refusal(createFor(owner.id)), "allowed");
});

test("the owner alone sets quotas, and an admin sees them", async () => {
  const member = await makeMember("curious@example.com");
  const admin: SessionUser = { ...(await makeMember("quota-admin@example.com")), role: "admin" };
  for (const user of [member, admin]) {
    assert.equal(await refusal(saveDefaultQuotas(user, noQuotas)), "403 forbidden");
    assert.equal(await refusal(savePersonQuotas(user, user.id, noQuotas)), "403 forbidden");
  }
  assert.equal(await refusal(viewQuotas(member)), "403 forbidden");
  assert.ok((await viewQuotas(admin)).own[member.id]);
  for (const bad of [-1, 1.5, Number.NaN, 1e9]) {
    assert.equal(quotasSchema.safeParse({ ...noQuotas, running: bad }).success, false, String(bad));
  }
});
