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
import type { Registry } from "../fetch/registries/types.ts";
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
import { readUnit, SDK_PACKAGES } from "./package-manifests.ts";
import { makesPythonServer } from "./python-servers.ts";
import type { RepositoryPackage } from "./repository-package.ts";

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
