import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import pg from "pg";
import { temporaryDataFolder } from "../lib/cli/testing.ts";
import { startEmbeddedPostgres } from "../lib/db/embedded/embedded.ts";
import { expect, freePort, type Started, startTool, stop, until } from "./image.ts";
import { walkMainPath } from "./main-path.ts";

// node .ci/boot-image.ts TOOL TAG: boots the app's image as an operator would, with nothing but its settings and a PostgreSQL: that it refuses
// to start without them or when it cannot migrate, that two of it migrate once, and that a person gets from signing in to an answer of a
// server and back.

const BOOT_WITHIN_MS = 120_000;
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

  const broken = await database("broken");
  await query(broken, "create table users (id text)");
  for (const attempt of ["first", "next"]) {
    const failed = boot({ ...keys, DATABASE_URL: broken });
    expect(
      (await failed.exited) !== 0,
      `after a failed migration it does not start, the ${attempt} time`,
      failed.output,
    );
    const reason = attempt === "first" ? /_init failed: .*already exists/ : /_init.* failed/;
    expect(reason.test(failed.output()), "it names the migration and the reason", failed.output);
    expect(!/Ready in/.test(failed.output()), "the server was not begun", failed.output);
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
    const npm = {
      source: "@modelcontextprotocol/server-everything",
      tool: "echo",
      input: { message: "over the catwalk" },
    };
    const isNpmThere = await walk(first, npm.source, { tool: npm.tool, input: npm.input, answer: "over the catwalk" });
    expect(isNpmThere, "from signing in over an npm package to a tool's answer, and deleted", output);
    const call = { tool: "get_current_time", input: { timezone: "Europe/Rome" }, answer: "Europe/Rome" };
    const isPypiThere = await walk(first, "pypi:mcp-server-time", call);
    if (isPypiThere) expect(true, "the same with a package of PyPI", output);
    else console.log("The image: PyPI is out of reach; its part was left out.");
  } finally {
    for (const { started } of instances) await stop(started);
  }
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
