/** What a registry's installer needs. */
export interface InstallContext {
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
