/**
 * Client ID metadata documents of clients that most people use. Their hosts refuse fetches from some clouds by source address: a copy
 * stands in until the document can be fetched. Redirects only ever lead to the same vendor, or to the person's own machine.
 */
export const KNOWN_DOCUMENTS: Readonly<Record<string, { client_name: string; redirect_uris: string[] }>> = {
  "https://claude.ai/oauth/mcp-oauth-client-metadata": {
    client_name: "Claude",
    redirect_uris: ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"],
  },
  "https://claude.ai/oauth/claude-code-client-metadata": {
    client_name: "Claude Code",
    redirect_uris: ["http://localhost/callback", "http://127.0.0.1/callback"],
  },
  "https://chatgpt.com/oauth/client.json": {
    client_name: "ChatGPT",
    redirect_uris: ["https://chatgpt.com/connector_platform_oauth_redirect"],
  },
  "https://chatgpt.com/oauth/codex/client.json": {
    client_name: "Codex",
    redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback"],
  },
  "https://vscode.dev/oauth/client-metadata.json": {
    client_name: "Visual Studio Code",
    redirect_uris: [
      "http://127.0.0.1:33418/",
      "http://127.0.0.1/",
      "http://localhost/",
      "https://vscode.dev/redirect",
      "https://insiders.vscode.dev/redirect",
    ],
  },
};
