import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { readDemands, swiftServer } from "../testing/repositories.ts";

const A = ["A_KEY"];
const ENV = "ProcessInfo.processInfo.environment";
const EXIT = '{\n    fputs("A_KEY is missing\\n", stderr)\n    exit(1)\n}';

test("Swift: a demand is heard in every way that programs make it", async () => {
  await assertDemands([
    [swiftServer(`guard let key = ${ENV}["A_KEY"] else ${EXIT}`), A],
    [swiftServer(`guard let key = ${ENV}["A_KEY"], !key.isEmpty else ${EXIT}`), A],
    [swiftServer(`guard let key = ${ENV}["A_KEY"] else {\n    fatalError("A_KEY")\n}`), A],
    [swiftServer(`guard let a = ${ENV}["A_KEY"], let b = ${ENV}["A_URL"] else ${EXIT}`), ["A_KEY", "A_URL"]],
    [swiftServer(`let env = ${ENV}\nguard let key = env["A_KEY"] else ${EXIT}`), A],
    [swiftServer(`let key = ${ENV}["A_KEY"]!`), A],
    [swiftServer(`let key = ${ENV}["A_KEY"] ?? ""\nif key.isEmpty ${EXIT}`), A],
    [swiftServer(`let key = ${ENV}["A_KEY"]\nif key == nil ${EXIT}`), A],
    [swiftServer(`guard let key = getenv("A_KEY") else ${EXIT}`), A],
    [swiftServer(`precondition(${ENV}["A_KEY"] != nil)`), A],
    [
      swiftServer(
        "let config = try Config.load()",
        `struct Config {\n  static func load() throws -> Config {\n    guard let key = ${ENV}["A_KEY"] else {\n      throw ConfigError.missing\n    }\n    return Config(key: key)\n  }\n}`,
      ),
      A,
    ],
    [
      swiftServer(
        'let key = try require("A_KEY")',
        `func require(_ name: String) throws -> String {\n  guard let value = ${ENV}[name], !value.isEmpty else {\n    throw ConfigError.missing(name)\n  }\n  return value\n}`,
      ),
      A,
    ],
    [
      swiftServer(
        `guard let key = Settings.key else ${EXIT}`,
        `enum Settings {\n  static var key: String? { ${ENV}["A_KEY"] }\n}`,
      ),
      A,
    ],
    [swiftServer(`guard let key = ${ENV}["A_KEY"] ?? ${ENV}["A_TOKEN"] else ${EXIT}`), [], [["A_KEY"], ["A_TOKEN"]]],
    [swiftServer(`let key = ${ENV}["A_KEY"] ?? "x"`), []],
    [swiftServer(`if let key = ${ENV}["A_KEY"] {\n    use(key)\n}`), []],
    [swiftServer(`guard let key = ${ENV}["A_KEY"] else {\n    disable()\n    return\n}`), []],
    [swiftServer(`print("it is \\(${ENV}["A_KEY"] ?? "unset")")`), []],
  ]);
});

test("Swift: ArgumentParser demands what has neither a default nor a question mark", async () => {
  const command = (fields: string, more = "") =>
    swiftServer("", "", {
      "Sources/Thing/main.swift": `import MCP\n${more}\n@main\nstruct Thing: AsyncParsableCommand {\n${fields}\n  mutating func run() async throws {\n    await server.withMethodHandler(ListTools.self) { _ in .init() }\n  }\n}\n`,
    });
  const { required, optional } = await readDemands(
    command(
      '  @Option(name: .long, help: "The key") var apiKey: String\n  @Option(name: [.short, .customLong("base")]) var url: String = "https://x"\n  @Option var region: String?\n  @Flag(name: .long) var readOnly = false\n  @Option\n  var tag: [String]\n',
    ),
  );
  assert.deepEqual(required, ["--api-key"]);
  assert.deepEqual(optional, ["--base", "--read-only", "--region", "--tag"]);
  const withCommands = await readDemands(
    command(
      "  static let configuration = CommandConfiguration(subcommands: [Serve.self, Login.self])\n",
      "struct Serve: ParsableCommand {\n  @Option var key: String\n}\nstruct Login: ParsableCommand {\n  @Option var code: String\n}\n",
    ),
  );
  assert.deepEqual(withCommands.required, ["--key"]);
  const checked = await readDemands(
    command(
      `  @Option var key: String?\n  func validate() {}\n  func load() throws {\n    guard let key = key ?? ${ENV}["A_KEY"] else { throw ValidationError("no") }\n  }\n`,
    ),
  );
  assert.deepEqual(checked.optional, ["--key", "A_KEY"]);
});
