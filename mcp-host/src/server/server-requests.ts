import type { Counters } from "../counters.ts";
import { code, errorResponse, type Id, type RequestMessage, type ResponseMessage } from "../protocol/jsonrpc.ts";
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
  readonly #open = new Map<string, { id: Id; peer: Peer; handle: string }>();

  constructor(process: ServerProcess, counters: Counters) {
    this.#process = process;
    this.#counters = counters;
  }

  /** Puts a request to a client; its answer goes back under the server's id. */
  put(message: RequestMessage, target: Target): void {
    const { id } = message;
    const key = keyOf(id);
    const question = { id, peer: target.peer, handle: "" };
    const answer = (response: ResponseMessage) => {
      if (this.#open.delete(key)) this.answer(id, response);
    };
    this.#open.set(key, question);
    const handle = target.peer.ask({ message, answer }, target.sink);
    if (handle === null) this.refuse(id, "this client cannot be asked now");
    else question.handle = handle;
  }

  answer(id: Id, response: ResponseMessage): void {
    response.id = id;
    this.#process.send(JSON.stringify(response));
  }

  refuse(id: Id, message: string, errorCode: number = code.internalError): void {
    this.#open.delete(keyOf(id));
    this.#counters.refused++;
    this.answer(id, errorResponse(id, { code: errorCode, message }));
  }

  /** The server's `notifications/cancelled`: it wants no answer any more. */
  cancelled(params: Record<string, unknown> | undefined): void {
    const key = keyOf(params?.requestId);
    const question = this.#open.get(key);
    this.#open.delete(key);
    question?.peer.withdraw(question.handle, params ?? {});
  }

  /** A client is gone: what it was asked is refused. */
  detach(peer: Peer): void {
    for (const question of [...this.#open.values()]) {
      if (question.peer === peer) this.refuse(question.id, "the client's session has ended");
    }
  }

  /** The process is gone: its questions are withdrawn. */
  close(reason: string): void {
    for (const question of this.#open.values()) question.peer.withdraw(question.handle, { reason });
    this.#open.clear();
  }
}

function keyOf(id: unknown): string {
  return JSON.stringify(id) ?? "";
}
