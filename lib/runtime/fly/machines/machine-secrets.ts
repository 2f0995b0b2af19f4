import { createHmac } from "node:crypto";
import type { MachineSpec } from "../../runtime.ts";

/**
 * Builds the app's secrets for mcp-host: everything that a person entered. Each update replaces all of
 * them, and the runtime removes names that are left over.
 */
export function buildMachineSecrets(spec: MachineSpec): Record<string, string> {
  // mcp-host redacts the server's environment and files without being told, except for public variables.
  const known = new Set([...Object.values(spec.serverEnv), ...spec.files.map(({ content }) => content)]);
  return {
    MCP_HOST_TOKEN: spec.hostToken,
    MCP_SERVER_ENV: JSON.stringify(spec.serverEnv),
    ...(spec.publicVariables?.length && { MCP_PUBLIC_VARIABLES: JSON.stringify(spec.publicVariables) }),
    MCP_ARGS: JSON.stringify(spec.args),
    MCP_REDACT: JSON.stringify(spec.secrets.filter((secret) => !known.has(secret))),
    MCP_SERVER_FILES: JSON.stringify(Object.fromEntries(spec.files.map(({ name, content }) => [name, content]))),
  };
}

/**
 * Computes a digest that tells later calls whether the secrets have changed. It stands in the machine's metadata, so it is keyed
 * with the machine's token: a reader of the metadata cannot test guesses against it.
 */
export function digestSecrets(secrets: Record<string, string>): string {
  const hmac = createHmac("sha256", secrets.MCP_HOST_TOKEN ?? "");
  for (const name of Object.keys(secrets).sort()) hmac.update(JSON.stringify([name, secrets[name]]));
  return hmac.digest("hex").slice(0, 32);
}
