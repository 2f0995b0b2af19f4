import { baseName, type FileSet, folderOf, isReadme, type TextFile } from "../fetch/files.ts";
import { callsItselfServer, isDescribedAsServer, isProgram } from "./own-protocol.ts";
import type { RepositoryPackage } from "./repository-package.ts";
import { isServerSource, sourcesOf } from "./repository-packages.ts";

/** A line of a JavaScript file that starts something as soon as the file runs: `server.start();`, `main().catch(…)` */
const STARTS =
  /^(?:await |void )?(?:[\w$]{1,60}\.(?:start|connect|run)\(|(?:main|run|start|bootstrap)\w{0,30}\(\)|\(?(?:async )?(?:function )?\(\) ?(?:=> ?)?\{)/m;
/** A script of package.json that starts a file: "start": "node dist/index.js". */
const START_SCRIPT =
  /"(?:start|serve|mcp)"\s{0,5}:\s{0,5}"(?:[\w./ -]{0,60} )?(?:node|tsx|bun|deno|ts-node) [^"]{1,200}"/;
/** What a program of Python does with a server that another file makes. */
const RUNS_IMPORTED = /\b(?:mcp|server)\.run(?:_async)?\(|\buvicorn\.run\(/;
const OVER_STDIO = /\bStdioServerTransport\b|\bstdio\b|\b(?:Fast|Lite|Easy)MCP\b/;

/** Returns whether a package has a script that makes the server and is a program: `python server.py`, `npm start`. */
export function isStartedAsScript(set: FileSet, unit: RepositoryPackage, all: readonly RepositoryPackage[]): boolean {
  if (!unit.isServer || unit.isSdk) return false;
  const sources = sourcesOf(set, unit, all);
  if (unit.registry === "pypi") {
    const isServer = (file: TextFile) => isServerSource(file) || RUNS_IMPORTED.test(file.text);
    if (unit.commands.length > 0) return false;
    const shown = scriptsOfSdk(set, unit.folder);
    return sources.some((file) => isServer(file) && (isProgram(file) || shown.has(baseName(file.path))));
  }
  const overStdio = sources.filter(({ text }) => OVER_STDIO.test(text));
  if (overStdio.length === 0) {
    const isSaid = callsItselfServer(set, unit.folder) || isDescribedAsServer(unit.description);
    return hasStartScript(set, unit) && isSaid;
  }
  return hasStartScript(set, unit) || (unit.commands.length === 0 && overStdio.some(({ text }) => STARTS.test(text)));
}

/** What the SDK's own command, or FastMCP's, is told to run: `mcp run server.py`, `"mcp", "run", "/path/to/server.py"`. */
const RUN_BY_SDK = /mcp["']?[\s,]{1,20}["']?run["']?[\s,]{1,20}["']?([^\s"',]{1,300}\.py)\b/g;
const MAX_README = 100_000;

/** The names of the scripts that a folder's README starts with that command. They need no line that starts the server. */
function scriptsOfSdk(set: FileSet, folder: string): Set<string> {
  const readme = [...set.files.values()].find(({ path }) => isReadme(path) && folderOf(path) === folder);
  const matches = [...(readme?.text ?? "").slice(0, MAX_README).matchAll(RUN_BY_SDK)];
  return new Set(matches.map(([, path = ""]) => baseName(path.replaceAll("\\", "/"))));
}

/**
 * Returns whether the main module of an npm package is a program that serves over stdio and gives nothing to others, so that it is no library,
 * whatever its description calls it.
 */
export function isStartedByMain(set: FileSet, unit: RepositoryPackage, all: readonly RepositoryPackage[]): boolean {
  if (unit.registry !== "npm" || !unit.isServer || unit.isSdk) return false;
  const manifest = set.files.get(unit.path)?.text.slice(0, 20_000) ?? "";
  const stem = /"main"\s{0,5}:\s{0,5}"(?:[\w./-]{0,100}\/)?([\w-]{1,60})(?:\.[mc]?js)?"/.exec(manifest)?.[1];
  if (stem === undefined) return false;
  const isMain = ({ path }: TextFile) => baseName(path).replace(/\.[mc]?[jt]s$/, "") === stem;
  return sourcesOf(set, unit, all).some(
    (file) =>
      isMain(file) &&
      isServerSource(file) &&
      OVER_STDIO.test(file.text) &&
      STARTS.test(file.text) &&
      !EXPORTS.test(file.text),
  );
}

const EXPORTS = /^export\b|\bmodule\.exports\b|^exports\./m;

function hasStartScript(set: FileSet, unit: RepositoryPackage): boolean {
  return START_SCRIPT.test(set.files.get(unit.path)?.text.slice(0, 20_000) ?? "");
}
