import assert from "node:assert/strict";
import { test } from "node:test";
import { testInput } from "../../analysis/testing/input.ts";
import { encrypt } from "../../crypto/cipher.ts";
import { HOST_TOKEN_FIELD } from "../../crypto/fields.ts";
import { db } from "../../db/client.ts";
import type { AppError } from "../../errors/app-error.ts";
import { openSpec } from "../machine/machine-spec.ts";
import { createDeployment, getDeployment, replaceInputs } from "../service.ts";
import { setUpDeployments } from "../testing/set-up.ts";
import { createTestAnalysis } from "../testing/settings.ts";

const { userId } = await setUpDeployments({ registry: false, worker: "stopping" });

const server = { package: "@scope/server", version: "1.2.3" };
const inputs = [
  testInput("TRANSPORT", { default: "stdio", prefill: "stdio" }),
  testInput("UNITS", { default: "metric", prefill: null }),
  testInput("OLD", { default: "kept" }),
  testInput("--root", { target: "arg", required: true, prefill: "." }),
];

/** The variables and arguments that the machine's server would get. */
async function sentTo(id: string): Promise<{ env: Record<string, string>; args: string[] }> {
  const row = await db().deployment.findUniqueOrThrow({ where: { id }, include: { credentials: true } });
  const hostTokenCiphertext = encrypt("token", { scope: id, field: HOST_TOKEN_FIELD });
  const { machine } = openSpec({ ...row, hostTokenCiphertext }, "/home");
  return { env: machine.serverEnv, args: machine.args };
}

test("a value that a server takes by itself is not sent, and a prefilled one is shown and sent", async () => {
  const analysisId = await createTestAnalysis(userId, server, inputs);
  const { id } = await createDeployment(userId, { analysisId, inputs: {} });
  assert.deepEqual(await sentTo(id), { env: { TRANSPORT: "stdio", OLD: "kept" }, args: ["--root", "."] });
  const view = await getDeployment(userId, id);
  assert.deepEqual(
    view.inputs.map(({ key, value, isSet }) => [key, value, isSet]),
    [
      ["TRANSPORT", "stdio", false],
      ["UNITS", null, false],
      // A spec from before there were prefilled values: the server was started with its default.
      ["OLD", "kept", false],
      ["--root", ".", false],
    ],
  );
});

test("a prefilled value is sent no more once it is cleared, at first or later", async () => {
  const analysisId = await createTestAnalysis(userId, server, inputs);
  const { id } = await createDeployment(userId, { analysisId, inputs: { OLD: "" } });
  assert.deepEqual((await sentTo(id)).env, { TRANSPORT: "stdio" });
  await replaceInputs(userId, id, { TRANSPORT: "" });
  assert.deepEqual((await sentTo(id)).env, {});
  await replaceInputs(userId, id, { TRANSPORT: "http" });
  assert.deepEqual((await sentTo(id)).env, { TRANSPORT: "http" });
});

test("a required value that is prefilled may stay, and is missed once it is cleared", async () => {
  const analysisId = await createTestAnalysis(userId, server, inputs);
  const refused = await createDeployment(userId, { analysisId, inputs: { "--root": "" } }).then(
    () => assert.fail("it was not refused"),
    (error: AppError) => error,
  );
  assert.deepEqual(refused.fields, { "--root": "--root is required." });
});

test("an input or group that the person says is not needed blocks no deployment", async () => {
  const needed = [testInput("API_KEY", { required: true }), testInput("TOKEN"), testInput("PROFILE")];
  const alternatives = [{ what: "sign-in", oneOf: [["TOKEN"], ["PROFILE"]], required: true }];
  const analysisId = await createTestAnalysis(userId, server, needed, { alternatives });
  const create = (notNeeded: string[]) => createDeployment(userId, { analysisId, inputs: {}, notNeeded });
  const fieldsOf = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: AppError) => error.fields,
    );
  const group = "Sign-in: give TOKEN, or PROFILE.";
  assert.deepEqual(await fieldsOf(create([])), { API_KEY: "API_KEY is required.", TOKEN: group, PROFILE: group });
  assert.deepEqual(await fieldsOf(create(["API_KEY"])), { TOKEN: group, PROFILE: group });
  const { id, inputs: shown, alternatives: groups } = await create(["API_KEY", "PROFILE"]);
  assert.deepEqual([shown.every(({ required }) => !required), groups[0]?.required], [true, false]);
  await replaceInputs(userId, id, {});

  const other = await createDeployment(userId, { analysisId, inputs: { API_KEY: "x", TOKEN: "y" } });
  assert.deepEqual(Object.keys((await fieldsOf(replaceInputs(userId, other.id, { API_KEY: "" }))) ?? {}), ["API_KEY"]);
  const saved = await replaceInputs(userId, other.id, { API_KEY: "", TOKEN: "" }, { notNeeded: ["API_KEY", "TOKEN"] });
  assert.deepEqual(
    saved.inputs.map(({ isSet }) => isSet),
    [false, false, false],
  );
});
