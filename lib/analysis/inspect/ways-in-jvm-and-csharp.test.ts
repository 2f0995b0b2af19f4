import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { csharpServer, javaServer, kotlinServer } from "../testing/repositories.ts";

const A = ["A_KEY"];

test("Java: a demand is heard in every way that programs make it", async () => {
  await assertDemands([
    [javaServer('String k = System.getenv("A_KEY"); if (k == null) { throw new IllegalStateException("x"); }'), A],
    [
      javaServer(
        'String k = System.getenv("A_KEY"); if (k == null || k.isBlank()) { System.err.println("x"); System.exit(1); }',
      ),
      A,
    ],
    [javaServer('String k = Objects.requireNonNull(System.getenv("A_KEY"), "A_KEY");'), A],
    [
      javaServer(
        'String k = Optional.ofNullable(System.getenv("A_KEY")).orElseThrow(() -> new RuntimeException("x"));',
      ),
      A,
    ],
    [javaServer('String k = Optional.ofNullable(System.getenv("A_KEY")).orElse("x");'), []],
    [javaServer('String k = System.getenv("A_KEY") != null ? System.getenv("A_KEY") : "x";'), []],
    [
      javaServer(
        "String k = getKey();",
        '  static String getKey() { String k = System.getenv("A_KEY"); if (k == null) throw new IllegalStateException("x"); return k; }',
      ),
      A,
    ],
    [
      javaServer("String k = Config.getKey(); if (k == null || k.isEmpty()) { System.exit(1); }", "", {
        "src/main/java/com/acme/Config.java":
          'package com.acme;\nclass Config {\n  static String getKey() { return System.getenv("A_KEY"); }\n}\n',
      }),
      A,
    ],
    [
      javaServer(
        'String k = require("A_KEY");',
        "  private static String require(String name) { String v = System.getenv(name); if (v == null || v.isBlank()) { throw new IllegalStateException(name); } return v; }",
      ),
      A,
    ],
    [
      javaServer(
        "new App();",
        '  private final String key;\n  App() { this.key = System.getenv("A_KEY"); if (this.key == null) { throw new IllegalStateException(); } }',
      ),
      A,
    ],
    [
      javaServer(
        'if (System.getenv("A_KEY") == null && System.getenv("A_TOKEN") == null) { throw new IllegalStateException(); }',
      ),
      [],
      [["A_KEY"], ["A_TOKEN"]],
    ],
    [
      javaServer(
        'String k = System.getenv("A_KEY"); if (Strings.isNullOrEmpty(k)) { throw new IllegalArgumentException(); }',
      ),
      A,
    ],
    [
      javaServer(
        'String k = System.getenv("A_KEY"); if (StringUtils.isBlank(k)) { throw new IllegalArgumentException(); }',
      ),
      A,
    ],
    [
      javaServer(
        'String k = System.getenv("A_KEY"); if (!StringUtils.hasText(k)) { throw new IllegalArgumentException(); }',
      ),
      A,
    ],
    [javaServer('Assert.hasText(System.getenv("A_KEY"), "A_KEY must be set");'), A],
    [javaServer('if (!System.getenv().containsKey("A_KEY")) { throw new IllegalStateException(); }'), A],
    [
      javaServer(
        'Map<String, String> env = System.getenv(); String k = env.get("A_KEY"); if (k == null) { throw new RuntimeException("x"); }',
      ),
      A,
    ],
    [javaServer("", `  @Value("\${A_KEY}") String key;`), A],
    [javaServer("", `  @Value("\${A_KEY:}") String key;`), []],
    [
      javaServer("", `  @Value("\${thing.key}") String key;`, {
        "src/main/resources/application.properties": `thing.key=\${A_KEY}\n`,
      }),
      A,
    ],
    [
      javaServer("", `  @Value("\${thing.key}") String key;`, {
        "src/main/resources/application.properties": `thing.key=\${A_KEY:x}\n`,
      }),
      [],
    ],
    [
      javaServer("", `  @Value("\${thing.url}") String url;`, {
        "src/main/resources/application.properties": "thing.url=https://x\n",
      }),
      [],
    ],
    [
      javaServer("", "", {
        "src/main/resources/application.yml": `thing:\n  key: \${A_KEY}\n  url: \${A_URL:https://x}\n`,
      }),
      A,
    ],
    [javaServer("", "", { "src/main/resources/application-prod.yml": `thing:\n  key: \${A_KEY}\n` }), []],
    [
      javaServer(
        "",
        '  @Autowired Environment env;\n  @Bean Client c() { return new Client(env.getRequiredProperty("A_KEY")); }',
      ),
      A,
    ],
    [javaServer("", '  @ConfigProperty(name = "a.key")\n  String key;'), A],
    [javaServer("", '  @ConfigProperty(name = "a.key")\n  Optional<String> key;'), []],
    [
      javaServer(
        'String k = System.getProperty("a.key", System.getenv("A_KEY")); if (k == null) { throw new RuntimeException("x"); }',
      ),
      A,
    ],
  ]);
});

