import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import type { Known } from "../testing/registries.ts";
import { npmServer } from "../testing/repositories.ts";

const SERVER =
  'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nconst s = new McpServer({ name: "t" });\n';
const shell = (command: string) => `\`\`\`bash\n${command}\n\`\`\`\n`;

/** A published package with a command. Its files make a server unless they are given. */
function published(name: string, repository: string | null, code = SERVER): Known {
  const dependencies = { "@modelcontextprotocol/sdk": "1" };
  return {
    name,
    repository,
    dependencies: Object.keys(dependencies),
    files: {
      "package.json": JSON.stringify({ name, version: "1.0.0", bin: "index.js", dependencies }),
      "index.js": code,
    },
  };
}

/** What is taken for the server of acme/thing where its README runs a package. Its own server "thing-mcp" is not published. */
async function taken(command: string, known: Known, files = npmServer("", "")): Promise<(string | null)[]> {
  const { kind, server } = await inspectFiles({ ...files, "README.md": shell(command) }, { npm: [known] });
  return [kind, server.package];
}

test("a package that sets something up is not the server", async () => {
  for (const [command, name] of [
    ["npx @acme/thing-wizard@latest mcp add", "@acme/thing-wizard"],
    ["npx @acme/thing-wizard", "@acme/thing-wizard"],
    ["npx -y create-thing", "create-thing"],
    ["npx @acme/thing-installer", "@acme/thing-installer"],
    ["npx setup-thing", "setup-thing"],
    ["npx @acme/thing mcp install", "@acme/thing"],
    ["npx @acme/thing-cli setup", "@acme/thing-cli"],
    ["npx @acme/thing add-skill", "@acme/thing"],
  ] as const)
    assert.deepEqual(await taken(command, published(name, REPOSITORY)), ["source-only", null], command);
  assert.deepEqual(await taken("npx @acme/thing-tool", published("@acme/thing-tool", REPOSITORY)), [
    "source-only",
    null,
  ]);
  const server = published("@acme/mcp", REPOSITORY);
  assert.deepEqual(await taken("npx -y @acme/mcp", server), ["stdio", "@acme/mcp"]);
});

test("a server that installs other servers is one where the repository makes it", async () => {
  const files = JSON.parse(
    JSON.stringify(npmServer("", shell("npx thing-mcp"))).replaceAll("thing-mcp", "thing-installer"),
  );
  const { kind, server } = await inspectFiles(files, { npm: [{ name: "thing-installer", repository: REPOSITORY }] });
  assert.deepEqual([kind, server.package], ["stdio", "thing-installer"]);
});

test("a package of another repository is only the server where that may be this one under another name", async () => {
  const run = (name: string, repository: string | null, files: Record<string, string>) =>
    taken(`npx -y ${name}`, published(name, repository), files);
  const documents = { LICENSE: "MIT" };
  for (const repository of ["https://github.com/acme/thing-server", "https://github.com/acme-inc/thing", null])
    assert.deepEqual(await run("thing-mcp", repository, documents), ["stdio", "thing-mcp"]);
  for (const repository of ["https://github.com/other/thing-plus", "https://gitlab.com/other/thing"])
    assert.deepEqual((await run("thing-mcp", repository, documents))[1], null);
  // A server of the repository's own that has another name is not that one.
  for (const repository of ["https://github.com/acme/thing-server", null]) {
    assert.deepEqual(await run("thing-plus-mcp", repository, npmServer("", "")), ["source-only", null]);
    assert.deepEqual(await run("@acme/thing", repository, npmServer("", "")), ["source-only", null]);
    assert.deepEqual(await run("@acme/thing-mcp", repository, npmServer("", "")), ["stdio", "@acme/thing-mcp"]);
  }
  assert.deepEqual(await run("@acme/thing-plus-mcp", REPOSITORY, npmServer("", "")), ["stdio", "@acme/thing-plus-mcp"]);
});

test("a package of another repository that shows no server is one only where its name says so", async () => {
  const moved = "https://github.com/acme/thing-server";
  const documents = { LICENSE: "MIT" };
  const tool = published("@acme/thing-tool", moved, "run();\n");
  assert.deepEqual((await taken("npx -y @acme/thing-tool", tool, documents))[1], null);
  const server = published("@acme/thing-mcp", moved, "run();\n");
  assert.deepEqual(await taken("npx -y @acme/thing-mcp", server, documents), ["stdio", "@acme/thing-mcp"]);
});
