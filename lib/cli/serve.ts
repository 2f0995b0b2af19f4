import { resolve } from "node:path";
import { launcher } from "../boot/launcher.ts";
import { toTerminalText } from "../errors/terminal-text.ts";
import { adoptBuiltConfig } from "./built-config.ts";
import { type Listener, listen, parseListenHost } from "./http.ts";
import type { Pages } from "./pages.ts";

// The image's server program, in the place of Next's own: the gateway answers connector URLs on the HTTP server itself, before Next. It
// starts what `npm start` starts, without the parts that an operator brings: PostgreSQL, the keys and the migrations.

/** How long open requests may take after a signal. */
const DRAIN_MS = 5_000;
const DEFAULT_PORT = 3000;

const root = resolve(import.meta.dirname, "..", "..");
const running: { listener?: Listener; pages?: Pages } = {};
let isStopping = false;

process.chdir(root);
// Of several signals only the first counts: Docker and a terminal may each send one.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, onSignal);
try {
  await start();
} catch (error) {
  console.error(toTerminalText(error));
  process.exit(1);
}

async function start(): Promise<void> {
  await adoptBuiltConfig(root);
  running.listener = await listen(Number(process.env.PORT || DEFAULT_PORT), parseListenHost(process.env.HOSTNAME));
  // Next reads the environment when it is loaded, so load it after that is complete.
  const { createPages } = await import("./pages.ts");
  running.pages = createPages(running.listener, { dir: root, isDevelopment: false });
  const { setupUrl } = await running.pages.prepare();
  running.listener.serve(running.pages.handle);
  if (setupUrl) console.log(`Create the owner's account: ${setupUrl}`);
  console.log(`Catwalk is listening on port ${running.listener.port}`);
}

function onSignal(): void {
  if (isStopping) return;
  isStopping = true;
  void stop();
}

/** Lets open requests end, writes the last call records and closes the database's connections. */
async function stop(): Promise<never> {
  await running.listener?.drain(DRAIN_MS);
  await launcher()
    .shutDown()
    .catch((error: unknown) => console.error(error));
  process.exit(0);
}
