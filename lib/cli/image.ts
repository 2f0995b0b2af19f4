import { cp, mkdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { listPackages, listProgramFiles } from "./program-files.ts";

// Completes .next/standalone, the image's build, with files that Next does not trace: its static files, mcp-host, the migrations,
// and the programs that an operator runs there.

const ROOT = resolve(import.meta.dirname, "..", "..");
const TARGET = join(ROOT, ".next", "standalone");
const OTHERS = [".next/static", "public", "prisma/migrations", "mcp-host/dist", "mcp-host/package.json"];
const PROGRAMS = [
  "lib/cli/serve.ts",
  "lib/cli/migrate.ts",
  "lib/cli/reset-password.ts",
  "lib/cli/rotate-keys.ts",
  "lib/cli/token.ts",
];
/** Packages that the programs import and the standalone server lacks. */
const PACKAGES = ["@prisma/adapter-pg", "@prisma/driver-adapter-utils", "@prisma/schema-engine-wasm", "pg", "zod"];

for (const path of OTHERS) await cp(join(ROOT, path), join(TARGET, path), { recursive: true });
for (const path of listProgramFiles(ROOT, PROGRAMS).sources) await cp(path, join(TARGET, relative(ROOT, path)));
for (const path of listPackages(ROOT, PACKAGES)) {
  const destination = join(TARGET, relative(ROOT, path));
  await mkdir(dirname(destination), { recursive: true });
  await cp(path, destination, { recursive: true, dereference: true });
}
