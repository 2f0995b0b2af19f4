import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import {
  csharpServer,
  goServer,
  javaServer,
  kotlinServer,
  npmServer,
  pypiServer,
  readDemands,
  rustServer,
} from "../testing/repositories.ts";

const BOTH = ["A_KEY", "B_URL"];

test("a list of names that a method goes through demands each of them", async () => {
  await assertDemands([
    [
      javaServer(
        'List<String> missing = REQUIRED.stream().filter(n -> System.getenv(n) == null).toList(); if (!missing.isEmpty()) { throw new IllegalStateException("x" + missing); }',
        '  private static final List<String> REQUIRED = List.of("A_KEY", "B_URL");',
      ),
      BOTH,
    ],
    [
      javaServer(
        'if (Stream.of("A_KEY", "B_URL").anyMatch(n -> System.getenv(n) == null)) { throw new IllegalStateException(); }',
      ),
      BOTH,
    ],
    [
      javaServer(
        'if (!List.of("A_KEY", "B_URL").stream().allMatch(n -> System.getenv().containsKey(n))) { System.exit(1); }',
      ),
      BOTH,
    ],
    [
      kotlinServer(
        'val missing = listOf("A_KEY", "B_URL").filter { System.getenv(it).isNullOrBlank() }\nif (missing.isNotEmpty()) {\n  System.err.println(missing)\n  exitProcess(1)\n}',
      ),
      BOTH,
    ],
    [kotlinServer('listOf("A_KEY", "B_URL").forEach { requireNotNull(System.getenv(it)) { it } }'), BOTH],
    [kotlinServer('listOf("A_KEY", "B_URL").forEach { name ->\n  System.getenv(name) ?: error("no $name")\n}'), BOTH],
    [
      csharpServer(
        'string[] required = ["A_KEY", "B_URL"];\nvar missing = required.Where(n => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(n))).ToList();\nif (missing.Count > 0) { Console.Error.WriteLine(string.Join(",", missing)); return 1; }',
      ),
      BOTH,
    ],
    [
      csharpServer(
        'if (new[] { "A_KEY", "B_URL" }.Any(n => Environment.GetEnvironmentVariable(n) is null)) throw new Exception("x");',
      ),
      BOTH,
    ],
    [
      npmServer(
        'const a = process.env.A_KEY; const b = process.env.B_URL;\nconst missing = [["A_KEY", a], ["B_URL", b]].filter(([, v]) => !v).map(([k]) => k);\nif (missing.length > 0) throw new Error(missing.join());\n',
        "",
      ),
      BOTH,
    ],
    [
      npmServer('const a = Deno.env.get("A_KEY"); const b = Deno.env.get("B_URL"); if (!a || !b) Deno.exit(1);\n', ""),
      BOTH,
    ],
    [
      rustServer(
        'let missing: Vec<_> = ["A_KEY", "B_URL"].iter().filter(|k| std::env::var(k).is_err()).collect();\nif !missing.is_empty() { panic!("x"); }',
      ),
      BOTH,
    ],
    [
      goServer(
        'for k, v := range map[string]string{"A_KEY": cfg.key, "B_URL": cfg.url} {\n\tif v == "" {\n\t\tlog.Fatalf("%s required", k)\n\t}\n}',
        'var cfg = struct{ key, url string }{key: os.Getenv("A_KEY"), url: os.Getenv("B_URL")}',
      ),
      BOTH,
    ],
  ]);
});

test("a list that is only told of demands nothing", async () => {
  await assertDemands([
    [
      javaServer(
        'List<String> missing = Stream.of("A_KEY", "B_URL").filter(n -> System.getenv(n) == null).toList(); if (!missing.isEmpty()) { log.warn("not set: " + missing); }',
      ),
      [],
    ],
    [
      kotlinServer(
        'if (listOf("A_KEY", "B_URL").none { System.getenv(it) != null }) {\n  System.err.println("some tools are off")\n}',
      ),
      [],
    ],
    [
      kotlinServer('if (listOf("A_KEY", "A_TOKEN").none { System.getenv(it) != null }) {\n  error("one of them")\n}'),
      [],
      [["A_KEY"], ["A_TOKEN"]],
    ],
  ]);
});

test("of variables that are numbered, the first is read", async () => {
  const numbered = (head: string, body: string) =>
    pypiServer(`def main():\n    for i in ${head}:\n        ${body}\n    mcp.run()\n`, "");
  for (const [files, optional] of [
    [
      numbered("range(1, 9)", "name = f'A_NAME_{i}'\n        use(os.getenv(name), os.getenv(f'A_URL_{i}'))"),
      ["A_NAME_1", "A_URL_1"],
    ],
    [numbered("range(8)", "use(os.getenv(f'A_NAME_{i}'))"), ["A_NAME_0"]],
    [numbered("accounts()", "use(os.getenv(f'A_NAME_{i}'))"), []],
    // None of them is needed: a list of servers may be shorter.
    [numbered("range(1, 9)", "use(os.environ[f'A_NAME_{i}'])"), ["A_NAME_1"]],
  ] satisfies [Record<string, string>, string[]][]) {
    const found = await readDemands(files);
    assert.deepEqual([found.required, found.optional], [[], optional], files["src/thing/server.py"]);
  }
});
