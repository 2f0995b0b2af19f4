import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";

const kindOf = async (files: Record<string, string>) => (await inspectFiles(files)).kind;

const ANSWERS =
  'def handle(request):\n    if request["method"] == "initialize":\n        return {"protocolVersion": "1", "serverInfo": {"name": "thing"}}\n    if request["method"] == "tools/list":\n        return {"tools": []}\n    if request["method"] == "tools/call":\n        return call(request)\n';
const ASKS =
  'def start(connection):\n    info = connection.send("initialize")["serverInfo"]\n    connection.send("tools/list")\n    connection.send("tools/call")\n';
const project = (code: string, readme: string, name = "thing-mcp") => ({
  "pyproject.toml": `[project]\nname = "${name}"\n[project.scripts]\nthing = "thing:main"\n`,
  "thing.py": code,
  "README.md": readme,
});

test("a program that answers the protocol without a library is a server, where its README calls it one", async () => {
  const cases: [Record<string, string>, string][] = [
    [project(ANSWERS, "# Thing MCP\n\nSimple [MCP Server](https://example.org) to do things.\n"), "source-only"],
    [project(ANSWERS, "# Thing\n\nA server for the Model Context Protocol.\n"), "source-only"],
    [project(ANSWERS, "# Thing MCP Server\n\nMade for Claude and modern MCP clients.\n"), "source-only"],
    [project(ANSWERS, "# Thing\n\nAn MCP server that lets any MCP host search.\n"), "source-only"],
    [project(ANSWERS, "# Thing\n\nAn MCP client with a server of its own.\n"), "not-a-server"],
    [project(ASKS, "# Thing\n\nTalks to every MCP server.\n"), "not-a-server"],
    [project(ANSWERS, "# Thing\n\nAn MCP inspector: it looks into every MCP server.\n"), "not-a-server"],
    [project(ANSWERS, "# Thing\n\nAn SDK.\n"), "not-a-server"],
    [project("pass\n", "# Thing\n\nAn MCP server.\n"), "not-a-server"],
  ];
  for (const [files, kind] of cases) assert.equal(await kindOf(files), kind, JSON.stringify(files));
});

test("a README says so in any language", async () => {
  const cases: [string, string][] = [
    ["# Thing\n\n一个基于 MCP 的服务器，用于查询。\n", "source-only"],
    ["# Thing MCP 服务器\n", "source-only"],
    ["# Thing\n\nThing の MCP サーバーです。\n", "source-only"],
    ["# Thing\n\nThing을 위한 MCP(Model Context Protocol) 서버입니다.\n", "source-only"],
    ["# Thing\n\nMCP-сервер для Thing.\n", "source-only"],
    ["# Thing\n\nServidor MCP para Thing.\n", "source-only"],
    ["# Thing\n\nUn serveur local MCP pour Thing.\n", "source-only"],
    ["# Thing\n\n一个连接 MCP 服务器的客户端。\n", "not-a-server"],
    ["# Thing\n\nMCP 服务器管理工具。\n", "not-a-server"],
    ["# Thing\n\nКлиент для MCP-сервера.\n", "not-a-server"],
    ["# Thing\n\n用于查询的工具。\n", "not-a-server"],
  ];
  for (const [readme, kind] of cases) assert.equal(await kindOf(project(ANSWERS, readme)), kind, readme);
});

test("what answers the protocol is a server too where its description or its mark of the registry says so", async () => {
  const python = (readme: string, description = "") => ({
    ...project(ANSWERS, readme),
    "pyproject.toml": `[project]\nname = "thing"\ndescription = "${description}"\n[project.scripts]\nthing = "thing:main"\n`,
  });
  const readme = "# Thing\n\nA command line for things.\n";
  assert.equal(await kindOf(python(readme)), "not-a-server");
  assert.equal(await kindOf(python(`<!-- mcp-name: io.github.acme/thing -->\n${readme}`)), "source-only");
  assert.equal(await kindOf(python(readme, "MCP server for things")), "source-only");
  assert.equal(await kindOf(python(readme, "Test any MCP server")), "not-a-server");
  const npm = (more: object) => ({
    "package.json": JSON.stringify({ name: "thing", bin: "bin/thing.js", ...more }),
    "bin/thing.js": '#!/usr/bin/env node\nimport { run } from "@acme/frame";\nrun();\n',
    "README.md": readme,
  });
  assert.equal(await kindOf(npm({ mcpName: "io.github.acme/thing" })), "source-only");
  assert.equal(await kindOf(npm({})), "not-a-server");
  assert.equal(await kindOf(npm({ mcpName: "io.github.acme/thing", bin: undefined })), "not-a-server");
});

