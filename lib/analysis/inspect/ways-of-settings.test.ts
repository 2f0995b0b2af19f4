import assert from "node:assert/strict";
import { test } from "node:test";
import {
  csharpServer,
  javaServer,
  kotlinServer,
  pypiServer,
  readDemands,
  rustServer,
} from "../testing/repositories.ts";

type Case = [files: Record<string, string>, required: string[], optional: string[]];

async function assertSettings(cases: readonly Case[]): Promise<void> {
  for (const [files, required, optional] of cases) {
    const found = await readDemands(files);
    const told = Object.values(files).join("\n");
    assert.deepEqual([found.required, found.optional], [required, optional], told);
  }
}

const java = (path: string, code: string) => javaServer("", "", { [`src/main/java/com/acme/${path}`]: code });
/** A placeholder of Spring and picocli. */
const fill = (name: string) => `$\{${name}}`;

test("Rust: a struct that a library fills from the environment names its variables", async () => {
  const fields = (more = "") =>
    `#[derive(Deserialize)]\n${more}struct Config {\n    key: String,\n    url: Option<String>,\n}`;
  await assertSettings([
    [
      rustServer(
        "let config: Config = envy::from_env()?;",
        '#[derive(Deserialize)]\nstruct Config {\n    a_key: String,\n    a_url: Option<String>,\n    #[serde(default = "depth")]\n    a_depth: u16,\n}',
      ),
      ["A_KEY"],
      ["A_DEPTH", "A_URL"],
    ],
    [rustServer('let c = envy::prefixed("A_").from_env::<Config>().expect("x");', fields()), ["A_KEY"], ["A_URL"]],
    [
      rustServer('let c: Config = envy::prefixed("A_").from_env()?;', fields("#[serde(default)]\n")),
      [],
      ["A_KEY", "A_URL"],
    ],
    [
      rustServer('let c: Config = Figment::new().merge(Env::prefixed("A_")).extract()?;', fields()),
      ["A_KEY"],
      ["A_URL"],
    ],
    [
      rustServer(
        'let s = config::Config::builder().add_source(config::Environment::with_prefix("A").separator("__")).build()?;\nlet c: Root = s.try_deserialize()?;',
        `#[derive(Deserialize)]\nstruct Root {\n    api: Config,\n}\n${fields()}`,
      ),
      ["A__API__KEY"],
      ["A__API__URL"],
    ],
    [
      rustServer(
        "let c = Config::init_from_env().unwrap();",
        '#[derive(Envconfig)]\npub struct Config {\n    #[envconfig(from = "A_KEY")]\n    pub key: String,\n    #[envconfig(from = "A_URL", default = "x")]\n    pub url: String,\n}',
      ),
      ["A_KEY"],
      ["A_URL"],
    ],
    [rustServer("let c: Config = serde_json::from_str(text)?;", fields()), [], []],
  ]);
});

