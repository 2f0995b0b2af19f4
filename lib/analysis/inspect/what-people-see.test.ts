import assert from "node:assert/strict";
import { test } from "node:test";
import { isSecretName } from "../inputs/input-names.ts";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { configBlock, npmServer, pypiServer } from "../testing/repositories.ts";

const PUBLISHED = { npm: [{ name: "thing-mcp", repository: REPOSITORY }] };
const inspectServer = (code: string, readme: string) => inspectFiles(npmServer(code, readme), PUBLISHED);
const block = (server: Record<string, unknown>) =>
  `\`\`\`json\n${JSON.stringify({ mcpServers: { thing: server } })}\n\`\`\`\n`;

test("what a shell runs, and a runtime by its path alone, bring no arguments", async () => {
  const own = configBlock({ A_TOKEN: "x" });
  const others = [
    { command: "C:\\Program Files\\nodejs\\node.exe" },
    { command: "/usr/local/bin/node" },
    { command: "wsl.exe", args: ["bash", "-c '", "export A_TOKEN=x &&", "/snap/bin/npx thing-mcp --fast", "'"] },
    { command: "powershell", args: ["-Command", "npx thing-mcp"] },
  ];
  for (const other of others) {
    const { inputs } = await inspectServer("process.env.A_TOKEN;\n", own + block(other));
    assert.deepEqual(
      inputs.map(({ key }) => key),
      ["A_TOKEN"],
      JSON.stringify(other),
    );
  }
  const windows = block({ command: "cmd", args: ["/k", "npx", "-y", "thing-mcp", "--region", "eu"] });
  const { inputs } = await inspectServer("options.region;\n", windows);
  assert.deepEqual(
    inputs.map(({ key }) => key),
    ["--region"],
  );
});

test("an input's description speaks of the input, and not of the command or of what the code does", async () => {
  const readme =
    "```bash\n# Run it with your account\nexport A_URL=https://a.example\nexport A_NAME=you\nnpx thing-mcp\n```\n\n## Environment variables\n\n- `A_URL`: Address of the service\n- For development, set `A_NAME` to the name of your branch\n- Replace `YOUR_NAME_HERE` with your name\n";
  const code =
    "// Get the region from the environment, or use the default\nconst region = process.env.A_REGION;\n// Region in which data is kept\nconst kept = process.env.A_STORE;\n[process.env.A_URL, process.env.A_NAME];\n";
  const { inputs } = await inspectServer(code, readme);
  const described = Object.fromEntries(inputs.map(({ key, description }) => [key, description]));
  assert.deepEqual(described, {
    A_URL: "Address of the service.",
    A_NAME: "",
    A_REGION: "",
    A_STORE: "Region in which data is kept.",
  });
});

test("deprecated names are no inputs, and a flag whose description names a variable does the same as that", async () => {
  const code =
    "import argparse\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--uri', help='Where (overrides APP_ADDRESS)')\n    parser.add_argument('--old-uri', help='Deprecated alias for --uri')\n    parser.add_argument('--region', help='Unlike APP_ADDRESS and APP_ZONE, a region')\n    parser.parse_args()\n    os.getenv('APP_ADDRESS')\n    mcp.run()\n";
  const { inputs } = await inspectFiles(pypiServer(code, ""), {
    pypi: [{ name: "thing-mcp", repository: REPOSITORY }],
  });
  assert.deepEqual(inputs.map(({ key }) => key).sort(), ["--region", "APP_ADDRESS"]);
});

test("a server's title and description are plain words", async () => {
  const readme =
    "# 🗄️ Thing Server\n\nhttps://github.com/acme/thing/assets/video\n\n**⭐ Like it? Star it\non GitHub, where it lives, to show your support!**\n\nA server for [Thing (the service)](https://thing.example) and its things.\n";
  const { server } = await inspectServer("", readme);
  assert.deepEqual(
    [server.name, server.description],
    ["Thing Server", "A server for Thing (the service) and its things."],
  );
  // Registries cut a description off, in the middle of a link as well.
  const cut = await inspectFiles({
    ...npmServer("", "# Thing\n"),
    "server.json": JSON.stringify({ name: "io.github.acme/thing", description: "Finds [things](https://thing.exam" }),
  });
  assert.equal(cut.server.description, "Finds things");
});

