import {
  baseName,
  type FileSet,
  folderOf,
  isForeign,
  isJavaScript,
  isOtherSource,
  isPython,
  isReadme,
  isWithin,
  type TextFile,
} from "../fetch/files.ts";
import { withoutExperiments } from "../scan/own-files.ts";
import { goFilesOfServer } from "./go-programs.ts";
import { withoutOtherModules } from "./modules.ts";
import { answersProtocol, callsItselfServer } from "./own-protocol.ts";

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
  [
    /^(package\.swift|project\.pbxproj)$/,
    /modelcontextprotocol\/swift-sdk|\b(Cocoanetics\/SwiftMCP|gsabran\/mcp-swift-sdk)\b/,
  ],
  [/^mix\.exs$/, /:(hermes_mcp|anubis_mcp|ex_mcp|mcp_sdk)\b/],
  [/^pubspec\.yaml$/, /^[ \t]{1,8}(mcp_dart|mcp_server|dart_mcp)[ \t]*:/m],
  [/^build\.zig\.zon$/, /\bmcp\b/i],
  [/^cmakelists\.txt$/, /\b(cpp-mcp|mcp-cpp|cpp_mcp|mcp_cpp|fastmcpp|tinymcp)\b/i],
];

/** Manifests whose sources are not read, so that only documentation can tell a server from a client of the same libraries. */
const UNREAD = /^(gemfile|composer\.json|mix\.exs|pubspec\.yaml|build\.zig\.zon|cmakelists\.txt)$|\.gemspec$/;

