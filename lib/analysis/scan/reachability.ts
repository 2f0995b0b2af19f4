import { baseName, type FileSet, folderOf, isWithin, joinPath, resolvePath, type TextFile } from "../fetch/files.ts";
import type { RepositoryPackage } from "../inspect/repository-package.ts";
import { sourceOfTarget } from "../inspect/repository-packages.ts";
import { isSamePackage } from "../package-names.ts";
import { isServingProgram } from "./serving-commands.ts";

const SOURCE_EXTENSIONS = [
  "",
  ".ts",
  ".tsx",
  ".mts",
  ".js",
  ".mjs",
  ".cjs",
  ".jsx",
  "/index.ts",
  "/index.js",
  "/index.mjs",
  "/index.tsx",
];
const MAX_MODULE_FILES = 100;
const IMPORT_PATTERN = /\b(?:from|import|require)\s*(?:\(\s*)?["']([^"'\n]{1,300})["']/g;

/**
 * Returns the files that a package's commands reach through imports, so that code for building, for tests or for
 * another host is left out. Null when no command's file is found: then every file counts.
 */
export function reachableFiles(
  sources: readonly TextFile[],
  unit: RepositoryPackage,
  entries: readonly string[],
  siblings: readonly RepositoryPackage[] = [],
): Set<string> | null {
  const known = new Map(sources.map((file) => [file.path, file]));
  const start = entries.filter((path) => known.has(path));
  if (start.length === 0) return null;
  const seen = new Set(start);
  const queue = [...start];
  const modules = unit.registry === "npm" ? workspaceModules(known) : pythonModules(known);
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const file = known.get(path);
    if (!file) continue;
    for (const target of unit.registry === "npm"
      ? javaScriptImports(file, known, unit, { modules, siblings })
      : pythonImports(file, modules)) {
      if (seen.has(target)) continue;
      seen.add(target);
      queue.push(target);
    }
  }
  return seen;
}

/**
 * Returns the files where a server's commands begin.
 *
 * @param commands those of its package that may be the server
 */
