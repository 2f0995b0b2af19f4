import type { FakeRepository } from "../../testing/github-server.ts";
import type { FakePackage } from "../../testing/npm-registry.ts";
import type { IndexedFile } from "../../testing/python-index.ts";

/** One source that was made to hold, fill or break whatever reads it. */
export interface HostileInput {
  /** Unique; also the repository's or the package's name. */
  name: string;
  repository?: Pick<FakeRepository, "files" | "archive" | "isTreeTruncated">;
  npm?: Pick<FakePackage, "manifest" | "files" | "archive">;
  /** The files of a PyPI project, or its whole page in HTML. */
  pypi?: { files?: IndexedFile[]; page?: string };
}

/** Size of most texts: as long as a README is read, and twice as long as other files are. */
export const TEXT_BYTES = 1024 * 1024;

/** Repeats a text up to a length. */
export function fill(text: string, length = TEXT_BYTES): string {
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}

/** Builds a text of numbered parts up to a length. */
export function count(part: (index: number) => string, length = TEXT_BYTES): string {
  const parts: string[] = [];
  for (let index = 0, characters = 0; characters < length; index += 1) {
    const one = part(index);
    characters += one.length;
    parts.push(one);
  }
  return parts.join("");
}

/** Nests a text: `open` so often, then `inner`, then `close`. */
export function nest(open: string, close: string, depth: number, inner = ""): string {
  return open.repeat(depth) + inner + close.repeat(depth);
}

/** A repository that is a server in TypeScript, with more files. */
export function typeScriptServer(files: Record<string, string | Uint8Array>): HostileInput["repository"] {
  return {
    files: {
      "package.json": JSON.stringify({
        name: "hostile-mcp",
        version: "1.0.0",
        bin: { "hostile-mcp": "dist/index.js" },
        dependencies: { "@modelcontextprotocol/sdk": "1" },
      }),
      "README.md": "# Hostile\n",
      "src/index.ts":
        'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nimport "./more.js";\nnew McpServer({});\n',
      ...files,
    },
  };
}

/** A repository that is a server in Python, with more files. */
export function pythonServer(files: Record<string, string>): HostileInput["repository"] {
  return {
    files: {
      "pyproject.toml":
        '[project]\nname = "hostile-mcp"\nversion = "1.0.0"\ndependencies = ["mcp"]\n[project.scripts]\nhostile-mcp = "hostile.server:main"\n',
      "README.md": "# Hostile\n",
      "hostile/server.py":
        "from mcp.server.fastmcp import FastMCP\nfrom . import more\nmcp = FastMCP('x')\ndef main():\n    mcp.run()\n",
      ...files,
    },
  };
}
