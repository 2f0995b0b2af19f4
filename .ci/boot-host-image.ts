import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NODE_FLAGS, NODE_VARIABLES } from "../mcp-host/node-flags.ts";
import { commandOf, expect, startTool } from "./image.ts";
import { expectServes } from "./serve-package.ts";

// node .ci/boot-host-image.ts TOOL TAG: runs mcp-host's image with a server from npm and one from PyPI: that it installs and serves them as an
// unprivileged user, ends at a SIGTERM, and after a restart has what it installed before.

const [tool, tag] = process.argv.slice(2);
if (!tool || !tag) throw new Error("Usage: node .ci/boot-host-image.ts TOOL TAG");

const folder = join(import.meta.dirname, "..", "mcp-host");
const dockerfile = await readFile(join(folder, "Dockerfile"), "utf8");
const command = commandOf(dockerfile);
const variables = Object.entries(NODE_VARIABLES).map(([name, value]) => `${name}=${value}`);
expect(
  command.slice(1, -3).join() === NODE_FLAGS.join() && variables.every((variable) => dockerfile.includes(variable)),
  "Node is started as mcp-host/node-flags.ts says",
  command.join(" "),
);

await refusesWithoutServer();
const host = { tool, tag, command, settings: {}, folder: "/data" };
await expectServes(host, {
  spec: "npm:@modelcontextprotocol/server-everything@2026.8.31",
  tool: "echo",
  input: { message: "hello" },
  answer: "hello",
});
await expectServes(host, {
  spec: "pypi:mcp-server-time==2025.9.25",
  tool: "get_current_time",
  input: { timezone: "Europe/Rome" },
  answer: "Europe/Rome",
});

async function refusesWithoutServer(): Promise<void> {
  const bare = startTool(tool ?? "", ["run", tag ?? ""]);
  const code = await bare.exited;
  expect(
    code !== 0 && /no server/.test(bare.output()),
    "its own command says that there is no server to run",
    bare.output,
  );
}
