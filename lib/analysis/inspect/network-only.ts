import type { TextFile } from "../fetch/files.ts";

const NETWORK =
  /\bStreamableHTTPServerTransport\b|\bSSEServerTransport\b|\bMcpAgent\b|\bcreateMcpHandler\b|["']streamable-http["']|\bstreamable_http_app\b|\bsse_app\b|\bhttp_app\b|\bNew(?:StreamableHTTP|SSE)(?:Server|Handler)\b|\bStreamableHttpService\b|\bWithHttpTransport\b|\bhttp\.ListenAndServe(?:TLS)?\(/;
/** Also a call that leaves the transport open, which is stdio then. */
const STDIO = /stdio|\bos\.Stdin\b|\bmcp\.run\(\s?\)|\bserver\.run\(\s?\)|\bapp\.run\(\s?\)/i;

/**
 * Returns whether a server's sources serve MCP over the network, and say nowhere that they do over stdio. What was not read of a
 * file that was cut may say so.
 */
export function isNetworkOnly(sources: readonly TextFile[]): boolean {
  return (
    sources.some(({ text }) => NETWORK.test(text)) && !sources.some(({ text, isCut }) => isCut || STDIO.test(text))
  );
}
