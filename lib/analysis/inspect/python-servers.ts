const SERVER_IN_PYTHON =
  /\b(FastMCP|MCPServer)\s*(\[[^[\]]{0,200}\])?\(|\bclass\s+\w+\s*\(\s*(FastMCP|Server)\b|\bstdio_server\s*\(|\bServer\s*(\[[^[\]]{0,200}\])?\(\s*(name\s*=\s*)?(["'f]|[A-Za-z_.]+)|\bfrom_openapi\s*\(|\bFastApiMCP\s*\(|\bFastMCP\.\w+\(|\bmcp\.run\(/;
const MCP_IN_PYTHON = /\b(from|import)\s+(mcp|fastmcp|fastapi_mcp)\b/;
/**
 * A class of a client's own for the servers that it connects to, made in the file or imported from its own package. Libraries of servers have
 * a class MCPServer too, so that one is known as its own only in the package itself.
 */
const OWN_SERVER_CLASS =
  /^from (?:(?!mcp\b|fastmcp\b)[\w.]{1,100} import (?:\w{1,60}, ?){0,8}(Server)|\.[\w.]{0,100} import (?:\w{1,60}, ?){0,8}(MCPServer))\b|^class ((?:MCP)?Server)(?:\( {0,3}(?:object|ABC|BaseModel|Protocol)? {0,3}\))? {0,3}:/gm;

/** Returns whether a file of Python makes an MCP server with a library of the protocol. */
export function makesPythonServer(text: string): boolean {
  if (!MCP_IN_PYTHON.test(text)) return false;
  const own = [...text.matchAll(OWN_SERVER_CLASS)].map(([, ...names]) => names.join(""));
  return SERVER_IN_PYTHON.test(
    text.replaceAll(/\b((?:MCP)?Server)\s*\(/g, (call, name: string) => (own.includes(name) ? "" : call)),
  );
}
