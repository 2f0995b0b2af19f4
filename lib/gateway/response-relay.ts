import { type Call, CLIENT_CLOSED_REQUEST, findRequestId } from "./calls/call.ts";
import type { CallTracker } from "./calls/call-tracker.ts";
import { readFailureCode, summarize } from "./calls/message-summary.ts";
import type { DeploymentCache } from "./deployment-cache.ts";
import { FAILURES, type Failure, formatError, GATEWAY_ERROR_CODE } from "./errors.ts";
import { formatMessageEvent, formatResumePoint, RECONNECT } from "./http/events.ts";
import { type GatewayResponse, getHeader } from "./http/exchange.ts";
import { toClientHeaders } from "./http/headers.ts";
import type { KeepAlive } from "./http/keep-alive.ts";
import { relay } from "./http/relay.ts";
import {
  BODILESS_STATUSES,
  discardResponse,
  looksLikeJson,
  MAX_BUFFERED_BYTES,
  readWhole,
} from "./http/response-body.ts";
import { SseObserver } from "./http/sse-observer.ts";
import type { CallLimits } from "./limits.ts";
import type { MachineClient } from "./machines/machine-client.ts";
import type { MachineResponse } from "./machines/machine-response.ts";
import type { SleepProxy } from "./sleep-proxy/sleep-proxy.ts";
import { toPeekedRequest } from "./sleep-proxy/types.ts";

export interface ResponseRelayOptions {
  deployments: DeploymentCache;
  machineClient: MachineClient;
  sleepProxy: SleepProxy;
  tracker: CallTracker;
  limits: CallLimits;
  keepAlive: KeepAlive;
  /** Returns whether a call's credential still opens its deployment. */
  isAllowed: (call: Call) => Promise<boolean>;
  /** Ends a call with a failure. */
  fail: (call: Call, failure: Failure) => GatewayResponse;
}

/**
 * Relays machines' responses to clients and finishes the records of their calls: short JSON as a whole, event streams
 * and long bodies unbuffered. A response that cannot be mcp-host's becomes a failure with an explanation.
 */
export class ResponseRelay {
  readonly #options: ResponseRelayOptions;

  constructor(options: ResponseRelayOptions) {
    this.#options = options;
  }

  async relay(call: Call, incoming: MachineResponse): Promise<GatewayResponse> {
    const { deployments, sleepProxy, tracker, fail } = this.#options;
    const { request, deployment } = call;
    const status = incoming.statusCode;
    if (status === 401) {
      // Another process may have given the machine a new token, so read the deployment again.
      deployments.invalidate(deployment.deploymentId);
      incoming.destroy();
      return fail(call, FAILURES.refused);
    }
    tracker.rememberClient(call, incoming.headers["mcp-session-id"]);
    if (request.method === "DELETE" && status === 200 && sleepProxy.covers(deployment)) {
      sleepProxy.recordSessionEnd(getHeader(request.headers, "mcp-session-id"), call.credential.id, deployment);
    }
    const type = (incoming.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
    const lengthBytes = Number(incoming.headers["content-length"] ?? Number.NaN);
    const headers = toClientHeaders(incoming.headers);
    if (lengthBytes === 0 || BODILESS_STATUSES.has(status)) {
      if (lengthBytes === 0) incoming.resume();
      else discardResponse(incoming);
      tracker.finish(call, status);
      return { status, headers, body: null };
    }
    if (type === "text/event-stream" && status === 200) {
      return this.#relayStream(call, incoming, status, headers, new SseObserver(findRequestId(call)));
    }
    if (type !== "application/json") {
      incoming.destroy();
      return fail(call, FAILURES.nonsense);
    }
    if (!(lengthBytes <= MAX_BUFFERED_BYTES)) {
      // The parser has read it as a number, and cuts the response off when the body is shorter.
      if (!Number.isNaN(lengthBytes)) headers["content-length"] = String(lengthBytes);
      return this.#relayStream(call, incoming, status, headers, null);
    }
    return await this.#relayWhole(call, incoming, status, headers);
  }

  async #relayWhole(
    call: Call,
    incoming: MachineResponse,
    status: number,
    headers: Record<string, string>,
  ): Promise<GatewayResponse> {
    const { sleepProxy, tracker, fail } = this.#options;
    const body = await readWhole(incoming);
    if (body === null) return fail(call, FAILURES.lost);
    if (!looksLikeJson(body)) return fail(call, FAILURES.nonsense);
    call.responseBytes = body.length;
    call.capture?.addResponse(body);
    if (call.message?.method === "initialize" && sleepProxy.covers(call.deployment)) {
      sleepProxy.recordHandshake(call.deployment, call.body.head.toString("utf8"), body.toString("utf8"));
    }
    if (body.includes('"error"') || body.includes('"isError"')) {
      const { errorCode, isToolError } = summarize(body.toString("utf8"));
      Object.assign(call, { errorCode, isToolError });
    }
    if (call.errorCode === null) this.#recordSuccess(call, status);
    else if (status === 503) this.#recordServerFailure(call, body, headers);
    tracker.finish(call, status);
    return { status, headers, body };
  }

