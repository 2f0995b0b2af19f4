import { baseName, type FileSet, isWithin, type TextFile } from "../fetch/files.ts";

const NETWORK =
  /\b(?:WebStandard)?StreamableHTTP(?:ServerTransport|SessionManager)\b|\bSseServerTransport\b|\bSSEServerTransport\b|\bMcpAgent\b|\bcreateMcpHandler\b|["']streamable-http["']|\btransport(?:Type)?\s?[=:]\s?["'](?:sse|http|httpStream)["']|\bstreamable_http_app\b|\bsse_app\b|\bhttp_app\b|\bFastApiMCP\s?\(|\bNew(?:StreamableHTTP|SSE)(?:Server|Handler)\b|\bStreamableHttpService\b|\bWithHttpTransport\b|\bhttp\.ListenAndServe(?:TLS)?\(/;
/** Libraries of Java and Kotlin that bring one transport each. */
const NETWORK_LIBRARY = /\bquarkus-mcp-server-(?:sse|http)\b|\bspring-ai-(?:starter-)?mcp-server-web(?:mvc|flux)\b/;
const STDIO = /stdio|\bos\.Stdin\b/i;
/** A call that leaves the transport open, which is stdio then. */
const OPEN_CALL = /\b(?:mcp|server|app)\.run\(\s?\)/i;
/** What has the word stdio and is none of the server's own: streams of a program that it starts, its client of other servers, and that it has none. */
const OTHER_STDIO =
  /\b(?:no|without) stdio\b|\bstdio(?: [\w-]{1,20}){0,4} (?:removed|unsupported|dropped|no longer|not supported)\b|\bstdio\s?:\s?(?:\[|["'](?:pipe|inherit|ignore|overlapped)["'])|\bStdioClientTransport\b|client\/stdio\b|\bstdio_client\b|\bStdioServerParameters\b/gi;
/** A statement that imports names into a file of JavaScript or Python, with the names and the module in one of its groups. */
const IMPORT =
  /^import\s{1,5}(?:type\s{1,5})?(?:\w{1,60},\s{0,5})?\{([^{}]{1,1000})\}\s{0,5}from\s{0,5}(["'][^"'\n]{1,200}["'])|^(?:const|let|var)\s{1,5}\{([^{}]{1,1000})\}\s{0,5}=\s{0,5}(?:await\s{1,5}import|require)\(([^()\n]{1,200})\)|^[ \t]{0,16}from ([\w.]{1,200}) import (?:\(([^()]{1,1000})\)|([\w, ]{1,500}))/gm;
/** A call that a docstring quotes. */
const QUOTED_CALL = /`\w{1,60}(?:\.\w{1,60}){0,3}\(\s?\)`/g;
const COMMENT = /^[ \t]{0,40}(?:#|\/\/|\*)/;
/** A setting chooses the transport, so that it may be stdio though no code says the word: `mcp.run(transport=settings.transport)`. */
const CHOOSES =
  /["'.]\w{0,40}TRANSPORT(?:_TYPE|_MODE)?\b|\brun(?:_async)?\([^()]{0,200}\btransport\s?=\s?[A-Za-z_]|\btransportType\s?:\s?[A-Za-z_]/;
/** The code itself opens a port. A transport that a library only hands to its user does not. */
const LISTENS =
  /\.listen\(|\buvicorn\.(?:run|Server)\(|\bserve\(|\bListenAndServe(?:TLS)?\(|\brun(?:_async)?\([^()]{0,200}\btransport\s?=|\brun_(?:http|sse|streamable_http)_async\(|\.start\(\{[^{}]{0,200}\btransportType\b|\bTcpListener\b/;

/** How a server speaks MCP, as far as what was read of it tells. */
export interface NetworkEvidence {
  /** Network transports are known to it, and stdio is nowhere named. */
  isNetworkOnly: boolean;
  /** Beyond that, its own code opens the port, so that nothing else is left to decide on the transport. */
  listensOnly: boolean;
}

/**
 * Returns whether a server's sources serve MCP over the network, and say nowhere that they do over stdio.
 *
 * @param sources the server's code
 * @param set the files beside it: in Java and Kotlin a dependency and a property decide
 * @param folder the server's folder
 */
export function readNetworkEvidence(sources: readonly TextFile[], set: FileSet, folder: string): NetworkEvidence {
  const builds = [...set.files.values()].filter(({ path }) => isWithin(folder, path) && decidesTransport(path));
  const isServed =
    sources.some(({ text }) => NETWORK.test(text)) || builds.some(({ text }) => NETWORK_LIBRARY.test(text));
  const isOpen = [...sources, ...builds].some(leavesOpen) || sources.some(mayHideTransport);
  const isNetworkOnly = isServed && !isOpen;
  const has = (pattern: RegExp) => sources.some(({ text }) => pattern.test(text));
  return { isNetworkOnly, listensOnly: isNetworkOnly && has(LISTENS) && !has(CHOOSES) };
}

/** Whether code names stdio or leaves the transport open. A server of uvicorn is run in the same words. */
function leavesOpen({ text }: TextFile): boolean {
  const own = withoutUnusedImports(text).replaceAll(OTHER_STDIO, "");
  if (STDIO.test(own)) return true;
  const code = own.split("\n").filter((line) => !COMMENT.test(line.slice(0, 100)));
  const made = code.join("\n").replaceAll(QUOTED_CALL, "");
  return OPEN_CALL.test(/\buvicorn\.Server\(/.test(made) ? made.replaceAll(/\bserver\.run\(\s?\)/g, "") : made);
}

/** Leaves out the imports of a stdio transport that nothing in the file uses, as generators and templates write them. */
function withoutUnusedImports(text: string): string {
  return text.replaceAll(IMPORT, (statement: string, ...groups: (string | undefined)[]) => {
    if (!/stdio/i.test(statement)) return statement;
    const [named = "", from = "", required = "", module = "", source = "", inBrackets = "", listed = ""] = groups;
    const isOfStdio = /stdio/i.test(`${from}${module}${source}`);
    const names = `${named}${required}${inBrackets}${listed}`
      .split(",")
      .map((name) => name.trim().split(/\W/).at(-1) ?? "")
      .filter((name) => name !== "" && (isOfStdio || /stdio/i.test(name)));
    const rest = text.replace(statement, "");
    return names.some((name) => new RegExp(`\\b${name}\\b`).test(rest)) ? statement : "";
  });
}

/** The unread part of a file may start a transport. Of a bundle any part may; of other code, what has to do with MCP says so. */
function mayHideTransport({ path, text, isCut }: TextFile): boolean {
  return isCut && (/\.[cm]?js$/.test(path) || /mcp/i.test(text));
}

function decidesTransport(path: string): boolean {
  return /^(?:pom\.xml|build\.gradle(?:\.kts)?|application(?:-\w+)?\.(?:properties|ya?ml))$/i.test(baseName(path));
}