test("labels spell a product as the server itself does", async () => {
  const labels = async (readme: string) => {
    const code = "process.env.ACMEHUB_TOKEN; process.env.ACME_URL; process.env.HUB_ITEM;\n";
    const { inputs } = await inspectServer(code, `${readme}\n${configBlock({ ACMEHUB_TOKEN: "x", ACME_URL: "x" })}`);
    return inputs.map(({ label }) => label).sort();
  };
  assert.deepEqual(await labels("# AcmeHub server\n"), ["Acme URL", "AcmeHub token", "Hub item"]);
  assert.deepEqual(
    (await labels("# Server\n\nA server that reads the items of acmeHub and URLs.\n"))[2],
    "acmeHub token",
  );
  assert.deepEqual(await labels("# ACMEHUB server\n"), ["Acme URL", "Acmehub token", "Hub item"]);
});

test("secrets are masked, and switches and counts that speak of secrets are not", () => {
  const secrets =
    "API_KEY SK VOLC_SK X_APITOKEN CLIENT_SECRET SECRETS_MANAGER_TOKEN DB_CONNECTION_STRING TRUST_TOKEN --bearer-token X_TOKENS API_TOKENS";
  const others =
    "RISK TASK X_REPORT_TOKENS X_TRUST_PLATFORM_AUTH X_SECRET_MANAGER X_SECRETS_PROVIDER MAX_SESSIONS_PER_KEY --enable-bearer X_FIELD_KEY RATE_LIMIT_SESSION X_CHUNK_TOKENS CONTEXT_TOKENS USD_PER_1K_TOKENS ALLOW_TOOL_CONNECTION_STRING USE_AUTH SAVE_TOKENS";
  for (const name of secrets.split(" ")) assert.equal(isSecretName(name), true, name);
  for (const name of others.split(" ")) assert.equal(isSecretName(name), false, name);
});

test("a description is what the first paragraphs say of the server, and not what else a README says", async () => {
  const describe = async (readme: string) => {
    const { server } = await inspectServer("", readme);
    return [server.name, server.description];
  };
  const cases: [string, string[]][] = [
    [
      "# Thing&nbsp;&amp; Co&nbsp;&nbsp;\n\nAn MCP server that provides access to\nall things and their\nowners.\n",
      ["Thing & Co", "An MCP server that provides access to all things and their owners."],
    ],
    ["# README: Thing\n\n## Install\n\nRun the command below in your terminal.\n", ["Thing", ""]],
    [
      "# Thing\n\nchmod +x thing-linux-amd64\n\n## Overview\n\nThing manages machines and the services on them.\n",
      ["Thing", "Thing manages machines and the services on them."],
    ],
    [
      "# Thing\n\nYour support helps the project to stay maintained!\n\nHere is how the filtering works:\n\n- fast\n",
      ["Thing", ""],
    ],
    [
      "# 物品\n\n一个可以让模型读取并管理所有物品及其主人信息的服务器，支持多种语言和平台。\n",
      ["物品", "一个可以让模型读取并管理所有物品及其主人信息的服务器，支持多种语言和平台。"],
    ],
    [
      "# Thing\n\nthing2 is a console for all the things of a team.\n",
      ["Thing", "thing2 is a console for all the things of a team."],
    ],
    [
      "# Thing\n\n**t8m** 是一款轻量级的控制台工具，专为简化管理所有物品而设计。\n",
      ["Thing", "t8m 是一款轻量级的控制台工具，专为简化管理所有物品而设计。"],
    ],
    ["# Thing\n\nnpm install thing-for-everybody and then run it\n", ["Thing", ""]],
    ["# Thing\n\nA server for things&#39; owners &amp; friends\n", ["Thing", "A server for things' owners & friends"]],
  ];
  for (const [readme, expected] of cases) assert.deepEqual(await describe(readme), expected, readme);
});

test("a password beside a user name that is required is required, where both are always shown", async () => {
  const readme = `${configBlock({ A_USERNAME: "you", A_PASSWORD: "yours", A_PIN: "1" })}\n- \`A_USERNAME\` (required): who\n`;
  const code = "[process.env.A_USERNAME, process.env.A_PASSWORD, process.env.A_PIN];\n";
  const requiredOf = async (text: string) =>
    (await inspectServer(code, text)).inputs.filter(({ required }) => required).map(({ key }) => key);
  assert.deepEqual((await requiredOf(readme)).sort(), ["A_PASSWORD", "A_USERNAME"]);
  assert.deepEqual(await requiredOf(`${readme}- \`A_PASSWORD\` (optional): secret\n`), ["A_USERNAME"]);
});

