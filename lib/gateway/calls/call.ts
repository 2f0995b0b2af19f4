import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import { WORK_METHODS } from "../../deployments/work-methods.ts";
import type { Credential } from "../auth.ts";
import type { RequestId } from "../errors.ts";
import type { GatewayRequest } from "../http/exchange.ts";
import type { PeekedBody } from "../http/request-body.ts";
import { type MessageSummary, readTrailingId, summarize } from "./message-summary.ts";
import { PayloadCapture } from "./payload-capture.ts";

/** nginx's status for a client that left before it was answered. It is recorded, never sent. */
export const CLIENT_CLOSED_REQUEST = 499;

/** One call on its way through the gateway, and what its record will say. */
export interface Call {
  readonly request: GatewayRequest;
  readonly deployment: DeploymentSnapshot;
  readonly credential: Credential;
  readonly startedAt: number;
  readonly body: PeekedBody;
  readonly message: MessageSummary | null;
  /** Ends the request to the machine when the client leaves. */
  signal: AbortSignal;
  /** Ends a stream that only listens, so that a call of another client has its place; null for every other call. */
  giveWay: (() => void) | null;
  /** Settled when the whole body has been forwarded. */
  readonly sent: PromiseWithResolvers<void>;
  /** The end of a body that is longer than its head: 256 characters at most. */
  tail: string;
  requestBytes: number;
  responseBytes: number;
  errorCode: number | null;
  /** The response says that the tool itself failed. */
  isToolError: boolean;
  /** The status that the client got before the response's own was known. */
  sentStatus: number | null;
  /** The call went to the machine, rather than being answered or held by the sleep proxy. */
  usedMachine: boolean;
  isFinished: boolean;
  /** Collects what is sent and got; null where it is not recorded. */
  readonly capture: PayloadCapture | null;
}

/** Begins a call with a request that was let in. */
export function createCall(options: Pick<Call, "request" | "deployment" | "credential" | "body">): Call {
  const { head, rest } = options.body;
  const message = head.length > 0 ? summarize(head.toString("utf8")) : null;
  const isRecorded = options.deployment.recordsPayloads && WORK_METHODS.includes(message?.method ?? "");
  const call: Call = {
    ...options,
    signal: options.request.signal,
    giveWay: null,
    startedAt: performance.now(),
    message,
    sent: Promise.withResolvers(),
    tail: "",
    requestBytes: head.length,
    responseBytes: 0,
    errorCode: null,
    isToolError: false,
    sentStatus: null,
    usedMachine: true,
    isFinished: false,
    capture: isRecorded ? new PayloadCapture(head, rest === null) : null,
  };
  // The whole body is read, so nothing more is expected from the client.
  if (rest === null) call.sent.resolve();
  return call;
}

/** Returns whether a call opens a stream on which its client only listens. */
export function isListener({ request, message }: Call): boolean {
  return request.method === "GET" || message?.method === "subscriptions/listen";
}

/** Returns the id that a response to this call has to bear, or null when the call is not a request or its id is not known. */
export function findRequestId(call: Call): RequestId | null {
  if (call.message === null || call.message.kind === "response" || call.message.kind === "batch") return null;
  return call.message.id ?? readTrailingId(call.tail);
}

/** Returns the method that a call is recorded with: its JSON-RPC message's, else its HTTP request's. */
export function describeMethod({ request, message }: Call): string {
  if (message === null || message.kind === "unreadable") return request.method;
  return message.method ?? message.kind;
}
