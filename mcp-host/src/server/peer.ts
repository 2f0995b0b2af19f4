import type { NotificationMessage, RequestMessage, ResponseMessage } from "../protocol/jsonrpc.ts";

/** Where the messages of one call go: the answer to the HTTP request that carried it. */
export interface CallSink {
  /** Sends a message that comes before the response: progress, a log line, a server-initiated request. */
  message(text: string): void;
  response(response: ResponseMessage): void;
  /**
   * The server was refused a client feature while this call was in flight. `quote`: what the server was told. Set when other calls
   * were in flight too, so that only a failure that quotes it is blamed on the refusal.
   */
  onRefusal?(missing: Record<string, unknown>, quote: string | null): void;
}

/** A server-initiated request for a client to answer. */
export interface ServerRequest {
  message: RequestMessage;
  /** Sends the response to the server, under the server's own id. */
  respond(response: ResponseMessage): void;
}

/** A client as the server side sees it: a legacy session or a modern client. */
export interface Peer {
  /** It has a call in flight or an open stream, so its server must not be taken from it. */
  readonly isActive: boolean;
  /** On the monotonic clock. */
  readonly lastUsedMs: number;
  /** The level that this client set last, or null. */
  readonly logLevel: string | null;
  readonly subscribedUris: ReadonlySet<string>;
  /** Sends a notification on a call's stream, or on the client's own. */
  notify(message: NotificationMessage, via: CallSink | null): void;
  /** Asks the client. Returns a handle for `withdraw`, or null when too many requests are pending. */
  ask(request: ServerRequest, via: CallSink | null): string | null;
  /** Withdraws a request that the server no longer needs answered. */
  withdraw(handle: string, params: Record<string, unknown>): void;
}
