import { everythingServer } from "../testing/mcp-host.ts";
import type { Target } from "./wire.ts";

/** How a published gateway is started. */
export interface PeerProgram {
  command: string;
  args: string[];
  env?: Record<string, string>;
  target: Target;
  /** Starts what else it needs, and sets it up. Returns where clients call it, and what stops the rest. */
  configure?: () => Promise<{ target: Target; stop: () => Promise<void> }>;
}

/** The server that stands behind every gateway, over stdio. */
export const SERVER_COMMAND = [process.execPath, everythingServer, "stdio"] as const;
