import type { InputFinding, LaunchFinding, RemoteFinding, RunnerRegistry } from "../inputs/findings.ts";
import {
  formatLabel,
  guessType,
  isEnvName,
  isNetworkTransport,
  isProgramFlag,
  isTransportName,
} from "../inputs/input-names.ts";
import { isPlaceholder } from "../inputs/placeholders.ts";
import { isExactVersion, isNpmName, isPypiName } from "../source.ts";
import type { Provenance } from "../spec.ts";

export interface Command {
  command: string;
  args: string[];
  /** Variables set for the command. */
  env: { name: string; value: string; description?: string; secret?: boolean }[];
}

export interface CommandFindings {
  launch: LaunchFinding | null;
  remote: RemoteFinding | null;
}

const NO_FINDINGS: CommandFindings = { launch: null, remote: null };

/** Programs that documentation runs around or beside servers; their arguments are not servers. */
const NOT_SERVERS = new Set([
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

/**
 * Parses a command for running a server: which package it starts, from which registry, with which literal arguments,
 * and which values a person fills in.
 */
export function readCommand(given: Command, provenance: Provenance): CommandFindings {
  const unwrapped = unwrap(given.command, given.args);
  if (unwrapped === null) return NO_FINDINGS;
  const program = programName(unwrapped.command);
  const { args } = unwrapped;
  const env = [...given.env];
  if (program === "docker" || program === "podman" || program === "container") {
    return dockerRun(args, env, provenance);
  }
  const target = packageOf(program, args);
  if (target === null) return NO_FINDINGS;
  if (target.package === "mcp-remote") {
    const url = target.args.find((arg) => /^https:\/\//.test(arg));
    return { launch: null, remote: url ? { url, provenance } : null };
  }
  if (target.package !== null && NOT_SERVERS.has(target.package)) return NO_FINDINGS;
  return { launch: launchOf(target, env, provenance), remote: null };
}

interface Target {
  registry: RunnerRegistry;
  package: string | null;
  version: string | null;
  args: string[];
}

function programName(command: string): string {
  const base = command.replaceAll("\\", "/").split("/").pop() ?? "";
  const program = base.replace(/\.(exe|cmd)$/i, "").replace(/[<>]/g, "");
  return /\b(uvx?|npx|node|python3?|bunx?)\b/.exec(program)?.[1] ?? program;
}

/** Removes wrappers around the real command: `cmd /c`, `sudo`, an inspector. */
function unwrap(command: string, args: string[]): { command: string; args: string[] } | null {
  const program = programName(command);
  const next = (from: number) => {
    const first = args[from];
    return first === undefined ? null : unwrap(first, args.slice(from + 1));
  };
  if (program === "cmd" && /^\/c$/i.test(args[0] ?? "")) return next(1);
  if (program === "sudo" || program === "command" || program === "exec" || program === "time") return next(0);
  if ((program === "sh" || program === "bash" || program === "zsh") && /^-l?c$/.test(args[0] ?? "")) {
    const words = (args[1] ?? "").trim().split(/\s+/);
    return words[0] ? unwrap(words[0], words.slice(1)) : null;
  }
  if (program === "npx" && args.some((arg) => arg.startsWith("@modelcontextprotocol/inspector"))) {
    const behind = args.findIndex((arg) => /^(npx|uvx|uv|node|python3?|docker)$/.test(arg));
    return behind < 0 ? null : next(behind);
  }
  return { command, args };
}

function packageOf(program: string, args: string[]): Target | null {
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
      return args[0] === "x" ? npmTarget(args.slice(1)) : fromCheckout(args.slice(1));
    case "uvx":
      return pypiTarget(args);
    case "uv":
      if (args[0] === "tool" && args[1] === "run") return pypiTarget(args.slice(2));
      return uvRun(args);
    case "pipx":
      return args[0] === "run" ? pypiTarget(args.slice(1)) : null;
    case "python":
    case "python3":
      return args[0] === "-m" && args[1] ? moduleTarget(args[1], args.slice(2)) : fromCheckout(args.slice(1));
    case "node":
    case "tsx":
    case "ts-node":
    case "deno":
    case "go":
    case "cargo":
    case "java":
    case "dotnet":
      return fromCheckout(args.slice(1));
    default:
      // A program named directly: an installed command or a built binary.
      return /^[\w@./~-]+$/.test(program) && program !== ""
        ? { registry: "source", package: null, version: null, args }
        : null;
  }
}

function fromCheckout(args: string[]): Target {
  return { registry: "source", package: null, version: null, args };
}

/** Parses `uv run`: it starts a checkout unless `--with` names the package. */
function uvRun(args: string[]): Target | null {
  const run = args.indexOf("run");
  if (run < 0) return null;
  const rest = args.slice(run + 1);
  const index = skipFlags(
    rest,
    /^(--directory|--project|--python|-p|--with|--with-editable|--extra|--group|-m|--module)$/,
  );
  return fromCheckout(rest.slice(index + 1));
}

function moduleTarget(module: string, args: string[]): Target | null {
  const name = module.split(".")[0] ?? "";
  return isPypiName(name) ? { registry: "source", package: null, version: null, args } : null;
}

/** Returns the index of the first word that is not an option of the runner. */
function skipFlags(args: string[], withValue: RegExp): number {
  let index = 0;
  for (let word = args[index]; word?.startsWith("-"); word = args[index])
    index += withValue.test(word) && !word.includes("=") ? 2 : 1;
  return index;
}

function npmTarget(args: string[]): Target | null {
  let named: string | null = null;
  let index = 0;
  for (let word = args[index]; word?.startsWith("-"); word = args[index]) {
    const inline = /^(?:--package|-p)=(.+)$/.exec(word)?.[1];
    if (inline) named = inline;
    else if (word === "--package" || word === "-p") {
      named = args[index + 1] ?? null;
      index += 1;
    }
    index += 1;
    if (word === "--") break;
  }
  const written = named ?? args[index];
  if (written === undefined) return null;
  // Some write `npx PKG -y ARGS`; npx reads that flag only before the package.
  const rest = args.slice(index + 1).filter((arg, at) => !(at === 0 && (arg === "-y" || arg === "--yes")));
  const split = /^(@?[^@]+)(?:@(.+))?$/.exec(written.trim());
  const name = split?.[1] ?? "";
  if (!isNpmName(name) || /^(file|git|https?|github):/.test(written)) return null;
  const version = split?.[2] ?? null;
  return {
    registry: "npm",
    package: name,
    version: version !== null && isExactVersion(version) ? version : null,
    args: rest,
  };
}

function pypiTarget(args: string[]): Target | null {
  let named: string | null = null;
  let index = 0;
  const withValue = /^(--from|--spec|--with|--python|-p|--index-url|--extra-index-url|--refresh-package|--directory)$/;
  for (let word = args[index]; word?.startsWith("-"); word = args[index]) {
    const inline = /^(?:--from|--spec)=(.+)$/.exec(word)?.[1];
    if (inline) named = inline;
    if (word === "--from" || word === "--spec") named = args[index + 1] ?? null;
    index += withValue.test(word) ? 2 : 1;
  }
  const written = named ?? args[index];
  if (written === undefined) return null;
  const rest = args.slice(index + 1);
  // A repository or a folder, not a package of a registry.
  if (/^(git\+|https?:|\.|\/)/.test(written)) return { registry: "source", package: null, version: null, args: rest };
  const split = /^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?(?:(?:==|@)(.+))?$/.exec(written);
  const name = split?.[1] ?? "";
  if (!isPypiName(name)) return null;
  const version = split?.[2] ?? null;
  return {
    registry: "pypi",
    package: name,
    version: version !== null && isExactVersion(version) ? version : null,
    args: rest,
  };
}

function launchOf(target: Target, env: Command["env"], provenance: Provenance): LaunchFinding {
  const inputs = env.flatMap((pair) => envFinding(pair, provenance));
  const { literal, found } = readArguments(target.args, provenance);
  return {
    registry: target.registry,
    package: target.package,
    version: target.version,
    args: literal,
    inputs: [...inputs, ...found],
    isConfiguration: false,
    isNetwork:
      isNetworkCommand(target.args) || env.some((pair) => isTransportName(pair.name) && isNetworkTransport(pair.value)),
    provenance,
  };
}

function isNetworkCommand(args: readonly string[]): boolean {
  return args.some((arg, index) => {
    const inline = /^--?(?:transport|mode|t)=(.+)$/.exec(arg)?.[1];
    const behind = /^--?(transport|mode|t)$/.test(arg) ? args[index + 1] : undefined;
    const word = inline ?? behind ?? /^--?(sse|http|streamable-?http)$/i.exec(arg)?.[1] ?? (index === 0 ? arg : "");
    return isNetworkTransport(word);
  });
}

function envFinding(pair: Command["env"][number], provenance: Provenance): InputFinding[] {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(pair.name)) return [];
  const stands = isPlaceholder(pair.value, pair.name);
  return [
    {
      key: pair.name,
      target: "env",
      evidence: "shown",
      provenance,
      placeholder: stands && pair.value.trim() !== "" ? pair.value.trim().slice(0, 200) : null,
      default: null,
      description: pair.description ?? (stands ? null : `For example: ${pair.value.trim().slice(0, 200)}`),
      secret: pair.secret ?? null,
      type: stands ? null : guessType(pair.name, pair.value),
    },
  ];
}

const FLAG_PATTERN = /^--?[A-Za-z][\w.-]*$/;

/** Separates literal arguments from those that a person fills in. */
function readArguments(args: string[], provenance: Provenance): { literal: string[]; found: InputFinding[] } {
  const literal: string[] = [];
  const found: InputFinding[] = [];
  let position = 0;
  for (let index = 0; index < args.length && index < 60; index += 1) {
    const word = args[index] ?? "";
    const next = args[index + 1];
    const inline = /^(--?[A-Za-z][\w.-]*)=([\s\S]*)$/.exec(word);
    if (inline?.[1]) {
      if (isPlaceholder(inline[2] ?? "", inline[1]))
        found.push(argFinding(inline[1], inline[2] ?? "", `${inline[1]}={value}`, provenance));
      else literal.push(word);
    } else if (FLAG_PATTERN.test(word) && next !== undefined && !next.startsWith("-")) {
      if (isPlaceholder(next, word)) found.push(argFinding(word, next, null, provenance));
      else literal.push(word, next);
      index += 1;
    } else if (word.startsWith("-")) literal.push(word);
    else if (/^\[.*(options|flags|args|arguments).*\]$|^\[\.{3}\]$/i.test(word)) continue;
    else if (isPlaceholder(word, "")) {
      found.push({
        ...argFinding(`position ${position}`, word, null, provenance),
        type: /path|dir|folder|file|^\//i.test(word) ? "path" : "string",
      });
      position += 1;
    } else literal.push(word);
  }
  return { literal, found: found.filter((one) => !isProgramFlag(one.key) && !isTransportName(one.key)) };
}

function argFinding(key: string, written: string, template: string | null, provenance: Provenance): InputFinding {
  return {
    key,
    target: "arg",
    evidence: "shown",
    provenance,
    placeholder: written.slice(0, 200) || null,
    template,
    label: key.startsWith("-") ? formatLabel(key) : null,
    type: guessType(key, null),
  };
}

/** Parses `docker run`: the variables that it passes, the image, and the arguments after it. */
function dockerRun(args: string[], env: Command["env"], provenance: Provenance): CommandFindings {
  const run = args.indexOf("run");
  if (run < 0) return NO_FINDINGS;
  const values = new Map(env.map((pair) => [pair.name, pair]));
  const withValue =
    /^(-e|--env|-v|--volume|-p|--publish|--name|--network|--mount|-u|--user|-w|--workdir|--env-file|--entrypoint|--platform|--pull|--add-host|-m|--memory|-l|--label|--security-opt|--cap-drop|--tmpfs)$/;
  let index = run + 1;
  for (let word = args[index]; word?.startsWith("-"); word = args[index]) {
    const inline = /^(?:-e|--env)=?(.+)$/.exec(word)?.[1];
    const written = word === "-e" || word === "--env" ? args[index + 1] : inline;
    const pair = /^([A-Z][A-Z0-9_]*)(?:=([\s\S]*))?$/.exec(written ?? "");
    if (pair?.[1] && isEnvName(pair[1]) && !values.has(pair[1]))
      values.set(pair[1], { name: pair[1], value: pair[2] ?? "" });
    index += withValue.test(word) ? 2 : 1;
  }
  const image = args[index];
  if (image === undefined || !/^[a-z0-9][\w./:@${}-]*$/i.test(image)) return NO_FINDINGS;
  const target: Target = { registry: "oci", package: image.slice(0, 214), version: null, args: args.slice(index + 1) };
  return { launch: launchOf(target, [...values.values()], provenance), remote: null };
}
