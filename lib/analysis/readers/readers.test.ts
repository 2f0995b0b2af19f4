import assert from "node:assert/strict";
import { test } from "node:test";
import type { InputFinding } from "../inputs/findings.ts";
import { readEnvExample } from "./env-example.ts";
import { readManifest } from "./manifest.ts";
import { readReadme } from "./readme.ts";
import { requiredInText } from "./requirement-words.ts";
import { readServerJson } from "./server-json.ts";
import { parseShell } from "./shell.ts";
import { readSmithery } from "./smithery.ts";

const file = (path: string, text: string) => ({ path, text, isCut: false });
/** A reference to fill in, which would be an expression of this file if it stood in a template. */
const fill = (name: string) => `$\{${name}}`.replace("\\", "");
const summary = (inputs: InputFinding[]) => inputs.map((one) => [one.key, one.required ?? null, one.secret ?? null]);

test("server.json: one member that is malformed costs itself alone", () => {
  const findings = readServerJson(
    file(
      "server.json",
      JSON.stringify({
        name: "io.github.acme/thing",
        packages: [
          null,
          {
            registryType: "npm",
            identifier: "thing",
            environmentVariables: [{ description: "no name" }, null, { name: "THING_KEY", isRequired: true }],
            packageArguments: ["serve", { type: "named", name: "--directory <path>", description: "Where" }, 7],
            runtimeArguments: [
              { type: "named", name: "-y" },
              { type: "named", name: "--project", description: "An option of the server in the wrong list" },
            ],
          },
        ],
        remotes: [null, { type: "sse", url: "https://thing.example.org/sse" }],
      }),
    ),
  );
  const [launch] = findings.launches;
  assert.deepEqual(launch?.args, ["serve"]);
  assert.deepEqual(
    launch?.inputs.map((one) => one.key),
    ["THING_KEY", "--directory", "--project"],
  );
  assert.equal(findings.remotes.length, 1);
});

test("shell text is split as documentation writes it, and nothing in it is expanded", () => {
  const commands = parseShell(
    "# comment\nA=\"1 2\" B=$(rm -rf /) npx -y thing \\\n  --key='x y' && echo done | cat\n$ export C=3",
  );
  assert.deepEqual(
    commands.map((one) => one.words),
    [["npx", "-y", "thing", "--key=x y"], ["echo", "done"], ["cat"], []],
  );
  assert.deepEqual(commands[0]?.assignments, [
    { name: "A", value: "1 2" },
    { name: "B", value: "$(rm -rf /)" },
  ]);
  assert.deepEqual(commands[3]?.assignments, [{ name: "C", value: "3" }]);
});

test("server.json: both writings, fixed and filled-in values, arguments", () => {
  const modern = readServerJson(
    file(
      "server.json",
      JSON.stringify({
        name: "io.github.acme/thing",
        title: "Thing",
        packages: [
          {
            registryType: "npm",
            identifier: "@acme/thing",
            version: "{{VERSION}}",
            transport: { type: "stdio" },
            environmentVariables: [
              { name: "THING_KEY", isRequired: true, isSecret: true, description: "The key" },
              { name: "PORT" },
            ],
            packageArguments: [
              { type: "named", name: "--transport", value: "stdio" },
              { type: "named", name: "--region", description: "Where", default: "eu", choices: ["eu", "us"] },
              { type: "positional", valueHint: "folder", isRequired: true, format: "filepath" },
            ],
          },
          {
            registryType: "npm",
            identifier: "@acme/thing-http",
            transport: { type: "streamable-http", url: "http://localhost" },
          },
        ],
        remotes: [{ type: "streamable-http", url: "https://mcp.acme.example.net/mcp" }],
      }),
    ),
  );
  assert.equal(modern.title, "Thing");
  assert.equal(modern.launches.length, 1);
  const [launch] = modern.launches;
  assert.deepEqual([launch?.package, launch?.version, launch?.args], ["@acme/thing", null, ["--transport", "stdio"]]);
  assert.deepEqual(summary(launch?.inputs ?? []), [
    ["THING_KEY", true, true],
    ["--region", false, null],
    ["position 0", true, null],
  ]);
  assert.deepEqual(launch?.inputs[1]?.choices, ["eu", "us"]);
  assert.equal(launch?.inputs[2]?.type, "path");

  const old = readServerJson(
    file(
      "server.json",
      JSON.stringify({
        packages: [
          {
            registry_type: "pypi",
            identifier: "thing",
            version: "1.0",
            environment_variables: [{ name: "A_KEY", is_required: true, is_secret: true }],
          },
        ],
      }),
    ),
  );
  assert.deepEqual(summary(old.launches[0]?.inputs ?? []), [["A_KEY", true, true]]);

  const docker = readServerJson(
    file(
      "server.json",
      JSON.stringify({
        packages: [
          {
            registryType: "oci",
            identifier: "ghcr.io/acme/thing",
            runtimeArguments: [
              { type: "named", name: "-e", value: "A_TOKEN={token}", variables: { token: { isSecret: true } } },
            ],
          },
        ],
      }),
    ),
  );
  assert.deepEqual(summary(docker.launches[0]?.inputs ?? []), [["A_TOKEN", false, true]]);
});

