import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";

const SERVER =
  'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nconst server = new McpServer({ name: "thing" });\n';
const FAST_MCP = "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('thing')\n";
const JAVA =
  "package com.acme;\nimport io.modelcontextprotocol.server.McpServer;\npublic class App { public static void main(String[] args) {} }\n";
const POM = "<project><dependency><groupId>io.modelcontextprotocol.sdk</groupId></dependency></project>";

const packageJson = (name: string, more: object = {}) =>
  JSON.stringify({
    name,
    version: "1.0.0",
    bin: "index.js",
    dependencies: { "@modelcontextprotocol/sdk": "1" },
    ...more,
  });
const pyproject = (name: string) =>
  `[project]\nname = "${name}"\ndependencies = ["mcp"]\n[project.scripts]\n${name} = "server:main"\n`;
const shell = (...commands: string[]) => `\`\`\`bash\n${commands.join("\n")}\n\`\`\`\n`;
const json = (value: unknown) => `\`\`\`json\n${JSON.stringify(value)}\n\`\`\`\n`;
const configured = (command: string, ...args: string[]) => json({ mcpServers: { thing: { command, args } } });
const own = (name: string) => ({ name, repository: REPOSITORY });

async function packageOf(files: Record<string, string>, known: Parameters<typeof inspectFiles>[1], folder = "") {
  const { kind, server } = await inspectFiles(files, known, { folder });
  return [kind, server.runtime, server.package];
}

/** A product in Python with a server for it in a folder, which has a package of its own. */
const product = {
  "pyproject.toml": pyproject("thing"),
  "server.py": FAST_MCP,
  "README.md": `# Thing\n${shell("uvx thing serve", "npx @acme/thing-cli export")}`,
  "js/cli/package.json": packageJson("@acme/thing-cli", { dependencies: {} }),
  "js/cli/index.js": "run();\n",
  "js/thing-mcp/package.json": packageJson("@acme/thing-mcp"),
  "js/thing-mcp/index.js": `${SERVER}process.env.A_TOKEN;\n`,
  "js/thing-mcp/README.md": `# Thing MCP\n${configured("npx", "-y", "@acme/thing-mcp")}${shell("uvx thing serve")}`,
};
const others = { pypi: [own("thing")], npm: [own("@acme/thing-cli")] };

test("the package of a folder that a person named decides, published or not", async () => {
  const folder = "js/thing-mcp";
  assert.deepEqual(await packageOf(product, others, folder), ["source-only", "source", null]);
  const all = { ...others, npm: [...others.npm, own("@acme/thing-mcp")] };
  assert.deepEqual(await packageOf(product, all, folder), ["stdio", "npm", "@acme/thing-mcp"]);
  const { warnings } = await inspectFiles(product, others, { folder });
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["package_not_found", "no_package"],
  );
});

test("a folder without a package is not the package that the README above it runs for another folder", async () => {
  const files = {
    "README.md": `# Servers\n${configured("uvx", "acme-cloud-mcp")}${shell("docker run -i --rm acme/cloud-mcp")}`,
    "src/cloud/pyproject.toml": pyproject("acme-cloud-mcp"),
    "src/cloud/server.py": FAST_MCP,
    "src/ledger-java/pom.xml": POM,
    "src/ledger-java/src/main/java/com/acme/App.java": JAVA,
    "src/ledger-java/README.md": "# Ledger\n",
  };
  const known = { pypi: [own("acme-cloud-mcp"), own("acme-ledger-mcp")] };
  assert.deepEqual(await packageOf(files, known, "src/ledger-java"), ["source-only", "source", null]);
  // A package that no file of the repository makes may bring the folder's server where it has the folder's name.
  const named = { ...files, "README.md": `# Servers\n${configured("uvx", "acme-ledger-mcp")}` };
  assert.deepEqual(await packageOf(named, known, "src/ledger-java"), ["stdio", "pypi", "acme-ledger-mcp"]);
  const image = { ...files, "README.md": `# Servers\n${shell("docker run -i --rm acme/ledger-mcp")}` };
  assert.deepEqual(await packageOf(image, known, "src/ledger-java"), ["stdio", "oci", "acme/ledger-mcp"]);
});

test("a folder of a library is none of the servers around it", async () => {
  const folder = "js/cli";
  assert.deepEqual(await packageOf(product, { pypi: others.pypi }, folder), ["not-a-server", "source", null]);
});

