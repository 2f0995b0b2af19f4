import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { npmServer } from "../testing/repositories.ts";

// Each of these starts thing-mcp with A_TOKEN and without arguments.

const SERVER = { command: "npx", args: ["-y", "thing-mcp"], env: { A_TOKEN: "x" } };
const fenced = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;
const json = (value: unknown) => fenced("json", JSON.stringify(value, null, 1));

async function inspectReadme(readme: string) {
  const known = { npm: [{ name: "thing-mcp", repository: REPOSITORY }] };
  const { server, inputs, remoteUrl } = await inspectFiles(npmServer("", readme), known);
  return { args: server.args, keys: inputs.map(({ key }) => key), remoteUrl };
}

async function assertHeard(...readmes: string[]): Promise<void> {
  for (const readme of readmes)
    assert.deepEqual(await inspectReadme(readme), { args: [], keys: ["A_TOKEN"], remoteUrl: null }, readme);
}

test("links of many clients bring their configuration", async () => {
  const base64 = Buffer.from(JSON.stringify(SERVER)).toString("base64");
  const all = Buffer.from(JSON.stringify({ mcpServers: { thing: SERVER } })).toString("base64");
  const encoded = encodeURIComponent(JSON.stringify(SERVER));
  for (const link of [
    `cursor://anysphere.cursor-deeplink/mcp/install?name=thing&config=${base64}`,
    `https://cursor.com/en/install-mcp?name=thing&config=${encodeURIComponent(base64)}`,
    `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name: "thing", ...SERVER }))}`,
    `https://vscode.dev/redirect/mcp/install?name=thing&config=${encoded}`,
    `https://kiro.dev/launch/mcp/add?name=thing&config=${encoded}`,
    `cherrystudio://mcp/install?servers=${all}`,
    `warp://mcp/install?config=${base64}`,
  ])
    await assertHeard(`[Install](${link})\n`);
});

test("commands of many clients bring the command and its variables", async () => {
  const text = JSON.stringify(SERVER);
  await assertHeard(
    "Run `claude mcp add thing -e A_TOKEN=x -- npx -y thing-mcp`.\n",
    ...[
      "claude mcp add --env A_TOKEN=x --scope user thing -- npx -y thing-mcp",
      "claude mcp add thing npx thing-mcp --env A_TOKEN=x",
      `claude mcp add-json thing --scope user '${text}'`,
      "codex mcp add thing --env A_TOKEN=x -- npx -y thing-mcp",
      "gemini mcp add --env A_TOKEN=x thing npx -- -y thing-mcp",
      `openclaw mcp set thing '${text}'`,
      "npx add-mcp thing-mcp --env A_TOKEN=x",
      'npx add-mcp "npx -y thing-mcp" --env "A_TOKEN=x"',
      "npx install-mcp@latest thing-mcp --client claude --env A_TOKEN=x",
      "npx @modelcontextprotocol/inspector -e A_TOKEN=x npx -y thing-mcp",
      '$Env:A_TOKEN="x"; npx -y thing-mcp',
      "set -x A_TOKEN x\nnpx -y thing-mcp",
      'setx A_TOKEN "x"\nnpx -y thing-mcp',
    ].map((command) => fenced("bash", command)),
  );
});

test("configurations in all their forms bring the command and its variables", async () => {
  const { env, ...start } = SERVER;
  await assertHeard(
    ...[
      { mcpServers: [{ name: "thing", ...SERVER }] },
      { "mcp.servers": { thing: SERVER } },
      { experimental: { modelContextProtocolServers: [{ transport: { type: "stdio", ...SERVER } }] } },
      { projects: { "/srv": { mcpServers: { thing: SERVER } } } },
      { mcpServers: { thing: { ...start, env: [{ name: "A_TOKEN", value: "x" }] } } },
      { mcpServers: { thing: { ...start, env: ["A_TOKEN=x"] } } },
    ].map(json),
    fenced("", "mcpServers:\n  - name: thing\n    command: npx\n    args: [-y, thing-mcp]\n    env:\n      A_TOKEN: x"),
    ...[
      '[mcp_servers.thing]\ncommand = "npx"\nargs = ["-y", "thing-mcp"]\nenv_vars = ["A_TOKEN"]',
      '...\n[mcp_servers.thing]\ncommand = "npx"\nargs = ["-y", "thing-mcp"]\nenv = { A_TOKEN = "x" }',
      '[[mcp.servers]]\nname = "thing"\ncommand = "npx"\nargs = ["-y", "thing-mcp"]\nenv = { A_TOKEN = "x" }',
    ].map((text) => fenced("toml", text)),
  );
  assert.equal(env.A_TOKEN, "x");
});

