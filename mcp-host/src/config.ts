import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Compatibility, isConstraint, isMoment } from "./install/compatibility.ts";
import { decodeLock } from "./install/package-lock.ts";
import { type EntryPoint, isModuleName, isProgramName, type PackageSpec, parsePackageSpec } from "./install/spec.ts";
import type { InstallPolicy, PackageLock } from "./install/types.ts";
import { isObject } from "./protocol/json.ts";
import { isPlainName, listFileSecrets } from "./server/files.ts";

export interface Config {
  port: number;
  host: string;
  /** Treat the end of standard input as SIGTERM. */
  exitWithStdin: boolean;
  /** The command to run, or the package to install and run. */
  server:
    | { command: string; args: string[] }
    | {
        package: PackageSpec;
        entry: EntryPoint;
        args: string[];
        installDir: string;
        policy: InstallPolicy;
        /** What an earlier install got. Null: the package is resolved. */
        lock: PackageLock | null;
        /** Installs without a lock are shared only where this is the same. */
        resolution: string;
        compatibility: Compatibility | null;
      };
  serverEnv: Record<string, string>;
  /** HOME of the server process. Null: mcp-host's own. */
  serverHome: string | null;
  /** User and group id of the server process. Null: mcp-host's own. */
  serverUser: number | null;
  /** Folder for mcp-host's own state, which outlives the process. Null: none. */
  stateDir: string | null;
  /** File that names the installed package in use. Null: packages are not shared. */
  useFile: string | null;
  /** Files to write into the server's home, by name. */
  serverFiles: ReadonlyMap<string, string>;
  token: string | null;
  /** Binds sealed session ids to this deployment. */
  sessionScope: string;
  isolation: "shared" | "session";
  /** The era that the server speaks. */
  serverEra: "legacy" | "modern" | "auto";
  maxSessions: number;
  /** Maximum of server processes in shared isolation. */
  maxServers: number;
  /** Maximum memory of all servers together. Null: what the machine has. */
  maxServerMemoryBytes: number | null;
  idleSessionMs: number;
  /** Age up to which another run of mcp-host can resume a session. */
  maxSessionAgeMs: number;
  /** How long a suspended call waits for its modern client's input. */
  inputWaitMs: number;
  /** How long a suspended call keeps its server process from a client that needs one. */
  inputYieldMs: number;
  maxBodyBytes: number;
  /** Longest silence within a request body. */
  bodyTimeoutMs: number;
  handshakeTimeoutMs: number;
  /** Backoff after the first crash. It doubles with each crash in a row, up to 30 s. */
  restartBackoffMs: number;
  allowedOrigins: ReadonlySet<string>;
  /** Host names, in lower case, that are served besides loopback. Empty: any name, to clients with the token. */
  allowedHosts: ReadonlySet<string>;
  /** Values to replace in logs and errors. */
  secrets: string[];
}

/**
 * A mistake in the command line or the environment. The message names the setting and never repeats its value, which can be secret.
 */
export class ConfigError extends Error {}

const MIB = 1024 * 1024;
/** The system keeps the last two ids for itself. */
const MAX_USER = 2 ** 32 - 3;

const USAGE =
  "usage: mcp-host [--port 8080] [--host ADDRESS] [--exit-with-stdin] [--variables-from-stdin] -- COMMAND [ARG…]\n" +
  "   or: MCP_PACKAGE=npm:NAME@VERSION | pypi:NAME==VERSION  MCP_INSTALL_DIR=FOLDER  mcp-host [--port 8080] …";

type Environment = Record<string, string | undefined>;

