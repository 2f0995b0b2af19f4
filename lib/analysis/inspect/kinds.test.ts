import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { npmServer } from "../testing/repositories.ts";

const json = (value: unknown) => `\`\`\`json\n${JSON.stringify(value)}\n\`\`\`\n`;
const HOSTED = json({ mcpServers: { thing: { url: "https://mcp.acme.dev/mcp" } } });

async function kindOf(files: Record<string, string>, known: Parameters<typeof inspectFiles>[1] = {}) {
  const { kind, server, remoteUrl } = await inspectFiles(files, known);
  return [kind, server.package, remoteUrl];
}

test("a package of the repository that server.json declares is a server, hosted or not", async () => {
  const declare = (identifier: string) => ({
    "server.json": JSON.stringify({
      name: "io.github.acme/thing",
      remotes: [{ type: "streamable-http", url: "https://mcp.acme.dev/mcp" }],
      packages: [{ registryType: "npm", identifier, transport: { type: "stdio" } }],
    }),
  });
  const files = (identifier: string) => ({
    "package.json": JSON.stringify({ name: "thing-mcp", dependencies: { "@acme/frame": "1" } }),
    "src/index.ts": 'import { createApp } from "@acme/frame";\nawait createApp({ tools });\n',
    "README.md": "# Thing\n",
    ...declare(identifier),
  });
  const url = "https://mcp.acme.dev/mcp";
  assert.deepEqual(await kindOf(files("thing-mcp")), ["source-only", null, url]);
  assert.deepEqual(await kindOf(files("other-mcp")), ["remote-only", null, url]);
});

test("documents beside a hosted server are that server, whatever package they name that is not there", async () => {
  const { "src/index.ts": code = "", ...documents } = npmServer(
    "",
    HOSTED + json({ mcpServers: { thing: { command: "npx", args: ["-y", "thing-mcp"] } } }),
  );
  const url = "https://mcp.acme.dev/mcp";
  assert.deepEqual(await kindOf(documents), ["remote-only", null, url]);
  assert.deepEqual(await kindOf({ ...documents, "src/index.ts": code }), ["source-only", null, url]);
  const published = { npm: [{ name: "thing-mcp", repository: REPOSITORY }] };
  assert.deepEqual(await kindOf(documents, published), ["stdio", "thing-mcp", url]);
});

test("a server that is deployed as a worker needs no command", async () => {
  const worker = {
    "package.json": JSON.stringify({ name: "thing", private: true, dependencies: { agents: "1" } }),
    "src/index.ts":
      'import { McpAgent } from "agents/mcp";\nimport { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nexport class Thing extends McpAgent { server = new McpServer({ name: "thing" }); }\n',
    "README.md": "# Thing\n",
  };
  assert.deepEqual(await kindOf(worker), ["not-a-server", null, null]);
  for (const name of ["wrangler.toml", "wrangler.jsonc"])
    assert.deepEqual(await kindOf({ ...worker, [name]: "" }), ["source-only", null, null], name);
  assert.deepEqual(await kindOf({ ...worker, "other/wrangler.toml": "" }), ["not-a-server", null, null]);
  const hosted = { ...worker, "wrangler.toml": "", "README.md": HOSTED };
  assert.deepEqual(await kindOf(hosted), ["remote-only", null, "https://mcp.acme.dev/mcp"]);
});

test("a program of the repository's name that a client's configuration runs is a server, whatever it is written in", async () => {
  const files = (command: string, text = "# Thing\n") => ({
    "src/main.zig": "pub fn main() void {}\n",
    "README.md": text + json({ mcpServers: { thing: { command, args: ["mcp"] } } }),
  });
  for (const command of ["/path/to/thing", "thing", "C:\\\\tools\\\\thing.exe"])
    assert.deepEqual(await kindOf(files(command)), ["source-only", null, null], command);
  for (const command of ["/path/to/other", "node"])
    assert.deepEqual(await kindOf(files(command)), ["not-a-server", null, null], command);
  assert.deepEqual(await kindOf(files("thing", `# Thing\n${HOSTED}`)), [
    "remote-only",
    null,
    "https://mcp.acme.dev/mcp",
  ]);
});

