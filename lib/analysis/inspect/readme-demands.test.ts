import assert from "node:assert/strict";
import { test } from "node:test";
import { requiredInText } from "../readers/requirement-words.ts";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

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

test("a README's demand for another mode, or under a condition, does not make an input required", async () => {
  const block = configBlock({ A_URL: "x", A_NAME: "x", A_REGION: "x" });
  const texts = [
    "## HTTP server\n\n### Required variables\n\n- `A_URL`: where\n- `A_NAME`: who\n- `A_REGION`: region\n",
    "### Required permissions\n\n- `A_URL`: read\n\n### Required for teams\n\n- `A_NAME`: who\n",
    "If you use a proxy, `A_URL` is required. You must set `A_NAME` or `A_REGION`.\n",
    "```bash\nexport A_URL=https://required.example//path#required\n```\n",
    "```bash\n# Required for self-hosted\nexport A_URL=https://a.example\n\n# Mandatory with single sign-on\nexport A_NAME=x\n```\n",
    "- `A_URL`: public address for HTTP mode (REQUIRED)\n- `A_NAME`: token of the SSE transport, is required\n",
    "| Variable | Required | Description |\n| --- | --- | --- |\n| `A_URL` | yes | where |\n| `A_NAME` | ✅ | who |\n| `STREAMABLE_HTTP` | yes | must be true |\n",
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

test("what a list of the server's variables names is an input where its code speaks of it", async () => {
  const readme =
    "## Configuration\n\n- `A_REGION`: region\n- `A_DEAD`: gone\n\n## HTTP server\n\n- `A_ORIGIN`: for browsers\n";
  const code = 'settings.lookup("A_REGION"); settings.lookup("A_ORIGIN");\n';
  assert.deepEqual((await readDemands(npmServer(code, readme))).optional, ["A_REGION"]);
});

test("what a form of another host demands is optional where server.json does not name it", async () => {
  const smithery =
    "startCommand:\n  type: stdio\n  configSchema:\n    type: object\n    required: [aToken, aBoard]\n    properties:\n      aToken: {type: string}\n      aBoard: {type: string}\n  commandFunction: |-\n    (config) => ({ command: 'node', args: [], env: { A_TOKEN: config.aToken, A_BOARD: config.aBoard } })\n";
  const more = { "smithery.yaml": smithery };
  const code = "process.env.A_TOKEN; process.env.A_BOARD;\n";
  assert.deepEqual((await readDemands(npmServer(code, "", more))).required, ["A_BOARD", "A_TOKEN"]);
  const environmentVariables = [{ name: "A_TOKEN", isRequired: true, isSecret: true }];
  const packages = [{ registryType: "npm", identifier: "thing-mcp", environmentVariables }];
  const declared = { ...more, "server.json": JSON.stringify({ name: "io.github.acme/thing", packages }) };
  assert.deepEqual((await readDemands(npmServer(code, "", declared))).required, ["A_TOKEN"]);
});

test("a remark beside a block's value that calls it required is right beside a form of another host that fills it in", async () => {
  const smithery =
    "startCommand:\n  type: stdio\n  configSchema:\n    type: object\n    properties:\n      aToken: {type: string, default: ''}\n  commandFunction: |-\n    (config) => ({ command: 'node', args: [], env: { A_TOKEN: config.aToken || '' } })\n";
  const tool =
    'server.tool("a", {}, async () => { if (!process.env.A_TOKEN) return { isError: true, content: [{ type: "text", text: "Set A_TOKEN" }] }; return run(); });\n';
  const required = async (remark: string) => {
    const block = `\`\`\`jsonc\n{"mcpServers": {"thing": {"command": "npx", "args": ["-y", "thing-mcp"], "env": {\n  "A_TOKEN": "your-token" // ${remark}\n}}}}\n\`\`\`\n`;
    return (await readDemands(npmServer(tool, block, { "smithery.yaml": smithery }))).required;
  };
  assert.deepEqual(await required("Required"), ["A_TOKEN"]);
  assert.deepEqual(await required("Optional"), []);
});

test("docker's own options are none of the server's, whatever value they take", async () => {
  const command =
    "docker run -d -i \\\n  --name thing --restart unless-stopped -p 8085:8085 \\\n  -e A_TOKEN -e A_REGION \\\n  acme/thing:latest serve";
  const { server, inputs } = await inspectFiles({
    "go.mod": "module github.com/acme/thing\n\nrequire github.com/mark3labs/mcp-go v0.1.0\n",
    "main.go":
      'package main\nfunc main() { server.NewMCPServer("t", "1"); os.Getenv("A_TOKEN"); os.Getenv("A_REGION") }\n',
    "README.md": `\`\`\`bash\n${command}\n\`\`\`\n`,
  });
  assert.deepEqual(
    [server.runtime, server.package, server.version, server.args],
    ["oci", "acme/thing", "latest", ["serve"]],
  );
  assert.deepEqual(inputs.map((input) => input.key).sort(), ["A_REGION", "A_TOKEN"]);
});

test("items that say what each way alone does are a choice", async () => {
  const code = "process.env.A_USER; process.env.A_PASSWORD; process.env.B_API_KEY;\n";
  const readme = `${configBlock({ A_USER: "x", A_PASSWORD: "x", B_API_KEY: "x" })}
- If only \`A_USER\` and \`A_PASSWORD\` are given, there are the first tools;
- If only \`B_API_KEY\` is given, there are the others;
- If all are given, there are all tools.
`;
  const found = await readDemands(npmServer(code, readme));
  assert.deepEqual([found.required, found.choices], [[], [[[["A_USER", "A_PASSWORD"], ["B_API_KEY"]], true]]]);
});

test("a position that an example fills with a credential's name is that credential", async () => {
  const cases: [string, string][] = [
    ["<YOUR_API_KEY>", "API key"],
    ["your-api-key", "API key"],
    ["YOUR_ACCOUNT_SID/YOUR_API_KEY:YOUR_API_SECRET", "Account sid / API key / API secret"],
  ];
  for (const [word, label] of cases) {
    const { inputs } = await inspectFiles(npmServer("process.argv[2];\n", configBlock({}, word)), {
      npm: [{ name: "thing-mcp", repository: REPOSITORY }],
    });
    assert.deepEqual(
      inputs.map((input) => [input.key, input.label, input.secret, input.required]),
      [["position 0", label, true, true]],
      word,
    );
  }
});

test("an example that the code falls back on does not make a documented demand optional", async () => {
  const readme = `${configBlock({ A_URL: "x" })}\n| Variable | Description | Default | Required |\n| --- | --- | --- | --- |\n| \`A_URL\` | Address of the site | - | ✅ |\n| \`A_REGION\` | Region | eu | - |\n`;
  const code =
    'const url = process.env.A_URL || "https://example.com";\nconst region = process.env.A_REGION || "eu";\n';
  const found = await readDemands(npmServer(code, readme));
  assert.deepEqual([found.required, found.optional], [["A_URL"], ["A_REGION"]]);
  // A fallback that works is the server's own.
  const own = await readDemands(npmServer('process.env.A_URL || "https://api.acme.dev";\n', readme));
  assert.deepEqual(own.required, []);
});

test("options of a package's other commands are none of the server's", async () => {
  const readme = `${configBlock({ A_TOKEN: "x" })}\n\`\`\`sh\nnpx -y thing-mcp clone --repo-slug your-repo --target-path ./here\n\`\`\`\n\n- \`--repo-slug\` (required): repository\n`;
  const found = await readDemands(npmServer("", readme));
  assert.deepEqual([found.required, found.optional], [["A_TOKEN"], []]);
  // Where the configuration starts a command, that command's options are the server's.
  const server = `${configBlock({ A_TOKEN: "x" }, "serve")}\n\`\`\`sh\nnpx -y thing-mcp serve --region eu\n\`\`\`\n`;
  assert.deepEqual((await readDemands(npmServer("", server))).optional, ["--region", "A_TOKEN"]);
});

test("a credential that prose calls optional by its words is asked of no one", async () => {
  const code = "const key = process.env.THING_API_KEY;\n";
  const block = configBlock({ THING_API_KEY: "<your-key>" });
  assert.deepEqual((await readDemands(npmServer(code, block))).required, ["THING_API_KEY"]);
  for (const note of ["- Thing API Key (Optional) for higher limits", "- **Thing API key** (optional): more"])
    assert.deepEqual((await readDemands(npmServer(code, `${note}\n\n${block}`))).optional, ["THING_API_KEY"], note);
});

test("a table that names a flag and its variable side by side speaks of both", async () => {
  const readme = `${configBlock({}, "--project", "x")}\n| Argument | Variable | Required | Description |\n| --- | --- | --- | --- |\n| \`--project\` | \`A_PROJECT\` | Yes | Which project |\n| \`--region\` | \`A_REGION\` | No | Where |\n`;
  const code =
    "const project = options.project || process.env.A_PROJECT;\nconst region = options.region ?? process.env.A_REGION;\n";
  const { required, optional } = await readDemands(npmServer(code, readme));
  assert.deepEqual([required, optional], [["A_PROJECT"], ["A_REGION"]]);
});

test("a sentence that lists what is required, and what is not, speaks of each", async () => {
  const block = configBlock({ A_URL: "x", A_NAME: "x", A_REGION: "x" });
  const text =
    "The following are required: `A_URL`, `A_NAME` and optionally `A_REGION`. They can be given in two ways.\n";
  const { required, optional } = await readDemands(npmServer(READS, `${block}\n${text}`));
  assert.deepEqual([required, optional], [["A_NAME", "A_URL"], ["A_REGION"]]);
  const other = "The following variables can be set: `A_URL`, `A_NAME`. The following was wrong: `A_REGION`.\n";
  assert.deepEqual((await readDemands(npmServer(READS, `${block}\n${other}`))).required, []);
});

test("what every configuration of a server without a package shows is shown always", async () => {
  const block = (env: Record<string, string>) =>
    `\`\`\`json\n${JSON.stringify({ mcpServers: { thing: { command: "node", args: ["/path/to/thing/dist/index.js"], env } } })}\n\`\`\`\n`;
  const code = "process.env.A_USERNAME; process.env.A_PASSWORD; process.env.A_REGION;\n";
  const readme =
    block({ A_USERNAME: "x", A_PASSWORD: "x", A_REGION: "x" }) + block({ A_USERNAME: "x", A_PASSWORD: "x" });
  const { inputs } = await inspectFiles(npmServer(code, readme));
  const required = inputs.filter((input) => input.required).map((input) => input.key);
  assert.deepEqual(required.sort(), ["A_PASSWORD", "A_USERNAME"]);
});

test("placeholders and names without quotes are read in a configuration block", async () => {
  const blocks = [
    '{"mcpServers": {"thing": {"command": "npx", "args": ["-y", "thing-mcp"], "env": {"A_TOKEN": YOUR_TOKEN, "A_URL": "https://a.example"}}}}',
    '{"mcpServers": {... other servers ..., "thing": {"command": "npx", "args": ["-y", "thing-mcp"], "env": {"A_TOKEN": <your token>, "A_URL": "x"}}}}',
    '{mcpServers: {thing: {command: "npx", args: ["-y", "thing-mcp"], env: {A_TOKEN: "x", A_URL: "x"}}}}',
  ];
  for (const block of blocks) {
    const readme = `\`\`\`json\n${block}\n\`\`\`\n`;
    const { required } = await readDemands(npmServer("process.env.A_TOKEN; process.env.A_URL;\n", readme));
    assert.deepEqual(required, ["A_TOKEN", "A_URL"], block);
  }
});

test("an argument that holds the package with its options is parted as a shell would", async () => {
  const server = {
    command: "npx",
    args: ["-y", "thing-mcp --transport stdio --region <region>"],
    env: { A_TOKEN: "x" },
  };
  const readme = `\`\`\`json\n${JSON.stringify({ mcpServers: { thing: server } })}\n\`\`\`\n`;
  const { required, optional } = await readDemands(npmServer("process.env.A_TOKEN; options.region;\n", readme));
  assert.deepEqual([required, optional], [["A_TOKEN"], ["--region"]]);
});

test("the one input that every command shows is required, though the code has it optional", async () => {
  const code =
    "export const envSchema = z.object({ A_TOKEN: z.string().optional(), A_NOTE: z.string().optional() });\n";
  assert.deepEqual((await readDemands(npmServer(code, configBlock({ A_TOKEN: "x" })))).required, ["A_TOKEN"]);
  const more = configBlock({ A_TOKEN: "x", A_NOTE: "x" });
  assert.deepEqual((await readDemands(npmServer(code, more))).required, []);
});

test("a key's id and secret that only a library reads are required together", async () => {
  const readme = configBlock({ A_ACCESS_KEY_ID: "x", A_ACCESS_KEY_SECRET: "x" });
  const { required } = await readDemands(npmServer("new CredentialClient();\n", readme));
  assert.deepEqual(required, ["A_ACCESS_KEY_ID", "A_ACCESS_KEY_SECRET"]);
});

/** A template with a name where the URL has its host. */
const host = (name: string) => `\`https://\${${name}}/api\``;

test("a credential beside an address that is required is needed where every command shows both", async () => {
  const code = `const base = ${host("process.env.A_DOMAIN")};\nconst key = process.env.A_API_KEY;\n`;
  const shown = configBlock({ A_DOMAIN: "you.example", A_API_KEY: "key" });
  assert.deepEqual((await readDemands(npmServer(code, shown))).required, ["A_API_KEY", "A_DOMAIN"]);
  const open = `${shown}\nA server without accounts:\n${configBlock({ A_DOMAIN: "you.example" })}`;
  assert.deepEqual((await readDemands(npmServer(code, open))).required, ["A_DOMAIN"]);
});

test("a variable that is the host of a URL is needed, unless something stands in its place", async () => {
  const shown = configBlock({ A_DOMAIN: "you.example" });
  for (const code of [
    `const base = ${host("process.env.A_DOMAIN")};`,
    `const domain = process.env.A_DOMAIN;\nserver.tool("x", async () => fetch(${host("domain")}));`,
    `class Api { constructor() { this.domain = process.env.A_DOMAIN; } get() { return fetch(${host("this.domain")}); } }`,
  ])
    assert.deepEqual((await readDemands(npmServer(code, shown))).required, ["A_DOMAIN"], code);
  const fallback = `const base = ${host("process.env.A_DOMAIN || 'api.example'")};`;
  assert.deepEqual((await readDemands(npmServer(fallback, shown))).required, []);
  // A user stands before the host, not in its place.
  const user = `const proxy = ${host("process.env.A_DOMAIN").replace("/api", ":secret@proxy.example")};`;
  assert.deepEqual((await readDemands(npmServer(user, shown))).required, []);
  const python =
    'BASE_URL = os.getenv("A_URL")\n@mcp.tool()\ndef get():\n    return httpx.get(f"{BASE_URL}/rest")\ndef main():\n    mcp.run()\n';
  const config = {
    mcpServers: { thing: { command: "uvx", args: ["thing-mcp"], env: { A_URL: "https://you.example" } } },
  };
  const readme = `\`\`\`json\n${JSON.stringify(config)}\n\`\`\`\n`;
  assert.deepEqual((await readDemands(pypiServer(python, readme))).required, ["A_URL"]);
});

test("what is said to be required for every call is required", async () => {
  const code = "const key = process.env.A_KEY;\n";
  const said = (words: string) =>
    `${configBlock({ A_KEY: "x" })}\n| Variable | Description |\n| --- | --- |\n| \`A_KEY\` | ${words} |\n| \`A_SECRET\` | Another |\n`;
  const more = `${code}const secret = process.env.A_SECRET;\n`;
  assert.deepEqual((await readDemands(npmServer(more, said("Required for tool calls to succeed")))).required, [
    "A_KEY",
  ]);
  assert.equal(requiredInText("Not required for API calls that only read"), null);
});

test("a flag with the only credential, which every command shows, is required", async () => {
  const shown = `${configBlock({}, "--api-key=YOUR_KEY", "--live")}\n${configBlock({}, "--api-key=YOUR_KEY")}`;
  assert.deepEqual((await readDemands(npmServer("start(process.argv);", shown))).required, ["--api-key"]);
  const without = `${shown}\n${configBlock({})}`;
  assert.deepEqual((await readDemands(npmServer("start(process.argv);", without))).required, []);
});

test("what is mandatory beside another setting only is not required", async () => {
  const table = (text: string) => `| Variable | Description |\n|---|---|\n| \`A_LIST\` | ${text} |\n`;
  const of = async (text: string) =>
    (await readDemands(npmServer("use(process.env.A_LIST, process.env.A_WRITE);", table(text)))).required;
  assert.deepEqual(await of("**MANDATORY** list of tools. Requires `A_WRITE=true`."), []);
  assert.deepEqual(await of("Required. Only with A_WRITE=1"), []);
  assert.deepEqual(await of("**MANDATORY** list of tools."), ["A_LIST"]);
});

test("what is required while a switch is on, or may be left unset, is not required", async () => {
  const code = "const key = process.env.A_KEY;\n";
  const said = (words: string) =>
    readDemands(npmServer(code, `${configBlock({ A_KEY: "x" })}\n- \`A_KEY\`: ${words}\n`));
  assert.deepEqual((await said("the key of the service")).required, ["A_KEY"]);
  assert.deepEqual((await said("Required when `A_VISION=true`")).required, []);
  assert.deepEqual((await said("Required if A_VISION is set to true")).required, []);
  const session =
    "def sign():\n    if not os.environ.get('A_SECRET'):\n        raise ValueError('no')\n@mcp.tool()\ndef one():\n    sign()\ndef main():\n    mcp.run()\n";
  const shown = configBlock({ A_SECRET: "x" })
    .replace(/"npx"/, '"uvx"')
    .replace(/"-y",\s*/, "");
  assert.deepEqual((await readDemands(pypiServer(`import os\n${session}`, shown))).required, ["A_SECRET"]);
  const left = `${shown}\nMost people leave \`A_SECRET\` unset (the default), and no volume is required.\n`;
  assert.deepEqual((await readDemands(pypiServer(`import os\n${session}`, left))).required, []);
});

test("what is shown for an optional part, or is said not to be needed, is not required", async () => {
  const code =
    'server.tool("look", {}, async () => {\n  if (!process.env.A_KEY) throw new Error("A_KEY is not set");\n});\n';
  const bare = configBlock({});
  const shown = configBlock({ A_KEY: "x" });
  const required = async (readme: string) => (await readDemands(npmServer(code, readme))).required;
  assert.deepEqual(await required(`Add your key:\n\n${shown}`), ["A_KEY"]);
  assert.deepEqual(await required(`${bare}\nTo enable the optional \`look\` tool, add your key:\n\n${shown}`), []);
  assert.deepEqual(await required(`${shown}\nTo enable the optional \`look\` tool, add your key:\n\n${shown}`), [
    "A_KEY",
  ]);
  assert.deepEqual(await required(`${shown}\n- Requires \`A_KEY\`. The other tools work without it.\n`), []);
  assert.deepEqual(await required(`${shown}\n- Set \`A_KEY\`: nothing works without it.\n`), ["A_KEY"]);
});

test("the password of a way to sign in that is not the server's own is optional, though every command shows it", async () => {
  const readme = (what: string) =>
    `${configBlock({ A_AUTH_TYPE: "basic", A_PASSWORD: "x" })}\n| Variable | Description |\n| --- | --- |\n| \`A_AUTH_TYPE\` | basic or oauth |\n| \`A_PASSWORD\` | ${what} |\n`;
  const code = (own: string) => `open(process.env.A_AUTH_TYPE || "${own}", process.env.A_PASSWORD);\n`;
  const requiredOf = async (own: string, what: string) =>
    (await readDemands(npmServer(code(own), readme(what)))).required;
  assert.deepEqual(await requiredOf("oauth", "Password for basic auth"), []);
  assert.deepEqual(await requiredOf("basic", "Password for basic auth"), ["A_PASSWORD"]);
  assert.deepEqual(await requiredOf("oauth", "Password of the account"), ["A_PASSWORD"]);
});

test("what only some request needs is optional where documentation says that people want it for one use", async () => {
  const code =
    'if (!process.env.A_KEY) throw new Error("no");\nfunction key() { const key = process.env.B_KEY; if (!key) throw new Error("no"); return key; }\nserver.tool("a", () => write(key()));\n';
  const requiredOf = async (what: string) =>
    (await readDemands(npmServer(code, `${configBlock({ A_KEY: "x", B_KEY: "x" })}\n- \`B_KEY\`: ${what}\n`))).required;
  assert.deepEqual(await requiredOf("If you want to write pages, use your admin key here"), ["A_KEY"]);
  assert.deepEqual(await requiredOf("If you want to use this server, get a key"), ["A_KEY", "B_KEY"]);
  assert.deepEqual(await requiredOf("The key of your account"), ["A_KEY", "B_KEY"]);
});

test("a line that calls all of a block's values optional spares them", async () => {
  const read = "const key = process.env.A_TOKEN;\n";
  const under = (line: string) => npmServer(read, `${line}\n\n${configBlock({ A_TOKEN: "your-token" })}`);
  for (const line of ["#### With environment variables (all optional)", "All of these variables are optional:"])
    assert.deepEqual((await readDemands(under(line))).required, [], line);
  for (const line of ["#### With environment variables", "The file is optional:"])
    assert.deepEqual((await readDemands(under(line))).required, ["A_TOKEN"], line);
});

test("what every command sets to a placeholder is needed where the server takes no credential", async () => {
  const read = (rest: string) => `const pool = { id: process.env.A_POOL_ID${rest} };\n`;
  const shown = configBlock({ A_POOL_ID: "your-pool-id" });
  const required = async (code: string, block: string) => (await readDemands(npmServer(code, block))).required;
  assert.deepEqual(await required(read(" || ''"), shown), ["A_POOL_ID"]);
  assert.deepEqual(await required(read(""), shown), ["A_POOL_ID"]);
  // A value in its place, in the code or as it is shown, another command without it, or a credential, which would tell more.
  assert.deepEqual(await required(read(" || 'main'"), shown), []);
  assert.deepEqual(await required(read(""), configBlock({ A_POOL_ID: "main" })), []);
  assert.deepEqual(await required(read(""), `${shown}\n${configBlock({})}`), []);
  assert.deepEqual(await required(`${read("")}if (process.env.A_TOKEN) use(process.env.A_TOKEN);\n`, shown), []);
});

test("a path over HTTP of a service that the code demands is none of the server's own", async () => {
  const code = (name: string) => `if (!process.env.${name}) throw new Error("no");\nconnect(process.env.${name});\n`;
  const required = async (name: string) => (await readDemands(npmServer(code(name), ""))).required;
  assert.deepEqual(await required("ACME_HTTP_PATH"), ["ACME_HTTP_PATH"]);
  for (const name of ["MCP_HTTP_PATH", "ACME_MCP_HTTP_PATH", "HTTP_PORT"])
    assert.deepEqual(await required(name), [], name);
});