test("the addresses of an API's description are no servers", async () => {
  const api = {
    openapi: "3.1.0",
    servers: [{ url: "https://api.acme.dev/mcp" }],
    info: { servers: { a: { url: "https://b.acme.dev/mcp" } } },
  };
  assert.equal((await inspectReadme(json(api))).remoteUrl, null);
});

const PYTHON = {
  "pyproject.toml": '[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n',
  "server.py": "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('thing')\nmcp.run()\n",
};
const METADATA = "Metadata-Version: 2.4\nName: thing-mcp\nVersion: 1.0.0\n\n# Thing\n";

test("a package that names no repository is taken where documentation installs it", async () => {
  const published = {
    "thing_mcp-1.0.0.dist-info/METADATA": METADATA,
    "thing_mcp-1.0.0.dist-info/entry_points.txt": "[console_scripts]\nthing-mcp = server:main\n",
    "server.py": PYTHON["server.py"],
  };
  const packageOf = async (readme: string) => {
    const known = { pypi: [{ name: "thing-mcp", files: published }] };
    const { server, warnings } = await inspectFiles({ ...PYTHON, "README.md": readme }, known);
    return [server.package, ...warnings.flatMap(({ code, mustAccept }) => (mustAccept ? [code] : []))];
  };
  for (const command of [
    "pip install thing-mcp",
    "$ uv pip install -U 'thing_mcp>=1'",
    "python -m pip install thing-mcp[cli]==1.0.0",
    "pipx install thing-mcp",
    "uv tool install thing-mcp@latest",
  ])
    assert.deepEqual(await packageOf(fenced("sh", command)), ["thing-mcp", "repository_unnamed"], command);
  for (const command of ["pip install -e .", "pip install -r requirements.txt", "pip install other-mcp"])
    assert.deepEqual(await packageOf(fenced("sh", command)), [null], command);
});

test("a package of PyPI that brings neither a command nor code is not what runs", async () => {
  const packageOf = async (files: Record<string, string>) => {
    const known = { pypi: [{ name: "thing-mcp", repository: REPOSITORY, files }] };
    const { server, warnings } = await inspectFiles({ ...PYTHON, "README.md": fenced("sh", "uvx thing-mcp") }, known);
    return [server.package, ...warnings.map(({ code }) => code)];
  };
  const empty = { "thing_mcp-1.0.0.dist-info/METADATA": METADATA };
  assert.deepEqual(await packageOf(empty), [null, "package_without_command", "no_package"]);
  // `uvx` and `python -m` find nothing by the project's name.
  const other = { ...empty, "server.py": PYTHON["server.py"] };
  assert.deepEqual(await packageOf(other), [null, "package_without_command", "no_package"]);
  assert.deepEqual(await packageOf({ ...empty, "thing_mcp.py": PYTHON["server.py"] }), ["thing-mcp"]);
  assert.deepEqual(await packageOf({ ...empty, "thing/server.py": PYTHON["server.py"] }), ["thing-mcp"]);
  // Neither a folder that cannot be imported nor one that a build took along has the server.
  for (const path of ["thing-mcp/server.py", "tests/server.py", "deprecated/hello.py"]) {
    const [name] = await packageOf({ ...empty, [path]: PYTHON["server.py"] });
    assert.equal(name, null, path);
  }
});

