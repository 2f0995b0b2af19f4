import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import pg from "pg";
import { startFlySimulator } from "../fly-simulator/src/simulator.ts";
import { temporaryDataFolder } from "../lib/cli/testing/app.ts";
import { startEmbeddedPostgres } from "../lib/db/embedded/embedded.ts";
import { migrate } from "../lib/db/migrate.ts";
import { MCP_HOST_COMMAND, MCP_HOST_VARIABLES } from "../lib/runtime/fly/machines/app-image.ts";
import { HOME_PATH, INSTALL_PATH } from "../lib/runtime/fly/machines/machine-paths.ts";
import { commandOf, expect, freePort, type Started, startKept, startTool, stop, until } from "./image.ts";
import { walkMainPath } from "./main-path.ts";
import { expectServes } from "./serve-package.ts";

// node .ci/boot-image.ts TOOL TAG: boots the app's image as an operator would, with nothing but its settings and a PostgreSQL: that it refuses
// to start without them or when it cannot migrate, that two of it migrate once, and that a person gets from signing in to an answer of a
// server and back.

const BOOT_WITHIN_MS = 120_000;
const END_WITHIN_MS = 30_000;
const [tool, tag] = process.argv.slice(2);
if (!tool || !tag) throw new Error("Usage: node .ci/boot-image.ts TOOL TAG");

