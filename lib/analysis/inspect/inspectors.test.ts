import assert from "node:assert/strict";
import { test } from "node:test";
import { npmServer, readDemands } from "../testing/repositories.ts";

const fenced = (...lines: string[]) => `\`\`\`sh\n${lines.join("\n")}\n\`\`\`\n`;
const CONFIGURATION = `\`\`\`json\n${JSON.stringify({ mcpServers: { thing: { command: "npx", args: ["thing-mcp"], env: { A_URL: "u", A_EMAIL: "e", A_TOKEN: "t" } } } })}\n\`\`\`\n`;
const SETTINGS =
  'function settings() {\n  const url = process.env.A_URL, email = process.env.A_EMAIL, token = process.env.A_TOKEN;\n  if (!url || !email || !token) throw new Error("Missing configuration");\n  return { url, email, token };\n}\nserver.setRequestHandler(CallToolRequestSchema, async (request) => {\n  const config = settings();\n  return call(request, config);\n});\n';

test("an inspector's own options are none of the server's, and its commands do not tell what the server takes", async () => {
  const started = [
    "npx @modelcontextprotocol/inspector --cli npx -y thing-mcp",
    "npx -y @modelcontextprotocol/inspector@latest --cli npx thing-mcp",
    "bunx @modelcontextprotocol/inspector --cli npx -y thing-mcp",
    "pnpm dlx @modelcontextprotocol/inspector-cli npx -y thing-mcp --cli",
  ];
  for (const command of started) {
    const asked = [
      "--method tools/list",
      "--method tools/call --tool-name get_one --tool-arg id=1 --tool-arg name=two",
      "--tool-name=get_all --method=tools/call",
    ].map((options) => `${command} ${options}`);
    const readme = `# Thing\n\n${CONFIGURATION}\n${fenced(...asked)}`;
    const { required, optional } = await readDemands(npmServer(SETTINGS, readme));
    assert.deepEqual([required, optional], [["A_EMAIL", "A_TOKEN", "A_URL"], []], command);
  }
});

test("what stands in front of an inspector's questions is the server's", async () => {
  const command =
    "npx @modelcontextprotocol/inspector --cli -e A_TOKEN=x npx -y thing-mcp --region eu --method tools/list";
  const { required, optional } = await readDemands(npmServer("", `# Thing\n\n${fenced(command)}`));
  assert.deepEqual([...required, ...optional].sort(), ["--region", "A_TOKEN"]);
  const own = await readDemands(npmServer("", `# Thing\n\n${fenced("npx -y thing-mcp --method fast")}`));
  assert.deepEqual([...own.required, ...own.optional], ["--method"]);
});
