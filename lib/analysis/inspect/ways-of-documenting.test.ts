import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

// Each of these says that A_NAME and A_TEAM are required, and that A_REGION is not.

const READS = "process.env.A_NAME; process.env.A_TEAM; process.env.A_REGION;\n";
const BLOCK = configBlock({ A_NAME: "x", A_TEAM: "y", A_REGION: "z" });
const NAMES = ["`A_NAME`", "`A_TEAM`", "`A_REGION`"];
const fenced = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;

/** A table with one column that tells the three variables apart. */
function table(header: string, said: [string, string, string]): string {
  const rows = NAMES.map((name, at) => `| ${name} | ${said[at]} | what it is |`);
  return `${BLOCK}\n| Variable | ${header} | Description |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

async function assertHeard(readme: string, more: Record<string, string> = {}): Promise<void> {
  const { required, optional } = await readDemands(npmServer(READS, readme, more));
  assert.deepEqual([required, optional], [["A_NAME", "A_TEAM"], ["A_REGION"]], readme + Object.values(more).join("\n"));
}

test("a table's column tells what is required in many words and signs", async () => {
  for (const [header, said] of [
    ["Required", ["✓", "✔️", "✗"]],
    ["Required?", ["**Yes**", "Y", "N"]],
    ["Mandatory", ["yes", "YES", "no"]],
    ["Needed", ["Yes", "yes", "No"]],
    ["Optional", ["No", "❌", "Yes"]],
    ["Required", ["🔴 Yes", "🔴 Yes", "⚪ No"]],
    ["Required", [":white_check_mark:", ":heavy_check_mark:", ":x:"]],
    ["Status", ["Required", "**required**", "Optional"]],
    ["Default", ["*required*", "(required)", "`eu`"]],
    ["Default", ["*Required*", "**Required**", "*Optional*"]],
    ["Pflicht", ["Ja", "ja", "Nein"]],
    ["Obligatorio", ["Sí", "sí", "No"]],
    ["Obligatoire", ["Oui", "oui", "Non"]],
    ["必填", ["是", "是", "否"]],
    ["必須", ["はい", "○", "いいえ"]],
  ] as [string, [string, string, string]][])
    await assertHeard(table(header, said));
  const bare = `${BLOCK}\nVariable | Required\n--- | ---\n${NAMES[0]} | Yes\n${NAMES[1]} | Yes\n${NAMES[2]} | No\n`;
  await assertHeard(bare);
});

test("lists and sentences tell what is required in many ways", async () => {
  for (const text of [
    "#### Required\n\n- A_NAME: who\n- A_TEAM - team\n\n#### Optional\n\n- A_REGION: region\n",
    "- **A_NAME** (required) - who\n- **A_TEAM** *(required)* - team\n- **A_REGION** (optional) - region\n",
    "- **`A_NAME`** - **Required**. who\n- **`A_TEAM`** — _Required_: team\n- **`A_REGION`** - _Optional_. region\n",
    "- `A_NAME` [required]: who\n- `A_TEAM` [REQUIRED]: team\n- `A_REGION` [optional]: region\n",
    "- `A_NAME`（必填）：who\n- `A_TEAM`（必需）：team\n- `A_REGION`（可选）：region\n",
    "- `A_NAME`：名字，必填\n- `A_TEAM`: 团队, 必需。\n- `A_REGION`: 区域、可选\n",
    "| 环境变量 | 描述 | 默认值 |\n| --- | --- | --- |\n| `A_NAME` | 名字，必填 | - |\n| `A_TEAM` | 团队，必填 | - |\n| `A_REGION` | 区域，可选 | - |\n",
    "- **Required**:\n  - `A_NAME`: who\n  - `A_TEAM`: team\n- **Optional**:\n  - `A_REGION`: region\n",
    "- **Required**:\n  - `A_NAME`: who\n  - `A_TEAM`: team\n- `A_REGION`: region\n",
    "The server requires two environment variables, `A_NAME` and `A_TEAM`.\n",
  ])
    await assertHeard(`${BLOCK}\n${text}`);
});

test("configurations of many clients tell what is required", async () => {
  const env = (indent: string) =>
    `A_NAME: x # required\n${indent}A_TEAM: y # required\n${indent}A_REGION: z # optional`;
  await assertHeard(
    fenced("yaml", `mcpServers:\n  t:\n    command: npx\n    args: [-y, thing-mcp]\n    env:\n      ${env("      ")}`),
  );
  const goose = "extensions:\n  t:\n    type: stdio\n    cmd: npx\n    args: [-y, thing-mcp]\n";
  await assertHeard(fenced("yaml", `${goose}    envs:\n      ${env("      ")}`));
  const keys = ["A_NAME # required", "A_TEAM # required", "A_REGION # optional"].map((key) => `      - ${key}\n`);
  await assertHeard(fenced("yaml", `${goose}    env_keys:\n${keys.join("")}`));
  const ids = { A_NAME: "Name (required)", A_TEAM: "Team (required)", A_REGION: "Region (optional)" };
  const inputs = Object.entries(ids).map(([id, description]) => ({ type: "promptString", id, description }));
  const values = Object.fromEntries(Object.keys(ids).map((id) => [id, `\${input:${id}}`]));
  const server = { command: "npx", args: ["-y", "thing-mcp"], env: values };
  await assertHeard(fenced("json", JSON.stringify({ inputs, servers: { t: server } }, null, 1)));
});