test("Java and Kotlin: what libraries declare is heard", async () => {
  const picocli = (options: string, name = "thing") =>
    java(
      "Serve.java",
      `package com.acme;\nimport picocli.CommandLine.*;\n@Command(name = "${name}")\nclass Serve {\n${options}\n}\n`,
    );
  await assertSettings([
    [
      picocli(`  @Option(names = "--key", required = true, defaultValue = "${fill("env:A_KEY")}") String key;`),
      ["A_KEY"],
      [],
    ],
    [picocli(`  @Option(names = "--key", defaultValue = "${fill("A_KEY")}") String key;`), [], ["A_KEY"]],
    [
      picocli(
        '  @Option(names = {"-k", "--key"}, required = true) String key;\n  @Option(names = "--url", defaultValue = "x") String url;',
      ),
      ["--key"],
      ["--url"],
    ],
    [picocli('  @Option(names = "--code", required = true) String code;', "login"), [], []],
    [
      java(
        "Config.java",
        'package com.acme;\n@ConfigMapping(prefix = "thing")\npublic interface Config {\n  String apiKey();\n  Optional<String> region();\n  @WithDefault("x") String url();\n  @WithName("user-name") String name();\n  Auth auth();\n  interface Auth {\n    String token();\n  }\n}\n',
      ),
      ["THING_API_KEY", "THING_AUTH_TOKEN", "THING_USER_NAME"],
      ["THING_REGION", "THING_URL"],
    ],
    [
      java("C.java", 'import io.micronaut.context.annotation.*;\nclass C { @Property(name = "a.key") String key; }'),
      ["A_KEY"],
      [],
    ],
    [
      java(
        "C.java",
        'import io.micronaut.context.annotation.*;\nclass C { @Property(name = "a.key", defaultValue = "x") String key; }',
      ),
      [],
      ["A_KEY"],
    ],
    [
      java(
        "P.java",
        'package com.acme;\n@ConfigurationProperties(prefix = "thing")\n@Validated\npublic class P {\n  @NotBlank\n  private String apiKey;\n  private String url = "x";\n  public String getUrl() { return url; }\n}\n',
      ),
      ["THING_API_KEY"],
      ["THING_URL"],
    ],
    [
      java(
        "P.java",
        '@ConfigurationProperties("thing")\n@Validated\nrecord P(@NotBlank String apiKey, @DefaultValue("x") String url) {}\n',
      ),
      ["THING_API_KEY"],
      ["THING_URL"],
    ],
    [
      java("P.java", '@ConfigurationProperties("thing")\nclass P {\n  private String apiKey;\n}\n'),
      [],
      ["THING_API_KEY"],
    ],
    [java("P.java", '@ConfigurationProperties("spring.ai")\nclass P {\n  private String apiKey;\n}\n'), [], []],
    [
      java("C.java", 'class C { Client c(Environment env) { return new Client(env.getProperty("a.key")); } }'),
      [],
      ["A_KEY"],
    ],
    [
      kotlinServer(
        "Serve().main(args)",
        'class Serve : CliktCommand() {\n  val key by option("--key", envvar = "A_KEY").required()\n  val url by option("--url").default("x")\n}',
      ),
      ["A_KEY"],
      ["--url"],
    ],
  ]);
});

test("C#: sections of the configuration, what they fill, and options are heard", async () => {
  const options = (properties: string, given = "{}") => ({
    "ThingOptions.cs": `public class ThingOptions {\n${properties}\n}\n`,
    "appsettings.json": given,
  });
  const validated = (bind: string) =>
    `builder.Services.AddOptions<ThingOptions>()${bind}.ValidateDataAnnotations().ValidateOnStart();`;
  const fields = '  [Required]\n  public string ApiKey { get; set; }\n  public string Url { get; set; } = "x";';
  await assertSettings([
    [
      csharpServer(validated('.Bind(builder.Configuration.GetSection("Thing"))'), options(fields)),
      ["Thing__ApiKey"],
      ["Thing__Url"],
    ],
    [csharpServer(validated('.BindConfiguration("Thing")'), options(fields)), ["Thing__ApiKey"], ["Thing__Url"]],
    [
      csharpServer(
        'builder.Services.Configure<ThingOptions>(builder.Configuration.GetSection("Thing"));',
        options(fields),
      ),
      [],
      ["Thing__ApiKey", "Thing__Url"],
    ],
    [
      csharpServer(
        'var o = builder.Configuration.GetSection("Thing").Get<ThingOptions>();\nif (string.IsNullOrEmpty(o.ApiKey)) throw new Exception("x");',
        options("  public string? ApiKey { get; init; }"),
      ),
      ["Thing__ApiKey"],
      [],
    ],
    // A list's members are named by their numbers, a dictionary's by names that are the user's.
    [
      csharpServer(
        validated('.BindConfiguration("Thing")'),
        options(
          [
            "  public List<ThingSource> Sources { get; set; } = new();",
            "  [Required] public IReadOnlyList<string>? Names { get; init; }",
            "  public string[] Paths { get; set; } = [];",
            '  public string[] Kinds { get; set; } = ["all"];',
            '  public List<ThingSource> Mirrors { get; set; } = new List<ThingSource> { new ThingSource { Url = "x" } };',
            "  public List<string> Regions { get; set; }",
            "  public Dictionary<string, ThingSource> Named { get; set; } = new();",
            "}",
            "public class ThingSource {",
            "  public string Url { get; set; }",
          ].join("\n"),
          '{ "Thing": { "Regions": ["eu"] } }',
        ),
      ),
      ["Thing__Names__0"],
      ["Thing__Paths__0", "Thing__Sources__0__Url"],
    ],
    [csharpServer('var k = builder.Configuration["Thing:ApiKey"] ?? throw new Exception("x");'), ["Thing__ApiKey"], []],
    [csharpServer('var k = builder.Configuration["Thing:ApiKey"];'), [], ["Thing__ApiKey"]],
    [
      csharpServer('var k = builder.Configuration["Thing:Url"] ?? throw new Exception("x");', {
        "appsettings.json": '{ // the address\n  "Thing": { "Url": "https://x", "Key": "" } }',
      }),
      [],
      ["Thing__Url"],
    ],
    [csharpServer('var k = builder.Configuration.GetConnectionString("Main");'), [], ["ConnectionStrings__Main"]],
    [
      csharpServer(
        'var k = builder.Configuration.GetSection("Logging");\nvar l = builder.Configuration["Logging:Level"];',
      ),
      [],
      [],
    ],
    [
      csharpServer(
        'var key = new Option<string>("--key", "The key") { IsRequired = true };\nvar root = new RootCommand { key };',
      ),
      ["--key"],
      [],
    ],
    [
      csharpServer(
        'var key = new Option<string>("--key") { Required = true };\nvar login = new Command("login") { key };\nvar root = new RootCommand { login };',
      ),
      [],
      [],
    ],
  ]);
});

