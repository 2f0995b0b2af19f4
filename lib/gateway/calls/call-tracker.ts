import { randomUUID } from "node:crypto";
import { type Call, clientLeft, methodOf } from "./call.ts";
import { type CallQueue, recordText } from "./call-queue.ts";

const maxRememberedSessions = 10_000;
const int4Max = 2 ** 31 - 1;

export interface CallLogOptions {
  calls: CallQueue;
  /** Calls and streams of one deployment that may be open at once. */
  maxOpen: number;
}

/** The calls that are under way, and the record of each when it is over. */
export class CallLog {
  readonly #options: CallLogOptions;
  readonly #open = new Map<string, number>();
  /** What a session's client called itself, by deployment and session. */
  readonly #clients = new Map<string, string>();

  constructor(options: CallLogOptions) {
    this.#options = options;
  }

  /** Whether one more call of a deployment may be open; it then counts as open until it is finished. */
  begin({ connection: { deploymentId } }: Call): boolean {
    const open = this.#open.get(deploymentId) ?? 0;
    if (open >= this.#options.maxOpen) return false;
    this.#open.set(deploymentId, open + 1);
    return true;
  }

  /** Records a call. Whoever says it first has the word. `opened`: it had begun. */
  finish(call: Call, httpStatus: number, opened = true): void {
    if (call.finished) return;
    call.finished = true;
    const { connection, message } = call;
    if (opened) this.#release(connection.deploymentId);
    this.#options.calls.add({
      id: randomUUID(),
      deploymentId: connection.deploymentId,
      accessKeyId: call.keyId,
      at: new Date(),
      method: recordText(methodOf(call), 128) ?? call.request.method,
      target: recordText(message?.target ?? null, 256),
      httpStatus: httpStatus === clientLeft ? clientLeft : (call.sentStatus ?? httpStatus),
      errorCode: call.errorCode !== null && Math.abs(call.errorCode) <= int4Max ? call.errorCode : null,
      durationMs: Math.min(Math.round(performance.now() - call.startedAt), int4Max),
      requestBytes: Math.min(call.requestBytes, int4Max),
      responseBytes: Math.min(call.responseBytes, int4Max),
      client: recordText(this.#clientOf(call), 128),
      usedMachine: call.usedMachine,
    });
  }

  /** A session has begun: what its client calls itself goes into the records of its later calls. */
  rememberClient({ connection, message }: Call, session: unknown): void {
    if (message?.method !== "initialize" || typeof session !== "string") return;
    const client = recordText(message.client, 128);
    if (client === null) return;
    this.#clients.set(`${connection.deploymentId} ${session.slice(-64)}`, client);
    if (this.#clients.size <= maxRememberedSessions) return;
    for (const oldest of this.#clients.keys()) {
      this.#clients.delete(oldest);
      break;
    }
  }

  #release(deploymentId: string): void {
    const open = this.#open.get(deploymentId) ?? 1;
    if (open > 1) this.#open.set(deploymentId, open - 1);
    else this.#open.delete(deploymentId);
  }

  #clientOf({ connection, message, request }: Call): string | null {
    if (message?.client) return message.client;
    const session = request.headers.get("mcp-session-id");
    const remembered = session && this.#clients.get(`${connection.deploymentId} ${session.slice(-64)}`);
    return remembered || request.headers.get("user-agent");
  }
}