test("a server.json that is not JSON is a warning and nothing else", () => {
  const findings = readServerJson(file("server.json", "{ not json"));
  assert.deepEqual([findings.launches, findings.warnings[0]?.code], [[], "server_json_unreadable"]);
});

test("manifest.json: a user setting becomes the variable or argument behind it", () => {
  const findings = readManifest(
    file(
      "manifest.json",
      JSON.stringify({
        display_name: "Thing",
        server: {
          mcp_config: {
            command: "node",
            args: [`${fill("__dirname")}/x.js`, "--dir", fill("user_config.dir")],
            env: { THING_KEY: fill("user_config.api_key"), FIXED: "1" },
          },
        },
        user_config: {
          api_key: { type: "string", title: "Key", sensitive: true, required: true },
          dir: { type: "directory", required: false },
        },
      }),
    ),
  );
  assert.deepEqual(summary(findings.launches[0]?.inputs ?? []), [
    ["THING_KEY", true, true],
    ["--dir", false, null],
  ]);
  assert.deepEqual(readManifest(file("manifest.json", '{"manifest_version":3,"name":"An extension"}')).launches, []);
});

test("smithery.yaml: the function is looked at and never run", () => {
  (globalThis as { smitheryRan?: boolean }).smitheryRan = false;
  const findings = readSmithery(
    file(
      "smithery.yaml",
      `startCommand:
  type: stdio
  configSchema:
    type: object
    # What has a default, the platform fills in by itself.
    required: [apiKey, region]
    properties:
      apiKey: {type: string, description: The key, format: password}
      region: {type: string, enum: [eu, us], default: eu}
      flagged: {type: string}
  commandFunction: |-
    (config) => {
      globalThis.smitheryRan = true;
      const env = { THING_KEY: config.apiKey };
      if (config.region) { env.THING_REGION = config.region; }
      return { command: 'node', args: ['x.js', '--flagged', config.flagged, \`--inline=\${config.region}\`], env };
    }
`,
    ),
  );
  assert.equal((globalThis as { smitheryRan?: boolean }).smitheryRan, false);
  assert.deepEqual(
    summary(findings.launches[0]?.inputs ?? []).sort(),
    [
      ["--flagged", false, null],
      ["--inline", null, null],
      ["THING_KEY", true, true],
      ["THING_REGION", null, null],
    ].sort(),
  );
});

