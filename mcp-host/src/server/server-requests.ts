import type { Counters } from "../counters.ts";
import {
  ERROR_CODES,
  type Id,
  type RequestMessage,
  type ResponseMessage,
  toErrorResponse,
} from "../protocol/jsonrpc.ts";
import type { CallSink, Peer } from "./peer.ts";
import type { ServerProcess } from "./process.ts";

/** The client that a server's message goes to, and the call whose stream carries it. */
export interface Target {
  peer: Peer;
  sink: CallSink | null;
}

/** A server's requests that clients have yet to answer, by the server's ids. */
export class ServerRequests {
  readonly #process: ServerProcess;
  readonly #counters: Counters;
  readonly #pending = new Map<string, { id: Id; peer: Peer; handle: string }>();

  constructor(process: ServerProcess, counters: Counters) {
    this.#process = process;
    this.#counters = counters;
  }

  /** Sends a request to a client. The response returns under the server's id. */
  put(message: RequestMessage, target: Target): void {
    const { id } = message;
    const key = toKey(id);
    const pending = { id, peer: target.peer, handle: "" };
    const answer = (response: ResponseMessage) => {
      if (this.#pending.delete(key)) this.respond(id, response);
    };
    this.#pending.set(key, pending);
    const handle = target.peer.ask({ message, respond: answer }, target.sink);
    if (handle === null) this.refuse(id, "this client cannot be asked now");
    else pending.handle = handle;
  }

  respond(id: Id, response: ResponseMessage): void {
    response.id = id;
    this.#process.send(JSON.stringify(response));
  }

  refuse(id: Id, message: string, errorCode: number = ERROR_CODES.internalError): void {
    this.#pending.delete(toKey(id));
    this.#counters.refused++;
    this.respond(id, toErrorResponse(id, { code: errorCode, message }));
  }

  /** Handles the server's `notifications/cancelled`. */
  cancel(params: Record<string, unknown> | undefined): void {
    const key = toKey(params?.requestId);
    const pending = this.#pending.get(key);
    this.#pending.delete(key);
    pending?.peer.withdraw(pending.handle, params ?? {});
  }

  /** Refuses the requests that a client leaves unanswered. */
  detach(peer: Peer): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.peer === peer) this.refuse(pending.id, "the client's session has ended");
    }
  }

  /** Withdraws all requests of a process that is gone. */
  close(reason: string): void {
    for (const pending of this.#pending.values()) pending.peer.withdraw(pending.handle, { reason });
    this.#pending.clear();
  }
}

function toKey(id: unknown): string {
  return JSON.stringify(id) ?? "";
}