/** Reads the command line (without node and script) and the environment. Throws ConfigError. */
export function readConfig(argv: string[], env: Environment): Config {
  const separator = argv.indexOf("--");
  const options = separator === -1 ? argv : argv.slice(0, separator);
  const commandLine = separator === -1 ? [] : argv.slice(separator + 1);
  const flags = readFlags(options);
  const token = env.MCP_HOST_TOKEN || null;
  const serverEnv = readServerEnv(env.MCP_SERVER_ENV);
  const serverFiles = readServerFiles(env);
  const stateDir = env.MCP_STATE_DIR || env.MCP_INSTALL_DIR || env.MCP_SERVER_HOME;
  return {
    port: readInteger("--port", flags.port, 8080, 0, 65_535),
    host: readHost(flags.host, token),
    exitWithStdin: flags["exit-with-stdin"] ?? false,
    server: readServer(commandLine, env),
    serverEnv,
    serverHome: env.MCP_SERVER_HOME ? resolve(env.MCP_SERVER_HOME) : null,
    serverFiles,
    useFile: env.MCP_STATE_DIR ? join(resolve(env.MCP_STATE_DIR), "package") : null,
    serverUser: env.MCP_SERVER_USER ? readUser("MCP_SERVER_USER", env.MCP_SERVER_USER) : null,
    stateDir: stateDir ? resolve(stateDir) : null,
    token,
    sessionScope: env.MCP_SESSION_SCOPE ?? "",
    isolation: readChoice("MCP_ISOLATION", env.MCP_ISOLATION, ["shared", "session"]),
    serverEra: readChoice("MCP_SERVER_ERA", env.MCP_SERVER_ERA, ["legacy", "modern", "auto"]),
    maxSessions: readInteger("MCP_MAX_SESSIONS", env.MCP_MAX_SESSIONS, 64, 1, 100_000),
    maxServers: readInteger("MCP_MAX_SERVERS", env.MCP_MAX_SERVERS, 4, 1, 1_000),
    maxServerMemoryBytes: env.MCP_MAX_SERVER_MEMORY_MB
      ? MIB * readInteger("MCP_MAX_SERVER_MEMORY_MB", env.MCP_MAX_SERVER_MEMORY_MB, 0, 1, 1_000_000)
      : null,
    idleSessionMs: 1000 * readInteger("MCP_IDLE_SESSION_S", env.MCP_IDLE_SESSION_S, 1800, 1, 2_000_000),
    maxSessionAgeMs: 1000 * readInteger("MCP_MAX_SESSION_AGE_S", env.MCP_MAX_SESSION_AGE_S, 604_800, 1, 31_536_000),
    inputWaitMs: 1000 * readInteger("MCP_INPUT_WAIT_S", env.MCP_INPUT_WAIT_S, 600, 1, 86_400),
    inputYieldMs: 1000 * readInteger("MCP_INPUT_YIELD_S", env.MCP_INPUT_YIELD_S, 60, 1, 86_400),
    maxBodyBytes: readInteger("MCP_MAX_BODY_BYTES", env.MCP_MAX_BODY_BYTES, 10 * MIB, 1, 2 ** 29),
    bodyTimeoutMs: 1000 * readInteger("MCP_BODY_TIMEOUT_S", env.MCP_BODY_TIMEOUT_S, 30, 1, 3600),
    handshakeTimeoutMs: 1000 * readInteger("MCP_HANDSHAKE_TIMEOUT_S", env.MCP_HANDSHAKE_TIMEOUT_S, 60, 1, 3600),
    restartBackoffMs: readInteger("MCP_RESTART_PAUSE_MS", env.MCP_RESTART_PAUSE_MS, 1000, 1, 30_000),
    allowedOrigins: readNames(env.MCP_ALLOWED_ORIGINS),
    allowedHosts: readNames(env.MCP_ALLOWED_HOSTS?.toLowerCase()),
    secrets: [
      ...listSecretValues(serverEnv, readStrings("MCP_PUBLIC_VARIABLES", env.MCP_PUBLIC_VARIABLES)),
      ...[...serverFiles.values()].flatMap(listFileSecrets),
      ...readStrings("MCP_REDACT", env.MCP_REDACT),
      ...(token === null ? [] : [token]),
      ...listProxyCredentials(env),
    ],
  };
}

