import { access, cp, mkdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";

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

const manifestSchema = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

for (const path of OTHERS) await cp(join(ROOT, path), join(TARGET, path), { recursive: true });
for (const path of await listSources(PROGRAMS)) await cp(path, join(TARGET, relative(ROOT, path)));
for (const path of await listDependencies(PACKAGES)) {
  const destination = join(TARGET, relative(ROOT, path));
  await mkdir(dirname(destination), { recursive: true });
  await cp(path, destination, { recursive: true, dereference: true });
}

/** Lists the files of programs and of everything that they import from this project. */
async function listSources(entries: string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    if (found.has(path)) return;
    found.add(path);
    const text = await readFile(path, "utf8");
    for (const [, specifier] of text.matchAll(/\b(?:from|import|import\()\s*"(\.[^"]+)"/g)) {
      if (specifier) await visit(resolve(dirname(path), specifier));
    }
  };
  for (const entry of entries) await visit(join(ROOT, entry));
  return found;
}

/** Lists the folders of packages and of everything that they depend on, as Node resolves them. */
async function listDependencies(names: string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const visit = async (name: string, from: string): Promise<void> => {
    const path = await locate(name, from);
    if (found.has(path)) return;
    found.add(path);
    const { dependencies } = manifestSchema.parse(JSON.parse(await readFile(join(path, "package.json"), "utf8")));
    for (const dependency of Object.keys(dependencies)) await visit(dependency, path);
  };
  for (const name of names) await visit(name, ROOT);
  return found;
}

async function locate(name: string, from: string): Promise<string> {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name);
    const isThere = await access(join(path, "package.json")).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
    if (folder === dirname(folder)) throw new Error(`${name}, which ${from} depends on, is not installed`);
  }
}
