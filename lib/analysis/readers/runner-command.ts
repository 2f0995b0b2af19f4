import { isExtraName, isProgramName } from "mcp-host/package-spec";
import type { RunnerRegistry } from "../inputs/findings.ts";
import { isExactVersion, isPackageName } from "../package-names.ts";
import { readInspectorCommand } from "./inspector-command.ts";
import { startedByRunner } from "./other-runners.ts";
import { parseShell } from "./shell.ts";

/** What a command starts, and the arguments that the server itself gets. */
export interface CommandTarget {
  registry: RunnerRegistry;
  /** The package or image, or null for a command that runs from a checkout. */
  package: string | null;
  version: string | null;
  /**
   * The program of the package, where the command names one: `npx -p PACKAGE PROGRAM`, `uvx --from PACKAGE PROGRAM`. Of a
   * checkout the file or program that is started.
   */
  program: string | null;
  /** The Python module that is started: `python -m MODULE`. Never together with `program`. */
  module: string | null;
  /** Extras of a Python package: `uvx --from "PACKAGE[extra]" PROGRAM`. */
  extras: string[];
  args: string[];
}

/** Tools that documentation runs around or beside a server. None of them is the server. */
const HELPER_PACKAGES = new Set([
  "@smithery/cli",
  "@modelcontextprotocol/inspector",
  "mcp-remote",
  "supergateway",
  "@anthropic-ai/mcpb",
  "@anthropic-ai/dxt",
  "add-mcp",
  "create-mcp",
  "mcp-get",
  "install-mcp",
  "mcpo",
  "mcp-proxy",
  "mcptools",
  "fastmcp",
  "mcp",
  "@gleanwork/configure-mcp-server",
]);

/** Returns whether a package is a tool that serves a hosted server's URL over stdio. */
export function isBridge(name: string): boolean {
  return name === "mcp-remote" || name === "supergateway" || name === "mcp-proxy";
}

/** Returns whether a package is a tool that runs, installs or inspects servers. */
export function isHelperPackage(name: string): boolean {
  return HELPER_PACKAGES.has(name);
}

/**
 * The program's name without its path or file extension. A placeholder such as `{{PATH_TO_UV}}/uv` means the program it
 * ends in.
 */
export function programName(command: string): string {
  const base = command.replaceAll("\\", "/").split("/").pop() ?? "";
  const program = base.replace(/\.(exe|cmd)$/i, "").replace(/[<>{}$]/g, "");
  const known = /(?:^|[^a-z])(uvx?|npx|node|python3?|bunx?)(?:$|[^a-z])/.exec(program.toLowerCase().slice(0, 200))?.[1];
  return known ?? program;
}

/**
 * Takes off what merely starts the real command: `cmd /c`, `sudo`, `sh -c`, an inspector. Returns null where nothing is
 * left.
 */
export function unwrapCommand(command: string, args: string[], depth = 0): { command: string; args: string[] } | null {
  const program = programName(command);
  if (depth > 5) return null;
  const next = (from: number) => {
    const first = args[from];
    return first === undefined ? null : unwrapCommand(first, args.slice(from + 1), depth + 1);
  };
  if (program === "cmd" && /^\/[ck]$/i.test(args[0] ?? "")) return next(1);
  if (program === "wsl") {
    const from = skipFlags(args, /^(-d|--distribution|-u|--user|--cd)$/);
    const behind = args.slice(from).findIndex((arg) => !/^[A-Z_][A-Z0-9_]*=/.test(arg));
    return next(behind < 0 ? args.length : from + behind);
  }
  if (/^(sudo|command|exec|time|env|dotenvx?|mise|op|doppler|infisical)$/.test(program)) {
    const dashes = args.indexOf("--");
    return next(dashes >= 0 ? dashes + 1 : args.findIndex((arg) => !/^-|^[A-Z_][A-Z0-9_]*=/.test(arg)));
  }
  if ((program === "sh" || program === "bash" || program === "zsh") && /^-l?c$/.test(args[0] ?? "")) {
    const words = parseShell(args[1] ?? "").findLast((one) => one.words.length > 0)?.words ?? [];
    return words[0] ? unwrapCommand(words[0], words.slice(1), depth + 1) : null;
  }
  const inspected = readInspectorCommand(program, args);
  if (inspected) return inspected.command === "" ? null : unwrapCommand(inspected.command, inspected.args, depth + 1);
  return { command, args };
}

/**
 * Returns the arguments that the server gets in a container whose entry point is another program: `--entrypoint node IMAGE /app/cli.js
 * --flag`. What a shell would run says nothing about them. Null where that program is not the server, but a shell or a tool that the
 * image has beside it: `--entrypoint php IMAGE artisan key:generate`.
 */
