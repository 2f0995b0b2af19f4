import { ConfigError, readConfig } from "./config.ts";
import { type Host, startHost } from "./host.ts";
import { readStdinVariables } from "./stdin-variables.ts";

async function main(): Promise<void> {
  let host: Host;
  try {
    const argv = process.argv.slice(2);
    const config = readConfig(argv, { ...process.env, ...(await readStdinVariables(argv, process.stdin)) });
    host = await startHost(config, process.env);
    const address = config.host.includes(":") ? `[${config.host}]` : config.host;
    process.stdout.write(`mcp-host listening on http://${address}:${host.port}\n`);
    if (config.exitWithStdin) {
      process.stdin.resume();
      process.stdin.once("end", shutDown);
      process.stdin.once("error", shutDown);
    }
  } catch (error) {
    const message =
      error instanceof ConfigError ? error.message : `cannot start: ${error instanceof Error ? error.message : error}`;
    process.stderr.write(`mcp-host: ${message}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }

  let stopping = false;
  function shutDown(): void {
    if (stopping) return;
    stopping = true;
    host.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  }
  process.on("SIGTERM", shutDown);
  process.on("SIGINT", shutDown);
  // The reader of standard output can be gone; keep serving.
  process.stdout.on("error", () => {});
}

await main();
