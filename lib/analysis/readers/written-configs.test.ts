import assert from "node:assert/strict";
import { test } from "node:test";
import { readReadme } from "./readme.ts";
import { writtenConfigurations } from "./written-configs.ts";

const CONFIG = JSON.stringify(
  { mcpServers: { thing: { command: "npx", args: ["-y", "thing-mcp"], env: { ACME_API_KEY: "<your key>" } } } },
  null,
  2,
);

/** The packages and variables that a block of a README shows. */
function shown(block: string, language = "bash"): string[] {
  const text = `# Thing\n\n\`\`\`${language}\n${block}\n\`\`\`\n`;
  const { launches } = readReadme({ path: "README.md", text, isCut: false });
  return launches.flatMap((one) => [one.package ?? "", ...one.inputs.map(({ key }) => key)]);
}

test("a configuration that a command writes to a file is read, and one with a line above it", () => {
  const blocks = [
    `echo '${CONFIG}' > ~/config.json`,
    `cat > ~/.cursor/mcp.json <<'EOF'\n${CONFIG}\nEOF`,
    `mkdir -p ~/.cursor\ncat <<EOF | tee ~/.cursor/mcp.json\n${CONFIG}\nEOF`,
    `@'\n${CONFIG}\n'@ | Set-Content config.json`,
    `Add to ~/.cursor/mcp.json:\n${CONFIG}`,
    `printf '%s' '${CONFIG.replaceAll(/\s+/g, " ")}' > config.json`,
  ];
  for (const block of blocks) assert.deepEqual(shown(block), ["thing-mcp", "ACME_API_KEY"], block);
});

test("other objects in commands are no configurations", () => {
  const texts = [
    `curl -d '{"command": "npx", "args": ["thing-mcp"]}' https://example.com`,
    `curl https://example.com # {"mcpServers": {}}`,
    `echo '{"mcpServers": {`,
    `${"{\n".repeat(5_000)}"mcpServers": {}`,
  ];
  for (const text of texts) assert.deepEqual(writtenConfigurations(text), [], text.slice(0, 80));
});

test("what a comment quotes among the arguments of a configuration is none of them", () => {
  const config = (lines: string) =>
    `{ "mcpServers": { "thing": { "command": "npx", "args": ["-y", "thing-mcp"\n${lines}] } } }`;
  for (const comment of ['# your folder, e.g. "/srv/data"', '// your folder, e.g. "/srv/data"']) {
    assert.deepEqual(shown(config(`${comment}\n`), "json"), ["thing-mcp"], comment);
    assert.deepEqual(shown(config(`, ${comment}\n"/srv"\n`), "json"), ["thing-mcp", "position 0"], comment);
  }
  assert.deepEqual(shown(config(', "/srv/#1"'), "json"), ["thing-mcp", "position 0"]);
  const bare =
    '{ "mcpServers": { "thing": { "command": "npx", "args": ["thing-mcp"], "env": { "A_KEY": #your-key } } } }';
  assert.deepEqual(shown(bare, "json"), ["thing-mcp", "A_KEY"]);
});

test("a built program that is called like a tool of others is the server's own, where no word of that tool follows", () => {
  const config = (args: string[]) =>
    JSON.stringify({ mcpServers: { thing: { command: "/path/to/thing/mcp", args, env: { A_KEY: "x" } } } });
  assert.deepEqual(shown(config([]), "json"), ["", "A_KEY"]);
  assert.deepEqual(shown(config(["--read-only"]), "json"), ["", "A_KEY"]);
  assert.deepEqual(shown(config(["tools", "npx", "-y", "thing-mcp"]), "json"), []);
});
