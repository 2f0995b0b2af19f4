/** Values that a client's settings are built from. */
export interface ConnectTarget {
  /** The connector URL. */
  url: string;
  /** The deployment's name, as a person wrote it. */
  name: string;
  /** The access key while the page knows it. With null, the settings hold a placeholder. */
  accessKey: string | null;
}

const KEY_PLACEHOLDER = "YOUR_ACCESS_KEY";

/** Builds the name under which clients list the server, from characters that all of them accept: letters, digits, "-", "_". */
export function toClientName(name: string): string {
  const slug = name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^-+|(?<!-)-+$/g, "")
    .slice(0, 40)
    .replace(/(?<!-)-+$/, "");
  return slug === "" ? "catwalk" : slug;
}

/** Formats the value of the header `Authorization`. */
export function formatBearer(target: ConnectTarget): string {
  return `Bearer ${target.accessKey ?? KEY_PLACEHOLDER}`;
}

const formatJson = (value: unknown) => JSON.stringify(value, null, 2);

/** Quotes one word of a POSIX command line, if it needs quotes. */
export function quoteShellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Encodes the text's UTF-8 bytes in base64. */
function encodeBase64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}

/** Builds the link to Claude's dialog for a custom connector, with name and URL filled in. It contains no key. */
export function buildClaudeLink(target: ConnectTarget): string {
  const query = [
    "modal=add-custom-connector",
    `connectorName=${encodeURIComponent(target.name)}`,
    `connectorUrl=${encodeURIComponent(target.url)}`,
  ];
  return `https://claude.ai/customize/connectors?${query.join("&")}`;
}

/** Builds the command that adds the server to Claude Code. */
export function buildClaudeCodeCommand(target: ConnectTarget): string {
  return `claude mcp add --transport http ${toClientName(target.name)} ${quoteShellWord(target.url)} --header "Authorization: ${formatBearer(target)}"`;
}

/** Builds Cursor's install link. It contains no key, because links end up in histories and chats. */
export function buildCursorLink(target: ConnectTarget): string {
  const config = encodeURIComponent(encodeBase64(JSON.stringify({ url: target.url })));
  return `cursor://anysphere.cursor-deeplink/mcp/install?name=${encodeURIComponent(toClientName(target.name))}&config=${config}`;
}

/** Builds Cursor's mcp.json (~/.cursor/mcp.json, or .cursor/mcp.json of a project). */
export function buildCursorConfig(target: ConnectTarget): string {
  return formatJson({
    mcpServers: { [toClientName(target.name)]: { url: target.url, headers: { Authorization: formatBearer(target) } } },
  });
}

function buildVsCodeParts(target: ConnectTarget) {
  const id = `${toClientName(target.name)}-key`;
  return {
    server: { type: "http", url: target.url, headers: { Authorization: `Bearer \${input:${id}}` } },
    inputs: [{ type: "promptString", id, description: `Access key for ${target.name}`, password: true }],
  };
}

/** Builds VS Code's .vscode/mcp.json. VS Code asks for the key and stores it itself, so the file can be committed. */
export function buildVsCodeConfig(target: ConnectTarget): string {
  const { server, inputs } = buildVsCodeParts(target);
  return formatJson({ servers: { [toClientName(target.name)]: server }, inputs });
}

/** Builds VS Code's install link, through its redirect page. It contains no key: VS Code asks for it. */
export function buildVsCodeLink(target: ConnectTarget, edition: "stable" | "insiders"): string {
  const { server, inputs } = buildVsCodeParts(target);
  const query = [
    `name=${encodeURIComponent(toClientName(target.name))}`,
    `config=${encodeURIComponent(JSON.stringify(server))}`,
    `inputs=${encodeURIComponent(JSON.stringify(inputs))}`,
    ...(edition === "insiders" ? ["quality=insiders"] : []),
  ];
  const host = edition === "insiders" ? "insiders.vscode.dev" : "vscode.dev";
  return `https://${host}/redirect/mcp/install?${query.join("&")}`;
}

/** Builds the settings that most other clients read. */
export function buildJsonConfig(target: ConnectTarget): string {
  return formatJson({
    mcpServers: {
      [toClientName(target.name)]: { type: "http", url: target.url, headers: { Authorization: formatBearer(target) } },
    },
  });
}

/**
 * Builds Claude Desktop's claude_desktop_config.json, which can only start programs: mcp-remote forwards the calls. The header's
 * value is in a variable, because some clients split arguments at spaces.
 */
export function buildClaudeDesktopConfig(target: ConnectTarget): string {
  const url = new URL(target.url);
  const plainHttp = url.protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return formatJson({
    mcpServers: {
      [toClientName(target.name)]: {
        command: "npx",
        args: [
          "-y",
          "mcp-remote",
          target.url,
          "--header",
          `Authorization:\${AUTH_HEADER}`,
          ...(plainHttp ? ["--allow-http"] : []),
        ],
        env: { AUTH_HEADER: formatBearer(target) },
      },
    },
  });
}

/** Builds the command that lists the tools with MCP Inspector. */
export function buildInspectorCommand(target: ConnectTarget): string {
  return [
    `npx @modelcontextprotocol/inspector --cli ${quoteShellWord(target.url)}`,
    "  --transport http --method tools/list",
    `  --header "Authorization: ${formatBearer(target)}"`,
  ].join(" \\\n");
}

/** Builds a curl command that sends `initialize`, to check the URL and the key. */
export function buildCurlCommand(target: ConnectTarget): string {
  const message = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "curl", version: "1" } },
  };
  return [
    `curl -sS ${quoteShellWord(target.url)}`,
    `  -H 'Authorization: ${formatBearer(target)}'`,
    "  -H 'Content-Type: application/json'",
    "  -H 'Accept: application/json, text/event-stream'",
    `  -d '${JSON.stringify(message)}'`,
  ].join(" \\\n");
}

/** Reason why a client in the cloud cannot reach a URL. */
export type Obstacle = "not-https" | "private-host" | "other-port";

/**
 * Finds why hosted clients (Claude on the web, desktop and mobile) cannot reach a URL, or returns null. They call from the
 * internet, so they need https, port 443 and a public host.
 */
export function findObstacle(url: string): Obstacle | null {
  const parsed = new URL(url);
  if (isPrivateHost(parsed.hostname)) return "private-host";
  if (parsed.protocol !== "https:") return "not-https";
  return parsed.port === "" ? null : "other-port";
}

function isPrivateHost(hostname: string): boolean {
  if (hostname.startsWith("[")) {
    const address = hostname.slice(1, -1).toLowerCase();
    return (
      address === "::" ||
      address === "::1" ||
      /^f[cd]/.test(address) ||
      /^fe[89ab]/.test(address) ||
      address.startsWith("::ffff:")
    );
  }
  if (/^\d+\.\d+\.\d+\.\d+$/.test(hostname)) {
    const [first = 0, second = 0] = hostname.split(".").map(Number);
    return (
      first === 0 ||
      first === 10 ||
      first === 127 ||
      (first === 100 && second >= 64 && second < 128) ||
      (first === 169 && second === 254) ||
      (first === 172 && second >= 16 && second < 32) ||
      (first === 192 && second === 168)
    );
  }
  const name = hostname.toLowerCase().replace(/\.$/, "");
  return !name.includes(".") || /\.(localhost|local|internal|lan|home|test|invalid|home\.arpa)$/.test(name);
}
