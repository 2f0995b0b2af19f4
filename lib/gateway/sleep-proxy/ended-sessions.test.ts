import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "../../db/client.ts";
import { loadSnapshot } from "../../deployments/load-snapshot.ts";
import { setUpDeployments } from "../../deployments/testing/set-up.ts";
import { storeEndedSessions } from "./ended-sessions.ts";

const { userId: ownerId } = await setUpDeployments({ registry: false });
const { id } = await db().deployment.create({
  data: { ownerId, name: "ended", source: "npm:x", spec: {}, runtime: "fly" },
});

const ended = async () => [...((await loadSnapshot(id))?.endedSessions ?? [])];
const changedAt = async () => (await db().deployment.findUniqueOrThrow({ where: { id } })).updatedAt.getTime();

test("ended sessions are kept for each deployment, latest first, and other instances see changes", async () => {
  assert.deepEqual(await ended(), []);
  const before = await changedAt();
  await storeEndedSessions(db(), id, ["b", "a"]);
  await Promise.all([storeEndedSessions(db(), id, ["c"]), storeEndedSessions(db(), id, ["d"])]);
  const all = await ended();
  assert.deepEqual(all.slice(2), ["b", "a"]);
  assert.deepEqual(all.slice(0, 2).sort(), ["c", "d"]);
  assert((await changedAt()) > before);
});

test("a flood of ended sessions displaces the oldest, and the row does not grow", async () => {
  for (let round = 0; round < 3; round++) {
    await storeEndedSessions(
      db(),
      id,
      Array.from({ length: 400 }, (_, n) => `${round}-${n}`),
    );
  }
  const all = await ended();
  assert.equal(all.length, 500);
  assert.equal(all[0], "2-0");
  assert(!all.includes("a"));
});

test("ended sessions of a deleted deployment are not kept", async () => {
  await db().deployment.delete({ where: { id } });
  await storeEndedSessions(db(), id, ["x"]);
  assert.equal(await loadSnapshot(id), null);
});