export function argsBehindEntryPoint(entryPoint: string, image: string, args: string[]): string[] | null {
  const program = programName(entryPoint);
  if (isShell(program)) {
    const isText = /^-l?c$/.test(args[0] ?? "");
    const words = isText ? (parseShell(args[1] ?? "").findLast((one) => one.words.length > 0)?.words ?? []) : args;
    const [started = "", ...behind] = words;
    return !isShell(started) && argsBehindEntryPoint(started, image, behind) !== null ? [] : null;
  }
  if (!RUNTIME.test(program)) return isNamedAsServer(program, image) ? args : null;
  // Code that stands in the command itself is no server's.
  return /^-[ce]$/.test(args[0] ?? "") ? null : (targetOfCommand(program, args)?.args ?? null);
}

const RUNTIME = /^(?:node|tsx|python3?|bunx?|deno|uvx?|npx|java|dotnet)$/;

/** Returns whether a program runs code that it is given: "node", "python3". */
export function isRuntime(program: string): boolean {
  return RUNTIME.test(program.split("/").at(-1) ?? "");
}

/** Returns whether a program is a shell. */
export function isShell(program: string): boolean {
  return /^(?:sh|bash|zsh|ash|dash|ksh)$/.test(programName(program));
}

/** Returns whether a program of an image may be the server: "thing-mcp" and "serve" of any image, "thing" of "acme/thing-server". */
function isNamedAsServer(program: string, image: string): boolean {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const name = plain(program.replace(/\.\w{1,4}$/, ""));
  const ofImage = plain((image.split("/").at(-1) ?? "").split(/[:@]/)[0] ?? "");
  return /mcp|serve|^(?:main|app|start|run|entrypoint)$/.test(name) || (name !== "" && ofImage.includes(name));
}

/** Understands which package a runner starts, from which registry. Returns null for a command that starts no server. */
export function targetOfCommand(program: string, args: string[]): CommandTarget | null {
  switch (program) {
    case "npx":
    case "bunx":
      return npmTarget(args);
    case "pnpm":
    case "yarn":
      return args[0] === "dlx" ? npmTarget(args.slice(1)) : fromCheckout(args.slice(1));
    case "npm":
      return args[0] === "exec" || args[0] === "x" ? npmTarget(args.slice(1)) : null;
    case "bun":
      return args[0] === "x" ? npmTarget(args.slice(1)) : fromFile(args[0] === "run" ? args.slice(1) : args);
    case "uvx":
      return pypiTarget(args);
    case "uv":
      return args[0] === "tool" && args[1] === "run" ? pypiTarget(args.slice(2)) : uvRun(args);
    case "pipx":
      return args[0] === "run" ? pypiTarget(args.slice(1)) : null;
    case "python":
    case "python3":
      return pythonTarget(args);
    case "fastmcp":
    case "mcp":
      // Both tools need a subcommand. Without one, this is another program of the same name.
      return args[0] === undefined || args[0].startsWith("-") ? fromCheckout(args, program) : fromInstaller(args);
    case "node":
    case "tsx":
    case "ts-node":
    case "deno":
      return fromRuntime(args);
    case "bundle":
      return args[0] === "exec" && args[1] !== undefined && args[1] !== "bundle"
        ? targetOfCommand(args[1], args.slice(2))
        : null;
    // What a shell runs is not understood any further, nor what these install.
    case "nix":
    case "brew":
    case "sh":
    case "bash":
    case "zsh":
    case "cmd":
    case "powershell":
    case "pwsh":
      return null;
    default:
      return fromOther(program, args);
  }
}

/** What a runner of another language starts; else a program by its own name or path: an installed command, or a built binary. */
function fromOther(program: string, args: string[]): CommandTarget | null {
  const started = startedByRunner(program, args);
  if (started !== undefined) return started && fromCheckout(started.args, started.program);
  return /^[\w@./~-]+$/.test(program) ? fromCheckout(args, program) : null;
}

function fromCheckout(args: string[], program: string | null = null): CommandTarget {
  return {
    registry: "source",
    package: null,
    version: null,
    program: program?.slice(0, 200) ?? null,
    module: null,
    extras: [],
    args,
  };
}

/** Modules that test, check, build or install a checkout. */
const DEVELOPMENT_MODULES = new Set(
  "pytest unittest coverage pip ensurepip venv virtualenv build twine ruff mypy pyright black isort flake8 pylint tox nox compileall cProfile pdb timeit playwright spacy".split(
    " ",
  ),
);

