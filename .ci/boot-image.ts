import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { temporaryDataFolder } from "../lib/cli/testing.ts";
import { startEmbeddedPostgres } from "../lib/db/embedded/embedded.ts";

// node .ci/boot-image.ts TOOL TAG: boots the image as an operator would, with nothing but its settings and a PostgreSQL, and checks that
// it refuses to start without them, migrates, and serves.

const BOOT_WITHIN_MS = 120_000;
const [tool, tag] = process.argv.slice(2);
if (!tool || !tag) throw new Error("Usage: node .ci/boot-image.ts TOOL TAG");
const key = () => randomBytes(32).toString("base64");

const refused = run([]);
const [code] = await once(refused.child, "exit");
expect(code !== 0, "without settings it does not start", refused.output());
expect(/DATABASE_URL is missing/.test(refused.output()), "it says which setting is missing", refused.output());

const folder = await temporaryDataFolder();
const server = await startEmbeddedPostgres(folder, { durable: false });
const port = await freePort();
const settings = { DATABASE_URL: server.url, ENCRYPTION_KEY: key(), NEXTAUTH_SECRET: key(), PORT: String(port) };
const booted = run(Object.entries(settings).map(([name, value]) => `${name}=${value}`));
try {
  const health = await healthOf(booted.child);
  expect(health?.status === 200, "it answers /api/health", booted.output());
  console.log(await health?.text());
  const page = await fetch(`http://127.0.0.1:${port}/sign-in`);
  expect(page.ok && /<html/.test(await page.text()), "it serves pages", booted.output());
  const client = new pg.Client(server.url);
  await client.connect();
  const { rows } = await client.query(
    "select count(*)::int as count from _prisma_migrations where finished_at is not null",
  );
  await client.end();
  expect(rows[0].count > 0, `it applied its migrations: ${rows[0].count} in _prisma_migrations`, booted.output());
  expect(/owner's account: http\S+token=/.test(booted.output()), "it prints where to begin", booted.output());
} finally {
  booted.child.kill("SIGTERM");
  await booted.exited;
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

function run(variables: string[]): { child: ChildProcess; exited: Promise<unknown>; output: () => string } {
  const child = spawn(tool ?? "", ["run", tag ?? "", ...variables], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { child, exited: once(child, "exit"), output: () => output };
}

async function healthOf(child: ChildProcess): Promise<Response | null> {
  for (const end = Date.now() + BOOT_WITHIN_MS; Date.now() < end; await delay(250)) {
    if (child.exitCode !== null) return null;
    const response = await fetch(`http://127.0.0.1:${port}/api/health`).catch(() => null);
    if (response?.ok) return response;
  }
  return null;
}

function expect(condition: boolean, what: string, output: string): void {
  if (!condition) throw new Error(`Not so: ${what}. It printed:\n${output}`);
  console.log(`The image: ${what}.`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  return typeof address === "object" && address ? address.port : 0;
}
