import type { RequestMessage, ResponseMessage } from "../protocol/jsonrpc.ts";
import type { CallSink, Peer } from "./peer.ts";

/** The connection to a server process, as the code for modern servers needs it. */
export interface Channel {
  /** The process is alive and the connection is open. */
  readonly isUsable: boolean;
  /** Sends a request for a client. `round` counts the retries of one call. Returns its handle, or null when it was refused. */
  request(peer: Peer, message: RequestMessage, sink: CallSink, round?: number): number | null;
  /** Sends a request of mcp-host's own. */
  startCall(method: string, params?: Record<string, unknown>): { id: number; response: Promise<ResponseMessage> };
  /** Cancels a request of mcp-host's own. */
  abandonCall(handle: number, reason: string): void;
}
