import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { csharpServer, goServer, javaServer, kotlinServer, readDemands, rustServer } from "../testing/repositories.ts";

const A = ["A_KEY"];

test("what a function returns without a variable, its caller judges", async () => {
  const kotlin = "fun setting(name: String): String? = System.getenv(name)?.trim()";
  const rust = "fn setting(name: &str) -> Option<String> {\n    env::var(name).ok().filter(|one| !one.is_empty())\n}";
  const csharp = "string? Setting(string name) => Environment.GetEnvironmentVariable(name);\n";
  await assertDemands([
    [kotlinServer('val k = setting("A_KEY") ?: error("no")', kotlin), A],
    [kotlinServer('val k = setting("A_KEY") ?: "x"', kotlin), []],
    [kotlinServer('val k = setting("A_KEY") ?: error("no")', `${kotlin} ?: "x"`), []],
    [rustServer('let k = setting("A_KEY").expect("no");', rust), A],
    [rustServer('let k = setting("A_KEY").ok_or_else(|| anyhow!("no"))?;', rust), A],
    [rustServer('let k = setting("A_KEY").unwrap_or_default();', rust), []],
    // A result is an error for other reasons as well.
    [
      rustServer(
        'let k = setting("A_KEY")?;',
        "fn setting(name: &str) -> Result<Option<String>> {\n    parsed(env::var(name).ok())\n}",
      ),
      [],
    ],
    [csharpServer(`${csharp}var k = Setting("A_KEY") ?? throw new Exception("x");`), A],
    [csharpServer(`${csharp}var k = Setting("A_KEY") ?? "x";`), []],
  ]);
});

test("a function that reads variables may be handed on under another name", async () => {
  const kotlin = (type: string, demand: string) =>
    `class Config(val key: String) {\n  companion object {\n    fun load(${type}): Config = Config(env("A_KEY") ?: ${demand})\n  }\n}`;
  const java = (type: string) =>
    `static Config load(${type} env) { String k = env.apply("A_KEY"); if (k == null) throw new RuntimeException("x"); return null; }`;
  const resolver = (demand: string) =>
    `class Loader(\n  private val first: String,\n  private val resolver: (String) -> String? = System::getenv,\n) {\n  fun load() { val k = resolver("A_KEY") ?: ${demand} }\n}`;
  await assertDemands([
    [kotlinServer("Config.load()", kotlin("env: (String) -> String? = System::getenv", 'error("no")')), A],
    [kotlinServer("Config.load()", kotlin("env: (name: String) -> String? = System::getenv", '"x"')), []],
    [kotlinServer("Config.load(System::getenv)", kotlin("env: (String) -> String?", 'error("no")')), A],
    [kotlinServer('val get = System::getenv\nval k = get("A_KEY") ?: error("no")'), A],
    // What a class fails without is needed where something makes use of it.
    [kotlinServer('Loader("a")', resolver('error("no")')), []],
    [javaServer("load(System::getenv);", java("Function<String, String>")), A],
    [javaServer("load(System::getenv);", java("UnaryOperator<String>")), A],
    [
      csharpServer(
        'Func<string, string?> read = Environment.GetEnvironmentVariable;\nvar k = read("A_KEY") ?? throw new Exception("x");',
      ),
      A,
    ],
    [rustServer('let get = |name: &str| env::var(name).ok();\nlet k = get("A_KEY").expect("no");'), A],
    [rustServer('let get = |name: &str| env::var(name).ok();\nlet k = get("A_KEY").unwrap_or("x".into());'), []],
    [rustServer('let k = std::env::var("A_URL").unwrap_or_default();\nlet l = k("A_KEY").expect("no");'), []],
    [goServer('getenv := os.Getenv\n\tif getenv("A_KEY") == "" {\n\t\tlog.Fatal("no")\n\t}'), A],
  ]);
  const { optional } = await readDemands(kotlinServer('Loader("a")', resolver('error("no")')));
  assert.deepEqual(optional, A);
});
