import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

// Runs after every install. Builds mcp-host, which then takes half the memory; without the build its sources run. An image has no
// mcp-host sources yet when it installs.
const build = fileURLToPath(new URL("../../mcp-host/build.ts", import.meta.url));
if (existsSync(build))
  spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", build], { stdio: "inherit" });

// Generates lib/db/generated from prisma/schema.prisma. `prisma generate` demands a schema engine binary, which it would download
// but never runs; any existing file satisfies it. Commands that migrate must not do this.
const result = spawnSync("prisma", ["generate"], {
  stdio: ["ignore", "ignore", "inherit"],
  env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: fileURLToPath(import.meta.url), PRISMA_HIDE_UPDATE_MESSAGE: "1" },
});
if (result.error) throw result.error;
process.exit(result.status ?? 1);
