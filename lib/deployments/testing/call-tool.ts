import { runtimeNamed } from "../../runtime/index.ts";
import { loadConnection } from "../connection.ts";

/** Calls a tool of a deployment through its machine's mcp-host, as the gateway would, and gives the first text. */
export async function callTool(deploymentId: string, name: string): Promise<string> {
  const connection = await loadConnection(deploymentId);
  const endpoint = connection?.machine && (await runtimeNamed(connection.runtime).endpoint(connection.machine));
  if (!endpoint) throw new Error("the machine does not run");
  const headers: Record<string, string> = {
    authorization: `Bearer ${connection.hostToken}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const post = async (message: object) => {
    const response = await fetch(`${endpoint.url}/mcp`, {
      method: "POST",
      headers,
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
    });
    const session = response.headers.get("mcp-session-id");
    if (session) headers["mcp-session-id"] = session;
    const text = await response.text();
    return JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? (text || "{}"));
  };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  await post({ id: 1, method: "initialize", params });
  await post({ method: "notifications/initialized" });
  const { result } = await post({ id: 2, method: "tools/call", params: { name, arguments: {} } });
  await fetch(`${endpoint.url}/mcp`, { method: "DELETE", headers });
  return result.content[0].text;
}
