import { env } from "../env/env.ts";

/** The URL that clients connect to, and a deployment's resource identifier (RFC 8707): the public base URL followed by `/api/mcp/{id}`. */
export function formatConnectorUrl(deploymentId: string): string {
  return `${env().publicUrl}/api/mcp/${deploymentId}`;
}
