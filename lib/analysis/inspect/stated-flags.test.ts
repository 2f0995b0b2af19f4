import assert from "node:assert/strict";
import { test } from "node:test";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

const BY_HAND = "const url = process.argv.find((one) => one.startsWith('--url='));\n";
const README = `${configBlock({}, "--url", "https://a.example")}\n${configBlock({}, "--url=https://a.example", "--team", "x")}`;

test("a flag that every command shows, and whose absence a message states, is required", async () => {
  for (const code of [
    'if (!url) throw new Error("The --url argument must be provided.");',
    'if (!url) throw new Error("Missing required argument: --url");',
    'if (!url) { console.error("--url is required"); process.exit(1); }',
    "if (!url) { console.error(`Error: please provide --url`); process.exit(1); }",
    'if (!url) { console.error("No --url given"); process.exit(1); }',
    'if (!url) { console.error("You must specify --url"); process.exit(2); }',
    'if (!url) { console.error("Usage: thing-mcp --url <url> [--team <team>]"); process.exit(1); }',
    "if (!url) { console.error('Nothing to do. Use format: --url URL [--team N]'); process.exit(1); }",
  ])
    assert.deepEqual((await readDemands(npmServer(BY_HAND + code, README))).required, ["--url"], code);
  const python = README.replaceAll('"npx"', '"uvx"').replaceAll(/\s*"-y",/g, "");
  for (const code of [
    "raise SystemExit('Missing required option --url')",
    "print('Usage: thing-mcp --url <url>')\n        sys.exit(1)",
  ])
    assert.deepEqual(
      (await readDemands(pypiServer(`def main():\n    if not url:\n        ${code}\n    mcp.run()\n`, python)))
        .required,
      ["--url"],
      code,
    );
});

test("a flag's message demands nothing where it is about one case, help, or a flag that most commands do without", async () => {
  for (const code of [
    'if (cloud && !url) throw new Error("--url is required when --cloud is set");',
    'if (help) { console.log("Usage: thing-mcp --url <url>"); process.exit(0); }',
    'if (wrong) { console.error("Usage: thing-mcp [--url <url>]"); process.exit(1); }',
    'const file = process.argv.find((one) => one.startsWith("--file="));\nif (!url && !file) { console.error("Usage: thing-mcp (--url <url> | --file <file>)"); process.exit(1); }',
    'if (!team) throw new Error("--team is required");',
  ])
    assert.deepEqual((await readDemands(npmServer(BY_HAND + code, README))).required, [], code);
  const said = `${README}\n## Options\n\n- \`--url\` (optional): the address\n`;
  const code = 'if (cloud && !url) throw new Error("--url is required");';
  assert.deepEqual((await readDemands(npmServer(BY_HAND + code, said))).required, []);
});

test("a message that names a flag and a variable is a choice between them, and the variable alone is left", async () => {
  const code =
    'const key = process.env.A_KEY || argv.key;\nif (!key) throw new Error("Provide either --key or A_KEY");\n';
  const readme = configBlock({ A_KEY: "x" });
  assert.deepEqual((await readDemands(npmServer(code, readme))).required, ["A_KEY"]);
  const both = 'if (!argv.url && !argv.file) throw new Error("Either --url or --file must be provided");\n';
  const shown = `${configBlock({}, "--url", "x")}\n${configBlock({}, "--file", "x")}`;
  assert.deepEqual((await readDemands(npmServer(both, shown))).choices, [[[["--url"], ["--file"]], true]]);
});

test("a variable that only a page names does not replace a flag that the parser demands and commands give", async () => {
  const python = (block: string) => block.replace('"npx"', '"uvx"').replace(/\s*"-y",/, "");
  const code =
    "import argparse\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--secret-key', required=True)\n    parser.parse_args()\n    mcp.run()\n";
  const variable = python(configBlock({ A_SECRET_KEY: "x" }));
  const flag = python(configBlock({}, "--secret-key", "x"));
  assert.deepEqual((await readDemands(pypiServer(code, variable + flag))).required, ["--secret-key"]);
  // No command gives the flag: it may be another version of the server that the page speaks of.
  assert.deepEqual((await readDemands(pypiServer(code, variable))).required, ["A_SECRET_KEY"]);
});

test("a credential that the server's own manifest demands and documentation shows is required, though its flag is declared as optional", async () => {
  const code =
    'export const start = buildCommand({ parameters: { flags: { "api-key-auth": { kind: "parsed", brief: "Sets the key", optional: true, parse: String }, zone: { kind: "parsed", optional: true, parse: String } } } });\n';
  const manifest = (isRequired: boolean) => {
    const told = { type: "string", title: "Key", required: isRequired };
    const args = ["dist/index.js", "--api-key-auth", "$" + "{user_config.key}", "--zone", "$" + "{user_config.zone}"];
    return JSON.stringify({
      manifest_version: "0.3",
      name: "thing",
      server: { type: "node", entry_point: "dist/index.js", mcp_config: { command: "node", args } },
      user_config: { key: { ...told, sensitive: true }, zone: told },
    });
  };
  const requiredOf = async (isRequired: boolean, ...args: string[]) =>
    (await readDemands(npmServer(code, configBlock({}, ...args), { "manifest.json": manifest(isRequired) }))).required;
  const shown = ["--api-key-auth", "<key>", "--zone", "eu"];
  assert.deepEqual(await requiredOf(true, ...shown), ["--api-key-auth"]);
  assert.deepEqual(await requiredOf(false, ...shown), []);
  assert.deepEqual(await requiredOf(true, "--zone", "eu"), []);
});