test("Kotlin: a demand is heard in every way that programs make it", async () => {
  await assertDemands([
    [kotlinServer('val k = System.getenv("A_KEY") ?: error("no")'), A],
    [kotlinServer('val k = System.getenv("A_KEY") ?: throw IllegalStateException("x")'), A],
    [kotlinServer('val k = System.getenv("A_KEY") ?: run {\n    System.err.println("x")\n    exitProcess(1)\n}'), A],
    [kotlinServer('val k = System.getenv("A_KEY") ?: return println("A_KEY missing")'), A],
    [kotlinServer('val k = System.getenv("A_KEY") ?: "x"'), []],
    [kotlinServer('val k = options.key ?: System.getenv("A_KEY") ?: error("no")'), []],
    [kotlinServer('val env = System.getenv()\nval k = env["A_KEY"] ?: error("no")'), A],
    [kotlinServer('val k = requireNotNull(System.getenv("A_KEY")) { "x" }'), A],
    [kotlinServer('val k = System.getenv("A_KEY")\nrequireNotNull(k) { "x" }'), A],
    [kotlinServer('val k = System.getenv("A_KEY")\nrequire(!k.isNullOrBlank()) { "x" }'), A],
    [kotlinServer('val k = System.getenv("A_KEY")\nif (k.isNullOrBlank()) {\n    exitProcess(1)\n}'), A],
    [kotlinServer('val k = System.getenv("A_KEY")?.takeIf { it.isNotBlank() } ?: error("no")'), A],
    [kotlinServer('val k = System.getenv()["A_KEY"] ?: error("no")'), A],
    [kotlinServer('val k = System.getenv().getValue("A_KEY")'), A],
    [kotlinServer('val k = System.getenv("A_KEY")!!'), A],
    [kotlinServer("use(KEY)", 'val KEY = System.getenv("A_KEY") ?: error("x")'), A],
    [
      kotlinServer(
        "val k = apiKey()\nif (k == null) throw RuntimeException()",
        'fun apiKey(): String? = System.getenv("A_KEY")',
      ),
      A,
    ],
    [
      kotlinServer(
        "val c = Config.fromEnv()",
        'data class Config(val key: String) {\n  companion object {\n    fun fromEnv() = Config(key = System.getenv("A_KEY") ?: error("x"))\n  }\n}',
      ),
      A,
    ],
    [
      kotlinServer('val k = System.getenv("A_KEY") ?: System.getenv("A_TOKEN") ?: error("one")'),
      [],
      [["A_KEY"], ["A_TOKEN"]],
    ],
    [
      kotlinServer(
        'val auth = when {\n    key != null -> K(key)\n    token != null -> T(token)\n    else -> error("one")\n}'.replace(
          /^/,
          'val key = System.getenv("A_KEY")\nval token = System.getenv("A_TOKEN")\n',
        ),
      ),
      [],
      [["A_KEY"], ["A_TOKEN"]],
    ],
  ]);
});