/** A module of a checkout: `python -m MODULE`. Null for a name that is no module's, and for a tool of its developers. */
function fromModule(module: string, args: string[]): CommandTarget | null {
  if (DEVELOPMENT_MODULES.has(module.split(".")[0] ?? "")) return null;
  return /^[A-Za-z_][\w.]*$/.test(module) ? { ...fromCheckout(args), module } : null;
}

/** What a runtime of JavaScript runs: `tsx server.ts`, `deno run server.ts`. */
function fromRuntime(args: string[]): CommandTarget | null {
  return fromFile(args[0] === "run" ? args.slice(1) : args);
}

/** A file that a runtime is given, past the runtime's own options, and the arguments behind it. Null without a file. */
function fromFile(args: string[]): CommandTarget | null {
  const at = skipFlags(args, /^(--env-file|-r|--require|--import|--loader|--project|-P|--tsconfig|--config|-c)$/);
  // A runtime alone starts nothing.
  return args[at] === undefined ? null : fromCheckout(args.slice(at + 1), args[at]);
}

/** The Python libraries' own tools run a file, or tell a client to: `mcp install server.py -v A_KEY=x`, `fastmcp run server.py:app`. */
function fromInstaller(args: string[]): CommandTarget | null {
  const at = args.findIndex((word) => /\.py(?::\w+)?$/.test(word));
  const isKnown = /^(install|run|dev)$/.test(args[0] ?? "") && at > 0;
  return isKnown ? fromCheckout(args.slice(at + 1), args[at]?.split(":")[0]) : null;
}

/** `uv run` starts a checkout, unless `--with` names the package to run. */
function uvRun(args: string[]): CommandTarget | null {
  const run = args.indexOf("run");
  if (run < 0) return null;
  const rest = args.slice(run + 1);
  const index = skipFlags(
    rest,
    /^(--directory|--project|--python|-p|--with|--with-editable|--with-requirements|--extra|--group|--env-file|-m|--module|--package)$/,
  );
  const own = rest.slice(0, index);
  const at = own.findIndex((word) => word === "-m" || word === "--module");
  if (at >= 0) return fromModule(rest[at + 1] ?? "", rest.slice(Math.max(index, at + 2)));
  const behind = rest.slice(index + 1);
  const isCheckout = [...args.slice(0, run), ...own].some((word) => /^--(directory|project)/.test(word));
  const named = own[own.indexOf("--with") + 1];
  const program = rest[index] ?? null;
  const target = own.includes("--with") && named && !isCheckout ? pythonPackage(named) : null;
  const isSame = target?.package !== undefined && program !== null && sameWords(target.package ?? "", program);
  if (target && isSame) return { ...target, program, args: behind };
  if (program !== null && /^(python3?|fastmcp|mcp)$/.test(program)) return targetOfCommand(program, behind);
  return fromCheckout(behind, program);
}

function sameWords(a: string, b: string): boolean {
  const normal = (text: string) => text.toLowerCase().replace(/[-_.]+/g, "-");
  return normal(a) === normal(b);
}

function pythonTarget(args: string[]): CommandTarget | null {
  const index = skipFlags(args, /^-[XW]$/);
  const at = args.slice(0, index).indexOf("-m");
  if (at < 0) return fromCheckout(args.slice(index + 1), args[index]);
  return fromModule(args[at + 1] ?? "", args.slice(at + 2));
}

/** Index of the first word that is no option of the runner. */
function skipFlags(args: string[], withValue: RegExp): number {
  let index = 0;
  for (let word = args[index]; word?.startsWith("-"); word = args[index])
    index += withValue.test(word) && !word.includes("=") ? 2 : 1;
  return index;
}

/** Packages of npm that run a file of TypeScript or JavaScript. */
const RUNTIME_PACKAGE = /^(?:node|tsx|ts-node|bun|deno|vite-node|jiti|esno)$/;

