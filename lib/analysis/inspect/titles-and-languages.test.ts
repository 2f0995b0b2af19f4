import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";
import { npmServer } from "../testing/repositories.ts";

/** A placeholder of Spring. */
const fill = (name: string) => `$\{${name}}`;

test("a README's title is its first heading in any writing, and no comment in a code block", async () => {
  const titles: [string, string][] = [
    ["```sh\n# Install it\nnpx thing-mcp\n```\n\n# The title\n", "The title"],
    ['<h1 align="center">The <em>title</em></h1>\n\n```sh\n# Install it\n```\n', "The title"],
    ["The title\n=========\n\nText.\n", "The title"],
    ["~~~\n# no\n~~~\n\nText.\n", "index"],
  ];
  for (const [readme, expected] of titles) {
    const { server } = await inspectFiles({
      "server.js": npmServer("", "")["src/index.ts"] ?? "",
      "README.md": readme,
    });
    assert.equal(server.name, expected === "index" ? "server" : expected, readme);
  }
});

test("Spring's properties and .NET's configuration name variables themselves", async () => {
  const spring = await inspectFiles({
    "pom.xml": "<dependency><artifactId>spring-ai-starter-mcp-server</artifactId></dependency>",
    "src/main/java/A.java": `import org.springframework.ai.tool.annotation.Tool;\nclass A { @Value("${fill("THING_TOKEN:")}") String t; @Value("${fill("thing.url:https://a.example")}") String u; }\n`,
    "src/main/resources/application.properties": `spring.ai.mcp.server.stdio=true\nthing.secret=${fill("THING_SECRET")}\n`,
  });
  assert.deepEqual(spring.inputs.map((input) => [input.key, input.required]).sort(), [
    ["THING_SECRET", true],
    ["THING_TOKEN", false],
    ["THING_URL", false],
  ]);
  const dotNet = await inspectFiles({
    "Thing.csproj": '<PackageReference Include="ModelContextProtocol" Version="1.0.0" />',
    "Program.cs":
      'builder.Services.AddMcpServer();\nvar a = builder.Configuration["THING_TOKEN"];\nvar b = configuration.GetValue<string>("THING_URL");\n',
  });
  assert.deepEqual(dotNet.inputs.map((input) => input.key).sort(), ["THING_TOKEN", "THING_URL"]);
});

test("a build's and an integration test's variables are none of the server's", async () => {
  const { inputs } = await inspectFiles({
    "build.gradle.kts":
      'implementation("io.modelcontextprotocol:kotlin-sdk:1.0")\nval a = System.getenv("BUILD_TOKEN")\n',
    "its/Check.kt": 'val b = System.getenv("CHECK_TOKEN")\n',
    "src/main/kotlin/Main.kt":
      'import io.modelcontextprotocol.kotlin.sdk.server.Server\nfun main() { val key = System.getenv("THING_KEY") ?: error("no") }\n',
  });
  assert.deepEqual(
    inputs.map((input) => input.key),
    ["THING_KEY"],
  );
});

test("a constant that bears the name of its own text is a variable's name", async () => {
  const { inputs } = await inspectFiles({
    "pom.xml": "<dependency><groupId>io.modelcontextprotocol</groupId></dependency>",
    "src/main/java/A.java":
      'import io.modelcontextprotocol.server.McpServer;\nclass A { static final String THING_REGION = "THING_REGION"; static final String KIND = "OTHER_KIND"; String get(Map<String, String> env) { return env.get(THING_REGION); } }\n',
  });
  assert.deepEqual(
    inputs.map((input) => input.key),
    ["THING_REGION"],
  );
});

test("Kotlin, Java and C# demand what their own checks for nothing demand", async () => {
  const kotlin = await inspectFiles({
    "build.gradle.kts": 'implementation("io.modelcontextprotocol:kotlin-sdk:1.0")\n',
    "src/main/kotlin/Main.kt":
      'import io.modelcontextprotocol.kotlin.sdk.server.Server\nfun main() { val a = requireNotNull(System.getenv("A_KEY")) { "no" }; val b = System.getenv("A_REGION") }\n',
  });
  const java = await inspectFiles({
    "pom.xml": "<dependency><groupId>io.modelcontextprotocol</groupId></dependency>",
    "src/main/java/A.java":
      'import io.modelcontextprotocol.server.McpServer;\nclass A { public static void main(String[] x) { String a = Objects.requireNonNull(System.getenv("A_KEY")); String b = System.getenv("A_REGION"); } }\n',
  });
  const cSharp = await inspectFiles({
    "T.csproj": '<PackageReference Include="ModelContextProtocol" Version="1.0.0" />',
    "Program.cs":
      'builder.Services.AddMcpServer();\nvar a = Environment.GetEnvironmentVariable("A_KEY");\nif (a is null) { Console.Error.WriteLine("no"); Environment.Exit(1); }\nvar b = Environment.GetEnvironmentVariable("A_REGION");\nif (b is not null) { Use(b); }\n',
  });
  for (const { inputs } of [kotlin, java, cSharp])
    assert.deepEqual(
      inputs.map((input) => [input.key, input.required]),
      [
        ["A_KEY", true],
        ["A_REGION", false],
      ],
    );
});