test("the only credential is not required where most commands run the server without it", async () => {
  const plain = configBlock({});
  const given = configBlock({ A_TOKEN: "x" });
  const requiredOf = async (readme: string) =>
    (await inspectServer("process.env.A_TOKEN;\n", readme)).inputs
      .filter(({ required }) => required)
      .map(({ key }) => key);
  assert.deepEqual(await requiredOf(plain + plain + plain + given), []);
  assert.deepEqual(await requiredOf(plain + given), ["A_TOKEN"]);
});

test("what one request fails without is required only where more than a few of the configurations have it", async () => {
  const later =
    'export function check() { if (!process.env.B_API_KEY) throw new Error("B_API_KEY is required"); }\n[process.env.A_TOKEN, process.env.B_API_KEY];\n';
  const one = configBlock({ A_TOKEN: "x" });
  const both = configBlock({ A_TOKEN: "x", B_API_KEY: "y" });
  const requiredOf = async (readme: string) =>
    (await inspectServer(later, readme)).inputs.filter(({ required }) => required).map(({ key }) => key);
  assert.deepEqual(await requiredOf(one + one + both), ["A_TOKEN"]);
  assert.ok((await requiredOf(both + both + one)).includes("B_API_KEY"));
  // Commands that show no input at all tell nothing of this one.
  const bare = configBlock({});
  assert.ok((await requiredOf(bare + bare + bare + both)).includes("B_API_KEY"));
  assert.ok((await requiredOf(`${one + one + both}\n- \`B_API_KEY\` (required): key\n`)).includes("B_API_KEY"));
});

test("a placeholder that only says that it is one is not shown", async () => {
  const shown = async (value: string) => {
    const { inputs } = await inspectServer("process.env.A_REGION;\n", configBlock({ A_REGION: value }));
    return inputs[0]?.placeholder;
  };
  assert.equal(await shown("PLACEHOLDER"), null);
  assert.equal(await shown("xxx"), null);
  assert.equal(await shown("<your-region>"), "<your-region>");
});

test("what a flag is beside its variable describes the flag alone", async () => {
  const describe = async (help: string) => {
    const code = `import argparse, os\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument("--thing-api-key", default=os.getenv("THING_API_KEY"), help="${help}")\n    mcp.run()\n`;
    const { inputs } = await inspectFiles(pypiServer(code, ""), {
      pypi: [{ name: "thing-mcp", repository: REPOSITORY }],
    });
    return inputs.map(({ key, description }) => [key, description]);
  };
  assert.deepEqual(await describe("Legacy alternative to THING_API_KEY"), [["THING_API_KEY", ""]]);
  assert.deepEqual(await describe("The key of your account"), [["THING_API_KEY", "The key of your account."]]);
});

test("a name that may be a switch for a key is the key's where documentation gives it one", async () => {
  const code = "const key = process.env.PHONE_USE_API_KEY;\n";
  for (const [value, isSecret] of [
    ["your-api-key", true],
    ["<key>", true],
    ["true", false],
    ["1", false],
  ] as const) {
    const { inputs } = await inspectServer(code, configBlock({ PHONE_USE_API_KEY: value }));
    assert.deepEqual(
      inputs.map(({ key, secret }) => [key, secret]),
      [["PHONE_USE_API_KEY", isSecret]],
      value,
    );
  }
});

test("nobody is asked for what a run of continuous integration sets", async () => {
  const keysOf = async (code: string, readme = "") =>
    (await inspectServer(code, readme)).inputs.map((input) => input.key);
  const event = 'const isPush = process.env.GITHUB_EVENT_NAME === "push";\n';
  const repository = "const repository = process.env.GITHUB_REPOSITORY;\nuse(repository);\n";
  assert.deepEqual(await keysOf(`${event}${repository}use(process.env.CI_COMMIT_REF_NAME);`), []);
  // A server of GitHub has a repository of its own.
  assert.deepEqual(await keysOf(repository), ["GITHUB_REPOSITORY"]);
  assert.deepEqual(await keysOf(`${event}${repository}`, configBlock({ GITHUB_REPOSITORY: "acme/thing" })), [
    "GITHUB_REPOSITORY",
  ]);
  assert.deepEqual(await keysOf("use(process.env.TRAVIS_BRANCH, process.env.CIRCLE_API_KEY);"), ["CIRCLE_API_KEY"]);
});