/** What only the code of a server does, as against that of a client. */
const SERVER_CODE =
  /\bNewMCPServer\(|(?:mcp|MCP)\.NewServer\(|\bmcp\.(StdioTransport|NewStdioTransport|AddTool)\b|\bmcp_golang\.NewServer\(|\bServeStdio\(|\bServerHandler\b|#\[tool_router|#\[tool\(|\bserver_runtime::|\bMcpServer\.(sync|async)\(|\bio\.modelcontextprotocol\.(server|kotlin\.sdk\.server)\b|\bio\.quarkiverse\.mcp\.server\b|\borg\.springframework\.ai\.(tool|mcp)\b|\.AddMcpServer\(|\[McpServerTool\b|\bwithMethodHandler\(\s{0,20}(ListTools|CallTool)\b|@MCPServer\b/;

/** Manifests of the libraries themselves. */
const SDK =
  /^module\s+github\.com\/(mark3labs\/mcp-go|modelcontextprotocol\/go-sdk|metoro-io\/mcp-golang)\s*$|^name\s*=\s*"(rmcp|rust-mcp-sdk)"|<PackageId>ModelContextProtocol|<artifactId>(quarkus-)?mcp(-server)?-(parent|core|bom)<\/artifactId>/m;

/** Code of the libraries themselves: what it declares is in their own namespace. */
const SDK_CODE = /^(package|namespace)[ \t]+(io\.modelcontextprotocol|ModelContextProtocol)\b/m;

/**
 * The sources in Go, Rust, Java, Kotlin, C# and Swift below a folder, without tests, examples, other Go programs and modules that the
 * server does not use.
 */
export function otherSources(set: FileSet, folder: string): TextFile[] {
  const sources = [...set.files.values()].filter(
    (file) =>
      isOtherSource(file.path) &&
      isWithin(folder, file.path) &&
      !isForeign(file.path, folder) &&
      !/(^|\/)src\/(test|jmh|integrationTest|it)\/|(^|\/)(buildSrc|its)\/|(^|\/)(build\.rs|Package\.swift)$|\.gradle\.kts$/.test(
        file.path,
      ),
  );
  const isGo = ({ path }: TextFile) => path.endsWith(".go");
  const makesServer = ({ text }: TextFile) => SERVER_CODE.test(text);
  const ofServer = new Set(goFilesOfServer(set, sources.filter(isGo), makesServer));
  const ofPrograms = sources.filter((file) => !isGo(file) || ofServer.has(file));
  return withoutExperiments(withoutOtherModules(set, ofPrograms, makesServer), folder);
}

/** Returns whether a folder holds an MCP server in a language that no package registry of Catwalk covers. */
export function makesServerElsewhere(set: FileSet, folder: string): boolean {
  const manifests = [...set.files.values()].filter(
    (file) => isWithin(folder, file.path) && !isForeign(file.path, folder) && declares(file),
  );
  const isDeclared =
    manifests.some((file) => !UNREAD.test(baseName(file.path).toLowerCase())) ||
    (manifests.length > 0 && callsItselfServer(set, folder));
  const isSdk = [...set.files.values()].some((file) => isManifest(file.path) && SDK.test(ownPart(file)));
  const sources = otherSources(set, folder);
  if (isSdk || sources.some((file) => SDK_CODE.test(file.text))) return false;
  // Where the sources were read they decide: a client depends on the same libraries.
  if (sources.some((file) => SERVER_CODE.test(file.text))) return !isLibrary(set, folder, sources, manifests);
  if (isDeclared) return !sources.some(usesOnlyClient) && !isUnused(set, folder, manifests, sources);
  if (sources.length === 0 && isWrittenElsewhere(set, folder)) return callsItselfServer(set, folder);
  // It answers requests itself, or with a library that is not known here.
  const speaksProtocol = answersProtocol(sources) || sources.some(({ text }) => TAKES_PROTOCOL.test(text));
  return isProgram(set, folder, sources) && speaksProtocol && callsItselfServer(set, folder);
}

/** A line that takes something of MCP into a program of Java, Kotlin, C#, Go, Rust or Swift. */
const TAKES_PROTOCOL =
  /^[ \t]{0,8}(?:import|using|use)[ \t]+(?:static[ \t]+)?["\w./:]{0,100}\bmcp\b|\b(?:\w{0,40}Mcp|MCP)Server\b/im;

/** What code writes that takes anything of MCP from a library. */
const USES_PROTOCOL =
  /\br?mcp\b|[mM]odel[cC]ontext[pP]rotocol|\bmcp_|\b(?:Mcp|MCP)(?:Server|Tool|Client|Resource|Prompt)|\bimport MCP\b|\bspringframework\.ai\.tool\b/;

/**
 * Returns whether no code uses a declared library, such as one that a template or another dependency brought along. Says so only where all
 * sources were read whole.
 */
function isUnused(set: FileSet, folder: string, manifests: readonly TextFile[], sources: readonly TextFile[]): boolean {
  const isCode = ({ path }: TextFile) => !/\.(?:properties|ya?ml|json)$/.test(path);
  const isRead = set.paths.every(
    (path) => !isOtherSource(path) || !isWithin(folder, path) || isForeign(path, folder) || set.files.has(path),
  );
  return (
    isRead &&
    sources.some(isCode) &&
    !sources.some((file) => file.isCut || (isCode(file) && USES_PROTOCOL.test(file.text))) &&
    !manifests.some(({ path }) => UNREAD.test(baseName(path).toLowerCase()))
  );
}

/** Languages of which no source is read. */
const UNREAD_SOURCE =
  /\.(?:hs|ml|clj|cljs|lua|jl|ex|exs|erl|rb|php|dart|nim|zig|cr|scala|pl|cpp|cc|cxx|c|el|lisp|fs|fsx|d|groovy|r|ps1|lean|rkt|ada|adb|pas)$/i;

/** Returns whether a folder's programs are written in a language that is not read, and no package of a registry lies in it. */
function isWrittenElsewhere(set: FileSet, folder: string): boolean {
  const own = set.paths.filter((path) => isWithin(folder, path) && !isForeign(path, folder));
  return own.some((path) => UNREAD_SOURCE.test(path)) && !own.some((path) => isJavaScript(path) || isPython(path));
}

/** Whether sources are a program that can be started, as against a library. */
function isProgram(set: FileSet, folder: string, sources: readonly TextFile[]): boolean {
  return (
    sources.some(({ path, text }) => /(^|\/)(main|program)\.\w+$/i.test(path) || STARTS_PROGRAM.test(text)) ||
    set.paths.some((path) => isWithin(folder, path) && /(^|\/)dockerfile$/i.test(path))
  );
}

const STARTS_PROGRAM =
  /^package main\b|^@main\b|\bstatic (?:async )?\w{1,20}(?:<int>)? [mM]ain\(|\bfun main\(|\bfn main\(|\bvoid main\(/m;

/** Whether code that makes servers is one to build them with: nothing in it starts, and its README calls it no server. */
function isLibrary(
  set: FileSet,
  folder: string,
  sources: readonly TextFile[],
  manifests: readonly TextFile[],
): boolean {
  const hasReadme = [...set.files.values()].some(({ path }) => isReadme(path) && folderOf(path) === folder);
  return (
    hasReadme &&
    !isProgram(set, folder, sources) &&
    !manifests.some(({ path, text }) => path.endsWith(".pbxproj") || BUILDS_PROGRAM.test(text)) &&
    !callsItselfServer(set, folder)
  );
}

/** A build that makes a program of code which has no main method of its own, or names the class that has it. */
const BUILDS_PROGRAM =
  /\bquarkus-maven-plugin\b|\bid[ (]["']io\.quarkus["']|\bmainClass\b|\bspring-boot-(?:maven|gradle)-plugin\b|<OutputType>Exe<|\bPackAsTool\b|\.executable(?:Target)?\(|^\[\[bin\]\]/m;

function usesOnlyClient(file: TextFile): boolean {
  return /\b(NewStdioMCPClient|NewSSEMCPClient|mcp\.NewClient|ClientHandler|McpClient|client\.(listTools|callTool))\b/.test(
    file.text,
  );
}

/** A Maven project without what it depends on: a user of a library names the library's artifacts too. */
function ownPart({ path, text }: TextFile): string {
  const end = path.endsWith("pom.xml") ? text.search(/<(?:dependencyManagement|dependencies|build)>/) : -1;
  return end === -1 ? text : text.slice(0, end);
}

function isManifest(path: string): boolean {
  const name = baseName(path).toLowerCase();
  return MANIFESTS.some(([pattern]) => pattern.test(name));
}

function declares(file: TextFile): boolean {
  const name = baseName(file.path).toLowerCase();
  return MANIFESTS.some(([pattern, dependency]) => pattern.test(name) && dependency.test(file.text));
}