test("a program without a library that listens is a server where it is said to be one", async () => {
  const files = (code: string, description = "MCP server for things") => ({
    "package.json": JSON.stringify({ name: "thing", description, scripts: { start: "node src/index.js" } }),
    "src/index.js": `import express from "express";\nconst app = express();\napp.post("/messages", (request, response) => {\n  const { method } = request.body;\n  if (method === "tools/list") return response.json(list());\n  if (method === "tools/call") return response.json(call());\n});\n${code}`,
    "README.md": "# Thing panel (MCP)\n",
  });
  assert.equal(await kindOf(files("app.listen(3000);\n")), "source-only");
  assert.equal(await kindOf(files("export { app };\n")), "not-a-server");
  assert.equal(await kindOf(files("app.listen(3000);\n", "Panel for things")), "not-a-server");
});

test("a bridge that takes the protocol from standard input is a server to whoever starts it", async () => {
  const bridge = (takes: string, name = "thing-mcp-bridge") => ({
    ...project(
      `import sys\ndef main():\n    for line in sys.stdin:\n        message = json.loads(line)\n        ${takes}\n        forward(message)\n`,
      "# Thing bridge\n\nA proxy between MCP over stdio and SSE.\n",
      name,
    ),
  });
  const takes =
    'if message.get("method") == "initialize": start()\n        if message["method"] == "tools/call": add_environment(message)';
  assert.equal(await kindOf(bridge(takes)), "source-only");
  assert.equal(await kindOf(bridge(takes, "thing-agent")), "not-a-server");
  // A server of another protocol begins in the same way, and a client sends what a server takes.
  assert.equal(await kindOf(bridge('if message.get("method") == "initialize": start()')), "not-a-server");
  assert.equal(await kindOf(bridge('send("initialize"); send("tools/call")')), "not-a-server");
});

test("the same holds in JavaScript and in the other languages", async () => {
  const switchOf = (info: string) =>
    `switch (method) {\n  case "initialize": return { protocolVersion, ${info} };\n  case "tools/list": return list();\n  case "tools/call": return call();\n}\n`;
  const npm = (code: string) => ({
    "package.json": JSON.stringify({ name: "thing", bin: "index.js" }),
    "index.js": code,
    "README.md": "# Thing\n\nAn MCP server for things.\n",
  });
  assert.equal(await kindOf(npm(switchOf('serverInfo: { name: "thing" }'))), "source-only");
  assert.equal(await kindOf(npm(switchOf("serverInfo: SERVER_INFO"))), "source-only");
  const asks =
    'interface Result { serverInfo: { name: string } }\nsend("tools/list");\nsend("tools/call");\nconst { serverInfo } = result;\n';
  assert.equal(await kindOf(npm(asks)), "not-a-server");
  const go = (top: string) => ({
    "go.mod": "module example.org/thing\n",
    "main.go": `${top}\nvar info = map[string]any{"serverInfo": about}\nfunc main() { switch method { case "tools/list": list()\ncase "tools/call": call() } }\n`,
    "README.md": "# Thing\n\nAn MCP server for things.\n",
  });
  assert.equal(await kindOf(go("package main")), "source-only");
});

test("a program that has a branch for each method of tools is a server, unless it asks another one too", async () => {
  const go = (branches: string, more = "") => ({
    "go.mod": "module example.org/thing\n",
    "main.go": `package main\n${more}\nfunc main() { switch method { ${branches} } }\n`,
    "README.md": "# Thing\n\nAn MCP server for things.\n",
  });
  const branches = 'case "initialize": start()\ncase "tools/list": list()\ncase "tools/call": call()';
  assert.equal(await kindOf(go(branches)), "source-only");
  assert.equal(await kindOf(go(branches, 'var hello = map[string]any{"clientInfo": about}')), "not-a-server");
  assert.equal(await kindOf(go('case "list": send("tools/list")\ncase "call": send("tools/call")')), "not-a-server");
});

test("a manifest that takes a library of the protocol tells a server in languages that are not read", async () => {
  const readme = (what: string) => ({ "README.md": `# Thing\n\n${what}\n` });
  const server = readme("An MCP server for things.");
  const client = readme("An MCP client in a terminal.");
  const manifests: Record<string, string>[] = [
    { Gemfile: 'gem "fast-mcp"\n' },
    { "composer.json": '{"require": {"php-mcp/server": "^3"}}' },
    { "mix.exs": 'defp deps do [{:hermes_mcp, "~> 0.1"}] end' },
    { "pubspec.yaml": "name: thing\ndependencies:\n  mcp_dart: ^0.5.0\n" },
    { "build.zig.zon": '.{ .name = .thing, .dependencies = .{ .mcp = .{ .url = "x" } } }' },
    { "CMakeLists.txt": "FetchContent_Declare(cpp-mcp)\n" },
  ];
  for (const manifest of manifests) {
    assert.equal(await kindOf({ ...manifest, ...server }), "source-only", JSON.stringify(manifest));
    assert.equal(await kindOf({ ...manifest, ...client }), "not-a-server", JSON.stringify(manifest));
  }
});

