import { parse as parseToml } from "smol-toml";
import { z } from "zod";
import {
  baseName,
  type FileSet,
  folderOf,
  isForeign,
  isJavaScript,
  isPython,
  isReadme,
  isWithin,
  joinPath,
  type TextFile,
} from "../fetch/files.ts";
import { parseMetadata, recordOfMetadata } from "../fetch/registries/python-metadata.ts";
import type { Registry } from "../fetch/registries/types.ts";
import { isPackageName } from "../package-names.ts";
import { isHelperPackage } from "../readers/runner-command.ts";
import { isDeployed } from "./deployed-worker.ts";
import {
  answersProtocol,
  callsItselfServer,
  isDescribedAsServer,
  isMarkedAsServer,
  isProgram,
  isTitledServer,
  takesProtocol,
} from "./own-protocol.ts";
import { makesPythonServer } from "./python-servers.ts";

/** One package of a repository: a folder with a package.json or a pyproject.toml. */
export interface RepositoryPackage {
  folder: string;
  registry: Registry;
  name: string;
  version: string | null;
  description: string;
  /** Marked as not to be published. */
  isPrivate: boolean;
  /** Its commands, each with the file or "module:function" that it starts. */
  commands: { name: string; target: string }[];
  dependencies: string[];
  /** Names and addresses of its authors, where its project file tells them. */
  authors?: string[];
  /** Path of the file that declares it. */
  path: string;
  /** Its code creates an MCP server, rather than a client. */
  isServer: boolean;
  isSdk: boolean;
  /** Its name in the MCP registry, where its project file tells it. */
  mcpName?: string | null;
  /** Its program is built from sources in another language, and none of its scripts is part of it. */
  isBinary?: boolean;
}

const SDK_PACKAGES = new Set([
  "@modelcontextprotocol/sdk",
  "@modelcontextprotocol/server",
  "@modelcontextprotocol/client",
  "@modelcontextprotocol/core",
  "fastmcp",
  "mcp-framework",
  "xmcp",
  "mcp",
  "mcp-use",
  "@mastra/mcp",
  "@hono/mcp",
  "mcp-handler",
  "mcp-lite",
  "litemcp",
  "tmcp",
  "muppet",
  "@rekog/mcp-nest",
  "fastapi-mcp",
  "fastapi_mcp",
]);

const packageJsonSchema = z.looseObject({
  name: z.string().max(300),
  version: z.string().max(200).optional().catch(undefined),
  description: z.string().max(5_000).optional().catch(undefined),
  private: z.boolean().optional().catch(undefined),
  engines: z.looseObject({ vscode: z.unknown().optional() }).optional().catch(undefined),
  main: z.string().max(500).optional().catch(undefined),
  mcpName: z.string().max(300).optional().catch(undefined),
  bin: z
    .union([z.string().max(500), z.record(z.string(), z.string())])
    .optional()
    .catch(undefined),
  dependencies: z.record(z.string(), z.string()).optional().catch(undefined),
  devDependencies: z.record(z.string(), z.string()).optional().catch(undefined),
  peerDependencies: z.record(z.string(), z.string()).optional().catch(undefined),
});