  #relayStream(
    call: Call,
    incoming: MachineResponse,
    status: number,
    headers: Record<string, string>,
    observer: SseObserver | null,
  ): GatewayResponse {
    const { keepAlive, limits, sleepProxy, tracker, isAllowed } = this.#options;
    const { request, deployment, message } = call;
    let head = "";
    const resumePoint =
      request.method === "GET" && status === 200 ? formatResumePoint(getHeader(request.headers, "last-event-id")) : "";
    const mayHearMore = observer !== null && message?.kind === "request" && sleepProxy.covers(deployment);
    const body = relay(incoming, {
      prelude: mayHearMore
        ? sleepProxy.takePendingEvents(toPeekedRequest(request, call.credential.id, null), deployment)
        : resumePoint,
      endAfterMs: limits.remainingMs(call),
      eventAtLimit: () => {
        const id = findRequestId(call);
        if (observer === null || !observer.isAtBoundary || observer.hasResponse) return null;
        if (observer.isResumable || id === null) return RECONNECT;
        return formatMessageEvent(formatError(limits.recordTimeout(call), id));
      },
      observer,
      keepAlive,
      onData: (chunk) => {
        call.responseBytes += chunk.length;
        call.capture?.addResponse(chunk);
        if (observer === null && head.length < 4096) head += chunk.toString("latin1", 0, 4096);
      },
      isAllowed: () => isAllowed(call),
      eventOnLoss: () => {
        const id = findRequestId(call);
        if (observer === null || observer.hasResponse || id === null) return null;
        call.errorCode = GATEWAY_ERROR_CODE;
        return `${observer.isAtBoundary ? "" : "\n\n"}${formatMessageEvent(formatError(FAILURES.lost, id))}`;
      },
      onEnd: (how) => {
        if (how !== "broken") {
          const { errorCode, isToolError } = observer ?? summarize(head);
          call.errorCode ??= errorCode;
          call.isToolError = isToolError;
        }
        if (how === "complete" && observer?.hasResponse && call.errorCode === null) this.#recordSuccess(call, status);
        tracker.finish(call, how === "left" && observer === null ? CLIENT_CLOSED_REQUEST : status);
      },
    });
    return { status, headers, body };
  }

  #recordSuccess({ deployment, message }: Call, status: number): void {
    if (status !== 200 || message?.kind !== "request") return;
    this.#options.machineClient.circuitBreaker.recordSuccess(deployment.deploymentId);
  }

  /** The machine says that its server does not run. Clients that retry must not keep a machine awake that would be suspended. */
  #recordServerFailure({ deployment }: Call, body: Buffer, headers: Record<string, string>): void {
    const { machineClient, sleepProxy } = this.#options;
    const code = sleepProxy.covers(deployment) ? readFailureCode(body.toString("utf8")) : null;
    const retryAfterS = code === null ? null : machineClient.circuitBreaker.recordServerFailure(deployment, code);
    if (retryAfterS !== null) headers["retry-after"] = String(retryAfterS);
  }
}
