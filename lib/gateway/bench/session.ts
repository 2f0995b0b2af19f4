import { INITIALIZE_PARAMS, openWire, requestText, type Target, type Wire } from "./wire.ts";

/** Opens a session over a connection of its own (MCP 2025-11-25, lifecycle). The wire sends its id from then on. */
export async function openSession(target: Target): Promise<Wire> {
  const wire = openWire(target);
  const { session } = await wire.send("POST", requestText(0, "initialize", INITIALIZE_PARAMS));
  wire.headers["mcp-protocol-version"] = INITIALIZE_PARAMS.protocolVersion;
  if (session !== undefined) wire.headers["mcp-session-id"] = session;
  await wire.send("POST", JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
  return wire;
}