test("an Xcode project that takes the Swift library is a server by its sources", async () => {
  const project = {
    "Thing.xcodeproj/project.pbxproj": 'repositoryURL = "https://github.com/modelcontextprotocol/swift-sdk";',
  };
  const readme = { "README.md": "# Thing\n\nA macOS app for your things.\n" };
  const handles =
    "import MCP\nfunc start() async { await server.withMethodHandler(ListTools.self) { _ in .init() } }\n";
  assert.equal(await kindOf({ ...project, ...readme, "App/Server.swift": handles }), "source-only");
  const asks =
    'import MCP\nlet client = Client(name: "thing", version: "1")\nlet tools = try await client.listTools()\n';
  assert.equal(await kindOf({ ...project, ...readme, "App/Client.swift": asks }), "not-a-server");
});

test("a script without a package around it is one as well", async () => {
  const readme = "# Thing MCP\n\nAn MCP server for things.\n";
  const main =
    'def main():\n    for line in sys.stdin: handle(json.loads(line))\nif __name__ == "__main__":\n    main()\n';
  const script = (code: string, text = readme) => ({
    "server.py": code,
    "requirements.txt": "httpx\n",
    "README.md": text,
  });
  assert.equal(await kindOf(script(ANSWERS + main)), "source-only");
  assert.equal(await kindOf(script(ANSWERS)), "not-a-server");
  assert.equal(await kindOf(script(ASKS + main)), "not-a-server");
  assert.equal(await kindOf(script(ANSWERS + main, "# Thing\n\nA client of every MCP server.\n")), "not-a-server");
  const switched =
    'switch (method) {\n  case "initialize": return { protocolVersion, serverInfo: { name: "thing" } };\n  case "tools/list": return list();\n  case "tools/call": return call();\n}\n';
  const javaScript = (code: string) => ({ "server.js": code, "README.md": readme });
  assert.equal(await kindOf(javaScript(`process.stdin.on("data", handle);\n${switched}`)), "source-only");
  assert.equal(await kindOf(javaScript(switched)), "not-a-server");
  const unnamed = {
    "package.json": JSON.stringify({ name: "thing" }),
    "README.md": `${readme}\n\`\`\`sh\nnode server.js\n\`\`\`\n`,
  };
  assert.equal(
    await kindOf({ ...unnamed, "server.js": `process.stdin.on("data", handle);\n${switched}` }),
    "source-only",
  );
});

test("a client's own class for the servers that it starts makes it none", async () => {
  const client = (top: string, more = "", name = "Server") => ({
    "main.py": `from mcp import ClientSession, StdioServerParameters\nfrom mcp.client.stdio import stdio_client\n${more}${top}\n    def __init__(self, name, config): pass\nservers = [${name}(name, one) for name, one in config.items()]\n`,
    "requirements.txt": "mcp\n",
    "README.md": "# Chatbot\n\nA chatbot that takes tools of MCP servers.\n",
  });
  for (const top of ["class Server:", "class Server(object):", "class Server():", "class Server(BaseModel):"])
    assert.equal(await kindOf(client(top)), "not-a-server", top);
  assert.equal(await kindOf(client("class Other:", "from chat.servers import load, Server\n")), "not-a-server");
  assert.equal(await kindOf(client("class Other:", "from mcp.server import Server\n")), "source-only");
  assert.equal(await kindOf(client("class Server:", 'mcp = FastMCP("thing")\n')), "source-only");
  for (const [top, more] of [
    ["class MCPServer:", ""],
    ["class MCPServer(BaseModel):", ""],
    ["class Other:", "from .servers import load, MCPServer\n"],
  ] as const)
    assert.equal(await kindOf(client(top, more, "MCPServer")), "not-a-server", top);
  for (const more of ["from mcp.server import MCPServer\n", "from acme_mcp import MCPServer\n"])
    assert.equal(await kindOf(client("class Other:", more, "MCPServer")), "source-only", more);
  // A server may wrap that of the library in a class of this name.
  const wraps = 'from mcp.server import Server\nserver = Server("thing")\n';
  assert.equal(await kindOf(client("class MCPServer:", wraps, "MCPServer")), "source-only");
});
