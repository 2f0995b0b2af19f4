import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";

/** The official SDK's client, connected to a connector URL. */
export interface ConnectedClient {
  client: Client;
  /** Calls a tool and returns the text of its result. */
  text(tool: string, input?: Record<string, unknown>): Promise<string>;
  /** Terminates the session, as a client does when it is done. */
  close(): Promise<void>;
}

/**
 * Connects as an MCP client does.
 *
 * @throws Error as the SDK reports it, with the status, when the key is not accepted
 */
export async function connectClient(url: string, accessKey: string): Promise<ConnectedClient> {
  const client = new Client({ name: "catwalk-e2e", version: "1.0.0" });
  const headers = { authorization: `Bearer ${accessKey}` };
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  await client.connect(transport);
  return {
    client,
    async text(tool, input = {}) {
      const result = await client.callTool({ name: tool, arguments: input }, CallToolResultSchema);
      const { content } = CallToolResultSchema.parse(result);
      return content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
    },
    async close() {
      await transport.terminateSession();
      await client.close();
    },
  };
}
