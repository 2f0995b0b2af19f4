import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";
import { goServer } from "../testing/repositories.ts";
import { startedByRunner } from "./other-runners.ts";

const words = (text: string) => text.split(" ");

test("a runner's own options, and the file that it is given, are no arguments of the server", () => {
  for (const [command, program, args] of [
    ["java -cp /a/thing.jar:/a/driver.jar com.acme.Main --key x", "com.acme.Main", "--key x"],
    [
      "java -Dspring.ai.stdio=true -Xmx512m --add-opens java.base/java.lang=ALL-UNNAMED -jar thing.jar",
      "thing.jar",
      "",
    ],
    ["jbang --quiet com.acme:thing:1.0:runner jdbc:h2:mem", "com.acme:thing:1.0:runner", "jdbc:h2:mem"],
    ["dotnet run --project /a/Thing.csproj -- --key x", null, "--key x"],
    ["dotnet /a/thing.dll --key x", "/a/thing.dll", "--key x"],
    ["dnx Acme.Mcp --version 1.0.0 --yes", "Acme.Mcp", ""],
    ["dnx Acme.Mcp@1.0.0 --yes -- --key x", "Acme.Mcp@1.0.0", "--key x"],
    ["dotnet tool exec Acme.Mcp --source https://a.example --key x", "Acme.Mcp", "--key x"],
    ["php -d memory_limit=1G /a/server.php /b", "/a/server.php", "/b"],
    ["php /a/artisan mcp:start thing", "artisan", ""],
    ["ruby -I lib server.rb", "server.rb", ""],
    ["swift run --package-path /a -c release thing-mcp --key x", "thing-mcp", "--key x"],
    ["dart run bin/server.dart -- --key x", "bin/server.dart", "--key x"],
    ["julia --project=/a /a/server.jl", "/a/server.jl", ""],
    ["go run -C /a ./cmd/thing --key x", "./cmd/thing", "--key x"],
    ["./gradlew run -q --console=plain", null, ""],
    ["cargo run --release -- --key x", null, "--key x"],
    ["zig build run -- --key x", null, "--key x"],
  ] as const) {
    const [runner = "", ...behind] = words(command);
    assert.deepEqual(startedByRunner(runner, behind), { program, args: args === "" ? [] : words(args) }, command);
  }
  for (const command of [
    "go install ./...",
    "swift build -c release",
    "dart pub get",
    "Rscript -e acme::run()",
    "php -r x",
  ]) {
    const [runner = "", ...behind] = words(command);
    assert.equal(startedByRunner(runner, behind), null, command);
  }
  for (const command of ["thing --key x", "zig --key x", "constructor run"]) {
    const [runner = "", ...behind] = words(command);
    assert.equal(startedByRunner(runner, behind), undefined, command);
  }
});

test("a configuration in another language asks for what the server gets", async () => {
  const keysOf = async (command: string) => {
    const [runner = "", ...args] = words(command);
    const config = JSON.stringify({ mcpServers: { thing: { command: runner, args } } });
    const readme = `# Thing MCP Server\n\nAn MCP server.\n\n\`\`\`json\n${config}\n\`\`\`\n`;
    return (await inspectFiles(goServer("", "", { "README.md": readme }))).inputs.map((input) => input.key);
  };
  assert.deepEqual(await keysOf("java -cp a.jar com.acme.Main"), []);
  assert.deepEqual(await keysOf("bundle exec ruby server.rb"), []);
  assert.deepEqual(await keysOf("php server.php --key x"), ["--key"]);
  assert.deepEqual(await keysOf("thing /a/folder"), ["position 0"]);
});