function readFlags(options: string[]) {
  try {
    return parseArgs({
      args: options,
      strict: true,
      allowPositionals: false,
      options: {
        port: { type: "string" },
        host: { type: "string" },
        "exit-with-stdin": { type: "boolean" },
        // Read by readStdinVariables, before there is a configuration.
        "variables-from-stdin": { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function readHost(host: string | undefined, token: string | null): string {
  if (token !== null) return host ?? "::";
  if (host === undefined) return "127.0.0.1";
  if (isLoopbackName(host)) return host;
  throw new ConfigError(
    `--host ${host} is open to the network, which needs MCP_HOST_TOKEN; without it only loopback is served`,
  );
}

/** Returns whether a host name or address means this machine alone. Takes no port; brackets are allowed. */
export function isLoopbackName(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return name === "localhost" || name === "::1" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

function readServer(commandLine: string[], env: Environment): Config["server"] {
  const extraArgs = readStrings("MCP_ARGS", env.MCP_ARGS);
  const [command, ...args] = commandLine;
  const packageText = env.MCP_PACKAGE;
  if (command !== undefined && command !== "") return { command, args: [...args, ...extraArgs] };
  if (!packageText) throw new ConfigError(`no server: give a command or MCP_PACKAGE\n${USAGE}`);
  const spec = parsePackageSpec(packageText);
  if (spec === null) {
    throw new ConfigError("MCP_PACKAGE must be npm:NAME@VERSION or pypi:NAME==VERSION with one exact version");
  }
  if (!env.MCP_INSTALL_DIR) throw new ConfigError("MCP_PACKAGE needs MCP_INSTALL_DIR, the folder to install into");
  const installDir = resolve(env.MCP_INSTALL_DIR);
  return {
    package: spec,
    entry: readEntryPoint(spec, env),
    args: extraArgs,
    installDir,
    policy: readPolicy(env),
    lock: env.MCP_PACKAGE_LOCK ? readPackageLock(env.MCP_PACKAGE_LOCK) : null,
    resolution: env.MCP_PACKAGE_RESOLUTION ?? "",
    compatibility: readCompatibility(env),
  };
}

function readPackageLock(text: string): PackageLock {
  const lock = decodeLock(text);
  if (lock !== null) return lock;
  throw new ConfigError("MCP_PACKAGE_LOCK is not a lock as GET /package-lock returns it");
}

function readPolicy(env: Environment): InstallPolicy {
  const { MCP_INSTALL_SCRIPTS: scripts, MCP_INSTALL_USERS: users } = env;
  return {
    scripts: scripts ? readStrings("MCP_INSTALL_SCRIPTS", scripts) : null,
    maxBytes: MIB * readInteger("MCP_MAX_INSTALL_MB", env.MCP_MAX_INSTALL_MB, 4096, 1, 1_000_000),
    users: users ? readUsers(users) : null,
  };
}

function readUser(name: string, text: string): number {
  if (process.getuid?.() !== 0) throw new ConfigError(`${name} needs mcp-host to run as root`);
  return readInteger(name, text, 0, 1, MAX_USER);
}

function readUsers(text: string): [number, number] {
  const [first = "", last = first, ...more] = text.split("-");
  const name = "MCP_INSTALL_USERS";
  const users: [number, number] = [readUser(name, first), readUser(name, last)];
  if (more.length === 0 && first !== "" && users[0] <= users[1]) return users;
  throw new ConfigError(`${name} must be two user ids, FIRST-LAST`);
}

function readCompatibility(env: Environment): Compatibility | null {
  const constraints = readStrings("MCP_PYPI_CONSTRAINTS", env.MCP_PYPI_CONSTRAINTS);
  const publishedBefore = env.MCP_PYPI_PUBLISHED_BEFORE || null;
  if (!constraints.every(isConstraint))
    throw new ConfigError('MCP_PYPI_CONSTRAINTS must be a JSON array of constraints such as "mcp<2"');
  if (publishedBefore !== null && !isMoment(publishedBefore))
    throw new ConfigError("MCP_PYPI_PUBLISHED_BEFORE must be a moment such as 2026-01-31T12:00:00Z");
  return constraints.length === 0 && publishedBefore === null ? null : { constraints, publishedBefore };
}

function readEntryPoint(spec: PackageSpec, env: Environment): EntryPoint {
  const { MCP_PROGRAM: program, MCP_MODULE: module } = env;
  if (program && module) throw new ConfigError("MCP_PROGRAM and MCP_MODULE exclude each other");
  if (program) {
    if (isProgramName(program)) return { program };
    throw new ConfigError("MCP_PROGRAM must be the plain name of a program, and of no interpreter or package client");
  }
  if (!module) return null;
  if (spec.registry === "pypi" && isModuleName(module)) return { module };
  throw new ConfigError("MCP_MODULE must be the dotted name of a module of a PyPI package");
}

function readNames(text = ""): ReadonlySet<string> {
  return new Set(text.split(/[\s,]+/).filter((name) => name !== ""));
}

/** Returns the values of the server's environment that logs must not show: all but those of public variables. */
function listSecretValues(serverEnv: Record<string, string>, publicVariables: string[]): string[] {
  return Object.entries(serverEnv).flatMap(([name, value]) => (publicVariables.includes(name) ? [] : [value]));
}

function readStrings(name: string, text: string | undefined): string[] {
  if (!text) return [];
  const value = parseJsonSetting(name, text);
  if (Array.isArray(value) && value.every((item) => typeof item === "string" && !item.includes("\0"))) return value;
  throw new ConfigError(`${name} must be a JSON array of strings`);
}

function readServerEnv(text: string | undefined): Record<string, string> {
  const result: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of readTexts("MCP_SERVER_ENV", text)) {
    if (name === "" || /[=\0]/.test(name) || value.includes("\0")) {
      throw new ConfigError(`MCP_SERVER_ENV: ${JSON.stringify(name)} cannot be an environment variable`);
    }
    result[name] = value;
  }
  return result;
}

function readServerFiles(env: Environment): Map<string, string> {
  const files = new Map(readTexts("MCP_SERVER_FILES", env.MCP_SERVER_FILES));
  for (const name of files.keys()) {
    if (isPlainName(name)) continue;
    throw new ConfigError(
      `MCP_SERVER_FILES: ${JSON.stringify(name)} is no plain file name (letters, digits, spaces, . _ -)`,
    );
  }
  if (files.size > 0 && !env.MCP_SERVER_HOME) {
    throw new ConfigError("MCP_SERVER_FILES needs MCP_SERVER_HOME, the folder to write them into");
  }
  return files;
}

/** Returns the members of a JSON object of strings. */
function readTexts(setting: string, text: string | undefined): [string, string][] {
  if (!text) return [];
  const value = parseJsonSetting(setting, text);
  if (!isObject(value)) throw new ConfigError(`${setting} must be a JSON object`);
  return Object.entries(value).map(([name, item]) => {
    if (typeof item !== "string") throw new ConfigError(`${setting}: the value of ${name} must be a string`);
    return [name, item];
  });
}

function parseJsonSetting(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the text, which can hold secrets.
    throw new ConfigError(`${name} is not JSON`);
  }
}

/** Returns one of the choices, or the first when the setting is empty. */
function readChoice<const T extends string>(name: string, text: string | undefined, choices: readonly [T, ...T[]]): T {
  const choice = choices.find((item) => item === (text || choices[0]));
  if (choice === undefined) throw new ConfigError(`${name} must be ${choices.join(" or ")}`);
  return choice;
}

function readInteger(name: string, text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ConfigError(`${name} must be a whole number from ${min} to ${max}`);
}

/** Returns the user names and passwords in proxy addresses. Package clients print those addresses when they fail. */
function listProxyCredentials(env: Environment): string[] {
  const found: string[] = [];
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"]) {
    const credentials = /^[a-z0-9]+:\/\/([^@/]+)@/i.exec(env[name] ?? "")?.[1];
    if (credentials !== undefined) found.push(credentials, ...credentials.split(":"));
  }
  return found;
}
