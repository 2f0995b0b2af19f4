import assert from "node:assert/strict";
import { test } from "node:test";
import { pypiServer, readDemands } from "../testing/repositories.ts";

test("a field that a class of settings fills by itself may be opened", async () => {
  const settings =
    'from pydantic import field_validator\nfrom pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    a_file: str | None = None\n    @field_validator("a_file", mode="before")\n    @classmethod\n    def fill(cls, value):\n        return value or "/tmp/a"\nsettings = Settings()\n';
  const code = `${settings}def main():\n    open(settings.a_file)\n    mcp.run()\n`;
  assert.deepEqual((await readDemands(pypiServer(code, ""))).required, []);
  const parsed =
    'import argparse\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument("--config")\n    args = parser.parse_args()\n    open(args.config)\n    mcp.run()\n';
  assert.deepEqual((await readDemands(pypiServer(parsed, ""))).required, ["--config"]);
});

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
