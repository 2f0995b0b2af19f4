import type { PeekedBody } from "../http/request-body.ts";

/** A request to a machine. */
export interface MachineHttpRequest {
  method: string;
  /** One of mcp-host's routes. */
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: PeekedBody;
  /** Ends the request when the client has gone. */
  signal: AbortSignal;
  /** Timeout in milliseconds for connecting. Nothing else is limited: a tool may take its time. */
  connectTimeoutMs: number;
  /** It does no harm when the machine gets it twice. */
  isRepeatable: boolean;
  /** Told of every part of the body that is to be sent beyond its head; what it throws ends the request. */
  onBody?: (chunk: Uint8Array) => void;
  /** Told when the whole body has been handed to the connection. */
  onSent?: () => void;
}
