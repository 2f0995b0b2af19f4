import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";
import { npmServer, readDemands } from "../testing/repositories.ts";

const extension = (content: object) => ({ "gemini-extension.json": JSON.stringify({ name: "thing", ...content }) });

test("the settings of a Gemini extension are the server's", async () => {
  const settings = [
    { name: "API key", description: "The key of your account.", envVar: "A_KEY", sensitive: true, required: true },
    { name: "Region", envVar: "A_REGION" },
    { name: "Broken" },
    { name: "Shell", envVar: "not a name" },
    "none",
  ];
  const mcpServers = { thing: { command: "npx", args: ["-y", "thing-mcp"] } };
  const files = npmServer("use(process.env.A_KEY, process.env.A_REGION, process.env.A_SITE);", "# Thing\n", {
    ...extension({ mcpServers, settings }),
  });
  const found = await readDemands(files);
  assert.deepEqual(found, { required: ["A_KEY"], optional: ["A_REGION", "A_SITE"], choices: [] });
  const { inputs } = await inspectFiles(files);
  const key = inputs.find((input) => input.key === "A_KEY");
  assert.deepEqual(
    [key?.label, key?.description, key?.secret, key?.provenance.map(({ from }) => from)],
    ["API key", "The key of your account.", true, ["gemini-extension.json", "source"]],
  );
});

test("an extension names the hosted server where nothing else does", async () => {
  const url = "https://mcp.acme.dev/mcp";
  const readme = { "README.md": "# Thing MCP\n\nAn MCP server for Thing.\n" };
  for (const server of [{ httpUrl: url }, { url }]) {
    const found = await inspectFiles({ ...readme, ...extension({ mcpServers: { thing: server } }) });
    assert.deepEqual([found.kind, found.remoteUrl], ["remote-only", url]);
  }
  const broken = await inspectFiles({ ...readme, "gemini-extension.json": '{"mcpServers": [1, {"a": ' });
  assert.equal(broken.kind, "not-a-server");
});
