import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { connectClient } from "../e2e/testing/client.ts";
import { NODE_FLAGS, NODE_VARIABLES } from "../mcp-host/node-flags.ts";
import { commandOf, expect, freePort, type Started, startKept, startTool, stop, until } from "./image.ts";

// node .ci/boot-host-image.ts TOOL TAG: runs mcp-host's image with a server from npm and one from PyPI: that it installs and serves them as an
// unprivileged user, ends at a SIGTERM, and after a restart has what it installed before.

const SERVED_WITHIN_MS = 180_000;
const ENDED_WITHIN_MS = 30_000;
const [tool, tag] = process.argv.slice(2);
if (!tool || !tag) throw new Error("Usage: node .ci/boot-host-image.ts TOOL TAG");

const statusSchema = z.looseObject({
  phase: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  install: z.looseObject({ cached: z.boolean().nullable() }).nullable(),
});
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
await serves("npm:@modelcontextprotocol/server-everything@2026.8.31", "echo", { message: "hello" }, "hello");
await serves("pypi:mcp-server-time==2025.9.25", "get_current_time", { timezone: "Europe/Rome" }, "Europe/Rome");

async function refusesWithoutServer(): Promise<void> {
  const bare = startTool(tool ?? "", ["run", tag ?? ""]);
  const code = await bare.exited;
  expect(
    code !== 0 && /no server/.test(bare.output()),
    "its own command says that there is no server to run",
    bare.output,
  );
}

async function serves(spec: string, name: string, input: Record<string, unknown>, answer: string): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const token = randomBytes(32).toString("base64url");
  const settings = { MCP_HOST_TOKEN: token, MCP_PACKAGE: spec, MCP_SESSION_SCOPE: "ci" };
  // Its own command, on a port that is free on this host's network.
  const onPort = [...command.slice(0, -1), String(port)];
  const started = await startKept(tool ?? "", tag ?? "", onPort, settings);
  try {
    const first = await served(started, url, token);
    if (first.error?.code === "network") return console.log(`The image: the registry of ${spec} is out of reach.`);
    expect(first.phase === "running", `${spec} is installed and runs`, () => JSON.stringify(first) + started.output());
    expect(/started as 1000 in \/data/.test(started.output()), "it does so as an unprivileged user", started.output);
    expect((await fetch(`${url}/status`)).status === 401, "nothing is told without the token", started.output);
    expect((await fetch(`http://[::1]:${port}/healthz`)).ok, "it listens on IPv6 too", started.output);
    await call(url, token, name, input, answer);

    started.tell("stop");
    await until("a SIGTERM ends it with 0", ENDED_WITHIN_MS, started, async () =>
      /ended with 0/.test(started.output()),
    );
    started.tell("start");
    const second = await served(started, url, token);
    expect(second.install?.cached === true, `after a restart ${spec} is still installed`, JSON.stringify(second));
    await call(url, token, name, input, answer);
  } finally {
    await stop(started);
  }
}

/** Its status, when it runs or has failed. */
function served(started: Started, url: string, token: string) {
  return until("it serves", SERVED_WITHIN_MS, started, async () => {
    const response = await fetch(`${url}/status`, { headers: { authorization: `Bearer ${token}` } });
    const status = statusSchema.parse(await response.json());
    return /^(running|failed)$/.test(status.phase) && status;
  });
}

async function call(
  url: string,
  token: string,
  name: string,
  input: Record<string, unknown>,
  answer: string,
): Promise<void> {
  const { client, text, close } = await connectClient(`${url}/mcp`, token);
  const { tools } = await client.listTools();
  expect(
    tools.some((item) => item.name === name),
    `tools/list has ${name} among ${tools.length}`,
    JSON.stringify(tools),
  );
  const result = await text(name, input);
  expect(result.includes(answer), `${name} answers`, result);
  await close();
}
