import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildMachineEnvironment } from "../server/environment.ts";

type Environment = Record<string, string | undefined>;

/** Settings of an enclosing npm command that would change what an install installs, or where. */
const NPM_CONTEXT =
  /^npm_config_(?:prefix|local_prefix|global_prefix|global|location|workspaces?|include_workspace_root|omit|include|only|production|dry_run|package_lock_only|json|loglevel|user_agent|ignore_scripts|allow_scripts)$/i;
const PACKAGE_CLIENT_SETTING = /^(?:npm_config_|PIP_|UV_)/i;

/** Settings that an install script needs to download and build as the package client does. None of them holds a credential. */
const SCRIPT_SETTING =
  /^(?:npm_config_(?:registry|nodedir|node_gyp|python|cafile|strict_ssl|noproxy|https?_proxy|proxy|disturl|\w*(?:_mirror|_binary_host))|PIP_(?:INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|CERT|TRUSTED_HOST|DEFAULT_TIMEOUT|RETRIES)|UV_(?:DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|OFFLINE|NATIVE_TLS|HTTP_TIMEOUT|PYTHON_\w+|NO_WRAP|EXCLUDE_NEWER))$/i;

/** The operator's own files and caches, which package clients look for in HOME: variable, then places below HOME. */
const CLIENT_FILES: readonly [variable: string, places: readonly string[]][] = [
  ["npm_config_userconfig", [".npmrc"]],
  ["PIP_CONFIG_FILE", [".config/pip/pip.conf", ".pip/pip.conf", "Library/Application Support/pip/pip.conf"]],
  ["NETRC", [".netrc"]],
];

/** Folders that an install uses besides the one that it fills. */
export interface InstallFolders {
  /** HOME of the package client and of install scripts. */
  home: string;
  /** TMPDIR. It is removed after the install. */
  temporary: string;
}

/**
 * Returns the environment of a package client, which runs no code of a package: the machine's variables and the operator's settings
 * for npm, pip and uv. HOME is the install's own, so the operator's files and caches are named one by one.
 */
export function buildClientEnvironment(env: Environment, folders: InstallFolders): Record<string, string> {
  const result = buildMachineEnvironment(env);
  if (env.HOME) {
    for (const [variable, places] of CLIENT_FILES) {
      const file = places.map((place) => join(env.HOME ?? "", place)).find((path) => existsSync(path));
      if (file !== undefined) result[variable] = file;
    }
    // Here uv looks for its settings beside those of a project.
    result.XDG_CONFIG_HOME = join(env.HOME, ".config");
    result.npm_config_cache = join(env.HOME, ".npm");
    result.PIP_CACHE_DIR = join(env.HOME, process.platform === "darwin" ? "Library/Caches/pip" : ".cache/pip");
  }
  // uv unpacks wheels into its cache. There, an archive that grows would stay after the install has failed.
  result.UV_CACHE_DIR = join(folders.temporary, "uv");
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !PACKAGE_CLIENT_SETTING.test(name) || NPM_CONTEXT.test(name)) continue;
    // npm reads its settings' names in any case.
    for (const other of Object.keys(result)) if (other.toLowerCase() === name.toLowerCase()) delete result[other];
    result[name] = value;
  }
  return { ...result, HOME: folders.home, TMPDIR: folders.temporary };
}

/**
 * Returns the environment in which install scripts and builds run: the machine's variables, as a server gets them, and those of the
 * operator's settings that hold no credential.
 */
export function buildScriptEnvironment(env: Environment, folders: InstallFolders): Record<string, string> {
  const result = buildMachineEnvironment(env);
  for (const [name, value] of Object.entries(env)) {
    // A URL with a user name or password.
    if (value === undefined || !SCRIPT_SETTING.test(name) || /\/\/[^/\s]*@/.test(value)) continue;
    result[name] = value;
  }
  return {
    ...result,
    HOME: folders.home,
    TMPDIR: folders.temporary,
    npm_config_cache: join(folders.temporary, "npm"),
    PIP_CACHE_DIR: join(folders.temporary, "pip"),
    UV_CACHE_DIR: join(folders.temporary, "uv"),
  };
}
