import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { csharpServer, javaServer, kotlinServer, rustServer } from "../testing/repositories.ts";

const A = ["A_KEY"];

/** A further Java class of a server. */
const javaClass = (name: string, text: string) => ({
  [`src/main/java/com/acme/${name}.java`]: `package com.acme;\n${text}\n`,
});

test("Spring: what the program checks of an injected value is heard", async () => {
  await assertDemands([
    [
      javaServer(
        "",
        `  @Value("\${A_KEY:}") private String key;\n  @PostConstruct void init() { if (key == null || key.isBlank()) { throw new IllegalStateException("A_KEY is required"); } }`,
      ),
      A,
    ],
    [
      javaServer(
        "",
        `  @Value("\${A_KEY:}") private String key;\n  @Bean Client client() { if (key.isBlank()) { throw new IllegalStateException("x"); } return new Client(key); }`,
      ),
      A,
    ],
    [
      javaServer(
        "",
        "",
        javaClass(
          "Store",
          `@Service\npublic class Store {\n  private final String key;\n  public Store(@Value("\${A_KEY:}") String key) { if (key.isEmpty()) { throw new IllegalArgumentException("x"); } this.key = key; }\n}`,
        ),
      ),
      A,
    ],
    [
      javaServer(
        "",
        `  @Value("\${thing.key}") private String key;\n  @PostConstruct void check() { if (key.isBlank()) { throw new IllegalStateException("x"); } }`,
        { "src/main/resources/application.properties": `thing.key=\${A_KEY:}\n` },
      ),
      A,
    ],
    [
      javaServer("", "", {
        ...javaClass(
          "Settings",
          '@ConfigurationProperties(prefix = "a")\n@Validated\npublic class Settings { @NotBlank private String key; private String url = "x"; }',
        ),
        "src/main/resources/application.yml": `a:\n  key: \${A_KEY:}\n`,
      }),
      A,
    ],
    [
      javaServer(
        "",
        `  @Value("\${A_KEY:x}") private String key;\n  @PostConstruct void check() { if (key.isBlank()) { throw new IllegalStateException("x"); } }`,
      ),
      [],
    ],
    [
      javaServer(
        "",
        `  @Value("\${A_KEY:}") private String key;\n  @PostConstruct void check() { if (key.isBlank()) { log.warn("A_KEY is not set"); } }`,
      ),
      [],
    ],
  ]);
});

test("Java: a value is followed through objects, getters and static members", async () => {
  await assertDemands([
    [
      javaServer(
        'Dotenv d = Dotenv.configure().ignoreIfMissing().load(); String k = d.get("A_KEY"); if (k == null) { throw new IllegalStateException(); }',
      ),
      A,
    ],
    [javaServer('Dotenv d = Dotenv.load(); String k = d.get("A_KEY", "x");'), []],
    [
      javaServer(
        'Map<String, String> vars = System.getenv(); String k = vars.get("A_KEY"); if (k == null) { throw new RuntimeException("x"); }',
      ),
      A,
    ],
    [
      javaServer(
        'Config c = new Config(); c.setKey(System.getenv("A_KEY")); if (c.getKey() == null) { System.exit(1); }',
      ),
      A,
    ],
    [
      javaServer(
        'String k = getOrFail("A_KEY");',
        '  static String getOrFail(String n) { final String v = System.getenv(n); return Optional.ofNullable(v).filter(s -> !s.isBlank()).orElseThrow(() -> new IllegalStateException("Missing " + n)); }',
      ),
      A,
    ],
    [javaServer("use(KEY);", '  private static final String KEY = Objects.requireNonNull(System.getenv("A_KEY"));'), A],
    [
      javaServer(
        "use(KEY);",
        '  private static final String KEY;\n  static { KEY = System.getenv("A_KEY"); if (KEY == null) { throw new IllegalStateException("x"); } }',
      ),
      A,
    ],
    [javaServer("use(KEY);", '  private static final String KEY = System.getenv("A_KEY");'), []],
  ]);
});

test("a name that holds a variable is demanded where the program cannot go on without it", async () => {
  await assertDemands([
    [kotlinServer('val k = System.getenv("A_KEY")\nval key = k ?: error("no")'), A],
    [kotlinServer('val k = System.getenv("A_KEY")\nval c = Client(k ?: throw IllegalStateException("no"))'), A],
    [kotlinServer('val k = System.getenv("A_KEY")\nval c = Client(k!!)'), A],
    [kotlinServer('val k = System.getenv("A_KEY")\nval c = Client(k ?: "x")'), []],
    [
      kotlinServer(
        'val k = env("A_KEY")',
        'fun env(n: String, d: String? = null): String = System.getenv(n) ?: d ?: throw IllegalArgumentException("Missing $n")',
      ),
      A,
    ],
    [
      kotlinServer(
        'val k = env("A_KEY", "x")',
        'fun env(n: String, d: String? = null): String = System.getenv(n) ?: d ?: throw IllegalArgumentException("Missing $n")',
      ),
      [],
    ],
    [
      csharpServer(
        'var k = Environment.GetEnvironmentVariable("A_KEY");\nvar c = new Client(k ?? throw new Exception());',
      ),
      A,
    ],
    [rustServer('let k = std::env::var("A_KEY").ok();\nlet key = k.ok_or_else(|| anyhow!("x"))?;'), A],
    [rustServer('let k = std::env::var("A_KEY");\nlet key = k.expect("x");'), A],
  ]);
});

test("C#: properties, sections and patterns demand what they read", async () => {
  const config = (text: string) => ({ "Config.cs": `static class Config {\n${text}\n}\n` });
  await assertDemands([
    [
      csharpServer(
        "use(Config.Key);",
        config('public static string Key => Environment.GetEnvironmentVariable("A_KEY") ?? throw new Exception("x");'),
      ),
      A,
    ],
    [
      csharpServer(
        "use(Config.Key);",
        config(
          'public static string Key { get; } = Environment.GetEnvironmentVariable("A_KEY") ?? throw new Exception("x");',
        ),
      ),
      A,
    ],
    [
      csharpServer(
        "use(Config.Key);",
        config(
          'public static string Key { get { var v = Environment.GetEnvironmentVariable("A_KEY"); if (v == null) throw new Exception("x"); return v; } }',
        ),
      ),
      A,
    ],
    [
      csharpServer(
        'var k = Environment.GetEnvironmentVariable("A_KEY") switch { null or "" => throw new Exception("x"), var v => v };',
      ),
      A,
    ],
    [
      csharpServer(
        'if (Environment.GetEnvironmentVariable("A_KEY") is string k && k.Length > 0) { builder.Services.AddSingleton(new Client(k)); } else { Console.Error.WriteLine("x"); return; }',
      ),
      A,
    ],
    [
      csharpServer('var k = builder.Configuration.GetRequiredSection("Thing")["ApiKey"] ?? throw new Exception();'),
      ["Thing__ApiKey"],
    ],
    [
      csharpServer(
        'var section = builder.Configuration.GetSection("Thing");\nvar k = section["ApiKey"] ?? throw new Exception();',
      ),
      ["Thing__ApiKey"],
    ],
    [
      csharpServer('var cs = builder.Configuration.GetConnectionString("Db") ?? throw new Exception("x");'),
      ["ConnectionStrings__Db"],
    ],
    // A call in a condition declares no function.
    [
      csharpServer(
        'if (args.Contains("--http")) { var k = Environment.GetEnvironmentVariable("A_KEY") ?? throw new Exception(); Http(k); }',
      ),
      [],
    ],
  ]);
});