function npmTarget(args: string[]): CommandTarget | null {
  let named: string | null = null;
  let index = 0;
  for (let word = args[index]; word?.startsWith("-"); word = args[index]) {
    const inline = /^(?:--package|-p)=(.+)$/.exec(word)?.[1];
    if (inline) named ??= inline;
    else if (word === "--package" || word === "-p") {
      named ??= args[index + 1] ?? null;
      index += 1;
    }
    index += 1;
    if (word === "--") break;
  }
  const written = named ?? args[index];
  if (written === undefined) return null;
  // `npx PKG -y ARGS` is written too; npx takes the flag for itself only in front.
  const rest = args.slice(index + 1).filter((arg, at) => !(at === 0 && (arg === "-y" || arg === "--yes")));
  const repository = named === null ? repositoryOf(written.trim()) : null;
  if (repository !== null) return fromCheckout(rest, repository);
  const split = /^(@?[^@]+)(?:@(.+))?$/.exec(written.trim());
  const name = split?.[1] ?? "";
  if (!isPackageName("npm", name)) return null;
  const program = named === null ? null : programOf(args[index]);
  // `npx tsx /path/to/server.ts`: the package is only what runs the checkout.
  if (RUNTIME_PACKAGE.test(name)) return program === null || program === name ? fromRuntime(rest) : null;
  if (isInterpreter(program)) return null;
  const version = split?.[2] ?? null;
  return {
    registry: "npm",
    package: name,
    version: version !== null && isExactVersion("npm", version) ? version : null,
    program,
    module: null,
    extras: [],
    args: rest,
  };
}

/**
 * The name of the repository that npm and pip are told to install from, which mostly is the program's: "github:owner/name",
 * "git+https://host/owner/name.git@main". Null for what names a package of a registry.
 */
function repositoryOf(written: string): string | null {
  const path = /^(?:(?:github|gitlab|bitbucket):|git\+\w{2,5}:\/\/|https?:\/\/)([^#?\s]{1,300})$/.exec(
    written.split("#")[0] ?? "",
  )?.[1];
  const last = path?.split("/").at(-1)?.split("@")[0];
  const name = last?.replace(/\.git$/, "");
  return name !== undefined && path?.includes("/") && /^[\w.-]+$/.test(name) ? name : null;
}

/** Returns whether a program would run its arguments as code: `npx -p PACKAGE sh -c …` starts no server of the package. */
function isInterpreter(program: string | null): boolean {
  return program !== null && /^[\w.-]+$/.test(program) && !isProgramName(program);
}

function programOf(word: string | undefined): string | null {
  return word !== undefined && /^[\w@.-][\w@./-]{0,199}$/.test(word) ? word : null;
}

function pypiTarget(args: string[]): CommandTarget | null {
  let named: string | null = null;
  let index = 0;
  const withValue =
    /^(--from|--spec|--with|--python|-p|--index-url|--extra-index-url|--refresh-package|--directory|--env-file)$/;
  for (let word = args[index]; word?.startsWith("-"); word = args[index]) {
    const inline = /^(?:--from|--spec)=(.+)$/.exec(word)?.[1];
    if (inline) named = inline;
    if (word === "--from" || word === "--spec") named = args[index + 1] ?? null;
    index += withValue.test(word) ? 2 : 1;
  }
  const written = named ?? args[index];
  if (written === undefined) return null;
  const target = pythonPackage(written);
  // `uvx fastmcp run /path/to/server.py`: the package is only what runs the checkout.
  const isInstaller = target !== null && /^(?:fast)?mcp$/.test(target.package ?? "");
  const checkout =
    isInstaller && /^(?:fast)?mcp\b/.test(args[index] ?? "") ? fromInstaller(args.slice(index + 1)) : null;
  if (checkout) return checkout;
  if (target === null || named === null) return target && { ...target, args: args.slice(index + 1) };
  const program = programOf(args[index]);
  const behind = args.slice(index + 1);
  // `uvx --from PACKAGE python -m MODULE`
  const started = program !== null && /^python3?$/.test(program) ? pythonTarget(behind) : null;
  if (started?.module) return { ...target, module: started.module, args: started.args };
  return isInterpreter(program) ? null : { ...target, program, args: behind };
}

/**
 * A Python package as uv and pip write it: `NAME`, `NAME[extra]==1.0`, `NAME@1.0`. An address or a folder is a
 * checkout.
 */
function pythonPackage(written: string): CommandTarget | null {
  if (/^(git\+|https?:|\.|\/)/.test(written)) return fromCheckout([], repositoryOf(written));
  const split = /^([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?(?:\s*(?:==|@|>=|~=)\s*([^\s,]+).*)?$/s.exec(written);
  const name = split?.[1] ?? "";
  if (!isPackageName("pypi", name)) return null;
  const version = /==|@/.test(written) ? (split?.[3] ?? null) : null;
  const extras = (split?.[2] ?? "").split(",").map((extra) => extra.trim());
  return {
    registry: "pypi",
    package: name,
    version: version !== null && isExactVersion("pypi", version) ? version : null,
    program: null,
    module: null,
    extras: extras.filter(isExtraName).slice(0, 20),
    args: [],
  };
}
