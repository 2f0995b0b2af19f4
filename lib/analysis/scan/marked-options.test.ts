import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, readDemands } from "../testing/repositories.ts";

function program(...options: [flag: string, description: string][]): string {
  const declared = options.map(([flag, text]) => `program.option(${JSON.stringify(flag)}, ${JSON.stringify(text)});`);
  return `import { Command } from "commander";\nconst program = new Command();\n${declared.join("\n")}\nprogram.parse();\nuse(program.opts());`;
}

const OTHERS: [string, string][] = [
  ["--zone <zone>", "(Optional) Zone"],
  ["--lang <lang>", "(Optional) Language"],
  ["--scope <scope>", "(optional) Scope"],
];

test("where a program calls its other options optional, those that it does not are needed", async () => {
  const shown = configBlock({}, "--app-id", "<your app id>");
  const requiredOf = async (...options: [string, string][]) =>
    (await readDemands(npmServer(program(...options), shown))).required;
  assert.deepEqual(await requiredOf(["--app-id <id>", "App ID"], ...OTHERS), ["--app-id"]);
  assert.deepEqual(await requiredOf(["--app-id <id>", "(Optional) App ID"], ...OTHERS), []);
  assert.deepEqual(await requiredOf(["--app-id <id>", "App ID"], ...OTHERS.slice(0, 2)), []);
  assert.deepEqual(await requiredOf(["--app-id <id>", "App ID"], ["--read-only", "Read only"], ...OTHERS), [
    "--app-id",
  ]);
});
