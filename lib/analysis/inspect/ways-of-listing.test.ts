import assert from "node:assert/strict";
import { test } from "node:test";
import { requiredInText } from "../readers/requirement-words.ts";
import { configBlock, npmServer, readDemands } from "../testing/repositories.ts";

// Each of these says that A_NAME and A_TEAM are required, and that A_REGION is not.

const READS = "process.env.A_NAME; process.env.A_TEAM; process.env.A_REGION;\n";
const BLOCK = configBlock({ A_NAME: "x", A_TEAM: "y", A_REGION: "z" });
const fenced = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;

const requiredBy = async (text: string) => (await readDemands(npmServer(READS, `${BLOCK}\n${text}`))).required;
async function assertHeard(...texts: string[]): Promise<void> {
  for (const text of texts) assert.deepEqual(await requiredBy(text), ["A_NAME", "A_TEAM"], text);
}

function table(header: string, said: string[], names = ["`A_NAME`", "`A_TEAM`", "`A_REGION`"]): string {
  const rows = names.map((name, at) => `| ${name} | ${said[at]} | what it is |`);
  return `| Variable | ${header} | Description |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

test("tables in HTML are tables", async () => {
  const rows = (cell: (name: string) => string, yes: string, no: string) =>
    `<table>\n<thead><tr><th>Variable</th><th>Required</th></tr></thead>\n<tbody>\n${["A_NAME", "A_TEAM", "A_REGION"]
      .map((name) => `<tr>\n<td>${cell(name)}</td>\n<td>${name === "A_REGION" ? no : yes}</td>\n</tr>`)
      .join("\n")}\n</tbody>\n</table>\n`;
  await assertHeard(
    rows((name) => `<code>${name}</code>`, "Yes", "No"),
    rows((name) => `<b>${name}</b>`, "<b>required</b>", "optional"),
    rows((name) => `\n\n\`${name}\`\n\n`, "✅", "❌"),
    "<table><tr><td><code>A_NAME</code></td><td>required</td></tr><tr><td>A_TEAM<td>Required<tr><td>A_REGION<td>optional</table>\n",
  );
  assert.deepEqual(
    await requiredBy(
      fenced(
        "html",
        rows((name) => name, "Yes", "No"),
      ),
    ),
    [],
  );
});

test("a column with one of many headers and signs tells what is required", async () => {
  for (const [header, said] of [
    ["Req?", ["Yes", "Y", "No"]],
    ["Req", [":white_check_mark:", "✅", ":heavy_minus_sign:"]],
    ["Required", ["<b>Yes</b>", "_Yes_", "<i>No</i>"]],
    ["Required", ["✅ Yes", "Yes ✅", "⚠️ Conditional"]],
    ["Required", ["✅", "✓", "⚠️"]],
    ["Requirement", ["Required", "**Required**", "Optional"]],
    ["Presence", ["required", "_required_", "optional"]],
    ["Necessary", ["Yes", "yes", "—"]],
    ["Default", ["**Required**", "_required_", "`eu`"]],
    ["Default", ["Required", "Required", "`eu`"]],
    ["Optional?", ["No", "no", "Yes"]],
    ["是否必填", ["是", "是", "否"]],
    ["可选", ["否", "否", "是"]],
    ["필수", ["예", "네", "아니오"]],
    ["Obrigatório", ["Sim", "sim", "Não"]],
    ["Obbligatorio", ["Sì", "sì", "No"]],
    ["Verplicht", ["Ja", "ja", "Nee"]],
    ["Wymagane", ["Tak", "tak", "Nie"]],
  ] as [string, string[]][])
    await assertHeard(table(header, said));
  await assertHeard(
    "| Variable | Description |\n| --- | --- |\n| **Required** | |\n| `A_NAME` | who |\n| `A_TEAM` | team |\n| **Optional** | |\n| `A_REGION` | region |\n",
  );
  // A value that is a word of this kind is none.
  assert.deepEqual(await requiredBy(table("Default", ["required", "`required`", "optional"])), []);
});

test("a star means what the note below says", async () => {
  const starred = (star: string) => ["A_NAME", "A_TEAM"].map((name) => `\`${name}\`${star}`).concat("`A_REGION`");
  const types = ["string", "string", "string"];
  await assertHeard(
    `${table("Required", ["Yes*", "**Yes***", "No"])}\n\\* Required for tool calls to succeed.\n`,
    `${table("Required", ["Yes\\*", "✅*", "No"])}\n_\\* Required_\n`,
    `${table("Type", types, starred("*"))}\n\\* required\n`,
    `${table("Type", types, starred(" *"))}\n* = required\n`,
    `${table("Type", types, starred("\\*"))}\n<sup>\\*</sup> Mandatory\n`,
    `${table("Type", types, starred("*"))}\nFields marked with * are required.\n`,
    "- `A_NAME`*: who\n- `A_TEAM`*: team\n- `A_REGION`: region\n\n\\* required\n",
  );
  for (const note of ["\\* Required for the web tools.", "\\* Required unless you sign in.", "* `A_NAME` is one.", ""])
    assert.deepEqual(await requiredBy(`${table("Required", ["Yes*", "✅*", "No"])}\n${note}\n`), [], note);
  assert.deepEqual(await requiredBy("- *`A_NAME`*: who\n- *`A_TEAM`*: team\n\n\\* required\n"), []);
});

