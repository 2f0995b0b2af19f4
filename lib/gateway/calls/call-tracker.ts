import { BoundedMap } from "../../util/bounded-map.ts";
import { uuidV7 } from "../../util/uuid-v7.ts";
import { getHeader } from "../http/exchange.ts";
import { type Call, CLIENT_CLOSED_REQUEST, describeMethod } from "./call.ts";
import { type CallQueue, toRecordText } from "./call-queue.ts";
import { CallsInFlight } from "./calls-in-flight.ts";

const MAX_REMEMBERED_SESSIONS = 10_000;
const INT4_MAX = 2 ** 31 - 1;

export interface CallTrackerOptions {
  calls: CallQueue;
  /** Calls and streams of one deployment that may be open at once. */
  maxInFlight: number;
}

/** The calls that are under way, and the record of each when it is over. */
export class CallTracker {
  readonly #options: CallTrackerOptions;
  /** By deployment. */
  readonly #inFlight = new Map<string, CallsInFlight>();
  /** Client names by deployment and session. */
  readonly #clients = new BoundedMap<string, string>(MAX_REMEMBERED_SESSIONS);

  constructor(options: CallTrackerOptions) {
    this.#options = options;
  }

  /**
   * Begins a call unless the deployment has too many in flight. Then a stream of the credential with the most of them gives way to one
   * that has at least two fewer, so that no credential can keep the others out. Returns whether it began.
   */
  begin(call: Call): boolean {
    const { deploymentId } = call.deployment;
    let calls = this.#inFlight.get(deploymentId);
    if (calls === undefined) {
      calls = new CallsInFlight();
      this.#inFlight.set(deploymentId, calls);
    }
    if (calls.count >= this.#options.maxInFlight) {
      const stream = calls.findStreamToEnd(call.credential.id);
      if (stream === null) return false;
      calls.delete(stream);
      stream.giveWay?.();
    }
    calls.add(call);
    return true;
  }

  /** Records a call. Only the first outcome counts. `opened` says whether the call had begun. */
  finish(call: Call, httpStatus: number, opened = true): void {
    if (call.isFinished) return;
    call.isFinished = true;
    const { deployment, message } = call;
    if (opened) this.#release(call);
    this.#options.calls.add({
      id: uuidV7(),
      deploymentId: deployment.deploymentId,
      accessKeyId: call.credential.kind === "access-key" ? call.credential.id : null,
      connectedClientId: call.credential.kind === "connected-client" ? call.credential.id : null,
      at: new Date(),
      method: toRecordText(describeMethod(call), 128) ?? call.request.method,
      target: toRecordText(message?.target ?? null, 256),
      httpStatus: httpStatus === CLIENT_CLOSED_REQUEST ? CLIENT_CLOSED_REQUEST : (call.sentStatus ?? httpStatus),
      errorCode: call.errorCode !== null && Math.abs(call.errorCode) <= INT4_MAX ? call.errorCode : null,
      durationMs: Math.min(Math.round(performance.now() - call.startedAt), INT4_MAX),
      requestBytes: Math.min(call.requestBytes, INT4_MAX),
      responseBytes: Math.min(call.responseBytes, INT4_MAX),
      client: toRecordText(this.#findClient(call), 128),
      isToolError: call.isToolError,
      usedMachine: call.usedMachine,
      ...(call.capture !== null && { payload: call.capture.finish() }),
    });
  }

  /** A session has begun: what its client calls itself goes into the records of its later calls. */
  rememberClient({ deployment, message }: Call, session: unknown): void {
    if (message?.method !== "initialize" || typeof session !== "string") return;
    const client = toRecordText(message.client, 128);
    if (client === null) return;
    this.#clients.set(`${deployment.deploymentId} ${session.slice(-64)}`, client);
  }

  #release(call: Call): void {
    const { deploymentId } = call.deployment;
    const calls = this.#inFlight.get(deploymentId);
    calls?.delete(call);
    if (calls?.count === 0) this.#inFlight.delete(deploymentId);
  }

  #findClient({ deployment, message, request }: Call): string | null {
    if (message?.client) return message.client;
    const session = getHeader(request.headers, "mcp-session-id");
    const remembered = session && this.#clients.get(`${deployment.deploymentId} ${session.slice(-64)}`);
    return remembered || getHeader(request.headers, "user-agent");
  }
}