test("what a model checks when it is made, and would be nothing without its variable, is required", async () => {
  const required = async (fields: string, call: string) => {
    const code = `import os\nfrom pydantic import BaseModel\nclass Config(BaseModel):\n${fields}\nconfig = Config(${call})\ndef main():\n    mcp.run()\n`;
    return (await readDemands(pypiServer(code, ""))).required;
  };
  const token = "    token: str\n    region: str";
  const both = 'token=os.getenv("A_TOKEN"), region=os.environ.get("A_REGION", "eu")';
  assert.deepEqual(await required(token, both), ["A_TOKEN"]);
  assert.deepEqual(await required("    token: str\n    region: str = 'eu'", both.replace(', "eu"', "")), [
    "A_REGION",
    "A_TOKEN",
  ]);
  for (const open of [
    "    token: str | None",
    "    token: Optional[str]",
    "    token: Any",
    '    token: str\n    @field_validator("token", mode="before")\n    def fill(cls, value):\n        return value or "x"',
  ])
    assert.deepEqual(await required(open, 'token=os.getenv("A_TOKEN")'), [], open);
});

test("a credential that documentation demands is required, whatever stands in for it in the code", async () => {
  const required = async (field: string, said: string) => {
    const code = `import os\nfrom pydantic import Field\nfrom pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    ${field}\ndef main():\n    mcp.run()\n`;
    const table = `| Variable | Required | Description |\n| --- | --- | --- |\n| \`A_KEY\` | ${said} | The key |\n| \`A_HOST\` | ${said} | The host |\n`;
    return (await readDemands(pypiServer(code, `# Thing\n\n${table}`))).required;
  };
  assert.deepEqual(await required('a_key: str = Field(default="test-key")', "Yes"), ["A_KEY"]);
  assert.deepEqual(await required("a_key: str | None = Field(default=None)", "Yes"), ["A_KEY"]);
  assert.deepEqual(await required('a_key: str = Field(default="test-key")', "No"), []);
  assert.deepEqual(await required('a_host: str = Field(default="localhost")', "Yes"), []);
});

test("C#: a host that is made with the program's arguments takes them as its configuration", async () => {
  const refused =
    'var token = builder.Configuration["token"];\nif (string.IsNullOrWhiteSpace(token)) throw new Exception("x");';
  const without = (files: Record<string, string>) => ({
    ...files,
    "Program.cs": files["Program.cs"]?.replace("Builder(args)", "Builder()") ?? "",
  });
  await assertSettings([
    [csharpServer(refused), ["--token"], []],
    [csharpServer('var k = builder.Configuration["api-key"] ?? throw new Exception("x");'), ["--api-key"], []],
    [csharpServer('var k = builder.Configuration.GetValue<string>("apiKey");'), [], ["--apiKey"]],
    [csharpServer('var k = builder.Configuration["region"] ?? "eu";'), [], ["--region"]],
    [csharpServer('var k = builder.Configuration["environment"];\nvar l = words["token"];'), [], []],
    [without(csharpServer(refused)), [], []],
  ]);
});