test("what stands below a name speaks of it", async () => {
  await assertHeard(
    "A_NAME\n: (required) who\n\nA_TEAM\n: Required. team\n\nA_REGION\n: (optional) region\n",
    "<dl>\n<dt><code>A_NAME</code></dt>\n<dd>Required. who</dd>\n<dt>A_TEAM</dt><dd><b>Required</b>: team</dd>\n<dt>A_REGION</dt><dd>Optional.</dd>\n</dl>\n",
    "### `A_NAME`\n\n**Required.** who\n\n### `A_TEAM`\n\n*Required*: yes\n\n### `A_REGION`\n\nOptional. region\n",
    "- `A_NAME`\n  - who\n  - Required: yes\n- `A_TEAM`\n  - Required: ✅\n- `A_REGION`\n  - Required: no\n",
    "- **`A_NAME`**\n  - **Required**\n- **`A_TEAM`**\n  - Optional: no\n- **`A_REGION`**\n  - **Optional**\n",
  );
  assert.deepEqual(
    await requiredBy("### `A_NAME`\n\nRequired for the web tools.\n\n### `A_TEAM`\n\nRequired: yes, if …\n"),
    [],
  );
});

test("a block of an environment is told by its comments and by what leads to it", async () => {
  const env = (text: string) => fenced("env", text);
  await assertHeard(
    env("# Required\nA_NAME=x\n# the team\nA_TEAM=y\n\n# Optional\nA_REGION=eu"),
    env("# ===== Required =====\nA_NAME=x\n\nA_TEAM=y\n\n# ===== Optional =====\nA_REGION=eu"),
    env("# Thing credentials (required)\nA_NAME=x\nA_TEAM=y\n\n# Region (optional)\nA_REGION=eu"),
    fenced("bash", "export A_NAME=x (required)\nexport A_TEAM=y   (required)\nexport A_REGION=eu (optional)"),
    fenced(
      "yaml",
      "services:\n  t:\n    environment:\n      - A_NAME=x # required\n      - A_TEAM=y # required\n      - A_REGION=eu",
    ),
    fenced(
      "yaml",
      "services:\n  t:\n    environment:\n      # Required\n      A_NAME: x\n      A_TEAM: y\n\n      # Optional\n      A_REGION: eu",
    ),
    `### Required\n\n${env("A_NAME=x\nA_TEAM=y")}\n### Optional\n\n${env("A_REGION=eu")}`,
    `The server requires the following environment variables:\n\n${env("A_NAME=x\nA_TEAM=y")}`,
    fenced(
      "json5",
      '{"mcpServers":{"t":{"command":"npx","args":["thing-mcp"],"env":{\n"A_NAME":"x", /* required */\n"A_TEAM":"y" /* required */\n}}}}',
    ),
  );
  for (const text of [
    env("# Required\nA_REGION=eu\n# Only for teams\nA_TEAM=y").replace("A_REGION", "B_OTHER"),
    `The server requires the following environment variables:\n\n${env("A_NAME=x\nA_TEAM=y # optional")}`,
  ])
    assert.deepEqual(await requiredBy(text), [], text);
});

test("a sentence that leads to a list demands it, unless the list is of all variables", async () => {
  const list = "\n- `A_NAME`: who\n- `A_TEAM`: team\n";
  for (const lead of [
    "The following environment variables must be set:",
    "You need to set the following environment variables:",
    "Make sure the following environment variables are set:",
    "You will need these environment variables:",
    "**The server requires the following environment variables:**",
    "必需的环境变量：",
  ])
    await assertHeard(`${lead}\n${list}`);
  for (const lead of [
    "Set the following environment variables:",
    "For HTTP, these variables must be set:",
    "These variables may be set:",
  ])
    assert.deepEqual(await requiredBy(`${lead}\n${list}`), [], lead);
  const mixed = `The server needs the following environment variables:\n\n${table("Default", ["", "", "`eu`"])}`;
  assert.deepEqual(await requiredBy(mixed), []);
});

test("sentences and labels name what is required beside what is not", async () => {
  await assertHeard(
    "Set `A_NAME` and `A_TEAM` (and optionally `A_REGION`).\n",
    "Set `A_NAME`, `A_TEAM`, and optionally `A_REGION` in your environment.\n",
    "You **must** set A_NAME and A_TEAM.\n",
    "**Required environment variables**: `A_NAME`, `A_TEAM`\n",
    "Required: `A_NAME`, `A_TEAM`. Optional: `A_REGION`.\n",
    "> **Required**: `A_NAME` and `A_TEAM`\n",
    "## Prerequisites\n\n- Node 20\n- A key for Thing (`A_NAME`)\n- A team: `A_TEAM`\n- A region (`A_REGION`), which is optional\n",
    "<details><summary>Required variables</summary>\n\n- `A_NAME`: who\n- `A_TEAM`: team\n\n</details>\n\n- `A_REGION`: region\n",
    "- `A_NAME`: 必填，名字\n- `A_TEAM`（必需）: 团队\n- `A_REGION`: 可选，区域\n",
    "- __A_NAME__ (required, string): who\n- [`A_TEAM`](#team) ⚠️ **required**\n- <code>A_REGION</code> (optional)\n",
    "- `export A_NAME=x` (required)\n- `export A_TEAM=y` (required)\n",
  );
  for (const text of [
    "Set `A_NAME` and `A_TEAM`.\n",
    "If you sign in, set `A_NAME` and optionally `A_TEAM`.\n",
    "## Prerequisites\n\n- A key (`A_NAME`) for private things\n- `A_TEAM` or a file\n",
  ])
    assert.deepEqual(await requiredBy(text), [], text);
});

