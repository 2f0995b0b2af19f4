import type { MachineSpec } from "./runtime.ts";

/** Builds the variables of mcp-host that say how a package is installed. None is secret, and none depends on an earlier install. */
export function buildInstallVariables({ installScripts, packageResolution }: MachineSpec): Record<string, string> {
  return {
    ...(installScripts ? { MCP_INSTALL_SCRIPTS: JSON.stringify(installScripts) } : {}),
    ...(packageResolution ? { MCP_PACKAGE_RESOLUTION: String(packageResolution) } : {}),
  };
}
