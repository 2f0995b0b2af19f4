import { baseName, type FileSet, isForeign, isOtherSource, isWithin, type TextFile } from "../fetch/files.ts";
import { withoutExperiments } from "../scan/own-files.ts";
import { goFilesOfServer } from "./go-programs.ts";

/** Libraries that make servers, by the file that declares a dependency on them. */
const MANIFESTS: [RegExp, RegExp][] = [
  [
    /^go\.mod$/,
    /\b(mark3labs\/mcp-go|modelcontextprotocol\/go-sdk|metoro-io\/mcp-golang|ThinkInAIXYZ\/go-mcp|localrivet\/gomcp|strowk\/foxy-contexts)\b/,
  ],
  [
    /^cargo\.toml$/,
    /^[ \t]*(rmcp|mcp-server|mcp-core|mcp-sdk|rust-mcp-sdk|mcpkit|pmcp)\b[ \t]*(=|\.)|\[dependencies\.(rmcp|rust-mcp-sdk)\]/m,
  ],
  [
    /^(pom\.xml|build\.gradle(\.kts)?|libs\.versions\.toml)$/,
    /io\.modelcontextprotocol|spring-ai-(starter-)?mcp-server|quarkus-mcp-server|mcp-kotlin-sdk|io\.quarkiverse\.mcp/,
  ],
  [/\.csproj$|^directory\.packages\.props$/, /Include="ModelContextProtocol(\.\w+)?"/],
  [/^gemfile$|\.gemspec$/, /["'](mcp|fast-mcp|model-context-protocol-rb)["']/],
  [/^composer\.json$/, /"(php-mcp\/server|mcp\/sdk|logiscape\/mcp-sdk-php|laravel\/mcp)"/],
  [/^package\.swift$/, /modelcontextprotocol\/swift-sdk/],
  [/^mix\.exs$/, /:(hermes_mcp|anubis_mcp)\b/],
];

/** What only the code of a server does, as against that of a client. */
const SERVER_CODE =
  /\bNewMCPServer\(|(?:mcp|MCP)\.NewServer\(|\bmcp\.(StdioTransport|NewStdioTransport|AddTool)\b|\bmcp_golang\.NewServer\(|\bServeStdio\(|\bServerHandler\b|#\[tool_router|#\[tool\(|\bserver_runtime::|\bMcpServer\.(sync|async)\(|\bio\.modelcontextprotocol\.(server|kotlin\.sdk\.server)\b|\bio\.quarkiverse\.mcp\.server\b|\borg\.springframework\.ai\.(tool|mcp)\b|\.AddMcpServer\(|\[McpServerTool\b/;

/** Manifests of the libraries themselves. */
const SDK =
  /^module\s+github\.com\/(mark3labs\/mcp-go|modelcontextprotocol\/go-sdk|metoro-io\/mcp-golang)\s*$|^name\s*=\s*"(rmcp|rust-mcp-sdk)"|<PackageId>ModelContextProtocol|<artifactId>mcp-(parent|core|bom)<\/artifactId>/m;

/** Code of the libraries themselves: what it declares is in their own namespace. */
const SDK_CODE = /^(package|namespace)[ \t]+(io\.modelcontextprotocol|ModelContextProtocol)\b/m;

/** The sources in Go, Rust, Java, Kotlin and C# below a folder, without tests, examples and other Go programs than the server. */
export function otherSources(set: FileSet, folder: string): TextFile[] {
  const sources = [...set.files.values()].filter(
    (file) =>
      isOtherSource(file.path) &&
      isWithin(folder, file.path) &&
      !isForeign(file.path, folder) &&
      !/(^|\/)src\/(test|jmh|integrationTest|it)\/|(^|\/)(buildSrc|its)\/|(^|\/)build\.rs$|\.gradle\.kts$/.test(
        file.path,
      ),
  );
  const isGo = ({ path }: TextFile) => path.endsWith(".go");
  const ofServer = new Set(goFilesOfServer(set, sources.filter(isGo), ({ text }) => SERVER_CODE.test(text)));
  return withoutExperiments(
    sources.filter((file) => !isGo(file) || ofServer.has(file)),
    folder,
  );
}

/** Returns whether a folder holds an MCP server in a language that no package registry of Catwalk covers. */
export function makesServerElsewhere(set: FileSet, folder: string): boolean {
  const isDeclared = [...set.files.values()].some(
    (file) => isWithin(folder, file.path) && !isForeign(file.path, folder) && declares(file),
  );
  const isSdk = [...set.files.values()].some((file) => isManifest(file.path) && SDK.test(file.text));
  const sources = otherSources(set, folder);
  if (isSdk || sources.some((file) => SDK_CODE.test(file.text))) return false;
  // Where the sources were read they decide: a client depends on the same libraries.
  return sources.some((file) => SERVER_CODE.test(file.text)) || (isDeclared && !sources.some(usesOnlyClient));
}

function usesOnlyClient(file: TextFile): boolean {
  return /\b(NewStdioMCPClient|NewSSEMCPClient|mcp\.NewClient|ClientHandler|McpClient)\b/.test(file.text);
}

function isManifest(path: string): boolean {
  const name = baseName(path).toLowerCase();
  return MANIFESTS.some(([pattern]) => pattern.test(name));
}

function declares(file: TextFile): boolean {
  const name = baseName(file.path).toLowerCase();
  return MANIFESTS.some(([pattern, dependency]) => pattern.test(name) && dependency.test(file.text));
}
