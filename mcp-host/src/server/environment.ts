import { delimiter, dirname } from "node:path";

type Environment = Record<string, string | undefined>;

/** What every child process may see of the machine: where things are, and how to get out through a proxy. */
const MACHINE_VARIABLES = [
  "PATH",
  "HOME",
  "TMPDIR",
  "LANG",
  "TZ",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
];

/** Settings of an enclosing npm command that would change where or what an install installs. */
const NPM_CONTEXT =
  /^npm_config_(?:prefix|local_prefix|global_prefix|global|location|workspaces?|include_workspace_root|omit|include|only|production|dry_run|package_lock_only|json|loglevel|user_agent)$/i;
const PACKAGE_CLIENT_SETTING = /^(?:npm_config_|PIP_|UV_)/i;

function buildMachineEnvironment(env: Environment): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name of MACHINE_VARIABLES) {
    const value = env[name];
    if (value !== undefined) result[name] = value;
  }
  // Scripts that begin with "#!/usr/bin/env node" are to run under the Node that runs mcp-host.
  const nodeFolder = dirname(process.execPath);
  result.PATH = result.PATH ? `${nodeFolder}${delimiter}${result.PATH}` : nodeFolder;
  return result;
}

/** The whole environment of the server process: its own variables over the machine's, and nothing of mcp-host's. */
export function buildServerEnvironment(
  env: Environment,
  serverEnv: Record<string, string>,
  serverHome: string | null,
): Record<string, string> {
  const home: Record<string, string> = serverHome === null ? {} : { HOME: serverHome, TMPDIR: serverHome };
  return { ...buildMachineEnvironment(env), ...home, ...serverEnv };
}

/** The environment of a package client: the machine's, with the person's own settings for npm, pip and uv. */
export function buildInstallEnvironment(env: Environment): Record<string, string> {
  const result = buildMachineEnvironment(env);
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && PACKAGE_CLIENT_SETTING.test(name) && !NPM_CONTEXT.test(name)) result[name] = value;
  }
  return result;
}
