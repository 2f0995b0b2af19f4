import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeEach, test } from "node:test";
import { db } from "../../db/client.ts";
import { hasLease } from "../testing/lease-state.ts";
import { setUpDeployments } from "../testing/set-up.ts";
import { acquireLease, releaseDeadLeases, releaseLease, renewLease } from "./lease.ts";

const { userId: ownerId } = await setUpDeployments({ registry: false });
let id: string;
beforeEach(async () => {
  const row = await db().deployment.create({
    data: { ownerId, name: "x", source: "npm:x", spec: {}, runtime: "local" },
  });
  id = row.id;
});

async function setOwner(leaseOwner: string): Promise<void> {
  await db().deployment.update({ where: { id }, data: { leaseOwner } });
}

test("one of many concurrent requests gets the lease", async () => {
  const leases = await Promise.all(Array.from({ length: 20 }, () => acquireLease(id)));
  const held = leases.filter((lease) => lease !== null);
  assert.equal(held.length, 1);
  const [lease] = held;
  assert.ok(lease);
  assert.equal(await renewLease(lease), true);
  await releaseLease(lease);
  assert.equal(await hasLease(id), false);
  assert.ok(await acquireLease(id));
});

test("an expired lease goes to the next holder, and the former one learns that", async () => {
  const first = await acquireLease(id);
  assert.ok(first);
  await db().$executeRaw`update deployments set lease_until = now() - interval '1 second' where id = ${id}::uuid`;
  const second = await acquireLease(id);
  assert.ok(second);
  assert.equal(await renewLease(first), false);
  await releaseLease(first);
  assert.equal(await renewLease(second), true);
});

test("the next renewal reports a change of the deployment", async () => {
  const lease = await acquireLease(id);
  assert.ok(lease);
  await db().deployment.update({ where: { id }, data: { generation: { increment: 1 } } });
  assert.equal(await renewLease(lease), false);
});

test("a deployment that does not exist has no lease", async () => {
  assert.equal(await acquireLease("0199d7a4-0000-7000-8000-00000000dead"), null);
});

test("a starting process takes over the leases of its own dead predecessor, and no others", async () => {
  const lease = await acquireLease(id);
  assert.ok(lease);
  const [place] = lease.holder.split(":");
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const deadChild = spawn(process.execPath, ["-e", ""]);
  await once(deadChild, "exit");
  const kept = [lease.holder, `${place}:${child.pid}:abc/def`, `ffffffffffff:${deadChild.pid}:abc/def`];
  for (const owner of kept) {
    await setOwner(owner);
    await releaseDeadLeases();
    assert.equal(await hasLease(id), true, owner);
  }
  // A container's first process always has the same number: an earlier one with ours is dead.
  for (const owner of [`${place}:${deadChild.pid}:abc/def`, `${place}:${process.pid}:abc/def`]) {
    await db()
      .$executeRaw`update deployments set lease_until = now() + interval '1 hour', lease_owner = ${owner} where id = ${id}::uuid`;
    await releaseDeadLeases();
    assert.equal(await hasLease(id), false, owner);
  }
  child.kill();
});
