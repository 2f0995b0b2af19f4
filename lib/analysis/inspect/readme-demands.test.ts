import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, readDemands } from "../testing/repositories.ts";

const READS = "process.env.A_URL; process.env.A_NAME; process.env.A_REGION;\n";

test("comments beside a block's values say what is required and what is optional", async () => {
  const blocks = [
    '```jsonc\n{"mcpServers":{"t":{"command":"npx","args":["thing-mcp"],"env":{\n  "A_URL": "https://a.example", // required\n  // Required: how it is called\n  "A_NAME": "",\n  "A_REGION": "eu" // optional, eu without it\n}}}}\n```\n',
    "```bash\n# Required\nexport A_URL=https://a.example\nexport A_NAME=x\n# Optional\nexport A_REGION=eu\nnpx thing-mcp\n```\n",
    "```bash\nexport A_URL=https://a.example # required\nexport A_NAME=x # (required)\nexport A_REGION=eu # optional\n```\n",
    '```toml\n[mcp_servers.thing]\ncommand = "npx"\nargs = ["thing-mcp"]\n[mcp_servers.thing.env]\nA_URL = "https://a.example" # required\nA_NAME = "x" # required\nA_REGION = "eu" # optional\n```\n',
  ];
  for (const readme of blocks) {
    const { required, optional } = await readDemands(npmServer(READS, readme));
    assert.deepEqual([required, optional], [["A_NAME", "A_URL"], ["A_REGION"]], readme);
  }
});

test("headings, labels and sentences say what is required and what is optional", async () => {
  const block = configBlock({ A_URL: "x", A_NAME: "x", A_REGION: "x" });
  const texts = [
    "### Required variables\n\n- `A_URL`: where\n- `A_NAME`: who\n\n### Optional variables\n\n- `A_REGION`: region\n",
    "**Required:**\n\n- `A_URL` - where\n- `A_NAME` - who\n\n**Optional:**\n\n- `A_REGION` - region\n",
    "Required environment variables:\n\n| Name | Meaning |\n| --- | --- |\n| `A_URL` | where |\n| `A_NAME` | who |\n\nOptional:\n\n| Name | Meaning |\n| --- | --- |\n| `A_REGION` | region |\n",
    "The `A_URL` environment variable is required. You must set `A_NAME`. `A_REGION` is optional.\n",
  ];
  for (const text of texts) {
    const { required, optional } = await readDemands(npmServer(READS, `${block}\n${text}`));
    assert.deepEqual([required, optional], [["A_NAME", "A_URL"], ["A_REGION"]], text);
  }
});

test("what a README demands of another mode, or under a condition, is required of nobody", async () => {
  const block = configBlock({ A_URL: "x", A_NAME: "x", A_REGION: "x" });
  const texts = [
    "## HTTP server\n\n### Required variables\n\n- `A_URL`: where\n- `A_NAME`: who\n- `A_REGION`: region\n",
    "### Required permissions\n\n- `A_URL`: read\n\n### Required for teams\n\n- `A_NAME`: who\n",
    "If you use a proxy, `A_URL` is required. You must set `A_NAME` or `A_REGION`.\n",
    "```bash\nexport A_URL=https://required.example//path#required\n```\n",
  ];
  for (const text of texts)
    assert.deepEqual((await readDemands(npmServer(READS, `${block}\n${text}`))).required, [], text);
});

test("a list of ways is a choice between the variables of its items", async () => {
  const code = "process.env.A_TOKEN; process.env.A_USER; process.env.A_PASSWORD; process.env.A_URL;\n";
  const block = configBlock({ A_TOKEN: "x" });
  const ways = "- **Token**: set `A_TOKEN`\n- **Basic**: set `A_USER` and `A_PASSWORD`\n";
  const choice = [[["A_TOKEN"], ["A_USER", "A_PASSWORD"]], true];
  for (const introduction of ["Authenticate with one of:", "The server supports two authentication methods:"]) {
    const { choices } = await readDemands(npmServer(code, `${block}\n${introduction}\n\n${ways}`));
    assert.deepEqual(choices, [choice], introduction);
  }
  const nested = `- \`A_URL\`: where\n- Sign-in, one of these options:\n  - \`A_TOKEN\`\n  - \`A_USER\` and\n    \`A_PASSWORD\`\n`;
  assert.deepEqual((await readDemands(npmServer(code, `${block}\n${nested}`))).choices, [choice]);
  for (const other of ["These are the variables:", "One of the installation methods:"]) {
    const { choices } = await readDemands(npmServer(code, `${block}\n${other}\n\n${ways}`));
    assert.deepEqual(
      choices.filter(([, required]) => required),
      [],
      other,
    );
  }
});

test("a position is required where every command fills it", async () => {
  const one = configBlock({}, "/path/to/folder");
  const found = await readDemands(npmServer("process.argv[2];\n", one + configBlock({}, "/Users/me/other")));
  assert.deepEqual(found.required, ["position 0"]);
  assert.deepEqual((await readDemands(npmServer("process.argv[2];\n", one + configBlock({})))).required, []);
});

test("a platform's variables are no inputs, whatever a README shows", async () => {
  const env = { A_URL: "x", FLY_REGION: "ams", VERCEL_URL: "x", RAILWAY_SERVICE_NAME: "x", NODE_ENV: "production" };
  const code = "process.env.FLY_REGION; process.env.VERCEL_URL; process.env.A_URL; process.env.VERCEL_TOKEN;\n";
  const { required, optional } = await readDemands(npmServer(code, configBlock({ ...env, VERCEL_TOKEN: "x" })));
  assert.deepEqual([...required, ...optional].sort(), ["A_URL", "VERCEL_TOKEN"]);
});
