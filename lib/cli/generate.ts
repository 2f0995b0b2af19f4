import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

// Runs after every install. Makes mcp-host's build, which takes half the memory; what starts mcp-host goes on without. An image has not got its
// sources yet when it installs.
const build = fileURLToPath(new URL("../../mcp-host/build.ts", import.meta.url));
if (existsSync(build))
  spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", build], { stdio: "inherit" });

// Makes lib/db/generated from prisma/schema.prisma. `prisma generate` insists on a schema engine
// binary, which it would download, but does not use it; any existing file satisfies it. Nothing that migrates may do this.
const result = spawnSync("prisma", ["generate"], {
  stdio: ["ignore", "ignore", "inherit"],
  env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: fileURLToPath(import.meta.url), PRISMA_HIDE_UPDATE_MESSAGE: "1" },
});
if (result.error) throw result.error;
process.exit(result.status ?? 1);
