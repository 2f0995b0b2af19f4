import { execFile } from "node:child_process";
import { flushCompileCache } from "node:module";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { launcher } from "../boot/launcher.ts";
import { migrateWhenReachable } from "../db/connect.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../db/embedded/embedded.ts";
import { type ClaimedFolder, claimDataFolder } from "../env/data-folder.ts";
import { env } from "../env/env.ts";
import { prepareEnvironment } from "../env/prepare.ts";
import { version } from "../env/version.ts";
import { toTerminalText } from "../errors/terminal-text.ts";
import { TimeoutError, withTimeout } from "../util/timeout.ts";
import { ensureBuild } from "./build.ts";
import { adoptBuiltConfig } from "./built-config.ts";
import { isLoopbackHost, type Listener, listen, parseListenHost } from "./http.ts";
import { createPages, type Pages } from "./pages.ts";
import { onParentGone } from "./parent.ts";

// npm start: runs Catwalk in this process, with an embedded PostgreSQL beside it. Any signal stops everything in order. After a
// kill -9 the next start cleans up. package.json names a folder for compiled code: with it a later start does not load the part of Node
// that turns TypeScript into JavaScript, which takes 20 MB.

/** Grace period for open requests and event streams after a signal. */
const DRAIN_MS = 3_000;
/** How long one part may take to stop before the next one is stopped anyway. */
const STOP_WITHIN_MS = 20_000;
const DATABASE_WITHIN_MS = 30_000;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 0, SIGHUP: 0 } as const;

const root = resolve(import.meta.dirname, "..", "..");
const isDevelopment = process.argv.includes("--dev");
const say = (line: string) => console.log(line);

/** The parts that are running. */
const running: {
  listener?: Listener;
  pages?: Pages;
  postgres?: EmbeddedPostgres;
  folder?: ClaimedFolder;
} = {};
const stopping = new AbortController();
let interruption: Promise<never> | undefined;

process.chdir(root);
Object.assign(process.env, { NODE_ENV: isDevelopment ? "development" : "production", NEXT_TELEMETRY_DISABLED: "1" });
// Writing to a closed terminal must not crash the process and leave PostgreSQL running.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
const started = start();
// npm and the terminal both send a Ctrl-C, so only the first signal counts.
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
  const host = parseListenHost(process.env.HOSTNAME);
  running.listener = await listen(Number(process.env.PORT || 3000), host);
  const { port } = running.listener;
  process.env.PORT = String(port);
  process.env.NEXTAUTH_URL ||= `http://localhost:${port}`;
  say(`Catwalk ${version}, Node ${process.versions.node}, data in ${dataFolder}`);

  await runTogether([() => prepareDatabase(dataFolder), buildHost, buildPages]);
  stopping.signal.throwIfAborted();

  running.pages = createPages(running.listener, { dir: root, isDevelopment });
  const { setupUrl } = await running.pages.prepare();
  stopping.signal.throwIfAborted();
  running.listener.serve(running.pages.handle);
  const setup = setupUrl ? `\nCreate the owner's account: ${setupUrl}` : "";
  const reach = isLoopbackHost(host)
    ? "Only this computer reaches it. To open it to the network: HOSTNAME=:: npm start"
    : `It listens on ${host}, where others on the network reach it.`;
  say(`Catwalk is running at ${env().publicUrl}\n${reach}${setup}`);
  // Node would write it when the process ends, which a kill -9 prevents.
  flushCompileCache();
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

async function buildPages(): Promise<void> {
  if (isDevelopment) return;
  const onStart = () => say("Building the pages, at the first start and whenever the code has changed…");
  await ensureBuild(root, { onStart, signal: stopping.signal });
  await adoptBuiltConfig(root);
}

/** Builds mcp-host, which then takes half the memory. Without the build its sources run. */
async function buildHost(): Promise<void> {
  const args = ["--disable-warning=ExperimentalWarning", join(root, "mcp-host", "build.ts")];
  await promisify(execFile)(process.execPath, args, { signal: stopping.signal }).catch((error: unknown) => {
    stopping.signal.throwIfAborted();
    say(`mcp-host runs from its sources, which takes more memory: ${toTerminalText(error)}`);
  });
}

/** Runs tasks concurrently. When one fails, aborts the others and waits for them before it throws. */
async function runTogether(tasks: (() => Promise<void>)[]): Promise<void> {
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
  if (running.pages) say("Stopping…");
  stopping.abort();
  // Wait for a start in progress to finish or fail, since half of it cannot be stopped.
  await started.catch(() => undefined);
  await stop();
  process.exit(EXIT_CODES[signal]);
}

/** Stops the running parts, dependents first. */
async function stop(): Promise<void> {
  stopping.abort();
  const { listener, pages, postgres, folder } = running;
  await stopPart("the data folder", folder?.announceStop());
  await stopPart("the server", listener?.drain(DRAIN_MS));
  await stopPart("the deployments", launcher().shutDown());
  await stopPart("the pages", pages?.close());
  await stopPart("PostgreSQL", postgres?.stop());
  folder?.release();
}

async function stopPart(name: string, stopping: Promise<void> | undefined): Promise<void> {
  try {
    if (stopping) await withTimeout(stopping, STOP_WITHIN_MS, `it did not stop within ${STOP_WITHIN_MS / 1_000} s`);
  } catch (error) {
    const reason = error instanceof TimeoutError ? error.message : toTerminalText(error);
    console.error(`Stopping ${name} failed: ${reason}`);
  }
}