export function entryFiles(
  set: FileSet,
  unit: RepositoryPackage,
  sources: readonly TextFile[],
  commands: RepositoryPackage["commands"],
): string[] {
  if (unit.registry === "pypi") return pythonEntries(commands, sources);
  const found = commands.flatMap((command) => sourceOfTarget(set, unit, command.target)?.path ?? []);
  if (found.length > 0) return [...new Set(found)];
  // A bundle's name does not lead to its source; the file that opens the stdio transport is the entry, or what imports it.
  const opening = sources
    .filter((file) => /\bStdioServerTransport\s*\(|transportType:\s*["']stdio["']|\.start\(\s*\{/.test(file.text))
    .map((file) => file.path);
  return [...opening, ...importersOf(opening, sources, unit)];
}

/** Steps from the file that opens the transport up to the program. */
const MAX_IMPORTERS = 4;
const OF_DEVELOPERS = /(?:^|\/)(?:tests?|__tests__|examples?|scripts|benchmarks?)\/|\.(?:test|spec|config)\./;

/** The files that import some others, and those that import these. */
function importersOf(paths: readonly string[], sources: readonly TextFile[], unit: RepositoryPackage): string[] {
  const known = new Map(sources.map((file) => [file.path, file]));
  const workspace = { modules: new Map<string, string[]>(), siblings: [] };
  const imports = sources
    .filter(({ path }) => !OF_DEVELOPERS.test(path))
    .map((file) => ({ path: file.path, targets: javaScriptImports(file, known, unit, workspace) }));
  const reached = new Set(paths);
  for (let step = 0; step < MAX_IMPORTERS; step += 1) {
    const found = imports.filter(
      ({ path, targets }) => !reached.has(path) && [...targets].some((one) => reached.has(one)),
    );
    if (found.length === 0) break;
    for (const { path } of found) reached.add(path);
  }
  return [...reached].filter((path) => !paths.includes(path));
}

/**
 * Lists the files that open the stdio transport where the commands' own files reach none: a framework such as oclif loads the command by
 * what package.json says.
 */
export function listLoadedEntries(sources: readonly TextFile[], reached: ReadonlySet<string>): string[] {
  const opening = sources.filter((file) => /\bStdioServerTransport\s*\(/.test(file.text)).map((file) => file.path);
  return opening.some((path) => reached.has(path)) ? [] : opening;
}

/** What a command ends in that prepares something, and ends. */
const HELPER = /(auth|setup|init|install|cli-config|config|login|migrate|seed)$/i;

/**
 * Returns the commands of a package that may be the server: the one that documentation starts, else the one of the package's own name, which
 * is what npx and uvx start, else those that say by their name that they serve, else all that do not prepare something.
 *
 * @param program the command that documentation starts, where it names one
 */
export function servingCommands(
  { commands, name: packageName, registry }: RepositoryPackage,
  program: string | null,
): RepositoryPackage["commands"] {
  const started = commands.filter(({ name }) => name === program);
  if (started.length > 0) return started;
  const isOwn = (name: string) =>
    registry === "pypi" ? isSamePackage(registry, name, packageName) : name === packageName.replace(/^@[^/]*\//, "");
  const own = commands.filter(({ name }) => isOwn(name));
  if (own.length > 0) return own;
  const said = commands.filter(({ name }) => isServingProgram(name, packageName));
  if (said.length > 0) return said;
  const serving = commands.filter(({ name }) => !HELPER.test(name));
  return serving.length > 0 ? serving : commands;
}

/** Paths by the name of a module. Built once, since a hostile file can have tens of thousands of imports. */
type Modules = ReadonlyMap<string, readonly string[]>;

function javaScriptImports(
  file: TextFile,
  known: ReadonlyMap<string, TextFile>,
  unit: RepositoryPackage,
  workspace: { modules: Modules; siblings: readonly RepositoryPackage[] },
): Set<string> {
  const targets = new Set<string>();
  for (const written of new Set([...file.text.matchAll(IMPORT_PATTERN)].map((match) => match[1] ?? ""))) {
    const bases = written.startsWith(".")
      ? [resolvePath(folderOf(file.path), written)]
      : aliasedPaths(written).map((path) => joinPath(unit.folder, path));
    for (const base of bases) {
      const target = base === null ? null : (resolveModule(base, known) ?? unbuilt(base, known, unit));
      if (target) targets.add(target);
    }
    if (written.startsWith(".") || /^[@~#]\/|^src\//.test(written)) continue;
    const sibling = workspace.siblings.find((one) => written === one.name || written.startsWith(`${one.name}/`));
    // A sibling package of the workspace that is not among them is found by the last part of its name.
    const paths = sibling ? siblingFiles(written, sibling, known) : workspaceFiles(written, workspace.modules);
    for (const path of paths) targets.add(path);
  }
  return targets;
}

/**
 * The paths below a package's folder that an import may mean: `@/config`, `~/config`, `src/config`, `@src/config`, `#config/env`. Which of
 * them it is, tsconfig.json or package.json say in many ways; the file that is there tells.
 */
function aliasedPaths(written: string): string[] {
  if (/^[@~#]\//.test(written)) return [`src/${written.slice(2)}`, written.slice(2)];
  if (written.startsWith("src/")) return [written];
  const named = /^[@~#]([a-z][\w-]{0,60}\/.{1,200})$/i.exec(written)?.[1];
  return named === undefined ? [] : [named, `src/${named}`];
}

function resolveModule(base: string, known: ReadonlyMap<string, TextFile>): string | null {
  const stem = base.replace(/\.[mc]?jsx?$/, "");
  for (const candidate of [base, stem]) {
    for (const extension of SOURCE_EXTENSIONS) if (known.has(candidate + extension)) return candidate + extension;
  }
  return null;
}

/** The source of a module that is imported by the name that it has once it is built: `./dist/program.js`. */
function unbuilt(base: string, known: ReadonlyMap<string, TextFile>, unit: RepositoryPackage): string | null {
  const below = unit.folder === "" ? base : base.slice(unit.folder.length + 1);
  const stem = /^(?:dist|build|lib|out)\/(.+)$/.exec(below)?.[1];
  if (stem === undefined) return null;
  for (const folder of ["src/", "", "lib/"]) {
    const found = resolveModule(joinPath(unit.folder, `${folder}${stem}`), known);
    if (found) return found;
  }
  return null;
}

/** The files of a workspace's package that an import means: `@acme/shared/types/list` is one of them, `@acme/shared` may be any. */
function workspaceFiles(written: string, modules: Modules): readonly string[] {
  const [, name = "", below] = /^@[\w.-]+\/([\w.-]+)(?:\/(.{1,200}))?$/.exec(written) ?? [];
  const files = modules.get(name) ?? [];
  return below === undefined ? files : endingWith(files, below);
}

/** The files of each package of a workspace, by the name of its folder. */
function workspaceModules(known: ReadonlyMap<string, TextFile>): Modules {
  const modules = new Map<string, string[]>();
  for (const path of known.keys()) {
    const folders = path.split("/").slice(0, -1);
    const names = new Set(folders.filter((_, at) => /^(packages|libs?)$/.test(folders[at - 1] ?? "")));
    for (const name of names) addModule(modules, name, path);
  }
  return modules;
}

/** The files of each Python module, by every path that may follow an import: "server" and "thing/server". */
function pythonModules(known: ReadonlyMap<string, TextFile>): Modules {
  const modules = new Map<string, string[]>();
  for (const path of known.keys()) {
    const module = path.replace(/(\/__init__)?\.py$/, "");
    for (let at = 0; at >= 0; at = module.indexOf("/", at + 1)) {
      addModule(modules, at === 0 ? module : module.slice(at + 1), path);
    }
  }
  return modules;
}

function addModule(modules: Map<string, string[]>, name: string, path: string): void {
  const paths = modules.get(name);
  if (!paths) modules.set(name, [path]);
  else if (paths.length < MAX_MODULE_FILES) paths.push(path);
}

/** The file that an import of a package of the same repository leads to, or all of the package's files. */
function siblingFiles(written: string, sibling: RepositoryPackage, known: ReadonlyMap<string, TextFile>): string[] {
  const below = written.slice(sibling.name.length + 1);
  for (const folder of ["src/", ""]) {
    const found = resolveModule(joinPath(sibling.folder, `${folder}${below || "index"}`), known);
    if (found) return [found];
  }
  const files = [...known.keys()].filter((path) => isWithin(sibling.folder, path)).slice(0, 100);
  return below === "" ? files : endingWith(files, below);
}

/** The files that a path below a package may mean, wherever the package keeps them. */
function endingWith(files: readonly string[], below: string): string[] {
  const stem = below.replace(/\.[mc]?[jt]s$/, "");
  return files.filter((path) => [`/${stem}`, `/${stem}/index`].some((end) => path.replace(/\.\w+$/, "").endsWith(end)));
}

function pythonEntries(commands: RepositoryPackage["commands"], sources: readonly TextFile[]): string[] {
  // `thing:server` may mean a module of the package as well as a function.
  const modules = commands
    .map(({ target }) => target.replaceAll(".", "/"))
    .flatMap((target) => [target.split(":")[0] ?? "", target.replace(":", "/")]);
  const found = sources.filter((file) =>
    modules.some((module) => file.path.endsWith(`${module}.py`) || file.path.endsWith(`${module}/__init__.py`)),
  );
  const mains = sources.filter((file) => baseName(file.path) === "__main__.py");
  return (found.length > 0 ? found : mains).map((file) => file.path);
}

/** The files that each of some Python files imports of them. */
export function importsBetween(sources: readonly TextFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const modules = pythonModules(new Map(sources.map((file) => [file.path, file])));
  return new Map(sources.map((file) => [file.path, pythonImports(file, modules)]));
}

function pythonImports(file: TextFile, modules: Modules): Set<string> {
  const targets = new Set<string>();
  const add = (module: string) => {
    for (const path of modules.get(module.replaceAll(".", "/")) ?? []) targets.add(path);
  };
  for (const match of file.text.matchAll(
    /^[ \t]*(?:from[ \t]+(\.+|(?=\w))((?:\w[\w.]*)?)[ \t]+import[ \t]+(\([^()]{0,4000}\)|[^\s#(][^\n#]{0,499})|import[ \t]+(\w[\w., \t]{0,499}))/gm,
  )) {
    const [, dots = "", module = "", names = "", plain] = match;
    if (plain !== undefined) {
      for (const one of plain.split(",")) add((one.trim().split(/\s+/)[0] ?? "").trim());
      continue;
    }
    const imported = names
      .replace(/[()\n]/g, " ")
      .split(",")
      .map((one) => one.trim().split(/\s+/)[0] ?? "");
    let base = module.replaceAll(".", "/");
    if (dots !== "") {
      let folder: string = folderOf(file.path);
      for (let up = 1; up < dots.length; up += 1) folder = folderOf(folder);
      base = joinPath(folder, base).replace(/\/$/, "");
    }
    add(base);
    for (const name of imported) if (/^\w+$/.test(name)) add(`${base}/${name}`);
  }
  return targets;
}
