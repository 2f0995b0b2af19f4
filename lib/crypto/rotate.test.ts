import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { db } from "../db/client.ts";
import { setUpDeployments } from "../deployments/testing/set-up.ts";
import { createCipher, type Place } from "./cipher.ts";
import { clientSecretPlace, HOST_TOKEN_FIELD, MACHINE_TOKEN_FIELD, signingKeyPlace } from "./fields.ts";

const { userId: ownerId } = await setUpDeployments({ registry: false });
const newKey = () => randomBytes(32).toString("base64");
const [oldest, old, current] = [newKey(), newKey(), newKey()];
const longAgo = new Date("2020-01-01T00:00:00Z");
let deploymentId: string;

before(async () => {
  const row = await db().deployment.create({
    data: { ownerId, name: "the one", source: "npm:x", spec: {}, runtime: "local" },
  });
  deploymentId = row.id;
  const sealed = (key: string, field: string, scope = deploymentId) =>
    createCipher(key).encrypt(`value of ${field}`, { scope, field });
  // More than one batch.
  const keys = Array.from({ length: 450 }, (_, index) => `KEY_${index}`);
  await db().credential.createMany({
    data: keys.map((key) => ({ deploymentId, key, ciphertext: sealed(old, key), updatedAt: longAgo })),
  });
  await db().credential.create({ data: { deploymentId, key: "LOST", ciphertext: sealed(oldest, "LOST") } });
  await db().credential.create({ data: { deploymentId, key: "RECENT", ciphertext: sealed(current, "RECENT") } });
  await db().deployment.update({
    where: { id: deploymentId },
    data: {
      hostTokenCiphertext: sealed(old, HOST_TOKEN_FIELD),
      machineTokenCiphertext: sealed(old, MACHINE_TOKEN_FIELD),
    },
  });
  const signingKey = createCipher(old).encrypt("value of the signing key", signingKeyPlace("kid"));
  await db().oAuthSigningKey.create({
    data: { id: "kid", publicJwk: {}, privateJwkCiphertext: signingKey, signsFrom: longAgo },
  });
  const clientSecret = createCipher(old).encrypt("value of the client's secret", clientSecretPlace("client"));
  await db().oAuthClient.create({ data: { id: "client", metadata: {}, secretCiphertext: clientSecret } });
  await db().setting.createMany({
    data: [
      { key: "secret", value: sealed(old, "secret", "settings"), encrypted: true, updatedAt: longAgo },
      { key: "plain", value: "as it is", updatedAt: longAgo },
    ],
  });
});

async function run(keys: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, ENCRYPTION_KEY: keys.join(",") };
  const command = promisify(execFile)(process.execPath, [join(import.meta.dirname, "..", "cli", "rotate-keys.ts")], {
    env,
  });
  return command.then(
    (result) => ({ code: 0, ...result }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

test("rotation encrypts every value with the first key, names those that no key opens, and can be repeated", async () => {
  const first = await run([current, old]);
  assert.equal(first.code, 1);
  assert.match(first.stdout, /again with the first key: 455\. Encrypted with it already: 1\./);
  assert.match(first.stdout, new RegExp(`LOST of the deployment the one \\(${deploymentId}\\)`));
  assert.match(first.stderr, /^1 of the values stay/);

  const open = (ciphertext: string, place: Place) => createCipher(current).decrypt(ciphertext, place);
  const rows = await db().credential.findMany({ where: { deploymentId, key: { not: "LOST" } } });
  assert.equal(rows.length, 451);
  for (const row of rows) {
    assert.equal(open(row.ciphertext, { scope: deploymentId, field: row.key }), `value of ${row.key}`);
    if (row.key !== "RECENT") assert.deepEqual(row.updatedAt, longAgo);
  }
  const { hostTokenCiphertext, machineTokenCiphertext } = await db().deployment.findUniqueOrThrow({
    where: { id: deploymentId },
  });
  assert.equal(
    open(hostTokenCiphertext ?? "", { scope: deploymentId, field: HOST_TOKEN_FIELD }),
    `value of ${HOST_TOKEN_FIELD}`,
  );
  assert.equal(
    open(machineTokenCiphertext ?? "", { scope: deploymentId, field: MACHINE_TOKEN_FIELD }),
    `value of ${MACHINE_TOKEN_FIELD}`,
  );
  const secret = await db().setting.findUniqueOrThrow({ where: { key: "secret" } });
  assert.equal(open(secret.value, { scope: "settings", field: "secret" }), "value of secret");
  assert.equal((await db().setting.findUniqueOrThrow({ where: { key: "plain" } })).value, "as it is");
  const signingKey = await db().oAuthSigningKey.findUniqueOrThrow({ where: { id: "kid" } });
  assert.equal(open(signingKey.privateJwkCiphertext, signingKeyPlace("kid")), "value of the signing key");
  const client = await db().oAuthClient.findUniqueOrThrow({ where: { id: "client" } });
  assert.equal(open(client.secretCiphertext ?? "", clientSecretPlace("client")), "value of the client's secret");

  const second = await run([current, oldest]);
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stdout, /again with the first key: 1\. Encrypted with it already: 456\./);
  assert.equal((await run([current])).code, 0);
});
