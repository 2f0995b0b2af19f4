import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";
import { configBlock, npmServer } from "../testing/repositories.ts";

const PYTHON_HELPER =
  '[project]\nname = "thing-helper"\ndependencies = ["requests"]\n[project.scripts]\nthing-helper = "helper:main"\n';
const GO_MODULE = "module github.com/acme/thing\n\nrequire github.com/modelcontextprotocol/go-sdk v1.5.0\n";
const goServer = (code: string) =>
  `package main\nimport appmcp "github.com/acme/mcp-go-sdk/mcp"\nfunc main() {\n\tserver := appmcp.NewServer("thing")\n\tclient := NewClient()\n${code}}\n`;

test("a package that no registry has is what the repository's own commands speak of", async () => {
  const readme = configBlock({ A_URL: "https://a.example", A_USERNAME: "you", A_PASSWORD: "yours" });
  const code = "const config = [process.env.A_URL, process.env.A_USERNAME, process.env.A_PASSWORD];\n";
  const { kind, inputs } = await inspectFiles(npmServer(code, readme));
  const required = inputs.filter((input) => input.required).map((input) => input.key);
  assert.deepEqual([kind, required.sort()], ["source-only", ["A_PASSWORD", "A_URL", "A_USERNAME"]]);
});

test("a helper in another language beside a server is not the server, and its package does not hide the image", async () => {
  const files = {
    "go.mod": GO_MODULE,
    "main.go": goServer('\tos.Getenv("A_TOKEN")\n'),
    "README.md": "# Thing\n",
    "agents/helper/pyproject.toml": PYTHON_HELPER,
    "agents/helper/helper.py": "import os\nos.environ['GH_HELPER_TOKEN']\n",
  };
  const image = { registryType: "oci", identifier: "docker.io/acme/thing:latest", transport: { type: "stdio" } };
  const declared = JSON.stringify({ name: "io.github.acme/thing", packages: [image] });
  const { kind, server, inputs } = await inspectFiles({ ...files, "server.json": declared });
  assert.deepEqual([kind, server.runtime, server.package], ["stdio", "oci", "acme/thing"]);
  assert.deepEqual(
    inputs.map((input) => input.key),
    ["A_TOKEN"],
  );
  const both = JSON.stringify({
    name: "io.github.acme/thing",
    packages: [{ registryType: "npm", identifier: "@acme/thing", transport: { type: "stdio" } }, image],
  });
  assert.equal((await inspectFiles({ ...files, "server.json": both })).kind, "source-only");
});

test("a Go server whose SDK has a name of its own is a server, though it makes clients of other services", async () => {
  const { kind, inputs } = await inspectFiles({
    "go.mod": GO_MODULE,
    "main.go": goServer('\tos.Getenv("A_TOKEN")\n'),
    "README.md": "# Thing\n",
  });
  assert.deepEqual([kind, inputs.map((input) => input.key)], ["source-only", ["A_TOKEN"]]);
});

test("a library's own code makes no server, whatever classes it has", async () => {
  const files = {
    "build.gradle.kts": 'dependencies { api("io.modelcontextprotocol:kotlin-sdk-core") }\n',
    "server/src/main/kotlin/Server.kt": "package io.modelcontextprotocol.kotlin.sdk.server\n\nclass Server\n",
    "README.md": "# Kotlin SDK\n",
  };
  assert.equal((await inspectFiles(files)).kind, "not-a-server");
});

test("a library of the protocol that no code uses makes no server", async () => {
  const kindOf = async (files: Record<string, string>) =>
    (await inspectFiles({ "README.md": "# Thing MCP\n\nA platform for things.\n", ...files })).kind;
  const spring = (code: string) => ({
    "build.gradle":
      "plugins { id 'org.springframework.boot' version '3' }\ndependencies { implementation 'org.springframework.ai:spring-ai-mcp-server-spring-boot-starter' }\n",
    "src/main/java/com/acme/ThingMcpApplication.java": `package com.acme.thingmcp;\n${code}\npublic class ThingMcpApplication { public static void main(String[] args) { title("Thing MCP"); } }\n`,
    "src/main/resources/application.yml": "spring:\n  application:\n    name: thing-mcp\n",
  });
  assert.equal(await kindOf(spring("import org.springframework.web.bind.annotation.RestController;")), "not-a-server");
  for (const used of [
    "import org.springframework.ai.tool.annotation.Tool;",
    "import org.springaicommunity.mcp.annotation.McpTool;",
    "import com.acme.base.McpToolSupport;",
  ])
    assert.equal(await kindOf(spring(used)), "source-only", used);
  const go = (imported: string) => ({
    "go.mod": "module github.com/acme/thing\nrequire github.com/mark3labs/mcp-go v1 // indirect\n",
    "main.go": `package main\nimport "${imported}"\nfunc main() {}\n`,
  });
  assert.equal(await kindOf(go("github.com/acme/chains")), "not-a-server");
  assert.equal(await kindOf(go("github.com/mark3labs/mcp-go/other")), "source-only");
  assert.equal(await kindOf({ ...go("fmt"), "main.go": "" }), "not-a-server");
  const { "main.go": _code, ...withoutCode } = go("fmt");
  assert.equal(await kindOf(withoutCode), "source-only");
});
