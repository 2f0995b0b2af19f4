import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import next from "next";
import { launcher } from "../boot/launcher.ts";
import { migrateWhenReachable } from "../db/connect.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../db/embedded/embedded.ts";
import { type ClaimedFolder, claimDataFolder } from "../env/data-folder.ts";
import { env } from "../env/env.ts";
import { prepareEnvironment } from "../env/prepare.ts";
import { version } from "../env/version.ts";
import { toTerminalText } from "../errors/terminal-text.ts";
import { ensureBuild } from "./build.ts";
import { type Listener, listen, parseListenHost } from "./http.ts";
import { onParentGone } from "./parent.ts";

// npm start: all that Catwalk needs, in this process and an embedded PostgreSQL beside it. What it starts it stops, in order,
// whatever ends it; after a kill -9 the next start puts things right.

/** How long open requests and event streams may go on after a signal. */
const DRAIN_MS = 3_000;
/** How long one part may take to stop before the next one's turn comes all the same. */
const STOP_WITHIN_MS = 20_000;
const DATABASE_WITHIN_MS = 30_000;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 0, SIGHUP: 0 } as const;

const root = resolve(import.meta.dirname, "..", "..");
const isDevelopment = process.argv.includes("--dev");
const say = (line: string) => console.log(line);

/** What was started so far. */
const running: {
  listener?: Listener;
  app?: { close(): Promise<void> };
  postgres?: EmbeddedPostgres;
  folder?: ClaimedFolder;
} = {};
const stopping = new AbortController();
let interruption: Promise<never> | undefined;

process.chdir(root);
Object.assign(process.env, { NODE_ENV: isDevelopment ? "development" : "production", NEXT_TELEMETRY_DISABLED: "1" });
// A terminal that was closed is no reason to leave PostgreSQL behind.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
const started = start();
// npm and the terminal both pass a Ctrl-C on: of several signals only the first counts.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => onSignal(signal));
onParentGone(() => onSignal("SIGHUP"));
try {
  await started;
} catch (error) {
  if (interruption) await interruption;
  console.error(toTerminalText(error));
  await stop();
  process.exit(1);
}

async function start(): Promise<void> {
  const dataFolder = await prepareEnvironment();
  running.folder = await claimDataFolder(dataFolder);
  running.listener = await listen(Number(process.env.PORT || 3000), parseListenHost(process.env.HOSTNAME));
  const { port, server } = running.listener;
  process.env.PORT = String(port);
  process.env.NEXTAUTH_URL ||= `http://localhost:${port}`;
  say(`Catwalk ${version}, Node ${process.versions.node}, data in ${dataFolder}`);

  await together([() => prepareDatabase(dataFolder), prepareBuild]);
  stopping.signal.throwIfAborted();

  const { booted } = Object.assign(launcher(), { isPresent: true });
  // Awaited below; until then a failure must not count as one that nobody looks at.
  booted.promise.catch(() => undefined);
  const app = next({ dev: isDevelopment, dir: root, hostname: "localhost", port, httpServer: server, quiet: true });
  running.app = app;
  await app.prepare();
  const { setupUrl } = await booted.promise;
  stopping.signal.throwIfAborted();
  const handle = app.getRequestHandler();
  running.listener.serve((request, response) => handle(request, response));
  const setup = setupUrl ? `\nCreate the owner's account: ${setupUrl}` : "";
  say(`Catwalk is running at ${env().publicUrl}${setup}`);
}

async function prepareDatabase(dataFolder: string): Promise<void> {
  const { signal } = stopping;
  if (!process.env.DATABASE_URL) {
    running.postgres = await startEmbeddedPostgres(dataFolder, { say, signal });
    process.env.DATABASE_URL = running.postgres.url;
  }
  const folder = join(root, "prisma", "migrations");
  await migrateWhenReachable(process.env.DATABASE_URL, folder, { withinMs: DATABASE_WITHIN_MS, say, signal });
}

async function prepareBuild(): Promise<void> {
  await buildHost();
  if (isDevelopment) return;
  const onStart = () => say("Building the pages, at the first start and whenever the code has changed…");
  await ensureBuild(root, { onStart, signal: stopping.signal });
}

/** mcp-host in the form that takes half the memory; without it the sources are run. */
async function buildHost(): Promise<void> {
  const args = ["--disable-warning=ExperimentalWarning", join(root, "mcp-host", "build.ts")];
  await promisify(execFile)(process.execPath, args, { signal: stopping.signal }).catch((error: unknown) => {
    stopping.signal.throwIfAborted();
    say(`mcp-host runs from its sources, which takes more memory: ${toTerminalText(error)}`);
  });
}

/** Runs all at once. When one fails the others are told to stop, and have stopped when this throws. */
async function together(tasks: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  await Promise.all(
    tasks.map((task) =>
      task().catch((reason: unknown) => {
        failures.push(reason);
        stopping.abort();
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}

function onSignal(signal: keyof typeof EXIT_CODES): void {
  interruption ??= interrupt(signal);
}

async function interrupt(signal: keyof typeof EXIT_CODES): Promise<never> {
  if (running.app) say("Stopping…");
  stopping.abort();
  // What is half started has to be whole, or gone, before it can be stopped.
  await started.catch(() => undefined);
  await stop();
  process.exit(EXIT_CODES[signal]);
}

/** Stops what is running, in the order in which one needs the other. */
async function stop(): Promise<void> {
  stopping.abort();
  const { listener, app, postgres, folder } = running;
  await within("the data folder", folder?.announceStop());
  await within("the server", listener?.drain(DRAIN_MS));
  await within("the deployments", launcher().shutDown());
  await within("the pages", app?.close());
  await within("PostgreSQL", postgres?.stop());
  folder?.release();
}

async function within(name: string, work: Promise<void> | undefined): Promise<void> {
  const late = delay(STOP_WITHIN_MS, true, { ref: false });
  try {
    if ((await Promise.race([work, late])) === true)
      console.error(`Stopping ${name} takes too long; going on without.`);
  } catch (error) {
    console.error(`Stopping ${name} failed: ${toTerminalText(error)}`);
  }
}
