import { delimiter, dirname } from "node:path";

type Environment = Record<string, string | undefined>;

/** What every child process can see of the machine: where things are, and the proxy settings. */
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

/** Returns the server's whole environment: its own variables over the machine's, and none of mcp-host's. */
export function buildServerEnvironment(
  env: Environment,
  serverEnv: Record<string, string>,
  serverHome: string | null,
): Record<string, string> {
  const home: Record<string, string> = serverHome === null ? {} : { HOME: serverHome, TMPDIR: serverHome };
  return { ...buildMachineEnvironment(env), ...home, ...serverEnv };
}

/** Returns what every child process can see of the machine. */
export function buildMachineEnvironment(env: Environment): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name of MACHINE_VARIABLES) {
    const value = env[name];
    if (value !== undefined) result[name] = value;
  }
  // Scripts with "#!/usr/bin/env node" must run on mcp-host's own Node.
  const nodeFolder = dirname(process.execPath);
  result.PATH = result.PATH ? `${nodeFolder}${delimiter}${result.PATH}` : nodeFolder;
  return result;
}
