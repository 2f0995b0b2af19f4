import { inspectFiles, REPOSITORY } from "./inspect-files.ts";

/** Files of an npm package that is a server, "thing-mcp". */
export function npmServer(code: string, readme: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    "package.json": JSON.stringify({
      name: "thing-mcp",
      version: "1.0.0",
      bin: { "thing-mcp": "dist/index.js" },
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
    "src/index.ts": `import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nconst server = new McpServer({ name: "thing" });\n${code}`,
    "README.md": readme,
    ...more,
  };
}

/** Files of a PyPI package that is a server, "thing-mcp". Its command starts `main` of thing/server.py. */
export function pypiServer(code: string, readme: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    "pyproject.toml":
      '[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n[project.scripts]\nthing-mcp = "thing.server:main"\n',
    "src/thing/__init__.py": "",
    "src/thing/server.py": `import os\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\n${code}`,
    "README.md": readme,
    ...more,
  };
}

/** A README's block with a client's configuration that runs the package. */
export function configBlock(env: Record<string, string>, ...args: string[]): string {
  const server = { command: "npx", args: ["-y", "thing-mcp", ...args], env };
  return `\`\`\`json\n${JSON.stringify({ mcpServers: { thing: server } }, null, 2)}\n\`\`\`\n`;
}

/** Inspects a repository whose package "thing-mcp" is published: what it requires, what not, and its choices. */
export async function readDemands(
  files: Record<string, string>,
): Promise<{ required: string[]; optional: string[]; choices: [string[][], boolean][] }> {
  const published = [{ name: "thing-mcp", repository: REPOSITORY }];
  const { inputs, alternatives } = await inspectFiles(
    files,
    "pyproject.toml" in files ? { pypi: published } : { npm: published },
  );
  const keysOf = (isRequired: boolean) =>
    inputs
      .filter((input) => input.required === isRequired)
      .map((input) => input.key)
      .sort();
  return {
    required: keysOf(true),
    optional: keysOf(false),
    choices: alternatives.map(({ oneOf, required }) => [oneOf, required]),
  };
}