test("README: blocks for clients, with where each variable stands, and what is a placeholder", () => {
  const findings = readReadme(
    file(
      "README.md",
      `# Thing server

Reads things from an account, for whoever asks.

\`\`\`json
{
  // a comment, and a comma too many
  "mcpServers": {
    "thing": {
      "command": "npx",
      "args": ["-y", "@acme/thing@1.2.3", "--region", "eu", "--api-key=YOUR_KEY", "/path/to/folder"],
      "env": { "THING_KEY": "<your-key>", "THING_MODE": "fast", },
    },
    "hosted": { "type": "http", "url": "https://mcp.acme.example.net/mcp" },
  },
}
\`\`\`
`,
    ),
  );
  assert.deepEqual(
    [findings.title, findings.description],
    ["Thing server", "Reads things from an account, for whoever asks."],
  );
  const [launch] = findings.launches;
  assert.deepEqual(
    [launch?.registry, launch?.package, launch?.version, launch?.args],
    ["npm", "@acme/thing", "1.2.3", []],
  );
  assert.deepEqual(
    launch?.inputs.map((one) => [one.key, one.placeholder, one.default ?? null]),
    [
      ["THING_KEY", "<your-key>", null],
      ["THING_MODE", "fast", null],
      ["--region", "eu", null],
      ["--api-key", "YOUR_KEY", null],
      ["position 0", "/path/to/folder", null],
    ],
  );
  assert.equal(launch?.inputs[0]?.provenance.where, "README.md:12");
  assert.equal(launch?.inputs[3]?.template, "--api-key={value}");
  assert.deepEqual(
    findings.remotes.map((one) => one.url),
    ["https://mcp.acme.example.net/mcp"],
  );
});

test("README: the value of an example is no argument, and a subcommand is", () => {
  const commands: [string, string[], string[]][] = [
    ["npx -y thing postgresql://user:pw@localhost/mydb", [], ["position 0"]],
    ["npx thing serve --port 3000 --workspace /data", ["serve"], ["--workspace"]],
    ["npx thing --transport stdio --tools all ./notes", ["--transport", "stdio"], ["--tools", "position 0"]],
    ["npx -y thing index.mjs", [], []],
    ["npx -y thing dist/index.js ./notes", [], ["position 0"]],
    ["uvx thing 42", [], ["position 0"]],
    ["npx thing --stdio [--verbose]", ["--stdio"], []],
  ];
  for (const [command, literal, keys] of commands) {
    const { launches } = readReadme(file("README.md", `\`\`\`sh\n${command}\n\`\`\``));
    assert.deepEqual([launches[0]?.args, launches[0]?.inputs.map((one) => one.key)], [literal, keys], command);
  }
  const { launches } = readReadme(file("README.md", "```sh\nnpx thing postgresql://user:pw@localhost/mydb\n```"));
  assert.deepEqual([launches[0]?.inputs[0]?.label, launches[0]?.inputs[0]?.secret], ["Connection URL", true]);
});

test("README: the program, module and extras that a command names are kept", () => {
  const commands: [string, unknown[]][] = [
    ["npx -y -p @acme/tools acme-server --fast", ["npm", "@acme/tools", "acme-server", []]],
    ["npx --package=@acme/tools acme-server", ["npm", "@acme/tools", "acme-server", []]],
    ["uvx --from acme-tools acme-server", ["pypi", "acme-tools", "acme-server", []]],
    ['uvx --from "acme-tools[sse,aws]==1.2.3" acme-server', ["pypi", "acme-tools", "acme-server", ["sse", "aws"]]],
    ["uv run --with acme-server acme-server", ["pypi", "acme-server", "acme-server", []]],
    ["uv run --directory /src acme-server", ["source", null, "acme-server", []]],
    ["pipx run --spec 'acme-tools[sse]' acme-server", ["pypi", "acme-tools", "acme-server", ["sse"]]],
    ["python -m acme.server --fast", ["source", null, "acme.server as a module", []]],
    ["uv run -m acme.server --fast", ["source", null, "acme.server as a module", []]],
    ["uv run python -m acme.server --fast", ["source", null, "acme.server as a module", []]],
    ["uvx --from acme-tools python -m acme.server", ["pypi", "acme-tools", "acme.server as a module", []]],
    ["node --env-file .env dist/index.js", ["source", null, "dist/index.js", []]],
  ];
  for (const [command, expected] of commands) {
    const [launch] = readReadme(file("README.md", `\`\`\`sh\n${command}\n\`\`\``)).launches;
    assert.deepEqual(
      [
        launch?.registry,
        launch?.package,
        launch?.module ? `${launch.module} as a module` : (launch?.program ?? null),
        launch?.extras ?? [],
      ],
      expected,
      command,
    );
    assert.ok(
      launch?.args.every((arg) => arg === "--fast"),
      command,
    );
  }
});

