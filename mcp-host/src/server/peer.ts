import type { NotificationMessage, RequestMessage, ResponseMessage } from "../protocol/jsonrpc.ts";

/** Where the messages that belong to one call go: the answer to the HTTP request that carried it. */
export interface CallSink {
  /** A message that comes before the response: progress, a log line, a request of the server's. */
  message(text: string): void;
  response(response: ResponseMessage): void;
  /**
   * The server was refused something while the call was in flight, since its client has not declared these capabilities.
   * `quote` is what the server was told where others were in flight too, so that its failure shows whether this is the cause.
   */
  onRefusal?(missing: Record<string, unknown>, quote: string | null): void;
}

/** A request of the server's that a client is to answer. */
export interface ServerRequest {
  message: RequestMessage;
  /** Gives the answer back to the server, under the server's own id. */
  respond(response: ResponseMessage): void;
}

/** A client as seen from the server's side: a session of the legacy era, or a client of the modern one. */
export interface Peer {
  /** It has a call in flight, or a stream open: its server is not to be taken from it. */
  readonly isActive: boolean;
  /** On the monotonic clock. */
  readonly lastUsedMs: number;
  /** The level last set by this client, null for none. */
  readonly logLevel: string | null;
  readonly subscribedUris: ReadonlySet<string>;
  /** Sends a notification, on the stream of a call or on the session's own. */
  notify(message: NotificationMessage, via: CallSink | null): void;
  /** Puts a question to the client; returns a handle for `withdraw`, or null when too many are open. */
  ask(request: ServerRequest, via: CallSink | null): string | null;
  /** The server no longer wants an answer. */
  withdraw(handle: string, params: Record<string, unknown>): void;
}
