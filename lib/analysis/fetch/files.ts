import type { Warning } from "../spec.ts";

export interface TextFile {
  /** Path from the root of the repository or package, with "/" and without "./". */
  path: string;
  text: string;
  /** Only the beginning was read, or of a program the beginning and the end: the file is longer than the limit. */
  isCut: boolean;
}

/** The files of a source: all paths, and the text of those that were read. */
export interface FileSet {
  /** Paths of all files, including those that were not read. */
  paths: string[];
  files: ReadonlyMap<string, TextFile>;
  warnings: Warning[];
}

const MAX_FILE_BYTES = 512 * 1024;
const MAX_README_BYTES = 1024 * 1024;
export const MAX_TOTAL_BYTES = 8 * 1024 * 1024;
export const MAX_SOURCE_FILES = 400;

/** Returns the byte limit for a path: READMEs may be longer than other files. */
export function maxBytesOf(path: string): number {
  return isReadme(path) ? MAX_README_BYTES : MAX_FILE_BYTES;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Returns the folder of a path, "" for the root. */
export function folderOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end < 0 ? "" : path.slice(0, end);
}

export function joinPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** Returns whether a path lies in a folder ("" holds everything). */
export function isWithin(folder: string, path: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

/** Resolves "." and ".." of a path against a folder. Returns null when the path leaves the root. */
export function resolvePath(folder: string, relative: string): string | null {
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of relative.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join("/");
}

export function isReadme(path: string): boolean {
  return /^readme(\.(md|markdown|mdx|rst|txt))?$/i.test(baseName(path));
}

/** Returns whether a path has one of the five names under which repositories keep an example environment. */
export function isEnvExample(path: string): boolean {
  return /^(\.env[.-](example|sample|template|dist|defaults?)|(example|sample|template)\.env|env\.(example|sample|template)|\.env\.[a-z]+\.(example|sample|template))$/i.test(
    baseName(path),
  );
}

const DECLARATION_NAMES = new Set([
  "server.json",
  "manifest.json",
  "manifest-dxt.json",
  "manifest-mcpb.json",
  "smithery.yaml",
  "smithery.yml",
  "gemini-extension.json",
  "package.json",
  "pyproject.toml",
  "setup.py",
  "setup.cfg",
  "dockerfile",
  "go.mod",
  "cargo.toml",
  "pom.xml",
  "build.gradle",
  "build.gradle.kts",
  "libs.versions.toml",
  "directory.packages.props",
  "gemfile",
  "composer.json",
  "package.swift",
  "project.pbxproj",
  "mix.exs",
  "pubspec.yaml",
  "build.zig.zon",
  "cmakelists.txt",
]);

/** What pages about installing and configuring have in their names. */
const GUIDE_NAME = /install|config|setup|usage|auth|env|getting[-_]?started|quick[-_]?start/i;
/** A page beside the README, which is named in capitals as those are: CONFIGURATION.md. */
const GUIDE_BESIDE_README =
  /^(?:(?:LLMS[-_])?INSTALL(?:ATION|ING)?|CONFIG(?:URATION|URING)?|SETUP|USAGE|ENV(?:IRONMENT)?(?:[-_]VAR(?:IABLE)?S)?|GETTING[-_]?STARTED|QUICK[-_]?START)\.mdx?$/i;

/** Returns whether a path is a documentation page about installing or configuring. */
export function isGuide(path: string): boolean {
  if (GUIDE_BESIDE_README.test(baseName(path))) return true;
  const name = /(?:^|\/)docs\/(?:[\w.-]{1,100}\/){0,2}([\w.-]{1,200})\.mdx?$/i.exec(path)?.[1] ?? "";
  return GUIDE_NAME.test(name);
}

/** Returns whether a path is a file that declares how something runs, rather than source code. */
export function isDeclaration(path: string): boolean {
  const name = baseName(path).toLowerCase();
  return (
    DECLARATION_NAMES.has(name) || name.endsWith(".csproj") || isReadme(path) || isEnvExample(path) || isGuide(path)
  );
}

export function isJavaScript(path: string): boolean {
  return /\.(ts|mts|cts|js|mjs|cjs|tsx|jsx)$/.test(path) && !/\.d\.[mc]?ts$/.test(path) && !/\.min\.js$/.test(path);
}

export function isPython(path: string): boolean {
  return path.endsWith(".py");
}

/**
 * Returns whether a path is a source in another language that the analysis reads, or a file of settings of Spring,
 * Quarkus or .NET.
 */
export function isOtherSource(path: string): boolean {
  return /\.(go|rs|java|kts?|cs|swift)$|(^|\/)application[\w-]*\.(properties|ya?ml)$|(^|\/)appsettings\.json$/.test(
    path,
  );
}

/** Returns whether a path is a file of settings that a program may load and fill with variables: config.yaml, config/default.yml. */
export function isSettingsFile(path: string): boolean {
  return (
    /(^|\/)(config|configs|conf|settings)\/[\w.-]{1,100}\.ya?ml$/i.test(path) ||
    /^([\w-]{1,60}[-_.])?(config|settings)([-_.](default|example|sample))?\.ya?ml$/i.test(baseName(path))
  );
}

/** Folders such as `test-server` and `example-client`. */
const FOREIGN_PREFIX = /^(tests?|examples?|demos?|samples?|fixtures?|mocks?)[-_]/i;

const FOREIGN_FOLDERS = new Set([
  "node_modules",
  "vendor",
  "third_party",
  ".git",
  "__pycache__",
  ".venv",
  "venv",
  "site-packages",
  ".github",
  ".vscode",
  "test",
  "tests",
  "__tests__",
  "__mocks__",
  "testing",
  "e2e",
  "spec",
  "specs",
  "fixtures",
  "__fixtures__",
  "testdata",
  "mocks",
  "example",
  "examples",
  "sample",
  "samples",
  "demo",
  "demos",
  "benchmark",
  "benchmarks",
  "bench",
  "evals",
  "eval",
  "docs",
  "doc",
  "website",
  "storybook",
  ".storybook",
  "coverage",
  "cookbook",
  "tutorials",
  "playground",
]);

/** Where Maven and Gradle keep a program's sources, and the packages in it: `org.example` is what many are called. */
const MAVEN_PACKAGES = /((?:^|\/)src\/main\/(?:java|kotlin))\/.*\//;

/** What a tool is told lies beside package.json. Below a folder of sources, `app.config.ts` is a module of the program. */
const TOOL_CONFIG = /\.config\.[mc]?[jt]s$/i;
const SOURCE_FOLDER = /^(?:src|source|server|app|lib|configs?)$/i;
const KNOWN_TOOL =
  /^(?:astro|babel|commitlint|cypress|drizzle|esbuild|eslint|jest|knip|next|nuxt|playwright|postcss|prettier|rollup|sentry|svelte|tailwind|tsup|vite|vitest|webpack)\b/i;

function configuresTool(name: string, folders: readonly string[]): boolean {
  return TOOL_CONFIG.test(name) && (KNOWN_TOOL.test(name) || !folders.some((folder) => SOURCE_FOLDER.test(folder)));
}

/** Returns whether a path below `root` belongs to tests, examples, documentation, tools of developers or vendored code. */
export function isForeign(path: string, root = ""): boolean {
  const below = root !== "" && isWithin(root, path) ? path.slice(root.length + 1) : path;
  const parts = below.replace(MAVEN_PACKAGES, "$1/").split("/");
  const name = parts.pop() ?? "";
  if (parts.some((part) => FOREIGN_FOLDERS.has(part.toLowerCase()) || FOREIGN_PREFIX.test(part))) return true;
  if (configuresTool(name, parts)) return true;
  return /(\.|_|-)(test|tests|spec|bench|stories|mock)\.[a-z]+$|^test_.*\.py$|^conftest\.py$|^(gulpfile|gruntfile)\./i.test(
    name,
  );
}

/** Decodes UTF-8. Returns null for binary data: NUL bytes or invalid UTF-8. */
export function decodeText(bytes: Uint8Array, isCut: boolean): string | null {
  if (bytes.includes(0)) return null;
  try {
    // The cut can fall inside a character; `stream` leaves those last bytes undecoded instead of failing.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return null;
  }
}

/** Returns a function that returns the 1-based line of an offset, in logarithmic time. */
export function lineFinder(text: string): (offset: number) => number {
  const ends: number[] = [];
  for (let index = text.indexOf("\n"); index >= 0; index = text.indexOf("\n", index + 1)) ends.push(index);
  return (offset) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

/**
 * Returns a function that returns the 1-based line where a quoted text first stands in a JSON file, 1 where it does not.
 * Finding all of them at once keeps a file with many names from being searched once for each.
 */
export function quotedLineFinder(text: string): (quoted: string) => number {
  const lineAt = lineFinder(text);
  const places = new Map<string, number>();
  for (let start = text.indexOf('"'); start >= 0; ) {
    let end = start + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
    const quoted = text.slice(start, end + 1);
    if (!places.has(quoted)) places.set(quoted, start);
    start = text.indexOf('"', end + 1);
  }
  return (quoted) => lineAt(places.get(JSON.stringify(quoted)) ?? 0);
}
