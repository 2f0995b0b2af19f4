import assert from "node:assert/strict";
import { test } from "node:test";
import { pypiServer, readDemands } from "../testing/repositories.ts";

const fenced = (...lines: string[]) => `\`\`\`sh\n${lines.join("\n")}\n\`\`\`\n`;
const keysOf = async (...commands: string[]) => {
  const code = "def main(): mcp.run()\n";
  const { required, optional } = await readDemands(pypiServer(code, `# Thing\n\n${fenced(...commands)}`));
  return [...required, ...optional].sort();
};

test("options of a script that sets the server up are no inputs of the server", async () => {
  for (const command of [
    "python install.py --clients claude,cursor --venv /srv/venv",
    "python3 scripts/setup_claude.py --api-key KEY --server thing",
    "uv run python scripts/generate_token.py --client-id ID",
    "uv run installer.py --target DIR",
    "node scripts/configure-client.mjs --client claude",
    "python -m thing.setup --account ID",
    "A_TOKEN=x python get_refresh_token.py --account ID",
    "python auth.py --account ID",
  ])
    assert.deepEqual(await keysOf(command), [], command);
  for (const command of [
    "python server.py --account ID",
    "python -m thing --account ID",
    "python token_server.py --account ID",
    "uvx thing-mcp --account ID",
  ])
    assert.deepEqual(await keysOf(command), ["--account"], command);
});

test("an option in round brackets is a note of what may stand there", async () => {
  for (const command of [
    "uvx thing-mcp (--dir /path/to/files)",
    "uvx thing-mcp (--dir=DIR) (--all)",
    "uvx thing-mcp [--dir DIR]",
    "python -m thing --all (--dir DIR)",
  ])
    assert.deepEqual(await keysOf(command), [], command);
  assert.deepEqual(await keysOf("uvx thing-mcp --dir /path/to/files (--all)"), ["--dir"]);
});
