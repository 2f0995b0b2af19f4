import type { RequestMessage, ResponseMessage } from "../protocol/jsonrpc.ts";
import type { CallSink, Peer } from "./peer.ts";

/** The conversation with a server's process, as far as what speaks the modern era over it needs to know. */
export interface Channel {
  /** The process lives and the conversation has not been closed. */
  readonly isUsable: boolean;
  /** Sends a request on behalf of a client; `round` counts the retries of one call. Returns its handle, or null when it was refused. */
  request(peer: Peer, message: RequestMessage, sink: CallSink, round?: number): number | null;
  /** Sends a request of mcp-host's own. */
  startCall(method: string, params?: Record<string, unknown>): { id: number; response: Promise<ResponseMessage> };
  /** Cancels a request of mcp-host's own. */
  abandonCall(handle: number, reason: string): void;
}
