import type { Registry } from "../fetch/registries/types.ts";

/** One package of a repository: a folder with a package.json or a pyproject.toml. */
export interface RepositoryPackage {
  folder: string;
  registry: Registry;
  name: string;
  version: string | null;
  description: string;
  /** Marked as not to be published. */
  isPrivate: boolean;
  /** Its commands, each with the file or "module:function" that it starts. */
  commands: { name: string; target: string }[];
  dependencies: string[];
  /** Names and addresses of its authors, where its project file tells them. */
  authors?: string[];
  /** Path of the file that declares it. */
  path: string;
  /** Its code creates an MCP server, rather than a client. */
  isServer: boolean;
  isSdk: boolean;
  /** Its name in the MCP registry, where its project file tells it. */
  mcpName?: string | null;
  /** Its program is built from sources in another language, and none of its scripts is part of it. */
  isBinary?: boolean;
}