test("a hosted server of a folder is named like it where a README above it tells of several", async () => {
  const hosted = (...names: string[]) =>
    names.map((name) => json({ mcpServers: { [name]: { url: `https://${name}.mcp.acme.dev/mcp` } } })).join("\n");
  const worker = {
    "package.json": JSON.stringify({ name: "radar", private: true }),
    "src/index.ts": `${SERVER}createMcpHandler(server);\n`,
    "wrangler.toml": "",
  };
  const files = {
    "README.md": hosted("docs", "radar", "logs"),
    ...Object.fromEntries(Object.entries(worker).map(([path, text]) => [`apps/radar/${path}`, text])),
    ...Object.fromEntries(Object.entries(worker).map(([path, text]) => [`apps/other/${path}`, text])),
  };
  const urlOf = async (folder: string) => (await inspectFiles(files, {}, { folder })).remoteUrl;
  assert.equal(await urlOf("apps/radar"), "https://radar.mcp.acme.dev/mcp");
  assert.equal(await urlOf("apps/other"), null);
});

test("a folder inside a package is that package", async () => {
  const files = {
    "package.json": packageJson("thing-mcp"),
    "README.md": configured("npx", "-y", "thing-mcp"),
    "src/index.ts": `${SERVER}process.env.A_TOKEN;\n`,
  };
  assert.deepEqual(await packageOf(files, { npm: [own("thing-mcp")] }, "src"), ["stdio", "npm", "thing-mcp"]);
});

test("a declaration above a folder is not the folder's where it is another server's", async () => {
  const declared = JSON.stringify({
    name: "io.github.acme/thing",
    packages: [
      {
        registryType: "npm",
        identifier: "thing-mcp",
        transport: { type: "stdio" },
        environmentVariables: [{ name: "ROOT_TOKEN", isRequired: true, isSecret: true }],
      },
    ],
  });
  const manifest = JSON.stringify({
    name: "thing",
    server: { mcp_config: { command: "node", args: ["index.js"], env: { ROOT_TOKEN: `\${user_config.token}` } } },
    user_config: { token: { type: "string", required: true } },
  });
  const files = {
    "package.json": packageJson("thing-mcp"),
    "index.js": SERVER,
    "server.json": declared,
    "manifest.json": manifest,
    "packages/other/package.json": packageJson("other-mcp"),
    "packages/other/index.js": `${SERVER}process.env.OTHER_TOKEN;\n`,
  };
  const known = { npm: [own("thing-mcp"), own("other-mcp")] };
  const { server, inputs } = await inspectFiles(files, known, { folder: "packages/other" });
  assert.deepEqual([server.package, inputs.map(({ key }) => key)], ["other-mcp", ["OTHER_TOKEN"]]);
  const whole = await inspectFiles(files, known);
  assert.deepEqual([whole.server.package, whole.inputs.map(({ key }) => key)], ["thing-mcp", ["ROOT_TOKEN"]]);
});

test("a tool of the repository is not its server, and a package that brings the server in another registry is", async () => {
  const files = {
    "pyproject.toml": pyproject("thing-mcp"),
    "server.py": FAST_MCP,
    "README.md": configured("npx", "-y", "@acme/thing-tool"),
    "npm/package.json": packageJson("@acme/thing-tool", { dependencies: {} }),
    "npm/index.js": "run();\n",
  };
  const known = { npm: [own("@acme/thing-tool"), own("@acme/thing-mcp")] };
  assert.deepEqual(await packageOf(files, known), ["source-only", "source", null]);
  const wrapper = JSON.parse(JSON.stringify(files).replaceAll("@acme/thing-tool", "@acme/thing-mcp"));
  assert.deepEqual(await packageOf(wrapper, known), ["stdio", "npm", "@acme/thing-mcp"]);
});

test("a server of a repository goes before a tool that its documentation runs", async () => {
  const files = {
    "README.md": `# Thing\n${shell("npx @acme/thing-tool export")}`,
    "packages/server/package.json": packageJson("@acme/thing-server"),
    "packages/server/index.js": SERVER,
    "packages/tool/package.json": packageJson("@acme/thing-tool", { dependencies: {} }),
    "packages/tool/index.js": "run();\n",
  };
  const known = { npm: [own("@acme/thing-tool"), own("@acme/thing-server")] };
  assert.deepEqual(await packageOf(files, known), ["stdio", "npm", "@acme/thing-server"]);
  const bridge = {
    "README.md": `# Thing\n${configured("npx", "@acme/thing-mcp")}`,
    "server/pyproject.toml": pyproject("thing"),
    "server/server.py": FAST_MCP,
    "npm/package.json": packageJson("@acme/thing-mcp", { dependencies: {} }),
    "npm/index.js": "run();\n",
  };
  assert.deepEqual(await packageOf(bridge, { npm: [own("@acme/thing-mcp")] }), ["stdio", "npm", "@acme/thing-mcp"]);
});
