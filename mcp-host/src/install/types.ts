import type { EntryPoint } from "./spec.ts";

/** What a registry's installer needs. */
export interface InstallContext {
  /** What to start of the package. */
  entry: EntryPoint;
  /** mcp-host's own environment. A package client gets the part that concerns it. */
  env: Record<string, string | undefined>;
  onLine: (line: string) => void;
}

/** How to start the installed program. */
export interface InstallResult {
  command: string;
  args: string[];
  /** It was installed before. */
  isCached: boolean;
}
