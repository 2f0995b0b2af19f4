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
  ])
    assert.deepEqual(await requiredBy(description), [], description);
  for (const description of [
    "Acme key",
    "Acme key (required for all operations)",
    "Acme key, required for API operations",
    "Acme key for update operations",
  ])
    assert.deepEqual(await requiredBy(description), ["A_KEY"], description);
});