test("what speaks MCP over HTTP alone is said to, and is nothing to deploy where its own code listens", async () => {
  const readme = `# Thing MCP\n\n\`\`\`sh\nnpx -y thing-mcp\n\`\`\`\n`;
  const files = (transport: string, rest = "") => ({
    "package.json": JSON.stringify({
      name: "thing-mcp",
      bin: "src/index.js",
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
    "src/index.js": `import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nconst server = new McpServer({ name: "thing" });\nawait server.connect(new ${transport}());\n${rest}`,
    "README.md": readme,
  });
  const read = async (transport: string, isPublished: boolean, rest?: string) => {
    const own = files(transport, rest);
    const npm = isPublished ? [{ name: "thing-mcp", repository: REPOSITORY, files: own }] : [];
    const { kind, warnings } = await inspectFiles(own, { npm });
    return [kind, ...warnings.map(({ code }) => code).filter((code) => /network|no_package/.test(code))];
  };
  assert.deepEqual(await read("StreamableHTTPServerTransport", false), ["source-only", "network_only"]);
  assert.deepEqual(await read("StreamableHTTPServerTransport", true), ["stdio", "network_only"]);
  const listen = "express().listen(3000);\n";
  assert.deepEqual(await read("StreamableHTTPServerTransport", true, listen), ["source-only", "network_only"]);
  assert.deepEqual(await read("StdioServerTransport", true, listen), ["stdio"]);
  assert.deepEqual(await read("StreamableHTTPServerTransport", true, `${listen}// or over stdio\n`), ["stdio"]);
  assert.deepEqual(await read("WebStandardStreamableHTTPServerTransport", true, listen), [
    "source-only",
    "network_only",
  ]);
  // Its streams to other programs and its client of other servers are no way to reach it.
  const spawns = `${listen}spawn("git", { stdio: ["ignore", "pipe"] });\nnew StdioClientTransport({ command });\n`;
  assert.deepEqual(await read("StreamableHTTPServerTransport", true, spawns), ["source-only", "network_only"]);
  const refuses = `${listen}// The stdio transport has been removed.\nfail("no stdio support");\n`;
  assert.deepEqual(await read("StreamableHTTPServerTransport", true, refuses), ["source-only", "network_only"]);
  // A setting may choose stdio, though the code has no word of it.
  const chosen = `${listen}const kind = process.env.MCP_TRANSPORT ?? "http";\n`;
  assert.deepEqual(await read("StreamableHTTPServerTransport", true, chosen), ["stdio", "network_only"]);
  assert.deepEqual(await read("StdioServerTransport", false), ["source-only", "no_package"]);
  assert.deepEqual(await read("StdioServerTransport", true), ["stdio"]);
});

test("a Python server over HTTP is nothing to deploy unless a setting may choose another transport", async () => {
  const files = (given: string, call = "mcp.run") => ({
    "pyproject.toml":
      '[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n[project.scripts]\nthing-mcp = "thing:main"\n',
    "thing/__init__.py": `import os\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\ndef main():\n    ${call}(transport=${given})\n`,
    "README.md": "# Thing MCP server\n\n```sh\nuvx thing-mcp\n```\n",
  });
  const read = async (given: string, call?: string) => {
    const own = files(given, call);
    return (await kindOf(own, { pypi: [{ name: "thing-mcp", repository: REPOSITORY, files: own }] }))[0];
  };
  assert.equal(await read('"streamable-http"'), "source-only");
  assert.equal(await read('"http", port=80', "await mcp.run_async"), "source-only");
  assert.equal(await read("transport", "await mcp.run_async"), "stdio");
  for (const given of ['os.getenv("MCP_TRANSPORT", "streamable-http")', 'settings.transport or "streamable-http"'])
    assert.equal(await read(given), "stdio", given);
});

test("a package that starts a program in another language is the server that its README calls itself", async () => {
  const files = (title: string) => ({
    "pyproject.toml":
      '[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n[project.scripts]\nthing-mcp = "thing:main"\n',
    "thing/__init__.py": 'import subprocess\ndef main():\n    subprocess.run(["deno", "run", "main.ts"])\n',
    "README.md": `# ${title}\n\n\`\`\`sh\nuvx thing-mcp\n\`\`\`\n`,
  });
  const known = { pypi: [{ name: "thing-mcp", repository: REPOSITORY }] };
  assert.deepEqual(await kindOf(files("Thing MCP server"), known), ["stdio", "thing-mcp", null]);
  assert.deepEqual(await kindOf(files("Thing, a client for MCP servers"), known), ["not-a-server", null, null]);
});

test("a private package that is named like a library does not make the repository one", async () => {
  const { "src/index.ts": _code, "package.json": _package, ...files } = npmServer("", HOSTED);
  const site = (isPrivate: boolean) => ({
    ...files,
    "site/package.json": JSON.stringify({ name: "fastmcp", private: isPrivate }),
  });
  assert.deepEqual(await kindOf(site(true)), ["remote-only", null, "https://mcp.acme.dev/mcp"]);
  assert.deepEqual(await kindOf(site(false)), ["not-a-server", null, null]);
});

test("a server that clients find at an address of this machine is one, though no command starts it", async () => {
  const files = {
    "package.json": JSON.stringify({
      name: "thing",
      private: true,
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
    "src/index.ts":
      'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nexport class Thing extends McpServer {}\nexport const server = new McpServer({ name: "thing" });\n',
  };
  const configured = (url: string) => ({ ...files, "README.md": json({ mcpServers: { thing: { url } } }) });
  assert.deepEqual(await kindOf(configured("http://localhost:3000/mcp")), ["source-only", null, null]);
  assert.deepEqual(await kindOf(configured("http://127.0.0.1:8080/sse")), ["source-only", null, null]);
  assert.deepEqual(await kindOf({ ...files, "README.md": "# Thing\n" }), ["not-a-server", null, null]);
});

test("a README may give the address of its hosted server in words alone", async () => {
  const title = "# Thing MCP Server\n\n";
  const site = (text: string) => ({ "README.md": text, "server/main.ts": "serve(handler);\n" });
  for (const [text, url] of [
    [`${title}Try it out at https://mcp.thing.dev !\n`, "https://mcp.thing.dev"],
    [`${title}It answers at \`https://api.thing.dev/mcp\`.\n`, "https://api.thing.dev/mcp"],
    [
      `${title}- **Hosted:** [\`https://eu.getthing.dev/mcp\`](https://eu.getthing.dev/mcp)\n`,
      "https://eu.getthing.dev/mcp",
    ],
    [`${title}Or use ours, https://mcp.thinghq.com/mcp.\n`, "https://mcp.thinghq.com/mcp"],
  ] as const)
    assert.deepEqual(await kindOf(site(text)), ["remote-only", null, url], text);
  for (const text of [
    // Another one's server, a page for people, and a title that names no server.
    `${title}Like https://mcp.other.dev/mcp, but for Thing.\n`,
    `${title}Like https://mcp.something.dev/mcp, but for Thing.\n`,
    `${title}See https://thing.dev/docs.\n`,
    "# Thing\n\nUse it with https://mcp.thing.dev/mcp.\n",
  ])
    assert.deepEqual(await kindOf(site(text)), ["not-a-server", null, null], text);
});

test("documents alone may give a hosted server's address in words", async () => {
  const url = "https://mcp.acme.dev/mcp";
  const documents = (text: string) => ({ "README.md": `# Thing MCP Server\n\n${text}\n` });
  for (const text of [
    `**Endpoint:**  \`${url}\`  \n**Mode:** Remote-only`,
    `- Server URL: ${url}`,
    `- **MCP endpoint (Streamable HTTP):** <${url}>`,
    `| Remote MCP URL | \`${url}\` |`,
    `The server is hosted remotely at \`${url}\`.`,
    `1. Connect your MCP client to \`${url}\`.`,
    `Point your MCP-compatible agent to [${url}](${url}).`,
  ])
    assert.deepEqual(await kindOf(documents(text)), ["remote-only", null, url], text);
  for (const text of [
    `Read more at \`${url}\`.`,
    `Once you deploy it, your server will be available at \`${url}\`.`,
    "Documentation is available at https://docs.acme.dev/mcp.",
    "**Endpoint:** https://acme.dev/products/mcp-server",
    `\`\`\`\nEndpoint: ${url}\n\`\`\``,
    "The server is available at http://localhost:3000/mcp.",
  ])
    assert.deepEqual(await kindOf(documents(text)), ["not-a-server", null, null], text);
  const list = { "README.md": `# Awesome MCP servers\n\nA list of servers.\n\n- Server URL: ${url}\n` };
  assert.deepEqual(await kindOf(list), ["not-a-server", null, null]);
  const { "src/index.ts": code = "" } = npmServer("", "");
  // Beside code, an address that is not named like the repository may be where a person deploys the code.
  const elsewhere = documents("**Endpoint:** https://mcp.other.dev/mcp");
  assert.equal((await kindOf({ "index.py": "pass\n", ...elsewhere }))[0], "not-a-server");
  assert.equal(
    (await kindOf({ ...npmServer("", ""), "src/index.ts": code, ...documents(`URL: ${url}`) }))[0],
    "source-only",
  );
});

test("a script that makes the server and is a program is a server, though its package has no command", async () => {
  const files = (script: string) => ({
    "server/pyproject.toml": '[project]\nname = "thing"\ndependencies = ["mcp"]\n',
    "server/thing.py": `from mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\n${script}`,
    "README.md": "# Thing\n",
  });
  const guard = 'if __name__ == "__main__":\n    mcp.run()\n';
  assert.deepEqual(await kindOf(files(guard)), ["source-only", null, null]);
  assert.deepEqual(await kindOf(files("")), ["not-a-server", null, null]);
  const starts = (call: string) => ({
    ...files(""),
    "server/start.py": `from thing import mcp\nif __name__ == "__main__":\n    ${call}\n`,
  });
  assert.deepEqual(await kindOf(starts("mcp.run()")), ["source-only", null, null]);
  assert.deepEqual(await kindOf(starts('uvicorn.run("thing:app")')), ["source-only", null, null]);
  assert.deepEqual(await kindOf(starts("print(mcp.name)")), ["not-a-server", null, null]);
  const inTypeScript = (scripts: object, code: string) => ({
    "package.json": JSON.stringify({ name: "thing", private: true, scripts, dependencies: { litemcp: "1" } }),
    "src/server.ts": `import { LiteMCP } from "litemcp";\nexport const server = new LiteMCP("thing", "1");\n${code}`,
    "README.md": "# Thing\n",
  });
  const start = { start: "node dist/server.js" };
  for (const found of [inTypeScript({}, "server.start();\n"), inTypeScript(start, "run(server);\n")])
    assert.deepEqual(await kindOf(found), ["source-only", null, null]);
  assert.deepEqual(await kindOf(inTypeScript({ build: "tsc" }, "run(server);\n")), ["not-a-server", null, null]);
});

test("code to build servers with is none: nothing in it starts, and its README calls it no server", async () => {
  const library = (readme: string, more: Record<string, string> = {}) => ({
    "pom.xml": "<project><dependency><groupId>io.modelcontextprotocol.sdk</groupId></dependency></project>",
    "src/main/java/com/acme/Tools.java":
      "package com.acme;\nimport io.modelcontextprotocol.server.McpServer;\npublic class Tools {}\n",
    "README.md": readme,
    ...more,
  });
  const words = "# Thing\n\nAnnotations for tools, resources and prompts of Java programs.\n";
  const starts = "public class Main { public static void main(String[] args) {} }\n";
  assert.equal((await kindOf(library(words)))[0], "not-a-server");
  assert.equal((await kindOf(library("# Thing\n\nAn MCP server for things.\n")))[0], "source-only");
  assert.equal((await kindOf(library(words, { "src/main/java/com/acme/Main.java": starts })))[0], "source-only");
  const quarkus = "<project><build><artifactId>quarkus-maven-plugin</artifactId></build></project>";
  const withQuarkus = library(words, { "pom.xml": quarkus.replace("<build>", "io.modelcontextprotocol<build>") });
  assert.equal((await kindOf(withQuarkus))[0], "source-only");
});

test("a program that takes MCP from a library that is not known is a server where its README calls it one", async () => {
  const files = (use: string, folder: string, readme = "# Thing MCP server\n") => ({
    "build.gradle.kts": 'implementation("dev.acme:tools:1")\n',
    [`${folder}/Main.java`]: `${use}\nclass Main { public static void main(String[] args) {} }\n`,
    "README.md": readme,
  });
  const use = "import dev.acme.tools.mcp.StdioTools;";
  // What an archetype of Maven calls a program's package is no folder of examples.
  for (const folder of ["src/main/java/dev/acme", "src/main/java/org/example"]) {
    assert.equal((await kindOf(files(use, folder)))[0], "source-only", folder);
    assert.equal((await kindOf(files("import java.util.List;", folder)))[0], "not-a-server", folder);
    assert.equal((await kindOf(files(use, folder, "# Thing, a client\n")))[0], "not-a-server", folder);
  }
  assert.equal((await kindOf(files(use, "example/src/main/java/dev/acme")))[0], "not-a-server");
});

test("a project that takes the versions of a library from its bill of materials is not that library", async () => {
  const pom = (own: string) =>
    `<project><artifactId>${own}</artifactId><dependencyManagement><artifactId>mcp-bom</artifactId></dependencyManagement><dependencies><groupId>io.modelcontextprotocol.sdk</groupId></dependencies></project>`;
  const files = (own: string) => ({
    "pom.xml": pom(own),
    "src/main/java/com/acme/Main.java":
      "package com.acme;\nimport io.modelcontextprotocol.server.McpServer;\nclass Main { public static void main(String[] args) {} }\n",
    "README.md": "# Thing MCP server\n",
  });
  assert.equal((await kindOf(files("thing")))[0], "source-only");
  assert.equal((await kindOf(files("mcp-bom")))[0], "not-a-server");
});

test("a server in a language that is not read is one where its README calls itself one", async () => {
  const files = (readme: string, more: Record<string, string> = {}) => ({
    "Main.hs": "main :: IO ()\nmain = serve\n",
    "thing.cabal": "executable thing\n",
    "README.md": readme,
    ...more,
  });
  const server = "# Thing\n\nA calculator, made as an MCP server.\n";
  assert.equal((await kindOf(files(server)))[0], "source-only");
  assert.equal((await kindOf(files("# Thing\n\nA client for MCP servers.\n")))[0], "not-a-server");
  assert.equal((await kindOf(files(server, { "tools/count.py": "print(1)\n" })))[0], "not-a-server");
});

test("a package with a command that describes itself as an MCP server hands everything to a hosted one", async () => {
  const files = (description: string, bin?: string) => ({
    "package.json": JSON.stringify({ name: "thing-mcp", description, ...(bin && { bin }) }),
    "cli.js":
      '#!/usr/bin/env node\nconst key = process.env.THING_KEY;\nrequire("axios").post("https://acme.dev", key);\n',
    "README.md": "# Thing\n",
  });
  assert.equal((await kindOf(files("MCP server of Acme for things.", "cli.js")))[0], "source-only");
  assert.equal((await kindOf(files("MCP server of Acme for things.")))[0], "not-a-server");
  assert.equal((await kindOf(files("Installs any MCP server.", "cli.js")))[0], "not-a-server");
});

test("a server over HTTP that a script starts is one, and so is one in a framework's words", async () => {
  const files = (more: object, transport: string, description = "") => ({
    "package.json": JSON.stringify({
      name: "thing",
      description,
      dependencies: { "@modelcontextprotocol/sdk": "1" },
      ...more,
    }),
    "src/index.ts": `import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nconst server = new McpServer({ name: "thing" });\nasync function main() {\n  await server.connect(new ${transport}());\n}\nmain().catch(console.error);\n`,
    "README.md": "# Thing MCP server\n",
  });
  const start = { scripts: { start: "tsx src/index.ts" } };
  assert.equal((await kindOf(files(start, "StreamableHTTPServerTransport")))[0], "source-only");
  assert.equal((await kindOf(files({}, "StreamableHTTPServerTransport")))[0], "not-a-server");
  assert.equal((await kindOf(files({}, "StdioServerTransport")))[0], "source-only");
  const framework = "A framework that lets agents talk.";
  const command = { bin: "dist/index.js" };
  assert.equal((await kindOf(files({ ...start, ...command }, "StdioServerTransport", framework)))[0], "source-only");
  for (const some of [start, command])
    assert.equal((await kindOf(files(some, "StdioServerTransport", framework)))[0], "not-a-server");
});

test("an address among the settings of another program is no hosted server", async () => {
  const files = (config: object) => ({
    "README.md": `# Thing\n\nA desktop client.\n\n\`\`\`json\n${JSON.stringify(config)}\n\`\`\`\n`,
  });
  const url = "https://api.acme.dev/mcp";
  assert.equal((await kindOf(files({ store: { url, apiKey: "", model: "m" } })))[0], "not-a-server");
  assert.equal((await kindOf(files({ acme: { url, headers: { "X-Key": "k" } } })))[0], "remote-only");
  const ownDomain = { mcpServers: { acme: { url: "https://mcp.yourdomain.com/mcp" } } };
  assert.equal((await kindOf(files(ownDomain)))[0], "not-a-server");
});

test("a page that lists the hosted servers of many vendors is no server", async () => {
  const page = (names: string[]) => ({
    "README.md": `# Remote MCP servers\n\n${names.map((name) => `- ${name}: https://mcp.${name}.com/mcp`).join("\n")}\n\n${json({ mcpServers: { thing: { url: "https://mcp.one.com/mcp" } } })}`,
  });
  assert.deepEqual(await kindOf(page(["one", "two", "three", "four", "five", "six"])), ["not-a-server", null, null]);
  assert.deepEqual(await kindOf(page(["one", "a.one", "b.one", "c.one", "d.one", "e.one", "two"])), [
    "remote-only",
    null,
    "https://mcp.one.com/mcp",
  ]);
});

test("servers in the repository of a client are for trying it, unless something runs them", async () => {
  const server = npmServer("", "");
  const files = (description: string, readme = "# Thing\n") => ({
    "package.json": JSON.stringify({ name: "thing", private: true, description, workspaces: ["servers/*"] }),
    "servers/try/package.json": JSON.stringify({ ...JSON.parse(server["package.json"] ?? "{}"), description: "" }),
    "servers/try/src/index.ts": server["src/index.ts"] ?? "",
    "README.md": readme,
  });
  for (const description of ["An all-in-one MCP client", "An MCP-based agent with skills"])
    assert.deepEqual(await kindOf(files(description)), ["not-a-server", null, null], description);
  for (const description of ["Things for any MCP client, as a server", "Things for people"])
    assert.deepEqual(await kindOf(files(description)), ["source-only", null, null], description);
  const shown = json({ mcpServers: { thing: { command: "node", args: ["servers/try/src/index.ts"] } } });
  assert.deepEqual(await kindOf(files("An MCP client", shown)), ["source-only", null, null]);
});

test("a package whose main module serves over stdio and gives nothing to others is no library, whatever it is called", async () => {
  const files = (code: string, main = "dist/index.js") => ({
    "package.json": JSON.stringify({
      name: "thing-mcp",
      description: "Model Context Protocol library for the Thing API",
      main,
      scripts: { start: "node dist/index.js" },
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
    "src/index.ts": `import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nimport { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";\nconst server = new McpServer({ name: "thing" });\n${code}`,
    "README.md": "# Thing\n\nA library for the Thing API.\n",
  });
  const start =
    "async function main() {\n  await server.connect(new StdioServerTransport());\n}\nmain().catch(fail);\n";
  assert.deepEqual(await kindOf(files(start)), ["source-only", null, null]);
  assert.deepEqual(await kindOf(files(`${start}export { server };\n`)), ["not-a-server", null, null]);
  assert.deepEqual(await kindOf(files(start, "dist/library.js")), ["not-a-server", null, null]);
  const made = "export function createServer() {\n  return server.connect(new StdioServerTransport());\n}\n";
  assert.deepEqual(await kindOf(files(made)), ["not-a-server", null, null]);
});

test("a script beside a package that is none is the server that the README calls itself", async () => {
  const files = (script: string, readme = "# Thing MCP Server\n\nAn MCP server for things.\n") => ({
    "client/setup.py": 'from setuptools import setup\nsetup(name="thing-sdk", description="SDK for things")\n',
    "client/thing.py": "import requests\n",
    "server.py": `from mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\n${script}`,
    "README.md": readme,
  });
  const program = 'if __name__ == "__main__":\n    mcp.run()\n';
  assert.deepEqual(await kindOf(files(program)), ["source-only", null, null]);
  assert.deepEqual(await kindOf(files("")), ["not-a-server", null, null]);
  assert.deepEqual(await kindOf(files(program, "# Thing\n\nAn SDK for things.\n")), ["not-a-server", null, null]);
});

test("a script in a folder beside a package that is none is the server where the README shows how it is started", async () => {
  const title = "# Thing MCP Server\n\nAn MCP server for things.\n\n";
  const files = (readme: string, folder = "thing/server", build = "thing/build") => ({
    [`${build}/setup.py`]: 'from setuptools import setup\nsetup(name="thing-sdk", description="SDK for things")\n',
    "thing/client.py": "import requests\n",
    [`${folder}/app.py`]:
      'from mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\nif __name__ == "__main__":\n    mcp.run()\n',
    "README.md": readme,
  });
  const config = { mcpServers: { thing: { command: "python", args: ["/path/to/checkout/thing/server/app.py"] } } };
  const shown = [`\`\`\`json\n${JSON.stringify(config)}\n\`\`\`\n`, "```sh\npython thing/server/app.py\n```\n"];
  for (const block of shown)
    assert.deepEqual(await kindOf(files(`${title}${block}`)), ["source-only", null, null], block);
  assert.deepEqual(await kindOf(files(title)), ["not-a-server", null, null]);
  const ofOther = files(`${title}${shown[1]}`, "thing/tools");
  assert.deepEqual(await kindOf(ofOther), ["not-a-server", null, null]);
  assert.deepEqual(await kindOf(files("# Thing\n\nAn SDK for things.\n")), ["not-a-server", null, null]);
});

test("an address that only stands for one is no hosted server", async () => {
  for (const host of ["another-mcp-server.com", "example-mcp.dev", "some-server.io"]) {
    const readme = json({ mcpServers: { thing: { url: `https://${host}/mcp` } } });
    assert.deepEqual(await kindOf({ "README.md": readme }), ["not-a-server", null, null], host);
  }
});

test("a package of npm that is named mcp is a server where its code makes one", async () => {
  const files = npmServer("await server.connect(new StdioServerTransport());\n", "");
  const named = JSON.stringify({
    name: "mcp",
    bin: { mcp: "./src/index.ts" },
    dependencies: { "@modelcontextprotocol/sdk": "1" },
  });
  assert.deepEqual(await kindOf({ ...files, "package.json": named }), ["source-only", null, null]);
});

test("a command for a server that another package of the repository makes is that server's", async () => {
  const files = (name: string) => ({
    "package.json": JSON.stringify({ name: "root", private: true, workspaces: ["packages/*"] }),
    "packages/cli/package.json": JSON.stringify({
      name,
      bin: { [name]: "bin/run.mjs" },
      dependencies: { "@acme/core": "workspace:*" },
    }),
    "packages/cli/src/commands/server.ts": 'import { start } from "@acme/core";\nexport const run = () => start();\n',
    "packages/core/package.json": JSON.stringify({
      name: "@acme/core",
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
    "packages/core/src/index.ts": npmServer("", "")["src/index.ts"] ?? "",
  });
  const known = {
    npm: [
      { name: "thing-mcp", repository: REPOSITORY },
      { name: "thing", repository: REPOSITORY },
    ],
  };
  assert.deepEqual(await kindOf(files("thing-mcp"), known), ["stdio", "thing-mcp", null]);
});

test("a script that documentation runs by the SDK's own command is a server without a line that starts it", async () => {
  const files = (readme: string) => ({
    "pyproject.toml": '[project]\nname = "server"\ndependencies = ["mcp[cli]"]\n',
    "thing-server.py":
      'from mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\n@mcp.tool()\ndef get(): return 1\n',
    "README.md": `# Thing\n\nA tool that reads things.\n\n${readme}`,
  });
  const args = ["run", "--with", "mcp[cli]", "mcp", "run", "/Users/me/thing/thing-server.py"];
  for (const readme of [
    json({ mcpServers: { thing: { command: "uv", args } } }),
    "Run `fastmcp run thing-server.py`.\n",
  ])
    assert.deepEqual(await kindOf(files(readme)), ["source-only", null, null], readme);
  assert.deepEqual(await kindOf(files("Run `mcp run other.py`.\n")), ["not-a-server", null, null]);
});
