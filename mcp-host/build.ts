import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, posix, resolve } from "node:path";

// Builds mcp-host as plain JavaScript in one file: `node build.ts [FOLDER]`, by default into dist/. The build starts in a fifth of
// the time and runs in half the memory of src/:
// - Node keeps its type stripper, some 40 MB with all it allocates, for as long as it runs.
// - An `import` of `node:http` loads all of fetch. process.getBuiltinModule loads a module's parts when they are first used.
// - With dozens of files V8 optimizes Node's module loader, which keeps 6 MB of compilers in memory.

const SOURCE_DIR = join(import.meta.dirname, "src");
/** The program that src/main.ts starts when there is no build. */
const PROGRAM = "serve.ts";

const NODE_IMPORT = /^import\s*\{([^}]*)\}\s*from\s*"(node:[\w/]+)";/gm;
const OWN_IMPORT = /^import\s*\{([^}]*)\}\s*from\s*"(\.{1,2}\/[^"]+\.ts)";/gm;
const EXPORT = /^export ((?:async )?function|class|const) (\w+)/gm;

/**
 * Writes the program to a folder. Several builds can run at the same time. The main file is written last, so it is newer than all
 * of its sources.
 */
async function build(target: string): Promise<void> {
  const modules = new Map<string, string>();
  await add(PROGRAM, modules, []);
  await write(join(target, "package.json"), '{"type":"module"}\n');
  await write(join(target, "main.js"), `#!/usr/bin/env node\n${[...modules.values()].join("\n")}`);
}

/** Adds a file of src/ after the files that it imports. Each file becomes a function call that returns its exports. */
async function add(file: string, modules: Map<string, string>, importers: string[]): Promise<void> {
  if (modules.has(file)) return;
  if (importers.includes(file)) throw new Error(`files import each other: ${[...importers, file].join(", ")}`);
  const text = stripTypeScriptTypes(await readFile(join(SOURCE_DIR, file), "utf8")).replace(/^#!.*\n/, "");
  const resolveImport = (path: string) => posix.join(posix.dirname(file), path);
  for (const [, , path = ""] of text.matchAll(OWN_IMPORT))
    await add(resolveImport(path), modules, [...importers, file]);
  const names = [...text.matchAll(EXPORT)].map(([, , name]) => name);
  const body = text
    .replace(NODE_IMPORT, (_, members: string, module: string) => {
      return `const { ${toPattern(members)} } = process.getBuiltinModule("${module}");`;
    })
    .replace(
      OWN_IMPORT,
      (_, members: string, path: string) => `const { ${toPattern(members)} } = ${toVariableName(resolveImport(path))};`,
    )
    .replace(EXPORT, "$1 $2")
    .replace(/[ \t]+$/gm, "");
  const unsupported = /^(?:import\s*["'(]|import\b[^"';]*\bfrom\s*"|export\b).*/m.exec(body)?.[0];
  if (unsupported !== undefined) throw new Error(`${file}: this build knows no such line: ${unsupported}`);
  // The program itself awaits, which a function call could not.
  const whole =
    file === PROGRAM
      ? body
      : `const ${toVariableName(file)} = (() => {\n${body}\nreturn { ${names.join(", ")} };\n})();`;
  modules.set(file, `// src/${file}\n${whole}\n`);
}

/** Rewrites the members of an import as those of a destructuring pattern. */
function toPattern(members: string): string {
  return members
    .split(",")
    .flatMap((name) => name.trim().replace(/\s+as\s+/, ": ") || [])
    .join(", ");
}

function toVariableName(file: string): string {
  return `$${file.replace(/\.ts$/, "").replace(/\W/g, "_")}`;
}

/** Writes a file in one step: another process can start it at any time and must not read half of it. */
async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, text);
  await rename(unfinished, path);
}

await build(resolve(process.argv[2] ?? join(import.meta.dirname, "dist")));
