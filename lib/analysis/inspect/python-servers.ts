const SERVER_IN_PYTHON =
  /\b(FastMCP|MCPServer)\s*(\[[^[\]]{0,200}\])?\(|\bclass\s+\w+\s*\(\s*(FastMCP|Server)\b|\bstdio_server\s*\(|\bServer\s*(\[[^[\]]{0,200}\])?\(\s*(name\s*=\s*)?(["'f]|[A-Za-z_.]+)|\bfrom_openapi\s*\(|\bFastApiMCP\s*\(|\bFastMCP\.\w+\(|\bmcp\.run\(/;
const MCP_IN_PYTHON = /\b(from|import)\s+(mcp|fastmcp|fastapi_mcp)\b/;
/** A class of a client's own for the servers that it connects to, made in the file or imported from its own package. */
const OWN_SERVER_CLASS =
  /^from (?!mcp\b|fastmcp\b)[\w.]{1,100} import (?:\w{1,60}, ?){0,8}Server\b|^class Server(?:\( {0,3}(?:object|ABC|BaseModel|Protocol)? {0,3}\))? {0,3}:/m;

/** Returns whether a file of Python makes an MCP server with a library of the protocol. */
export function makesPythonServer(text: string): boolean {
  if (!MCP_IN_PYTHON.test(text)) return false;
  return SERVER_IN_PYTHON.test(OWN_SERVER_CLASS.test(text) ? text.replaceAll(/\bServer\s*\(/g, "") : text);
}
