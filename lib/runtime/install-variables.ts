import type { MachineSpec } from "./runtime.ts";

/** Builds the variables of mcp-host that say how a package is installed. None is secret, and none depends on an earlier install. */
export function buildInstallVariables({
  installScripts,
  packageResolution,
  pypiBounds,
}: MachineSpec): Record<string, string> {
  const { constraints = [], publishedBefore = null } = pypiBounds ?? {};
  return {
    ...(installScripts ? { MCP_INSTALL_SCRIPTS: JSON.stringify(installScripts) } : {}),
    ...(packageResolution ? { MCP_PACKAGE_RESOLUTION: String(packageResolution) } : {}),
    ...(constraints.length > 0 && { MCP_PYPI_CONSTRAINTS: JSON.stringify(constraints) }),
    ...(publishedBefore !== null && { MCP_PYPI_PUBLISHED_BEFORE: publishedBefore }),
  };
}
