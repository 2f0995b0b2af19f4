import type { RequestMessage, ResponseMessage } from "../protocol/jsonrpc.ts";
import type { RequestMeta } from "../protocol/meta.ts";
import type { Peer } from "../server/peer.ts";
import type { Upstream } from "../server/upstream.ts";

/** The HTTP answer to one request of the modern era. */
export interface Answer {
  message(text: string): void;
  /** Sends the response and ends the answer. */
  respond(response: ResponseMessage): void;
}

/** One request of a client, or a retry of one. */
export interface ModernRequest {
  message: RequestMessage;
  meta: RequestMeta;
  /** The client's input, for requests that the server has made or is expected to make. */
  inputResponses: Record<string, unknown>;
  answer: Answer;
}

/** The client of a call, as the call sees it. */
export interface CallClient<Call> extends Peer {
  readonly id: string;
  readonly capabilities: Record<string, unknown>;
  readonly serverInfo: unknown;
  /** Forgets a call that has ended. */
  onCallEnded(call: Call): void;
}

/** A call that can be suspended until its client sends input. */
export interface SuspendableCall {
  readonly client: { readonly id: string };
  readonly method: string;
  readonly params: Record<string, unknown> | undefined;
  /** The key under which it is suspended, or null. */
  suspensionKey: string | null;
  cancel(reason: string): void;
}

/** The client of a `subscriptions/listen` stream, as the stream sees it. */
export interface Subscriber<Stream> extends Peer {
  readonly upstream: Upstream;
  readonly subscriptions: Set<Stream>;
  touch(): void;
}