test("C#: a demand is heard in every way that programs make it", async () => {
  await assertDemands([
    [csharpServer('var k = Environment.GetEnvironmentVariable("A_KEY") ?? throw new Exception("x");'), A],
    [csharpServer('var k = Environment.GetEnvironmentVariable("A_KEY") ?? "x";'), []],
    [
      csharpServer('var k = options.Key ?? Environment.GetEnvironmentVariable("A_KEY") ?? throw new Exception("x");'),
      [],
    ],
    [
      csharpServer(
        'var k = Environment.GetEnvironmentVariable("A_KEY");\nif (string.IsNullOrWhiteSpace(k))\n{\n    Console.Error.WriteLine("x");\n    Environment.Exit(1);\n}',
      ),
      A,
    ],
    [
      csharpServer(
        'var k = Environment.GetEnvironmentVariable("A_KEY");\nif (string.IsNullOrEmpty(k))\n{\n    Console.Error.WriteLine("x");\n    return 1;\n}',
      ),
      A,
    ],
    [
      csharpServer(
        'var k = Environment.GetEnvironmentVariable("A_KEY");\nif (k is null) throw new InvalidOperationException("x");',
      ),
      A,
    ],
    [
      csharpServer(
        'if (Environment.GetEnvironmentVariable("A_KEY") is not { Length: > 0 } key)\n    throw new InvalidOperationException("x");',
      ),
      A,
    ],
    [csharpServer('var k = Environment.GetEnvironmentVariable("A_KEY");\nArgumentException.ThrowIfNullOrEmpty(k);'), A],
    [csharpServer('ArgumentNullException.ThrowIfNull(Environment.GetEnvironmentVariable("A_KEY"));'), A],
    [
      csharpServer(
        'var k = Require("A_KEY");\nstatic string Require(string name) => Environment.GetEnvironmentVariable(name) ?? throw new Exception(name);',
      ),
      A,
    ],
    [
      csharpServer('var k = Env.Require("A_KEY");', {
        "Env.cs":
          "static class Env {\n  public static string Require(string name)\n  {\n    var v = Environment.GetEnvironmentVariable(name);\n    if (string.IsNullOrEmpty(v)) throw new InvalidOperationException(name);\n    return v;\n  }\n}\n",
      }),
      A,
    ],
    [
      csharpServer("var k = Settings.ApiKey;\nif (string.IsNullOrEmpty(k)) { Environment.Exit(1); }", {
        "Settings.cs":
          'static class Settings {\n  public static string? ApiKey => Environment.GetEnvironmentVariable("A_KEY");\n}\n',
      }),
      A,
    ],
    [csharpServer('var k = builder.Configuration["A_KEY"] ?? throw new InvalidOperationException("x");'), A],
    [
      csharpServer(
        'var k = builder.Configuration.GetValue<string>("A_KEY");\nif (string.IsNullOrEmpty(k)) throw new Exception("x");',
      ),
      A,
    ],
    [csharpServer('var k = builder.Configuration["A_KEY"];\nif (k != null) use(k);'), []],
    [
      csharpServer("builder.Services.AddSingleton<Client>();", {
        "Client.cs":
          'public class Client {\n  private readonly string _key;\n  public Client() {\n    _key = Environment.GetEnvironmentVariable("A_KEY") ?? throw new InvalidOperationException("x");\n  }\n}\n',
      }),
      [],
    ],
    [
      csharpServer(
        'var k = Environment.GetEnvironmentVariable("A_KEY") ?? Environment.GetEnvironmentVariable("A_TOKEN") ?? throw new Exception();',
      ),
      [],
      [["A_KEY"], ["A_TOKEN"]],
    ],
    [
      {
        ...csharpServer(""),
        "Program.cs":
          'using ModelContextProtocol;\nclass Program {\n  static async Task<int> Main(string[] args) {\n    var k = Environment.GetEnvironmentVariable("A_KEY");\n    if (string.IsNullOrEmpty(k)) {\n      Console.Error.WriteLine("x");\n      return 1;\n    }\n    builder.Services.AddMcpServer();\n    return 0;\n  }\n}\n',
      },
      A,
    ],
  ]);
});

test("Java, Kotlin, C#: what answers a request demands nothing at the start, whatever is written around it", async () => {
  const inJava = 'String key = Objects.requireNonNull(System.getenv("A_KEY"));\nreturn answer(key);\n';
  const inKotlin = 'val key = System.getenv("A_KEY") ?: error("no")\nanswer(key)\n';
  const inCSharp = 'var key = Environment.GetEnvironmentVariable("A_KEY") ?? throw new Exception("no");\nreturn key;\n';
  const specification = (args: string) => `var one = new McpServerFeatures.SyncToolSpecification${args};`;
  await assertDemands([
    [javaServer(specification(`(tool, (exchange, args) -> {\n${inJava}})`)), []],
    [javaServer(specification(`.Builder().tool(tool).callHandler((exchange, request) -> {\n${inJava}}).build()`)), []],
    [javaServer(`McpServer.sync(transport).toolCall(tool, (exchange, request) -> {\n${inJava}}).build();`), []],
    [javaServer(`Stream.of(1).forEach(one -> {\n${inJava}});`), ["A_KEY"]],
    [javaServer('String key = Optional.ofNullable(System.getenv("A_KEY")).orElseThrow(() -> failure());'), ["A_KEY"]],
    [kotlinServer(`server.addTool(name = "a", description = "b") { request ->\n${inKotlin}}`), []],
    [kotlinServer(`Server(info).apply {\naddTool("a") { request ->\n${inKotlin}}\n}`), []],
    [kotlinServer(`server.setRequestHandler<CallToolRequest>(Method.ToolsCall) { request, _ ->\n${inKotlin}}`), []],
    [kotlinServer(`runBlocking {\n${inKotlin}}`), ["A_KEY"]],
    [kotlinServer(`addServer("a") {\n${inKotlin}}`), ["A_KEY"]],
    [csharpServer(`var tool = McpServerTool.Create((string text) => {\n${inCSharp}});`), []],
    [
      csharpServer(`builder.Services.AddMcpServer().WithCallToolHandler(async (context, token) => {\n${inCSharp}});`),
      [],
    ],
    [csharpServer(`var client = Make(() => {\n${inCSharp}});`), ["A_KEY"]],
  ]);
});
