import assert from "node:assert/strict";
import { test } from "node:test";
import { pypiServer, readDemands } from "../testing/repositories.ts";

test("what a program opens has to be given", async () => {
  const files = (load: string, call: string) =>
    pypiServer(
      `import click\n${load}\n@click.command()\n@click.option("--config")\ndef main(config):\n    ${call}\n    mcp.run()\n`,
      "```sh\nuvx thing-mcp --config config.yml\n```\n",
    );
  const load = 'def load(path: str):\n    with open(path, "r") as file:\n        return file.read()\n';
  assert.deepEqual((await readDemands(files(load, "load(config)"))).required, ["--config"]);
  assert.deepEqual((await readDemands(files("", "settings = open(config).read()"))).required, ["--config"]);
  for (const [own, call] of [
    [load, "settings = load(config) if config else None"],
    [load, 'settings = load(config or "config.yml")'],
    [load.replace("    with", '    if path is None:\n        path = "config.yml"\n    with'), "load(config)"],
    ["", "print(config)"],
  ] as const)
    assert.deepEqual((await readDemands(files(own, call))).required, [], `${own}${call}`);
});
