import type { MachineSpec } from "../runtime.ts";
import type { MachineFolders } from "./folders.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where programs are, and how to get out through a proxy. */
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

/** The person's own settings of npm, pip and uv: private registries count where their servers are installed too. */
const PACKAGE_CLIENT = /^(?:npm_config_|PIP_|UV_)/i;

/**
 * The whole environment of one machine's mcp-host, built from nothing: what the machine offers, how packages are installed,
 * and this deployment's own. None of the app's settings is among it.
 */
export function buildHostEnvironment(
  host: Environment,
  spec: MachineSpec,
  folders: MachineFolders,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value !== undefined && (HOST_VARIABLES.includes(name) || PACKAGE_CLIENT.test(name))) environment[name] = value;
  }
  // mcp-host redacts the server's environment by itself.
  const serverValues = new Set(Object.values(spec.serverEnv));
  return {
    ...environment,
    MCP_PACKAGE: spec.package,
    MCP_ARGS: JSON.stringify(spec.args),
    MCP_SERVER_ENV: JSON.stringify(spec.serverEnv),
    MCP_REDACT: JSON.stringify(spec.secrets.filter((secret) => !serverValues.has(secret))),
    MCP_HOST_TOKEN: spec.hostToken,
    MCP_SESSION_SCOPE: spec.deploymentId,
    MCP_SERVER_ERA: "auto",
    MCP_INSTALL_DIR: folders.install,
    MCP_SERVER_HOME: folders.home,
  };
}