test("README: every writing of a command finds the same package", () => {
  const writings: [string, string, string][] = [
    ["bash", "claude mcp add thing -e THING_KEY=xxx -- npx -y @acme/thing", "npm"],
    ["bash", "claude mcp add --transport stdio thing --env THING_KEY=xxx -- npx @acme/thing", "npm"],
    ["sh", "THING_KEY=abc npx @acme/thing", "npm"],
    ["", "export THING_KEY=abc\nbunx @acme/thing", "npm"],
    ["powershell", '$env:THING_KEY="abc"; npx @acme/thing', "npm"],
    [
      "bash",
      'code --add-mcp \'{"name":"thing","command":"npx","args":["@acme/thing"],"env":{"THING_KEY":"x"}}\'',
      "npm",
    ],
    ["toml", '[mcp_servers.thing]\ncommand = "npx"\nargs = ["-y", "@acme/thing"]\nenv = { THING_KEY = "x" }', "npm"],
    [
      "yaml",
      "mcpServers:\n  thing:\n    command: cmd\n    args: [/c, npx, -y, '@acme/thing']\n    env:\n      THING_KEY: x",
      "npm",
    ],
    ["json", '"thing": {"command": "npx", "args": ["-y", "@acme/thing"], "env": {"THING_KEY": "x"}}', "npm"],
    [
      "json",
      '{"context_servers":{"t":{"command":{"path":"npx","args":["@acme/thing"],"env":{"THING_KEY":"x"}}}}}',
      "npm",
    ],
    [
      "json",
      `{"mcp":{"servers":{"t":{"command":"npx","args":["@acme/thing"],"env":{"THING_KEY":"${fill("input:k")}"}}},"inputs":[{"id":"k","type":"promptString","password":true}]}}`,
      "npm",
    ],
    ["bash", "docker run -i --rm -e THING_KEY ghcr.io/acme/thing", "oci"],
    ["bash", "THING_KEY=x uvx --from thing-pkg thing", "pypi"],
  ];
  for (const [language, text, registry] of writings) {
    const findings = readReadme(file("README.md", `\`\`\`${language}\n${text}\n\`\`\`\n`));
    assert.equal(findings.launches.length, 1, text);
    assert.equal(findings.launches[0]?.registry, registry, text);
    assert.deepEqual(
      findings.launches[0]?.inputs.map((one) => one.key),
      ["THING_KEY"],
      text,
    );
  }
});

test("README: install links in base64, URL encoding, and wrapped in another link", () => {
  const config = { command: "npx", args: ["-y", "@acme/thing"], env: { THING_KEY: "x" } };
  const base64 = Buffer.from(JSON.stringify(config)).toString("base64");
  const encoded = encodeURIComponent(JSON.stringify(config));
  const links = [
    `https://cursor.com/install-mcp?name=thing&config=${encodeURIComponent(base64)}`,
    `cursor://anysphere.cursor-deeplink/mcp/install?name=thing&config=${base64}`,
    `https://insiders.vscode.dev/redirect/mcp/install?name=thing&config=${encoded}`,
    `https://insiders.vscode.dev/redirect?url=${encodeURIComponent(`vscode:mcp/install?${encoded}`)}`,
    "goose://extension?cmd=npx&arg=-y&arg=%40acme%2Fthing&env=THING_KEY%3DThe%20key",
  ];
  for (const link of links) {
    const findings = readReadme(file("README.md", `[Install](${link})`));
    assert.deepEqual(
      [findings.launches[0]?.package, findings.launches[0]?.inputs[0]?.key],
      ["@acme/thing", "THING_KEY"],
      link,
    );
  }
});

test("README: tables and lists mark required variables, and prose is not a default", () => {
  const findings = readReadme(
    file(
      "README.md",
      `| Variable | Description | Required | Default |
|---|---|---|---|
| \`A_KEY\` | The key | ✅ Yes | - |
| \`A_URL\` | Where | No | \`https://a.example.net\` |
| \`A_MODE\` | How | Yes (only over HTTP) | see below |

- \`B_KEY\` (required): another key
- \`--b-flag\` (optional): a flag
`,
    ),
  );
  assert.deepEqual(
    findings.inputs.map((one) => [one.key, one.required, one.default]),
    [
      ["A_KEY", true, null],
      ["A_URL", false, null],
      ["A_MODE", null, null],
      ["B_KEY", true, null],
      ["--b-flag", false, null],
    ],
  );
});

