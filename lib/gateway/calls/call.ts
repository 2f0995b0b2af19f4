import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import type { Credential } from "../auth.ts";
import type { RequestId } from "../errors.ts";
import type { PeekedBody } from "../http/request-body.ts";
import { type MessageSummary, readTrailingId } from "./message-summary.ts";

/** nginx's word for a client that left before it was answered; it is only ever recorded. */
export const CLIENT_CLOSED_REQUEST = 499;

/** One call on its way through, and what its record will say. */
export interface Call {
  readonly request: Request;
  readonly deployment: DeploymentSnapshot;
  readonly credential: Credential;
  readonly startedAt: number;
  readonly body: PeekedBody;
  readonly message: MessageSummary | null;
  /** Ends what is under way to the machine when the client leaves. */
  readonly signal: AbortSignal;
  /** Settled when the whole body has been handed on. */
  readonly sent: PromiseWithResolvers<void>;
  /** The end of a body that is longer than its head. */
  tail: string;
  requestBytes: number;
  responseBytes: number;
  errorCode: number | null;
  /** The status that the client was sent before the answer's own was known. */
  sentStatus: number | null;
  /** Whether it was for the machine, rather than answered or held in front of it. */
  usedMachine: boolean;
  isFinished: boolean;
}

/** The id that an answer to this call has to bear. */
export function findRequestId(call: Call): RequestId | null {
  if (call.message === null || call.message.kind === "response" || call.message.kind === "batch") return null;
  return call.message.id ?? readTrailingId(call.tail);
}

/** What a call is recorded as: the method of its JSON-RPC message, else what it was over HTTP. */
export function describeMethod({ request, message }: Call): string {
  if (message === null || message.kind === "unreadable") return request.method;
  return message.method ?? message.kind;
}