test("a package of PyPI that names no repository and shares neither an author nor a file with it is a stranger's", async () => {
  const packageOf = async (path: string, author: string, own = '[{ name = "Ada Acme", email = "ada@acme.org" }]') => {
    const files = {
      "thing_mcp-1.0.0.dist-info/METADATA": METADATA.replace("\n\n", `\nAuthor-email: ${author}\n\n`),
      "thing_mcp-1.0.0.dist-info/entry_points.txt": "[console_scripts]\nthing-mcp = thing.main:main\n",
      [path]: PYTHON["server.py"],
    };
    const known = { pypi: [{ name: "thing-mcp", repository: null, files }] };
    const project = PYTHON["pyproject.toml"].replace("[project]\n", `[project]\nauthors = ${own}\n`);
    const readme = fenced("sh", "pip install thing-mcp");
    const { server } = await inspectFiles({ ...PYTHON, "pyproject.toml": project, "README.md": readme }, known);
    return server.package;
  };
  const other = "elsewhere/other_server.py";
  assert.equal(await packageOf(other, "Eve <eve@stranger.example>"), null);
  // It may have been rewritten since, or be published by another hand.
  assert.equal(await packageOf(other, "Ada <ada@old.net>"), "thing-mcp");
  assert.equal(await packageOf("thing/server.py", "Eve <eve@stranger.example>"), "thing-mcp");
  assert.equal(await packageOf(other, "Eve <eve@stranger.example>", "[]"), "thing-mcp");
});

test("a program that serves a hosted server's URL over stdio leads to that URL", async () => {
  for (const args of [
    ["-y", "mcp-remote", "https://mcp.acme.dev/mcp"],
    ["-y", "supergateway", "--streamableHttp", "https://mcp.acme.dev/mcp"],
  ]) {
    const readme = json({ mcpServers: { thing: { command: "npx", args } } });
    assert.equal((await inspectReadme(readme)).remoteUrl, "https://mcp.acme.dev/mcp", readme);
  }
});

test("a package that names no repository is taken where its modules are the repository's, and a person is asked", async () => {
  const modules = Object.fromEntries(["server", "client", "tools"].map((name) => [`thing/${name}.py`, `# ${name}\n`]));
  const files = {
    "pyproject.toml":
      '[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n[project.scripts]\nthing-mcp = "thing.server:main"\n',
    ...Object.fromEntries(Object.entries(modules).map(([path, text]) => [`src/${path}`, text])),
    "src/thing/server.py": `${PYTHON["server.py"]}`,
    "README.md": "# Thing\n",
  };
  const packageOf = async (published: Record<string, string>) => {
    const known = {
      pypi: [{ name: "thing-mcp", files: { ...published, "thing_mcp-1.0.0.dist-info/METADATA": METADATA } }],
    };
    const { server, warnings } = await inspectFiles(files, known);
    return [server.package, ...warnings.flatMap(({ code, mustAccept }) => (mustAccept ? [code] : []))];
  };
  const started = {
    "thing_mcp-1.0.0.dist-info/entry_points.txt": "[console_scripts]\nthing-mcp = thing.server:main\n",
  };
  const own = { ...modules, ...started, "thing/server.py": PYTHON["server.py"] };
  assert.deepEqual(await packageOf(own), ["thing-mcp", "repository_unnamed"]);
  assert.deepEqual(await packageOf({ ...started, "thing/server.py": PYTHON["server.py"] }), [null]);
  assert.deepEqual(await packageOf({ ...own, "other/a.py": "", "other/b.py": "", "other/c.py": "" }), [null]);
});

test("a small package that names no repository is taken where it has the repository's modules, commands and description", async () => {
  const description = "Tells an assistant about things.";
  const files = {
    "pyproject.toml": `[project]\nname = "thing-mcp"\ndescription = "${description}"\ndependencies = ["mcp"]\n[project.scripts]\nthing-mcp = "thing.server:main"\n`,
    "thing/__init__.py": "",
    "thing/server.py": PYTHON["server.py"],
  };
  const packageOf = async (told: string, command: string, more: Record<string, string> = {}) => {
    const published = {
      "thing/__init__.py": "",
      "thing/server.py": PYTHON["server.py"],
      "thing_mcp-1.0.0.dist-info/METADATA": METADATA,
      "thing_mcp-1.0.0.dist-info/entry_points.txt": `[console_scripts]\nthing-mcp = ${command}\n`,
      ...more,
    };
    const known = { pypi: [{ name: "thing-mcp", repository: null, description: told, files: published }] };
    return (await inspectFiles(files, known)).server.package;
  };
  assert.equal(await packageOf(description, "thing.server:main"), "thing-mcp");
  assert.equal(await packageOf("Another description of a server.", "thing.server:main"), null);
  assert.equal(await packageOf(description, "thing.app:run"), null);
  assert.equal(await packageOf(description, "thing.server:main", { "thing/other.py": "" }), null);
});