test("README: commands of helpers and of network transports are distinguished", () => {
  const findings = readReadme(
    file(
      "README.md",
      "```sh\nnpx @smithery/cli install thing\nnpx @modelcontextprotocol/inspector npx @acme/thing\nAUTH_TOKEN=x npx @acme/thing --transport http\nnpx mcp-remote https://mcp.acme.example.net/mcp\n```",
    ),
  );
  assert.deepEqual(
    findings.launches.map((one) => [one.package, one.isNetwork]),
    [
      ["@acme/thing", false],
      ["@acme/thing", true],
    ],
  );
  assert.deepEqual(
    findings.remotes.map((one) => one.url),
    ["https://mcp.acme.example.net/mcp"],
  );
});

test("hostile Markdown takes no longer than its length", { timeout: 180_000 }, () => {
  for (const text of [
    "`".repeat(500_000),
    "|".repeat(500_000),
    "[".repeat(500_000),
    `- ${"`A_".repeat(200_000)}`,
    `${"> ".repeat(200_000)}x`,
    `\`\`\`json\n${"{".repeat(30_000)}`,
    "https://x/?config=".repeat(30_000),
  ]) {
    readReadme(file("README.md", text));
    readEnvExample(file(".env.example", `A_KEY=${text}`));
    readSmithery(file("smithery.yaml", text));
    readServerJson(file("server.json", text));
  }
  readSmithery(
    file(
      "smithery.yaml",
      `startCommand:\n  configSchema:\n    properties:\n      a: {type: string}\n  commandFunction: "(config) => ({env: {A_KEY: config.a}})"\n${"\n".repeat(400_000)}`,
    ),
  );
  readEnvExample(file(".env.example", `A_KEY=${"your".repeat(120_000)}`));
  readReadme(file("README.md", `|a|\n|-|\n| ${"[".repeat(400_000)} |`));
});

test(".env.example: comments, optional lines, placeholders", () => {
  const findings = readEnvExample(
    file(
      ".env.example",
      "# The key, required.\nA_KEY=your-key-here\n\nA_MODE=fast # how\n# B_URL=https://b.thing.net\nnot a line\nlower=1\n",
    ),
  );
  assert.deepEqual(
    findings.inputs.map((one) => [one.key, one.required, one.default ?? null]),
    [
      ["A_KEY", true, null],
      ["A_MODE", null, "fast"],
      ["B_URL", false, "https://b.thing.net"],
    ],
  );
  assert.equal(findings.inputs[1]?.description, "how");
});

test("a comment that lists values in capitals demands nothing", () => {
  assert.equal(requiredInText("DISABLED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY"), null);
  assert.equal(requiredInText("DISABLED | PREFERRED | REQUIRED"), null);
  assert.equal(requiredInText("Your API key, REQUIRED"), true);
  assert.equal(requiredInText("The key of the API, required"), true);
});

test("README: what an editor would ask for describes the input, and its reference is no example", () => {
  const [key, root] = [fill("input:key"), fill("input:root")];
  const block = {
    inputs: [
      { id: "key", type: "promptString", description: "The key of your account", password: true },
      { id: "root", type: "promptString", description: "The folder to serve" },
    ],
    servers: { t: { command: "npx", args: ["@acme/thing", `--pass=${key}`, root], env: { THING_CODE: key } } },
  };
  const text = `\`\`\`json\n${JSON.stringify(block)}\n\`\`\`\n`;
  const [launch] = readReadme(file("README.md", text)).launches;
  assert.deepEqual(
    launch?.inputs.map((one) => [one.key, one.description, one.secret ?? null, one.placeholder]),
    [
      ["THING_CODE", "The key of your account", true, null],
      ["--pass", "The key of your account", true, null],
      ["position 0", "The folder to serve", null, null],
    ],
  );
});