const pyprojectSchema = z.looseObject({
  project: z
    .looseObject({
      name: z.string().max(300).optional().catch(undefined),
      version: z.string().max(200).optional().catch(undefined),
      description: z.string().max(5_000).optional().catch(undefined),
      scripts: z.record(z.string(), z.string()).optional().catch(undefined),
      dependencies: z.array(z.string()).optional().catch(undefined),
      authors: z
        .array(z.looseObject({ name: z.string().max(200).optional(), email: z.string().max(200).optional() }))
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
  "build-system": z
    .looseObject({ "build-backend": z.string().max(300).optional().catch(undefined) })
    .optional()
    .catch(undefined),
  tool: z
    .looseObject({
      maturin: z
        .looseObject({ bindings: z.string().max(100).optional().catch(undefined) })
        .optional()
        .catch(undefined),
      "setuptools-rust": z
        .looseObject({ bins: z.array(z.unknown()).optional().catch(undefined) })
        .optional()
        .catch(undefined),
      poetry: z
        .looseObject({
          name: z.string().max(300).optional().catch(undefined),
          description: z.string().max(5_000).optional().catch(undefined),
          scripts: z.record(z.string(), z.unknown()).optional().catch(undefined),
          dependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
        })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** Finds the packages that a source declares outside tests and examples, ordered by folder. */
export function findRepositoryPackages(set: FileSet, root = ""): RepositoryPackage[] {
  const units: RepositoryPackage[] = [];
  for (const file of set.files.values()) {
    const folder = folderOf(file.path);
    if (folder !== root && isForeign(file.path, isWithin(root, file.path) ? root : "")) continue;
    const unit = readUnit(file, set);
    if (unit) units.push(unit);
  }
  const withPyproject = new Set(
    units.filter((unit) => baseName(unit.path) === "pyproject.toml").map((unit) => unit.folder),
  );
  const unique = units.filter((unit) => baseName(unit.path) !== "setup.py" || !withPyproject.has(unit.folder));
  for (const unit of unique) unit.isServer = makesServer(set, unit, unique);
  for (const unit of unique) if (startsSibling(unit, unique)) unit.isServer = true;
  if (unique.length === 0) unique.push(...loneScripts(set, root));
  else if (unique.every((unit) => !unit.isServer && unit.folder !== root) && callsItselfServer(set, root)) {
    // A server that lies beside a package, such as a client of its own, belongs to none.
    const scripts = loneScripts(set, root).filter((unit) => isStarted(set, unit));
    const isOutside = ({ folder }: RepositoryPackage) => !unique.some((other) => isWithin(other.folder, folder));
    const script =
      scripts.find(({ folder }) => folder === root) ??
      scripts.find((unit) => isOutside(unit) && isShownIn(set, root, unit));
    if (script) unique.push(script);
  }
  return unique.sort(
    (a, b) => a.folder.split("/").length - b.folder.split("/").length || a.folder.localeCompare(b.folder),
  );
}

/**
 * A script that is a server without any package around it: one file of a repository, or of the folder that is meant.
 */
function loneScripts(set: FileSet, root: string): RepositoryPackage[] {
  const found: RepositoryPackage[] = [];
  for (const file of set.files.values()) {
    const depth = file.path.split("/").length - (root === "" ? 0 : root.split("/").length);
    if (!isWithin(root, file.path) || isForeign(file.path, root) || depth > 3) continue;
    const isOwn = isProgram(file) && answersProtocol([file]) && callsItselfServer(set, root);
    if (!isServerSource(file) && !isOwn) continue;
    const stem = baseName(file.path).replace(/\.\w+$/, "");
    found.push({
      folder: folderOf(file.path),
      registry: isPython(file.path) ? "pypi" : "npm",
      name: stem,
      version: null,
      description: "",
      isPrivate: true,
      commands: [{ name: stem, target: isPython(file.path) ? `${stem}:main` : baseName(file.path) }],
      dependencies: [],
      path: file.path,
      isServer: true,
      isSdk: false,
    });
  }
  return found.slice(0, 5);
}

/** Returns whether the README of a folder names a script of a unit's folder by its path: `python server/main.py`. */
function isShownIn(set: FileSet, root: string, { folder, registry }: RepositoryPackage): boolean {
  const readme = [...set.files.values()].find(({ path }) => isReadme(path) && folderOf(path) === root);
  const below = root === "" ? folder : folder.slice(root.length + 1);
  return (readme?.text ?? "").split(`${below}/`).some((text, at) => at > 0 && SCRIPT[registry].test(text));
}

const SCRIPT: Record<Registry, RegExp> = { npm: /^[\w-]{1,60}\.[mc]?[jt]s\b/, pypi: /^\w{1,60}\.py\b/ };

function isStarted(set: FileSet, { path }: RepositoryPackage): boolean {
  const file = set.files.get(path);
  return file !== undefined && isProgram(file);
}

/** Returns whether a file of Python or JavaScript makes an MCP server itself. */
export function isServerSource({ path, text }: TextFile): boolean {
  return isPython(path)
    ? makesPythonServer(text)
    : isJavaScript(path) && SERVER_IN_JAVA_SCRIPT.test(text) && /@modelcontextprotocol\//.test(text);
}

function readUnit(file: TextFile, set: FileSet): RepositoryPackage | null {
  const name = baseName(file.path);
  if (name === "package.json") return fromPackageJson(file);
  if (name === "pyproject.toml") return fromPyproject(file);
  if (name === "setup.py") return fromSetupPy(file);
  if (file.path.endsWith(".dist-info/METADATA")) return fromWheel(file, set);
  return null;
}

function fromPackageJson(file: TextFile): RepositoryPackage | null {
  let parsed: z.infer<typeof packageJsonSchema>;
  try {
    parsed = packageJsonSchema.parse(JSON.parse(file.text));
  } catch {
    return null;
  }
  if (!isPackageName("npm", parsed.name)) return null;
  const { bin } = parsed;
  const commands =
    typeof bin === "string"
      ? [{ name: parsed.name.replace(/^@[^/]+\//, ""), target: bin }]
      : Object.entries(bin ?? {}).map(([command, target]) => ({ name: command, target }));
  return {
    folder: folderOf(file.path),
    registry: "npm",
    name: parsed.name,
    version: parsed.version ?? null,
    description: parsed.description ?? "",
    // An extension of Visual Studio Code is published elsewhere.
    isPrivate: parsed.private ?? parsed.engines?.vscode !== undefined,
    commands,
    dependencies: Object.keys({ ...parsed.dependencies, ...parsed.devDependencies, ...parsed.peerDependencies }),
    path: file.path,
    mcpName: parsed.mcpName ?? null,
    isServer: false,
    // What is not to be published, such as a website, has such a name by chance.
    // "mcp" is the SDK of PyPI. Of npm it is whatever someone calls a first server.
    isSdk:
      parsed.private !== true &&
      parsed.name !== "mcp" &&
      (SDK_PACKAGES.has(parsed.name) || isHelperPackage(parsed.name)),
  };
}

function fromPyproject(file: TextFile): RepositoryPackage | null {
  let parsed: z.infer<typeof pyprojectSchema>;
  try {
    parsed = pyprojectSchema.parse(parseToml(file.text));
  } catch {
    return null;
  }
  const poetry = parsed.tool?.poetry;
  const name = parsed.project?.name ?? poetry?.name;
  if (!name || !isPackageName("pypi", name)) return null;
  const scripts = { ...poetry?.scripts, ...parsed.project?.scripts };
  const declared = Object.entries(scripts).flatMap(([command, target]) =>
    typeof target === "string" ? [{ name: command, target }] : [],
  );
  const unit = pythonUnit(file, {
    name,
    version: parsed.project?.version ?? null,
    description: parsed.project?.description ?? poetry?.description ?? "",
    commands: declared,
    dependencies: [
      ...(parsed.project?.dependencies ?? []).map((line) => /^[A-Za-z0-9._-]+/.exec(line)?.[0] ?? ""),
      ...Object.keys(poetry?.dependencies ?? {}),
    ],
    authors: (parsed.project?.authors ?? []).flatMap(({ name: author, email }) => [author ?? [], email ?? []].flat()),
  });
  // maturin builds a program where it is told so, and where there is no Python function that a script could start.
  const { maturin, "setuptools-rust": rust } = parsed.tool ?? {};
  const isMaturin = parsed["build-system"]?.["build-backend"] === "maturin";
  const isBinary =
    maturin?.bindings === "bin" ||
    (declared.length === 0 && ((isMaturin && maturin?.bindings === undefined) || Boolean(rust?.bins?.length)));
  return isBinary ? { ...unit, isBinary } : unit;
}

/** Reads setup.py. It is a program, so only literal values are read and nothing runs. */
function fromSetupPy(file: TextFile): RepositoryPackage | null {
  const name = /\bname\s*=\s*["']([^"']{1,200})["']/.exec(file.text)?.[1];
  if (!name || !isPackageName("pypi", name)) return null;
  const scripts = listBehind(/console_scripts["']\s*:\s*\[/, /\]/, file.text);
  // A bracket inside the list belongs to a requirement's extras.
  const requires = listBehind(/install_requires\s*=\s*\[/, /\]\s*[,)]/, file.text);
  const unit = pythonUnit(file, {
    name,
    version: /\bversion\s*=\s*["']([^"']{1,100})["']/.exec(file.text)?.[1] ?? null,
    description: /\bdescription\s*=\s*["']([^"']{1,1000})["']/.exec(file.text)?.[1] ?? "",
    commands: [...scripts.matchAll(/["']\s*([\w.-]+)\s*=\s*([\w.:]+)/g)].map((match) => ({
      name: match[1] ?? "",
      target: match[2] ?? "",
    })),
    dependencies: [...requires.matchAll(/["']([A-Za-z0-9._-]+)/g)].map((match) => match[1] ?? ""),
  });
  const isBinary = unit.commands.length === 0 && /\bRustBin\s*\(|\bBinding\.Exec\b/.test(file.text);
  return isBinary ? { ...unit, isBinary } : unit;
}

/** Returns the text of a list between its beginning and its end, or "" without an end within 5,000 characters. */
function listBehind(beginning: RegExp, end: RegExp, text: string): string {
  const found = beginning.exec(text);
  if (!found) return "";
  const rest = text.slice(found.index + found[0].length).slice(0, 5_000);
  return rest.slice(0, Math.max(rest.search(end), 0));
}

/** Reads a wheel: METADATA has its name, entry_points.txt its commands. */
function fromWheel(file: TextFile, set: FileSet): RepositoryPackage | null {
  const metadata = parseMetadata(file.text);
  if (!metadata) return null;
  const points = set.files.get(joinPath(folderOf(file.path), "entry_points.txt"))?.text ?? "";
  const scripts = /\[console_scripts\]([^[]*)/.exec(points)?.[1] ?? "";
  const record = recordOfMetadata(metadata);
  const unit = pythonUnit(file, {
    name: record.name,
    version: record.version,
    description: record.description,
    commands: [...scripts.matchAll(/^[ \t]*([\w.-]+)[ \t]*=[ \t]*([\w.:]+)/gm)].map((match) => ({
      name: match[1] ?? "",
      target: match[2] ?? "",
    })),
    dependencies: record.dependencies,
  });
  return { ...unit, folder: "" };
}

function pythonUnit(
  file: TextFile,
  told: Pick<RepositoryPackage, "name" | "version" | "description" | "commands" | "dependencies" | "authors">,
): RepositoryPackage {
  return {
    ...told,
    folder: folderOf(file.path),
    registry: "pypi",
    isPrivate: false,
    path: file.path,
    isServer: false,
    isSdk: SDK_PACKAGES.has(told.name) || isHelperPackage(told.name),
  };
}

/**
 * Returns the server among the packages of a source that none is published of. One that depends on an SDK goes before one that does not and
 * may only start the other.
 */
export function findServer(units: readonly RepositoryPackage[]): RepositoryPackage | null {
  const servers = units.filter((unit) => unit.isServer);
  return servers.find(usesSdk) ?? servers[0] ?? null;
}

function usesSdk({ dependencies }: RepositoryPackage): boolean {
  return dependencies.some((name) => SDK_PACKAGES.has(name));
}

/** Returns the files of a package's own code: below its folder, without nested packages, tests and examples. */
export function sourcesOf(
  set: FileSet,
  unit: { folder: string; registry: Registry },
  units: readonly RepositoryPackage[],
): TextFile[] {
  const inner = units
    .filter((other) => other.folder !== unit.folder && other.folder !== "" && isWithin(unit.folder, other.folder))
    .map((other) => other.folder);
  const isOwn = unit.registry === "npm" ? isJavaScript : isPython;
  return [...set.files.values()].filter(
    (file) =>
      isOwn(file.path) &&
      isWithin(unit.folder, file.path) &&
      !isForeign(file.path, unit.folder) &&
      !inner.some((folder) => isWithin(folder, file.path)),
  );
}

const MAX_SIBLINGS = 8;

/** Returns the packages of the same repository that a package depends on, and those that these depend on. */
export function siblingsOf(unit: RepositoryPackage, units: readonly RepositoryPackage[]): RepositoryPackage[] {
  const found: RepositoryPackage[] = [];
  const queue = [unit];
  for (let next = queue.shift(); next; next = queue.shift()) {
    for (const other of units) {
      const isUsed = other.registry === unit.registry && next.dependencies.includes(other.name);
      // A package around the unit has the unit's own files.
      const isAround = isWithin(other.folder, unit.folder);
      if (!isUsed || isAround || found.includes(other) || found.length >= MAX_SIBLINGS) continue;
      found.push(other);
      queue.push(other);
    }
  }
  return found;
}

const SERVER_IN_JAVA_SCRIPT =
  /\bnew\s+\w{0,30}M(cp|CP)(Server)?\b|\bStdioServerTransport\s*\(|\bnew\s+Server\s*\(\s*\{|\bdescribeTool\s*\(|\bcreateMcpHandler\s*\(|\bcreateMcpExpressApp\s*\(|\bserveStdio\s*\(|\b(McpServer|StdioServerTransport|serveStdio|createMcpHandler)\s+as\s/;
/** The protocol's SDK, or a library that has it in its name. */
const MCP_IN_JAVA_SCRIPT =
  /@modelcontextprotocol\/|fastmcp|mcp-|["']muppet["']|\b(from|require\(|import\()\s?["'][\w@/.]{0,60}mcp\b/i;
/** Returns whether a package's own code creates an MCP server. */
function makesServer(set: FileSet, unit: RepositoryPackage, units: readonly RepositoryPackage[]): boolean {
  if (unit.isSdk) return false;
  const sources = sourcesOf(set, unit, units);
  // In a large repository not every package's source is read. Its dependencies decide then.
  if (sources.length === 0) return unit.commands.length > 0 && usesSdk(unit);
  const usesLibrary = sources.some((file) =>
    unit.registry === "npm"
      ? SERVER_IN_JAVA_SCRIPT.test(file.text) && MCP_IN_JAVA_SCRIPT.test(file.text)
      : makesPythonServer(file.text),
  );
  const hasCommand = unit.commands.length > 0;
  const canStart = hasCommand || sources.some(isProgram);
  const isNamed = /mcp/i.test(unit.name);
  return (
    usesLibrary ||
    (canStart &&
      answersProtocol(sources) &&
      (callsItselfServer(set, unit.folder) || isDescribedAsServer(unit.description))) ||
    (hasCommand && isNamed && (isDescribedAsServer(unit.description) || takesProtocol(sources))) ||
    // What makes it may be a library that is not known, or code of its own that answers in another way.
    ((hasCommand || isDeployed(set, unit.folder)) && takesLibrary(unit) && isTitledServer(set, unit.folder)) ||
    (hasCommand && (typeof unit.mcpName === "string" || isMarkedAsServer(set, unit.folder)))
  );
}

/** Returns whether a package named for MCP brings the command for a server that another package of the repository makes, which brings none. */
function startsSibling(unit: RepositoryPackage, units: readonly RepositoryPackage[]): boolean {
  if (unit.isSdk || unit.commands.length === 0 || !/mcp/i.test(unit.name)) return false;
  return siblingsOf(unit, units).some((one) => one.isServer && !one.isSdk && one.commands.length === 0);
}

/** Whether a package depends on something that has to do with MCP by its name. */
function takesLibrary({ dependencies }: RepositoryPackage): boolean {
  return dependencies.some((name) => /(?:^|[-_/@])mcp(?:$|[-_/])|modelcontextprotocol/.test(name));
}

/** The file at a path of a unit, by the name it has before it is built: dist/index.js comes from src/index.ts. */
export function sourceOfTarget(set: FileSet, unit: RepositoryPackage, target: string): TextFile | null {
  const clean = target.replace(/^\.\//, "");
  const direct = set.files.get(joinPath(unit.folder, clean));
  if (direct) return direct;
  const stem = clean
    .replace(/^(dist|build|lib|out|bin|esm|cjs)\//, "")
    .replace(/^(src|esm|cjs)\//, "")
    .replace(/\.[mc]?js$/, "");
  for (const folder of ["src/", "", "lib/", "source/"]) {
    for (const extension of [".ts", ".mts", ".tsx", ".js", ".mjs", ".cts"]) {
      const found = set.files.get(joinPath(unit.folder, `${folder}${stem}${extension}`));
      if (found) return found;
    }
  }
  return null;
}
