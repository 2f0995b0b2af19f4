import { type ConnectTarget, quoteShellWord, toClientName } from "./snippets.ts";

// Settings of clients that sign in by themselves: the URL is all they need, and no secret is in any of them.

/**
 * Returns whether clients can sign in at this URL: newer SDKs refuse a token endpoint without TLS, except on this
 * computer.
 */
export function canSignIn(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

/** Adds the server to Claude Code, then opens the browser to sign in. */
export function buildClaudeCodeSignIn({ name, url }: ConnectTarget): string {
  const client = toClientName(name);
  return `claude mcp add --transport http ${client} ${quoteShellWord(url)}\nclaude mcp login ${client}`;
}

export function buildCodexSignIn({ name, url }: ConnectTarget): string {
  const client = toClientName(name);
  return `codex mcp add ${client} --url ${quoteShellWord(url)}\ncodex mcp login ${client}`;
}

export function buildGeminiSignIn({ name, url }: ConnectTarget): string {
  return `gemini mcp add --transport http ${toClientName(name)} ${quoteShellWord(url)}`;
}

/** VS Code's install link without a header: it signs in when the server asks. */
export function buildVsCodeSignInLink({ name, url }: ConnectTarget, edition: "stable" | "insiders"): string {
  const query = [
    `name=${encodeURIComponent(toClientName(name))}`,
    `config=${encodeURIComponent(JSON.stringify({ type: "http", url }))}`,
    ...(edition === "insiders" ? ["quality=insiders"] : []),
  ];
  const host = edition === "insiders" ? "insiders.vscode.dev" : "vscode.dev";
  return `https://${host}/redirect/mcp/install?${query.join("&")}`;
}

/**
 * For clients that start programs only: mcp-remote signs in for them. Its own 30 seconds are too short for a person.
 */
export function buildMcpRemoteSignIn({ name, url }: ConnectTarget): string {
  const args = ["-y", "mcp-remote", url, "--auth-timeout", "300"];
  return JSON.stringify({ mcpServers: { [toClientName(name)]: { command: "npx", args } } }, null, 2);
}

/** The form that most other clients read. */
export function buildJsonSignIn({ name, url }: ConnectTarget): string {
  return JSON.stringify({ mcpServers: { [toClientName(name)]: { type: "http", url } } }, null, 2);
}
