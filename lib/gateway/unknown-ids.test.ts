import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { makeOwner } from "../auth/testing/people.ts";
import { prepareCatwalk } from "../auth/testing/setting.ts";
import { encrypt } from "../crypto/cipher.ts";
import { HOST_TOKEN_FIELD } from "../crypto/fields.ts";
import { createSecretToken, hashSecretToken } from "../crypto/secret-token.ts";
import { db } from "../db/client.ts";
import { loadSnapshots } from "../deployments/load-snapshot.ts";
import { makeDeployment } from "../oauth/testing/fixtures.ts";
import { startGateway, type TestGateway, TestSource } from "./testing/gateway.ts";
import { type FakeMachine, startFakeMachine } from "./testing/machine.ts";

// Strangers who make up ids, against the real database: more than 190 a second made real deployments unavailable once.

const MADE_UP_PER_SECOND = 400;
const REAL = 60;

class StoredDeployments extends TestSource {
  machineUrl = "";

  override load(ids: readonly string[]) {
    return loadSnapshots(ids);
  }

  override async locate() {
    return { url: this.machineUrl };
  }
}

let close: () => Promise<void>;
let machine: FakeMachine;
let gateway: TestGateway;

before(async () => {
  close = await prepareCatwalk();
  machine = await startFakeMachine();
  const source = new StoredDeployments();
  source.machineUrl = machine.url;
  gateway = await startGateway({ source });
});

after(async () => {
  await gateway.close();
  await machine.close();
  await close();
});

async function makeReal(ownerId: string): Promise<{ id: string; key: string }> {
  const id = await makeDeployment(ownerId);
  const hostTokenCiphertext = encrypt("host", { scope: id, field: HOST_TOKEN_FIELD });
  await db().deployment.update({
    where: { id },
    data: { status: "live", machine: { deploymentId: id }, hostTokenCiphertext },
  });
  const key = createSecretToken("cwk_");
  const prefix = key.slice(0, 12);
  await db().accessKey.create({
    data: { deploymentId: id, userId: ownerId, name: "k", keyHash: hashSecretToken(key), prefix },
  });
  return { id, key };
}

async function call(id: string, key: string): Promise<number> {
  const response = await fetch(gateway.endpoint(id), {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", accept: "application/json" },
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  });
  await response.text();
  return response.status;
}

test("deployments that are not in memory answer while strangers make up ids", async () => {
  const owner = await makeOwner();
  const real = await Promise.all(Array.from({ length: REAL }, () => makeReal(owner.id)));
  const strangersKey = createSecretToken("cwk_");
  let isOver = false;
  const madeUp: Promise<number>[] = [];
  const flood = (async () => {
    while (!isOver) {
      for (let n = 0; n < MADE_UP_PER_SECOND / 20; n++) madeUp.push(call(randomUUID(), strangersKey));
      await delay(50);
    }
  })();
  const answered: number[] = [];
  for (const { id, key } of real) answered.push(await call(id, key));
  isOver = true;
  await flood;
  assert.deepEqual(new Set(answered), new Set([200]));
  const refused = await Promise.all(madeUp);
  assert.ok(refused.length > REAL, `${refused.length} made-up ids`);
  assert.deepEqual(new Set(refused), new Set([404]), "an unknown id is unknown, and never the database's trouble");
});