const key = () => randomBytes(32).toString("base64");
const owner = { email: "owner@example.com", password: "seven green lanterns" };
const keys = {
  ENCRYPTION_KEY: key(),
  NEXTAUTH_SECRET: key(),
  OWNER_EMAIL: owner.email,
  OWNER_PASSWORD: owner.password,
  RUNTIME: "local",
};
const everything = {
  source: "@modelcontextprotocol/server-everything",
  call: { tool: "echo", input: { message: "over the catwalk" }, answer: "over the catwalk" },
};
const folder = await temporaryDataFolder();
const server = await startEmbeddedPostgres(folder, { durable: false });
// Repositories are not part of this, and GitHub may be out of reach.
const gitHub = createServer((_request, response) => response.writeHead(404).end('{"message":"Not Found"}'));
await once(gitHub.listen(0, "127.0.0.1"), "listening");
const gitHubAddress = gitHub.address();
const gitHubUrl = `http://127.0.0.1:${typeof gitHubAddress === "object" ? gitHubAddress?.port : ""}`;
try {
  await refusesToStart();
  await servesFromTwoInstances();
  await servesFromFly();
  await servesAsMachine();
  await endsInOrder();
} finally {
  gitHub.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function refusesToStart(): Promise<void> {
  const bare = boot({});
  expect((await bare.exited) !== 0, "without settings it does not start", bare.output);
  expect(/DATABASE_URL is missing/.test(bare.output()), "it says which setting is missing", bare.output);

  const poor = await database("poor");
  await query(server.url, "create role bare login password 'secret'");
  const asBare = Object.assign(new URL(poor), { username: "bare", password: "secret" }).href;
  const denied = boot({ ...keys, DATABASE_URL: asBare });
  expect((await denied.exited) !== 0, "on a database where it has no rights it does not start", denied.output);
  expect(/permission denied/.test(denied.output()), "it says what it may not", denied.output);

  // What the last migration makes is there already, or gone what it removes, so that it fails; from then on it is recorded as failed.
  const broken = await database("broken");
  await migrate(broken, join(import.meta.dirname, "..", "prisma", "migrations"));
  await query(
    broken,
    "delete from _prisma_migrations where migration_name = (select max(migration_name) from _prisma_migrations)",
  );
  for (const [time, reason] of [
    ["first", /migration \d+_\w+ failed: .*(already exists|does not exist)/],
    ["next", /\d+_\w+.* failed/],
  ] as const) {
    const failed = boot({ ...keys, DATABASE_URL: broken });
    expect(
      (await failed.exited) !== 0,
      `with a migration that fails it does not start, the ${time} time`,
      failed.output,
    );
    expect(reason.test(failed.output()), "it names the migration and the reason", failed.output);
    expect(!/Catwalk is listening/.test(failed.output()), "the server was not begun", failed.output);
  }
}

async function servesFromTwoInstances(): Promise<void> {
  const url = await database("app");
  const instances = await Promise.all(
    [1, 2].map(async () => {
      const port = await freePort();
      const address = `http://127.0.0.1:${port}`;
      const settings = { NEXTAUTH_URL: address, PORT: String(port), GITHUB_API_URL: gitHubUrl };
      return { address, started: boot({ ...keys, ...settings, DATABASE_URL: url }) };
    }),
  );
  const output = () => instances.map(({ started }) => started.output()).join("\n");
  try {
    for (const { address, started } of instances) {
      const health = await until("it answers /api/health", BOOT_WITHIN_MS, started, async () => {
        const response = await fetch(`${address}/api/health`);
        return response.ok && (await response.text());
      });
      expect(/"database":"up"/.test(health), `it answers /api/health: ${health}`, output);
      const page = await fetch(`${address}/sign-in`);
      expect(page.ok && /<html/.test(await page.text()), "it serves pages", output);
    }
    const rows = await query(url, "select migration_name from _prisma_migrations where finished_at is not null");
    expect(rows.length > 0, `${rows.length} migrations are in _prisma_migrations`, output);
    const applied = output().match(/Applied the migration/g)?.length ?? 0;
    expect(applied === rows.length, "two that start together apply each migration once", output);

    const [first] = instances;
    if (!first) return;
    const isNpmThere = await walk(first, everything.source, everything.call);
    expect(isNpmThere, "from signing in over an npm package to a tool's answer, and deleted", output);
    const call = { tool: "get_current_time", input: { timezone: "Europe/Rome" }, answer: "Europe/Rome" };
    const isPypiThere = await walk(first, "pypi:mcp-server-time", call);
    if (isPypiThere) expect(true, "the same with a package of PyPI", output);
    else console.log("The image: PyPI is out of reach; its part was left out.");
  } finally {
    for (const { started } of instances) await stop(started);
  }
}

/** The command is a shell's, and has to have become the server for this. */
async function endsInOrder(): Promise<void> {
  const dockerfile = await readFile(join(import.meta.dirname, "..", "Dockerfile"), "utf8");
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const settings = { ...keys, DATABASE_URL: await database("ends"), NEXTAUTH_URL: address, PORT: String(port) };
  const started = await startKept(tool ?? "", tag ?? "", commandOf(dockerfile), settings);
  const isServing = async () => (await fetch(`${address}/api/health`)).ok;
  try {
    await until("it serves", BOOT_WITHIN_MS, started, isServing);
    expect(/started as 1000 in \/app/.test(started.output()), "it runs as an unprivileged user", started.output);
    const token = await program("lib/cli/token.ts", settings, owner.email);
    expect(/^cwt_[\w-]{43}$/m.test(token), "it makes an API token on the command line", token);
    const link = await program("lib/cli/reset-password.ts", settings, owner.email);
    expect(/\/reset-password\/[\w-]{43}$/m.test(link), "it makes a link for a new password on the command line", link);
    const rotated = await program("lib/cli/rotate-keys.ts", settings);
    expect(/can be removed from ENCRYPTION_KEY/.test(rotated), "it rotates keys on the command line", rotated);
    const listed = await fetch(`${address}/api/deployments`, {
      headers: { authorization: `Bearer ${token.trim().split("\n").at(-1)}` },
    });
    expect(listed.status === 200, "the token works", await listed.text());
    started.tell("stop");
    await until("it ends at a SIGTERM", END_WITHIN_MS, started, async () => /ended with /.test(started.output()));
    const hasEnded = /ended with 0\n/.test(started.output());
    expect(hasEnded, "a SIGTERM reaches the server, which ends in order", started.output);
  } finally {
    await stop(started);
  }
}

/** The same with machines of a simulated Fly, whose API and whose apps' public addresses the image reaches over HTTP alone. */
async function servesFromFly(): Promise<void> {
  const fly = await startFlySimulator({ timeScale: 0.05 });
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  // As `fly launch` leaves it: no image of mcp-host is set, so that machines run the app's own.
  const settings = { ...fly.appEnv, NEXTAUTH_URL: address, PORT: String(port), GITHUB_API_URL: gitHubUrl };
  const started = boot({ ...keys, ...settings, DATABASE_URL: await database("fly") });
  try {
    await until(
      "it answers /api/health",
      BOOT_WITHIN_MS,
      started,
      async () => (await fetch(`${address}/api/health`)).ok,
    );
    const isThere = await walk({ address, started }, everything.source, everything.call);
    expect(isThere, "the same on Fly's machines, of which none is left", started.output);
    const left = fly.apps().filter(({ isDeleting }) => !isDeleting);
    expect(left.length === 0, "no app is left at Fly", JSON.stringify(left));
  } finally {
    await stop(started);
    await fly.stop();
  }
}

/** The servers' machines on Fly run this image, with mcp-host's command in place of its own. */
async function servesAsMachine(): Promise<void> {
  const settings = { ...MCP_HOST_VARIABLES, MCP_SERVER_HOME: HOME_PATH, MCP_INSTALL_DIR: INSTALL_PATH };
  const machine = { tool: tool ?? "", tag: tag ?? "", command: MCP_HOST_COMMAND, settings, folder: "/app" };
  const spec = "npm:@modelcontextprotocol/server-everything@2026.8.31";
  await expectServes(machine, { spec, tool: "echo", input: { message: "hello" }, answer: "hello" });
  const input = { timezone: "Europe/Rome" };
  await expectServes(machine, {
    spec: "pypi:mcp-server-time==2025.9.25",
    tool: "get_current_time",
    input,
    answer: "Europe/Rome",
  });
}

async function walk(
  { address, started }: { address: string; started: Started },
  source: string,
  call: { tool: string; input: Record<string, unknown>; answer: string },
): Promise<boolean> {
  try {
    return await walkMainPath({ url: address, owner, source, call });
  } catch (error) {
    throw new Error(`The main path ends early. The image printed:\n${started.output()}`, { cause: error });
  }
}

function boot(settings: Record<string, string>): Started {
  return startTool(tool ?? "", [
    "run",
    tag ?? "",
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
  ]);
}

/** What one of the image's programs prints. */
async function program(path: string, settings: Record<string, string>, ...args: string[]): Promise<string> {
  const variables = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const started = startTool(tool ?? "", ["exec", tag ?? "", "env", ...variables, "node", path, ...args]);
  const code = await started.exited;
  expect(code === 0, `${path} succeeds`, started.output);
  return started.output();
}

async function database(name: string): Promise<string> {
  await query(server.url, `create database ${name}`);
  return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
