import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, posix, resolve } from "node:path";

// node build.ts [FOLDER]: mcp-host as plain JavaScript in one file, in dist/ unless told otherwise. It does the same as src/ in half
// the memory and a fifth of the time to start: Node keeps its type stripper (some 40 MB with all it allocates) for as long as it runs; an
// `import` of a module of Node's own loads what that module would load when asked (`node:http` brings the whole of fetch), which
// process.getBuiltinModule does not; and with dozens of files Node's loader works on their names for so long that V8 optimises
// it, which alone brings 6 MB of compilers into memory.

const SOURCE_DIR = join(import.meta.dirname, "src");
/** What src/main.ts starts when there is no build. */
const PROGRAM = "serve.ts";

const NODE_IMPORT = /^import\s*\{([^}]*)\}\s*from\s*"(node:[\w/]+)";/gm;
const OWN_IMPORT = /^import\s*\{([^}]*)\}\s*from\s*"(\.{1,2}\/[^"]+\.ts)";/gm;
const EXPORT = /^export ((?:async )?function|class|const) (\w+)/gm;

/** Writes the program to a folder; several may at once. The main file comes last, and is newer than all it was made from. */
async function build(target: string): Promise<void> {
  const modules = new Map<string, string>();
  await add(PROGRAM, modules, []);
  await write(join(target, "package.json"), '{"type":"module"}\n');
  await write(join(target, "main.js"), `#!/usr/bin/env node\n${[...modules.values()].join("\n")}`);
}

/** Adds a file of src/ after those that it imports, each as a function's call that gives what the file exports. */
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
  // The program itself waits for what it does, which a function's call would not.
  const whole =
    file === PROGRAM
      ? body
      : `const ${toVariableName(file)} = (() => {\n${body}\nreturn { ${names.join(", ")} };\n})();`;
  modules.set(file, `// src/${file}\n${whole}\n`);
}

/** The members of an import as those of a destructuring pattern. */
function toPattern(members: string): string {
  return members
    .split(",")
    .flatMap((name) => name.trim().replace(/\s+as\s+/, ": ") || [])
    .join(", ");
}

function toVariableName(file: string): string {
  return `$${file.replace(/\.ts$/, "").replace(/\W/g, "_")}`;
}

/** Never leaves half a file where somebody may be starting it. */
async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, text);
  await rename(unfinished, path);
}

await build(resolve(process.argv[2] ?? join(import.meta.dirname, "dist")));
