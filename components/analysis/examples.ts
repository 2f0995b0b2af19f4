/** Sources that work without any credential, one of each kind, for a person who wants to see it first. */
export const EXAMPLES = [
  {
    source: "npm:@modelcontextprotocol/server-everything",
    title: "Everything",
    description: "The reference server: a tool for each thing that MCP can do.",
    origin: "npm package",
  },
  {
    source: "https://github.com/modelcontextprotocol/servers/tree/main/src/memory",
    title: "Memory",
    description: "Keeps what a model learns as a graph of facts.",
    origin: "Folder on GitHub",
  },
  {
    source: "pypi:mcp-server-time",
    title: "Time",
    description: "Tells the time and converts between time zones.",
    origin: "PyPI package",
  },
] as const;