test("labels of an example environment hold for the variables below them", async () => {
  for (const example of [
    "# Required\nA_NAME=\nA_TEAM=\n\n# Optional\n# A_REGION=eu\n",
    "# ===== Required =====\n# who\nA_NAME=you\n\n# team\nA_TEAM=x\n\n# ===== Optional =====\nA_REGION=eu\n",
    "# ----------\n# REQUIRED SETTINGS\n# ----------\nA_NAME=\nA_TEAM=\n\nA_REGION=eu\n",
  ])
    await assertHeard(BLOCK, { ".env.example": example });
});

test("a Smithery property can say of itself that it is required", async () => {
  const property = (name: string, rest: string) => `      ${name}: { type: string${rest} }\n`;
  const schema = property("name", ", required: true") + property("team", ", required: true") + property("region", "");
  const smithery = `startCommand:\n  type: stdio\n  configSchema:\n    type: object\n    properties:\n${schema}  commandFunction: |-\n    (config) => ({ command: 'node', args: [], env: { A_NAME: config.name, A_TEAM: config.team, A_REGION: config.region } })\n`;
  await assertHeard(BLOCK, { "smithery.yaml": smithery });
});

test("what an example environment has for a script that shows what is wrong is no input", async () => {
  const files = (path: string) =>
    npmServer("process.env.A_NAME;\n", "", {
      ".env.example": "A_NAME=x\nB_TEAM=y\n",
      [path]: "console.log(process.env.B_TEAM ? 'there' : 'missing');\n",
    });
  assert.deepEqual((await readDemands(files("debug.mjs"))).optional, ["A_NAME"]);
  assert.deepEqual((await readDemands(files("src/debug.ts"))).optional, ["A_NAME", "B_TEAM"]);
});

test("variables whose values are told in words are named", async () => {
  const code = 'def get():\n    return call(os.getenv("A_URL"), os.getenv("A_KEY"))\ndef main():\n    mcp.run()\n';
  const block = "```\nA_URL=The address of your instance (typically https://acme.example)\nA_KEY=The key for it\n```\n";
  assert.deepEqual((await readDemands(pypiServer(code, `# Thing\n${block}`))).required, ["A_KEY", "A_URL"]);
  assert.deepEqual((await readDemands(pypiServer(code, "# Thing\n"))).required, []);
  // A command that starts something else gives it its values.
  const readme = "# Thing\n```\nA_OTHER=x make test\nuvx thing-mcp\n```\n";
  const other = 'def main():\n    log(os.getenv("A_OTHER"))\n    mcp.run()\n';
  assert.deepEqual((await readDemands(pypiServer(other, readme))).required, []);
});