test("emphasis does not hide the condition of a demand", () => {
  for (const text of [
    "Folders. **Required** for file-based tools",
    "__Required__ when signed in",
    "_Required_ if there is no key",
    "`required` unless a file is given",
    "<b>Required</b> only with teams",
    "**Required**, if there is no key",
    "Name (**required**, only for teams)",
    "**One** of these is required",
  ])
    assert.equal(requiredInText(text), null, text);
  for (const text of ["This is **not** required.", "**not required**", "It is *optional*", "<em>Optional</em>"])
    assert.equal(requiredInText(text), false, text);
  for (const text of [
    "**Required**",
    "__Required__. Who",
    "<b>Required</b>: who",
    "It is **required**",
    "(**required**)",
  ])
    assert.equal(requiredInText(text), true, text);
});

test("what a program does without a value says that it can do without", () => {
  for (const text of [
    "Service name (inferred from the address if not provided)",
    "The region, detected from your profile when omitted",
    "Which account to use. If omitted, we take the default one",
    "When not set, all projects are read",
    "The user's password (default: empty)",
    "Port, default=3306",
  ])
    assert.equal(requiredInText(text), false, text);
  for (const text of [
    "Inferred from the address",
    "The server fails if not provided",
    "If omitted, the call is refused",
  ])
    assert.notEqual(requiredInText(text), false, text);
});

test("a table of variables lists those whose names are one word, other tables do not", async () => {
  const reads = "use(process.env.A_NAME, process.env.PASSWORDS);\n";
  const block = configBlock({ A_NAME: "x", PASSWORDS: "y" });
  const listed = async (title: string, said: string, shown = block) =>
    readDemands(
      npmServer(
        reads,
        `${shown}\n| ${title} | Required |\n| --- | --- |\n| \`A_NAME\` | Yes |\n| \`PASSWORDS\` | ${said} |\n`,
      ),
    );
  assert.deepEqual((await listed("Variable", "No")).required, ["A_NAME"]);
  assert.deepEqual((await listed("Env var", "Yes", "")).required, ["A_NAME", "PASSWORDS"]);
  assert.deepEqual((await listed("Environment variable", "Yes", "")).required, ["A_NAME", "PASSWORDS"]);
  assert.deepEqual((await listed("Word", "Yes", "")).required, ["A_NAME"]);
});

test("a sentence that tells how the server works without a variable calls it optional", async () => {
  const block = configBlock({ A_TOKEN: "x" });
  const code = "use(process.env.A_TOKEN);\n";
  const requiredWith = async (text: string) => (await readDemands(npmServer(code, `${block}\n${text}\n`))).required;
  for (const text of [
    "Without `A_TOKEN`, the server uses the public limits.",
    "- Without an `A_TOKEN`, you get the public data",
    "If no A_TOKEN is set, public projects are read.",
    "By default this server can only query public content. Sign in to change it.",
    "Without authentication, it reads publicly available data.",
  ])
    assert.deepEqual(await requiredWith(text), [], text);
  for (const text of [
    "Without `A_TOKEN`, requests fail.",
    "Without `A_TOKEN`, nothing works.",
    "Without `A_TOKEN` the server will not start.",
    "You cannot go on without `A_TOKEN`, which you get here.",
  ])
    assert.deepEqual(await requiredWith(text), ["A_TOKEN"], text);
});

test("what an item lists below it as values of its variable are no variables", async () => {
  const code = "use(process.env.A_CAPABILITIES);\n// WRITE_THINGS DELETE_THINGS\n";
  const keysOf = async (lead: string) => {
    const items = `- \`A_CAPABILITIES\`: ${lead}\n    - \`WRITE_THINGS\`: Lets it write.\n    - \`DELETE_THINGS\`: Lets it delete.\n`;
    return (await readDemands(npmServer(code, `## Environment variables\n\n${items}`))).optional;
  };
  for (const lead of ["What to allow. Currently supported:", "One of the following:", "Possible values are:"])
    assert.deepEqual(await keysOf(lead), ["A_CAPABILITIES"], lead);
  for (const lead of ["What to allow.", "Possible only with these variables:"])
    assert.deepEqual(await keysOf(lead), ["A_CAPABILITIES", "DELETE_THINGS", "WRITE_THINGS"], lead);
});
