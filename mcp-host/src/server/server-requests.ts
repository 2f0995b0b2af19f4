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

/** Who is to get a message of the server's, and on the stream of which call. */
export interface Target {
  peer: Peer;
  sink: CallSink | null;
}

/** The requests that a server has made of its clients and that are not answered yet, by the ids that it gave them. */
export class ServerRequests {
  readonly #process: ServerProcess;
  readonly #counters: Counters;
  readonly #pending = new Map<string, { id: Id; peer: Peer; handle: string }>();

  constructor(process: ServerProcess, counters: Counters) {
    this.#process = process;
    this.#counters = counters;
  }

  /** Puts a request to a client; its answer goes back under the server's id. */
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

  /** The server's `notifications/cancelled`: it wants no answer any more. */
  cancel(params: Record<string, unknown> | undefined): void {
    const key = toKey(params?.requestId);
    const pending = this.#pending.get(key);
    this.#pending.delete(key);
    pending?.peer.withdraw(pending.handle, params ?? {});
  }

  /** A client is gone: what it was asked is refused. */
  detach(peer: Peer): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.peer === peer) this.refuse(pending.id, "the client's session has ended");
    }
  }

  /** The process is gone: its questions are withdrawn. */
  close(reason: string): void {
    for (const pending of this.#pending.values()) pending.peer.withdraw(pending.handle, { reason });
    this.#pending.clear();
  }
}

function toKey(id: unknown): string {
  return JSON.stringify(id) ?? "";
}
