import { buildInstallVariables } from "../install-variables.ts";
import type { MachineSpec } from "../runtime.ts";
import type { MachineFolders } from "./folders.ts";
import type { IdRange } from "./users.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that programs need on this host: paths, locale, proxy and certificates. */
const HOST_VARIABLES = [
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

/** The operator's settings of npm, pip and uv, so that servers from private registries can be installed. */
const PACKAGE_CLIENT = /^(?:npm_config_|PIP_|UV_)/i;

/**
 * Builds the whole environment of one machine's mcp-host from an empty one: the host's basics, the package clients' settings and
 * the deployment's variables. None of the app's settings is in it, and nothing secret of the deployment: every process of this
 * user can read it.
 */
export function buildHostEnvironment(
  host: Environment,
  spec: MachineSpec,
  folders: MachineFolders & { state: string },
  installUsers: IdRange | null,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value !== undefined && (HOST_VARIABLES.includes(name) || PACKAGE_CLIENT.test(name))) environment[name] = value;
  }
  return {
    ...environment,
    MCP_PACKAGE: spec.package,
    ...(spec.publicVariables?.length && { MCP_PUBLIC_VARIABLES: JSON.stringify(spec.publicVariables) }),
    ...(spec.program ? { MCP_PROGRAM: spec.program } : {}),
    ...(spec.module ? { MCP_MODULE: spec.module } : {}),
    ...(spec.startTimeoutS ? { MCP_HANDSHAKE_TIMEOUT_S: String(spec.startTimeoutS) } : {}),
    ...buildInstallVariables(spec),
    MCP_SESSION_SCOPE: spec.deploymentId,
    MCP_SERVER_ERA: "auto",
    MCP_INSTALL_DIR: folders.install,
    MCP_SERVER_HOME: folders.home,
    MCP_STATE_DIR: folders.state,
    ...(folders.user != null && { MCP_SERVER_USER: String(folders.user) }),
    ...(installUsers !== null && { MCP_INSTALL_USERS: `${installUsers.first}-${installUsers.last}` }),
  };
}

/** Builds the variables that mcp-host reads from a pipe: its token, everything that a person entered, and the package's lock. */
export function buildHostSecrets(spec: MachineSpec): Record<string, string> {
  const { args, serverEnv, secrets, files, hostToken, packageLock } = spec;
  // mcp-host redacts the server's environment without being told, except for public variables.
  const serverValues = new Set(Object.values(serverEnv));
  return {
    MCP_HOST_TOKEN: hostToken,
    MCP_ARGS: JSON.stringify(args),
    // It is no secret, but can be larger than a variable of an environment.
    ...(packageLock ? { MCP_PACKAGE_LOCK: packageLock } : {}),
    MCP_SERVER_ENV: JSON.stringify(serverEnv),
    MCP_SERVER_FILES: JSON.stringify(Object.fromEntries(files.map(({ name, content }) => [name, content]))),
    MCP_REDACT: JSON.stringify(secrets.filter((secret) => !serverValues.has(secret))),
  };
}
