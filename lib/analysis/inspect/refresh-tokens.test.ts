import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, readDemands } from "../testing/repositories.ts";

test("a refresh token that is required needs the client that it was given to", async () => {
  const token =
    'const token = process.env.A_REFRESH_TOKEN;\nif (!token) throw new Error("A_REFRESH_TOKEN is missing");\napi.setRefreshToken(token);\n';
  const client = (id = "") =>
    `const api = new AcmeApi({ clientId: process.env.A_CLIENT_ID${id}, clientSecret: process.env.A_CLIENT_SECRET });\n`;
  const shown = { A_CLIENT_ID: "<id>", A_CLIENT_SECRET: "<secret>", A_REFRESH_TOKEN: "<token>" };
  const demandedOf = async (code: string, readme: string) => (await readDemands(npmServer(code, readme))).required;
  const [all, alone] = [configBlock(shown), configBlock({ A_REFRESH_TOKEN: "<token>" })];
  assert.deepEqual(await demandedOf(client() + token, all), ["A_CLIENT_ID", "A_CLIENT_SECRET", "A_REFRESH_TOKEN"]);
  // A client of the server's own, a token that the server can do without, and what documentation leaves out.
  assert.deepEqual(await demandedOf(client(' ?? "0f3a9c"') + token, all), ["A_CLIENT_SECRET", "A_REFRESH_TOKEN"]);
  assert.deepEqual(await demandedOf(client() + token, alone), ["A_REFRESH_TOKEN"]);
  const unneeded = "if (process.env.A_REFRESH_TOKEN) api.setRefreshToken(process.env.A_REFRESH_TOKEN);\n";
  assert.deepEqual(await demandedOf(client() + unneeded, all), []);
  const optional = `- \`A_CLIENT_SECRET\` (optional): only for confidential clients\n\n${all}`;
  assert.deepEqual(await demandedOf(client() + token, optional), ["A_CLIENT_ID", "A_REFRESH_TOKEN"]);
});
