import { getRuntime } from "../../runtime/runtimes.ts";
import { loadSnapshot } from "../load-snapshot.ts";

/** Calls a tool of a deployment through its machine's mcp-host, as the gateway would, and gives the first text. */
export async function callTool(deploymentId: string, name: string): Promise<string> {
  const session = await openTestSession(deploymentId);
  const text = await session.callTool(name);
  await session.end();
  return text;
}

export interface TestSession {
  /** The first text of a tool's answer, wherever the deployment's machine is now. Throws for an answer that is none. */
  callTool(name: string): Promise<string>;
  end(): Promise<void>;
}

/** Opens a session with a deployment's machine, which is looked for anew at each call. */
export async function openTestSession(deploymentId: string): Promise<TestSession> {
  let session: string | null = null;
  const send = async (method: "POST" | "DELETE", message?: object): Promise<Response> => {
    const connection = await loadSnapshot(deploymentId);
    const endpoint = connection?.machine && (await getRuntime(connection.runtime).endpoint(connection.machine));
    if (!endpoint) throw new Error("the machine does not run");
    const headers: Record<string, string> = {
      authorization: `Bearer ${connection.hostToken}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(session !== null && { "mcp-session-id": session }),
    };
    return await fetch(`${endpoint.url}/mcp`, {
      method,
      headers,
      ...(message && { body: JSON.stringify({ jsonrpc: "2.0", ...message }) }),
    });
  };
  const post = async (message: object) => {
    const response = await send("POST", message);
    session ??= response.headers.get("mcp-session-id");
    const text = await response.text();
    return JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? (text || "{}"));
  };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  await post({ id: 1, method: "initialize", params });
  await post({ method: "notifications/initialized" });
  let calls = 1;
  return {
    callTool: async (name) => {
      const answer = await post({ id: ++calls, method: "tools/call", params: { name, arguments: {} } });
      if (!answer.result) throw new Error(JSON.stringify(answer));
      return answer.result.content[0].text;
    },
    end: async () => {
      await send("DELETE");
    },
  };
}
