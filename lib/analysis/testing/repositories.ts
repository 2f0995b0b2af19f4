import { inspectFiles, REPOSITORY } from "./inspect-files.ts";

/** Files of an npm package that is a server, "thing-mcp". */
export function npmServer(code: string, readme: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    "package.json": JSON.stringify({
      name: "thing-mcp",
      version: "1.0.0",
      bin: { "thing-mcp": "dist/index.js" },
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
    "src/index.ts": `import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nconst server = new McpServer({ name: "thing" });\n${code}`,
    "README.md": readme,
    ...more,
  };
}

/** Files of a PyPI package that is a server, "thing-mcp". Its command starts `main` of thing/server.py. */
export function pypiServer(code: string, readme: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    "pyproject.toml":
      '[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n[project.scripts]\nthing-mcp = "thing.server:main"\n',
    "src/thing/__init__.py": "",
    "src/thing/server.py": `import os\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\n${code}`,
    "README.md": readme,
    ...more,
  };
}

/** Files of a server in Go whose main function does something first. */
export function goServer(main: string, top = "", more: Record<string, string> = {}): Record<string, string> {
  const imports = 'import (\n\t"os"\n\t"github.com/acme/thing/config"\n)\n';
  const serve =
    's := server.NewMCPServer("thing", "1")\nif err := server.ServeStdio(s); err != nil {\n\tlog.Fatal(err)\n}';
  return {
    "go.mod": "module github.com/acme/thing\nrequire github.com/mark3labs/mcp-go v1\n",
    "main.go": `package main\n${imports}${top}\nfunc main() {\n${main}\n${serve}\n}\n`,
    "README.md": "# Thing\n",
    ...more,
  };
}

/** Files of a server in Rust. */
export function rustServer(main: string, top = ""): Record<string, string> {
  return {
    "Cargo.toml": '[package]\nname = "thing"\n[dependencies]\nrmcp = "1"\n',
    "src/main.rs": `${top}\nasync fn main() -> Result<()> {\n${main}\nThing::new().serve(stdio()).await?;\nOk(())\n}\nimpl ServerHandler for Thing {}\n`,
    "README.md": "# Thing\n",
  };
}

/** Files of a server in Java. */
export function javaServer(main: string, top = "", more: Record<string, string> = {}): Record<string, string> {
  return {
    "pom.xml": "<project><dependency><groupId>io.modelcontextprotocol.sdk</groupId></dependency></project>",
    "src/main/java/com/acme/App.java": `package com.acme;\nimport io.modelcontextprotocol.server.McpServer;\npublic class App {\n${top}\n  public static void main(String[] args) {\n    ${main}\n    McpServer.sync(transport).build();\n  }\n}\n`,
    "README.md": "# Thing\n",
    ...more,
  };
}

/** Files of a server in Kotlin. */
export function kotlinServer(main: string, top = ""): Record<string, string> {
  return {
    "build.gradle.kts": 'dependencies { implementation("io.modelcontextprotocol:kotlin-sdk:0.5") }',
    "src/main/kotlin/Main.kt": `import io.modelcontextprotocol.kotlin.sdk.server.Server\n${top}\nfun main() {\n${main}\nrunServer()\n}\n`,
    "README.md": "# Thing\n",
  };
}

/** Files of a server in C#. */
export function csharpServer(main: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    "Thing.csproj": '<PackageReference Include="ModelContextProtocol" />',
    "Program.cs": `using ModelContextProtocol;\nvar builder = Host.CreateApplicationBuilder(args);\n${main}\nbuilder.Services.AddMcpServer().WithStdioServerTransport();\nawait builder.Build().RunAsync();\n`,
    "README.md": "# Thing\n",
    ...more,
  };
}

/** Files of a server in Swift. */
export function swiftServer(main: string, top = "", more: Record<string, string> = {}): Record<string, string> {
  return {
    "Package.swift": '.package(url: "https://github.com/modelcontextprotocol/swift-sdk.git", from: "0.9.0")',
    "Sources/Thing/main.swift": `import Foundation\nimport MCP\n${top}\n${main}\nlet server = Server(name: "thing", version: "1")\nawait server.withMethodHandler(ListTools.self) { _ in .init(tools: []) }\n`,
    "README.md": "# Thing\n",
    ...more,
  };
}

/** A README's block with a client's configuration that runs the package. */
export function configBlock(env: Record<string, string>, ...args: string[]): string {
  const server = { command: "npx", args: ["-y", "thing-mcp", ...args], env };
  return `\`\`\`json\n${JSON.stringify({ mcpServers: { thing: server } }, null, 2)}\n\`\`\`\n`;
}

/** Inspects a repository whose package "thing-mcp" is published: what it requires, what not, and its choices. */
export async function readDemands(
  files: Record<string, string>,
): Promise<{ required: string[]; optional: string[]; choices: [string[][], boolean][] }> {
  const published = [{ name: "thing-mcp", repository: REPOSITORY }];
  const { inputs, alternatives } = await inspectFiles(
    files,
    "pyproject.toml" in files ? { pypi: published } : { npm: published },
  );
  const keysOf = (isRequired: boolean) =>
    inputs
      .filter((input) => input.required === isRequired)
      .map((input) => input.key)
      .sort();
  return {
    required: keysOf(true),
    optional: keysOf(false),
    choices: alternatives.map(({ oneOf, required }) => [oneOf, required]),
  };
}
