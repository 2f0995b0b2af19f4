import { createHmac } from "node:crypto";
import type { MachineSpec } from "../../runtime.ts";

/**
 * What mcp-host gets as the app's secrets: everything that a person entered. Always the same names, so that none of an
 * earlier configuration stays.
 */
export function buildMachineSecrets(spec: MachineSpec): Record<string, string> {
  // mcp-host redacts the server's environment and its files by itself.
  const known = new Set([...Object.values(spec.serverEnv), ...spec.files.map(({ content }) => content)]);
  return {
    MCP_HOST_TOKEN: spec.hostToken,
    MCP_SERVER_ENV: JSON.stringify(spec.serverEnv),
    MCP_ARGS: JSON.stringify(spec.args),
    MCP_REDACT: JSON.stringify(spec.secrets.filter((secret) => !known.has(secret))),
    MCP_SERVER_FILES: JSON.stringify(Object.fromEntries(spec.files.map(({ name, content }) => [name, content]))),
  };
}

/**
 * A digest by which later calls see whether the secrets are still these. It stands in the machine's metadata, so it is keyed
 * with the machine's own token: without that nobody can try out values.
 */
export function digestSecrets(secrets: Record<string, string>): string {
  const hmac = createHmac("sha256", secrets.MCP_HOST_TOKEN ?? "");
  for (const name of Object.keys(secrets).sort()) hmac.update(JSON.stringify([name, secrets[name]]));
  return hmac.digest("hex").slice(0, 32);
}
