/** What the installer of a registry's packages is given. */
export interface InstallContext {
  /** mcp-host's own environment; a package client gets what concerns it of that. */
  env: Record<string, string | undefined>;
  onLine: (line: string) => void;
}

/** How the program that was installed is started. */
export interface InstallResult {
  command: string;
  args: string[];
  /** It was installed before. */
  isCached: boolean;
}
