/** Sources that need no credential, one of each kind. */
export const EXAMPLES = [
  {
    source: "npm:@modelcontextprotocol/server-everything",
    title: "Everything",
    description: "The reference server, with a tool for every feature of MCP.",
    origin: "npm package",
  },
  {
    source: "https://github.com/modelcontextprotocol/servers/tree/main/src/memory",
    title: "Memory",
    description: "Stores facts as a knowledge graph.",
    origin: "Folder on GitHub",
  },
  {
    source: "pypi:mcp-server-time",
    title: "Time",
    description: "Tells the time and converts between time zones.",
    origin: "PyPI package",
  },
] as const;