test("another Go program of the repository brings neither flags nor variables, what the server imports does", async () => {
  const { inputs } = await inspectFiles({
    "go.mod": "module example.com/thing\n\nrequire github.com/mark3labs/mcp-go v1.0.0\n",
    "main.go":
      'package main\nimport (\n\t"flag"\n\t"example.com/thing/client"\n\tserver "github.com/mark3labs/mcp-go/server"\n)\nfunc main() { level := flag.String("level", "", "Log level")\n flag.Parse()\n server.NewMCPServer(*level, client.New()) }\n',
    "client/client.go": 'package client\nimport "os"\nfunc New() string { return os.Getenv("THING_TOKEN") }\n',
    "cmd/cli/main.go":
      'package main\nimport (\n\t"flag"\n\t"os"\n\t"example.com/thing/client"\n\t"example.com/thing/report"\n)\nfunc main() { f := flag.NewFlagSet("x", 0)\n f.String("issue", "", "The issue")\n os.Getenv("CLI_HOME"); report.Run(client.New()) }\n',
    "report/report.go": 'package report\nimport "os"\nfunc Run(a string) { os.Getenv("REPORT_DIR") }\n',
  });
  assert.deepEqual(inputs.map(({ key }) => key).sort(), ["--level", "THING_TOKEN"]);
});

test("a server is one whatever library it is made with, and a client of it is none", async () => {
  const inspectClass = async (library: string, code: string) => {
    const { kind } = await inspectFiles({
      "package.json": JSON.stringify({ name: "thing", bin: "index.js", dependencies: { [library]: "^1" } }),
      "index.js": `#!/usr/bin/env node\n${code}`,
    });
    return kind;
  };
  const server = 'import { LiteMCP } from "litemcp";\nconst server = new LiteMCP("thing", "1.0.0");\nserver.start();\n';
  assert.equal(await inspectClass("litemcp", server), "source-only");
  const client =
    'import { MCPClient } from "mcp-use";\nconst client = new MCPClient({});\nthrow new McpError(1, "no");\n';
  assert.equal(await inspectClass("mcp-use", client), "not-a-server");
});

test("a server without stdio is where it is hosted, also where each person has an address", async () => {
  const files = (url: string) => ({
    "package.json": JSON.stringify({
      name: "thing",
      private: true,
      dependencies: { agents: "1", "@modelcontextprotocol/sdk": "1" },
    }),
    "src/index.ts":
      'import { McpAgent } from "agents/mcp";\nimport { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nexport class Thing extends McpAgent { server = new McpServer({ name: "thing" }); }\n',
    "README.md": `# Thing\n\n\`\`\`json\n{ "mcpServers": { "thing": { "url": "${url}" } } }\n\`\`\`\n`,
  });
  for (const url of ["https://mcp.thing.dev/mcp", "https://thing.dev/{owner}/{repo}"]) {
    const found = await inspectFiles(files(url));
    assert.deepEqual([found.kind, found.remoteUrl], ["remote-only", url]);
  }
  const page = { "@context": "https://schema.org", "@type": "Person", url: "https://thing.dev" };
  const none = await inspectFiles({ "README.md": `# Thing\n\n\`\`\`json\n${JSON.stringify(page)}\n\`\`\`\n` });
  assert.deepEqual([none.kind, none.remoteUrl], ["not-a-server", null]);
});

test("a description does not end where a list would begin", async () => {
  const description = "A server for things. It finds them. Key features include:";
  const { server } = await inspectFiles({
    "package.json": JSON.stringify({ name: "thing-mcp", bin: "index.js", description }),
    "index.js":
      'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nnew McpServer({ name: "thing" });\n',
  });
  assert.equal(server.description, "A server for things. It finds them.");
});
