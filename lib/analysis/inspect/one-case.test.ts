import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, readDemands } from "../testing/repositories.ts";

const requiredBy = async (description: string) => {
  const readme = `# Thing\n${configBlock({ A_KEY: "your-key" })}\n| Variable | Description |\n| --- | --- |\n| \`A_KEY\` | ${description} |\n`;
  const code = 'const key = process.env.A_KEY;\nfetch("https://a.example", { headers: { "X-Key": key } });\n';
  return (await readDemands(npmServer(code, readme))).required;
};

test("a credential is not the server's own that one use of it alone needs, though every command shows it", async () => {
  for (const description of [
    "Acme key (required for update operations)",
    "Acme key, needed for the export feature",
    "Acme key (if using Acme)",
    "Acme key (only used when searching)",
    "Acme key for accessing private datasets",
    "Acme key, to read private and gated models",
    "Acme key for private repositories",
  ])
    assert.deepEqual(await requiredBy(description), [], description);
  for (const description of [
    "Acme key",
    "Acme key (required for all operations)",
    "Acme key, required for API operations",
    "Acme key for update operations",
    "Acme key, kept private",
    "Acme key of your private workspace",
  ])
    assert.deepEqual(await requiredBy(description), ["A_KEY"], description);
});

test("a store of keys and values on this machine asks for no account", async () => {
  const readme = `# Thing\n${configBlock({ REDIS_HOST: "localhost", REDIS_PASSWORD: "your-password" })}`;
  const code = (host: string, name = "REDIS") =>
    `connect({ host: process.env.${name}_HOST${host}, password: process.env.${name}_PASSWORD });\n`;
  const required = async (text: string, name = "REDIS") =>
    (await readDemands(npmServer(text, readme.replaceAll("REDIS", name)))).required;
  assert.deepEqual(await required(code(' || "localhost"')), []);
  assert.deepEqual(await required(code(' ?? "127.0.0.1"', "ACME_VALKEY"), "ACME_VALKEY"), []);
  assert.deepEqual(await required(code("")), ["REDIS_HOST", "REDIS_PASSWORD"]);
  assert.deepEqual(await required(code(' || "localhost"', "ACME"), "ACME"), ["ACME_PASSWORD"]);
});

test("the key of a service's cloud is not needed where the code expects the service on its own machine", async () => {
  const demands = async (host: string, what: string) => {
    const code = `const host = process.env.ACME_HOST || "${host}";\nconst key = process.env.ACME_API_KEY;\nconnect(host, key ? { key } : {});\n`;
    const table = `| Variable | What |\n|---|---|\n| \`ACME_HOST\` | Where it is |\n| \`ACME_API_KEY\` | ${what} |\n`;
    const shown = configBlock({ ACME_HOST: host, ACME_API_KEY: "your-api-key" });
    return (await readDemands(npmServer(code, `# Thing\n\n${shown}\n${table}`))).required;
  };
  for (const what of ["API key for Acme Cloud", "Acme Cloud API key", "API key (cloud only)"]) {
    assert.deepEqual(await demands("localhost:7233", what), [], what);
    assert.deepEqual(await demands("https://api.thing.io", what), ["ACME_API_KEY"], what);
  }
  assert.deepEqual(await demands("localhost:7233", "API key of Acme"), ["ACME_API_KEY"]);
});
