import { access, cp, mkdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";

// Completes .next/standalone, which `next build` makes for the image, with what the server does not lead to: its static files, mcp-host,
// the migrations, and the programs that an operator runs there.

const root = resolve(import.meta.dirname, "..", "..");
const target = join(root, ".next", "standalone");
const others = [".next/static", "public", "prisma/migrations", "mcp-host/dist", "mcp-host/package.json"];
const programs = ["lib/cli/migrate.ts", "lib/cli/reset-password.ts", "lib/cli/rotate-keys.ts", "lib/cli/token.ts"];
/** What the programs import and the server does not bring: Prisma's client is the server's. */
const packages = ["@prisma/adapter-pg", "@prisma/driver-adapter-utils", "@prisma/schema-engine-wasm", "pg", "zod"];

const manifestSchema = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

for (const path of others) await cp(join(root, path), join(target, path), { recursive: true });
for (const path of await sources(programs)) await cp(path, join(target, relative(root, path)));
for (const path of await closure(packages)) {
  const destination = join(target, relative(root, path));
  await mkdir(dirname(destination), { recursive: true });
  await cp(path, destination, { recursive: true, dereference: true });
}

/** The files of programs and of all that they import from this project, as Node would find them. */
async function sources(entries: string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    if (found.has(path)) return;
    found.add(path);
    const text = await readFile(path, "utf8");
    for (const [, specifier] of text.matchAll(/\b(?:from|import|import\()\s*"(\.[^"]+)"/g)) {
      if (specifier) await visit(resolve(dirname(path), specifier));
    }
  };
  for (const entry of entries) await visit(join(root, entry));
  return found;
}

/** The folders of packages and of all that they depend on, as Node would find them. */
async function closure(names: string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const visit = async (name: string, from: string): Promise<void> => {
    const path = await locate(name, from);
    if (found.has(path)) return;
    found.add(path);
    const { dependencies } = manifestSchema.parse(JSON.parse(await readFile(join(path, "package.json"), "utf8")));
    for (const dependency of Object.keys(dependencies)) await visit(dependency, path);
  };
  for (const name of names) await visit(name, root);
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
