import { randomBytes } from "node:crypto";
import { z } from "zod";
import { connectClient } from "../e2e/testing/client.ts";
import { expect, freePort, type Started, startKept, stop, until } from "./image.ts";

const SERVED_WITHIN_MS = 180_000;
const ENDED_WITHIN_MS = 30_000;

const statusSchema = z.looseObject({
  phase: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  install: z.looseObject({ cached: z.boolean().nullable() }).nullable(),
});

/** mcp-host in an image. */
export interface HostProgram {
  /** The tool that runs images. */
  tool: string;
  tag: string;
  /** The command that starts mcp-host, its port the last word. */
  command: readonly string[];
  /** Variables that the image does not set. */
  settings: Record<string, string>;
  /** The image's working folder. */
  folder: string;
}

/** A server and a call to it. */
export interface ServedPackage {
  /** As MCP_PACKAGE. */
  spec: string;
  tool: string;
  input: Record<string, unknown>;
  /** A part of the answer. */
  answer: string;
}

/**
 * Proves that mcp-host in an image installs and serves a package as an unprivileged user, ends at a SIGTERM, and serves the installed
 * package after a restart. Leaves a package out whose registry is out of reach.
 */
export async function expectServes(program: HostProgram, { spec, tool, input, answer }: ServedPackage): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const token = randomBytes(32).toString("base64url");
  const settings = { ...program.settings, MCP_HOST_TOKEN: token, MCP_PACKAGE: spec, MCP_SESSION_SCOPE: "ci" };
  // The image's own port may be in use on this host's network.
  const onPort = [...program.command.slice(0, -1), String(port)];
  const started = await startKept(program.tool, program.tag, onPort, settings);
  try {
    const first = await waitUntilServed(started, url, token);
    if (first.error?.code === "network") return console.log(`The image: the registry of ${spec} is out of reach.`);
    expect(first.phase === "running", `${spec} is installed and runs`, () => JSON.stringify(first) + started.output());
    const isUnprivileged = started.output().includes(`started as 1000 in ${program.folder}`);
    expect(isUnprivileged, "it does so as an unprivileged user", started.output);
    expect((await fetch(`${url}/status`)).status === 401, "nothing is told without the token", started.output);
    expect((await fetch(`http://[::1]:${port}/healthz`)).ok, "it listens on IPv6 too", started.output);
    await call(url, token, tool, input, answer);

    started.tell("stop");
    await until("a SIGTERM ends it with 0", ENDED_WITHIN_MS, started, async () =>
      /ended with 0/.test(started.output()),
    );
    started.tell("start");
    const second = await waitUntilServed(started, url, token);
    expect(second.install?.cached === true, `after a restart ${spec} is still installed`, JSON.stringify(second));
    await call(url, token, tool, input, answer);
  } finally {
    await stop(started);
  }
}

/** Returns mcp-host's status once its server runs or has failed. */
function waitUntilServed(started: Started, url: string, token: string) {
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
