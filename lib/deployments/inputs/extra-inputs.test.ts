import assert from "node:assert/strict";
import { test } from "node:test";
import { testInput } from "../../analysis/testing/input.ts";
import { encrypt } from "../../crypto/cipher.ts";
import { HOST_TOKEN_FIELD } from "../../crypto/fields.ts";
import { db } from "../../db/client.ts";
import type { AppError } from "../../errors/app-error.ts";
import { openSpec } from "../machine/machine-spec.ts";
import { createDeployment, getDeployment, replaceInputs, updateStartTimeout } from "../service.ts";
import { setUpDeployments } from "../testing/set-up.ts";
import { createTestAnalysis } from "../testing/settings.ts";
import { checkExtraInput, proposeFile } from "./extra-inputs.ts";

const { userId } = await setUpDeployments({ registry: false, worker: "stopping" });
const server = { package: "@scope/server", version: "1.2.3" };

async function openMachine(id: string) {
  const row = await db().deployment.findUniqueOrThrow({ where: { id }, include: { credentials: true } });
  const hostTokenCiphertext = encrypt("token", { scope: id, field: HOST_TOKEN_FIELD });
  return openSpec({ ...row, hostTokenCiphertext }, "/srv/home").machine;
}

test("arguments and files are added by hand, at first and to a deployment that exists", async () => {
  const analysisId = await createTestAnalysis(userId, server);
  const { id } = await createDeployment(userId, {
    analysisId,
    extraInputs: [
      { key: "--token", secret: true, target: "arg" },
      { key: "directory", secret: false, target: "arg" },
      { key: "key.json", secret: true, target: "file", pathTo: "KEY_FILE" },
    ],
    inputs: { "--token": "t0p", directory: "/data", "key.json": "{}" },
  });
  await replaceInputs(
    userId,
    id,
    { "config.yaml": "a: 1", LATER: "yes" },
    {
      extraInputs: [
        { key: "config.yaml", secret: true, target: "file", pathTo: "--config" },
        { key: "LATER", secret: false },
      ],
    },
  );
  const { args, serverEnv, files, secrets } = await openMachine(id);
  assert.deepEqual(args, ["--token", "t0p", "/data", "--config", "/srv/home/config.yaml"]);
  assert.deepEqual(serverEnv, { KEY_FILE: "/srv/home/key.json", LATER: "yes" });
  assert.deepEqual(files, [
    { name: "key.json", content: "{}" },
    { name: "config.yaml", content: "a: 1" },
  ]);
  assert.ok(secrets.includes("t0p") && !secrets.includes("yes"));
});

for (const [what, extra] of [
  ["a variable that steers the process", { key: "NODE_OPTIONS", secret: false }],
  ["a name that no environment holds", { key: "A B", secret: false }],
  ["a flag with a value in it", { key: "--a=b", secret: false, target: "arg" }],
  ["a file in another folder", { key: "../key", secret: false, target: "file" }],
  ["a file whose path steers the process", { key: "key", secret: false, target: "file", pathTo: "LD_PRELOAD" }],
] as const) {
  test(`an input is refused by hand: ${what}`, () => {
    assert.match(checkExtraInput(extra) ?? "", /\.$/);
  });
}

test("a path may lie in the server's home, whose place is not known before", async () => {
  const inputs = [testInput("MEMORY_FILE_PATH", { type: "path" }), testInput("NOTE")];
  const analysisId = await createTestAnalysis(userId, server, inputs);
  const values = { MEMORY_FILE_PATH: "{home}/memory.json", NOTE: "{home}/as it is" };
  const { id } = await createDeployment(userId, { analysisId, inputs: values });
  assert.deepEqual((await openMachine(id)).serverEnv, { ...values, MEMORY_FILE_PATH: "/srv/home/memory.json" });
  await replaceInputs(userId, id, { MEMORY_FILE_PATH: "{homes}/x" });
  assert.equal((await openMachine(id)).serverEnv.MEMORY_FILE_PATH, "{homes}/x");
});

test("a server is given more time to its first answer, within bounds, and only its owner gives it", async () => {
  const analysisId = await createTestAnalysis(userId, server);
  const { id, startTimeoutS } = await createDeployment(userId, { analysisId, inputs: {} });
  assert.equal(startTimeoutS, 60);
  assert.equal((await openMachine(id)).startTimeoutS, undefined);
  assert.equal((await updateStartTimeout(userId, id, 300)).startTimeoutS, 300);
  assert.equal((await openMachine(id)).startTimeoutS, 300);
  for (const seconds of [59, 901, 61.5, Number.NaN]) {
    const refused = await updateStartTimeout(userId, id, seconds).catch((error: AppError) => error.fields);
    assert.deepEqual(Object.keys(refused ?? {}), ["startTimeoutS"], String(seconds));
  }
  const stranger = "00000000-0000-7000-8000-000000000000";
  await assert.rejects(updateStartTimeout(stranger, id, 300), (error: AppError) => error.code === "not_found");
  assert.equal((await getDeployment(userId, id)).startTimeoutS, 300);
});

test("a file is proposed where an input takes the path of one", () => {
  const propose = (key: string, fields: object = {}) => {
    const file = proposeFile(testInput(key, { type: "path", ...fields }));
    return file && [file.key, file.pathTo];
  };
  assert.deepEqual(propose("GMAIL_OAUTH_PATH", { placeholder: "/opt/gcp-oauth.keys.json" }), [
    "gcp-oauth.keys.json",
    "GMAIL_OAUTH_PATH",
  ]);
  assert.deepEqual(propose("ACME_KEY_FILE"), ["acme-key", "ACME_KEY_FILE"]);
  assert.deepEqual(propose("--tls-cert-file", { target: "arg", placeholder: "C:\\certs\\my client.crt" }), [
    "my client.crt",
    "--tls-cert-file",
  ]);
  assert.deepEqual(propose("GOOGLE_APPLICATION_CREDENTIALS", { type: "string" }), [
    "google-application-credentials",
    "GOOGLE_APPLICATION_CREDENTIALS",
  ]);
  for (const [key, fields] of [
    ["DATA_DIR", { placeholder: "/srv/data" }],
    ["API_KEY", { type: "string" }],
    ["position 0", { target: "arg", placeholder: "/srv/key.json" }],
    ["key.json", { target: "file" }],
  ] as const)
    assert.equal(propose(key, fields), null, key);
});
