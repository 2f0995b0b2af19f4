import type { IncomingMessage } from "node:http";
import { accepts } from "mcp-host/protocol";
import type { DeploymentSnapshot } from "../deployments/deployment-snapshot.ts";
import { orNullAfter } from "../util/timeout.ts";
import { type AccessTokens, type Authentication, authenticate, isAlive } from "./auth.ts";
import { type Call, CLIENT_CLOSED_REQUEST, findRequestId } from "./calls/call.ts";
import type { CallQueue } from "./calls/call-queue.ts";
import { CallTracker } from "./calls/call-tracker.ts";
import { readFailureCode, summarize } from "./calls/message-summary.ts";
import { answerPreflight, toCorsHeaders } from "./cors.ts";
import type { DeploymentCache } from "./deployment-cache.ts";
import type { DeploymentSource } from "./deployment-source.ts";
import {
  FAILURES,
  type Failure,
  formatError,
  GATEWAY_ERROR_CODE,
  GatewayError,
  isGatewayError,
  toFailureResponse,
} from "./errors.ts";
import { startEarlyStream } from "./http/early-stream.ts";
import { formatMessageEvent, formatResumePoint, RECONNECT } from "./http/events.ts";
import { toClientHeaders, toMachineHeaders } from "./http/headers.ts";
import { KeepAlive } from "./http/keep-alive.ts";
import { relay } from "./http/relay.ts";
import { discardBody, peekBody } from "./http/request-body.ts";
import {
  BODILESS_STATUSES,
  discardResponse,
  looksLikeJson,
  MAX_BUFFERED_BYTES,
  readWhole,
  toStream,
} from "./http/response-body.ts";
import { SseObserver } from "./http/sse-observer.ts";
import { type HostLimits, NO_LIMITS, toBodyTooLargeFailure, toHostLimitFailure } from "./limits.ts";
import type { MachineClient } from "./machines/machine-client.ts";
import type { MachineActivity } from "./sleep-proxy/machine-activity.ts";
import { SleepProxy } from "./sleep-proxy/sleep-proxy.ts";
import type { CachedAnswer, PeekedRequest } from "./sleep-proxy/types.ts";

export interface GatewayOptions {
  deployments: DeploymentCache;
  machineClient: MachineClient;
  machineActivity: MachineActivity;
  source: Pick<DeploymentSource, "refreshLists" | "storeEndedSessions" | "onChange">;
  calls: CallQueue;
  /** The authorization server's access tokens; without it access keys alone open deployments. */
  tokens?: AccessTokens;
  /** Origins whose pages may call: the app's own, and those that the operator allows. */
  allowedOrigins: ReadonlySet<string>;
  /** An event stream that is silent for so long gets a comment. */
  keepAliveAfterMs?: number;
  /** How often it is asked whether an open event stream's key still counts. */
  recheckAfterMs?: number;
  /** A call to a machine that sleeps is answered with an event stream when its own answer takes longer than this. */
  earlyStreamAfterMs?: number;
  limits?: HostLimits;
  /** A deployment's lists are not asked for more often than this. */
  refreshEveryMs?: number;
  /** How long the beginning of a body may take to come. */
  bodyTimeoutMs?: number;
  /** Calls and streams of one deployment that may be open at once. */
  maxInFlight?: number;
}

/**
 * The gateway: from a request to `/api/mcp/{id}` to the answer of that deployment's mcp-host. It authenticates the client, finds
 * the machine, wakes it, forwards both ways unbuffered, and records the call.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #keepAlive: KeepAlive;
  readonly #keepAliveAfterMs: number;
  readonly #limits: HostLimits;
  readonly #sleepProxy: SleepProxy;
  readonly #tracker: CallTracker;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#keepAliveAfterMs = options.keepAliveAfterMs ?? 15_000;
    this.#limits = options.limits ?? NO_LIMITS;
    this.#keepAlive = new KeepAlive({
      silentAfterMs: this.#keepAliveAfterMs,
      checkAfterMs: options.recheckAfterMs ?? 10_000,
    });
    this.#sleepProxy = new SleepProxy({ ...options, keepAlive: this.#keepAlive });
    // Below the connections that one mcp-host takes.
    this.#tracker = new CallTracker({ calls: options.calls, maxInFlight: options.maxInFlight ?? 900 });
  }

  /** Answers one request. Never rejects: whatever fails becomes a JSON-RPC error. */
  async handle(request: Request, deploymentId: string): Promise<Response> {
    const origin = request.headers.get("origin");
    if (origin !== null && !this.#options.allowedOrigins.has(origin)) return toFailureResponse(FAILURES.foreignOrigin);
    if (request.method === "OPTIONS") return answerPreflight(request, origin);
    const response = await this.#answer(request, deploymentId).catch((error: unknown) => {
      if (isGatewayError(error)) return toFailureResponse(error.failure);
      console.error("gateway:", error);
      return toFailureResponse(FAILURES.internal);
    });
    if (origin !== null)
      for (const [name, value] of Object.entries(toCorsHeaders(origin))) response.headers.set(name, value);
    return response;
  }

  /** Resolves when nothing goes on any more that calls have left behind. */
  settled(): Promise<void> {
    return this.#sleepProxy.settled();
  }

  /** Ends what goes on beside calls. */
  close(): void {
    this.#sleepProxy.close();
  }

  /** Rejects with a GatewayError while no token can be verified: no signing key is known, and the database is away. */
  async #authenticate(authorization: string | null, deployment: DeploymentSnapshot): Promise<Authentication> {
    try {
      return await authenticate(authorization, deployment, this.#options.tokens ?? null);
    } catch (cause) {
      throw new GatewayError(FAILURES.database, { cause });
    }
  }

  async #answer(request: Request, deploymentId: string): Promise<Response> {
    if (!["POST", "GET", "DELETE"].includes(request.method)) return toFailureResponse(FAILURES.method);
    const { deployments } = this.#options;
    const authorization = request.headers.get("authorization");
    let deployment = await deployments.find(deploymentId);
    if (deployment === null) return toFailureResponse(FAILURES.unknown);
    let authentication = await this.#authenticate(authorization, deployment);
    if (authentication.failure !== null && authorization !== null) {
      deployment = await deployments.recheck(deploymentId);
      if (deployment === null) return toFailureResponse(FAILURES.unknown);
      authentication = await this.#authenticate(authorization, deployment);
    }
    if (authentication.failure !== null) return toFailureResponse(authentication.failure);
    const { credential } = authentication;
    const body = await peekBody(request.method === "POST" ? request.body : null, {
      timeoutMs: this.#options.bodyTimeoutMs,
    });
    // The client left in the middle of its own request: nobody is there to read an answer, and nothing was called.
    if (body === null) return new Response(null, { status: 400 });
    const mayBeCutShort = this.#sleepProxy.covers(deployment) || this.#limits.streamMaxMs !== null;
    const left = mayBeCutShort ? new AbortController() : null;
    const call: Call = {
      request,
      deployment,
      credential,
      startedAt: performance.now(),
      body,
      message: body.head.length > 0 ? summarize(body.head.toString("utf8")) : null,
      signal: left === null ? request.signal : AbortSignal.any([request.signal, left.signal]),
      sent: Promise.withResolvers(),
      tail: "",
      requestBytes: body.head.length,
      responseBytes: 0,
      errorCode: null,
      sentStatus: null,
      usedMachine: true,
      isFinished: false,
    };
    // Nothing more is to be taken from the client, whoever it is that answers.
    if (body.rest === null) call.sent.resolve();
    if (!this.#tracker.begin(call)) return this.#fail(call, FAILURES.busy, false);
    const answer = this.#route(call);
    return left === null ? answer : this.#limit(call, answer, () => left.abort());
  }

  /** The answer to a call, from its machine or from what stands in front of it. Never rejects. */
  async #route(call: Call): Promise<Response> {
    try {
      const { maxBodyBytes } = this.#limits;
      const declaredBytes = Number(call.request.headers.get("content-length") ?? 0);
      if (maxBodyBytes !== null && Math.max(declaredBytes, call.requestBytes) > maxBodyBytes) {
        return this.#fail(call, toBodyTooLargeFailure(maxBodyBytes));
      }
      const over = this.#sleepProxy.answerIfSessionEnded(
        call.request.headers.get("mcp-session-id"),
        call.message,
        call.deployment,
      );
      if (over !== null) {
        void discardBody(call.body);
        return this.#answerCached(call, over);
      }
      const front = this.#sleepProxy.covers(call.deployment) ? await this.#answerAsleep(call) : null;
      return front ?? (await this.#relay(call, await this.#forward(call)));
    } catch (error) {
      if (call.signal.aborted) this.#tracker.finish(call, CLIENT_CLOSED_REQUEST);
      if (isGatewayError(error)) return this.#fail(call, error.failure);
      console.error("gateway:", error);
      return this.#fail(call, FAILURES.internal);
    }
  }

  /**
   * The same answer, for a client that is not kept waiting in silence, nor for longer than the host of Catwalk permits: while a
   * machine wakes its clients get an event stream that begins before the answer.
   */
  async #limit(call: Call, answer: Promise<Response>, abandon: () => void): Promise<Response> {
    const { streamMaxMs } = this.#limits;
    const leftMs = () => (streamMaxMs === null ? Number.POSITIVE_INFINITY : this.#remainingMs(call, streamMaxMs));
    const giveUp = (): Failure => {
      const failure = streamMaxMs === null ? FAILURES.internal : toHostLimitFailure(streamMaxMs);
      call.errorCode = GATEWAY_ERROR_CODE;
      this.#tracker.finish(call, failure.status);
      abandon();
      return failure;
    };
    if (this.#mayStartEarly(call)) {
      const begun = Promise.race([answer, call.sent.promise]);
      if (streamMaxMs === null) await begun;
      else await orNullAfter(begun, leftMs());
      const soon = await orNullAfter(answer, Math.min(this.#options.earlyStreamAfterMs ?? 2_000, leftMs()));
      if (soon !== null) return soon;
      const id = findRequestId(call);
      if (id !== null) {
        call.sentStatus = 200;
        const limit = streamMaxMs === null ? null : { afterMs: leftMs(), onReached: giveUp };
        const body = startEarlyStream(answer, {
          id,
          keepAliveAfterMs: this.#keepAliveAfterMs,
          limit,
          onLeave: abandon,
        });
        return new Response(body, { status: 200, headers: toClientHeaders({ "content-type": "text/event-stream" }) });
      }
    }
    if (streamMaxMs === null) return answer;
    return (await orNullAfter(answer, leftMs())) ?? toFailureResponse(giveUp(), findRequestId(call));
  }

  /** Whether a call's answer may begin as an event stream: its status, and the session that it opens, are not needed any more. */
  #mayStartEarly({ request, deployment, message }: Call): boolean {
    const asked = toPeekedRequest(request, null);
    return (
      message?.kind === "request" &&
      message.method !== "initialize" &&
      this.#sleepProxy.covers(deployment) &&
      accepts(asked, "text/event-stream") &&
      this.#sleepProxy.isSessionValid(asked, deployment)
    );
  }

  /** What needs no machine, or only at times. Null for everything else. */
  async #answerAsleep(call: Call): Promise<Response | null> {
    const { request, deployment, body, message } = call;
    const mcpMethod = message?.method ?? null;
    const asked = toPeekedRequest(request, body.rest === null ? body.head.toString("utf8") : null);
    const forwarded = toMachineHeaders(request.headers, call.credential.id);
    const cached = await this.#sleepProxy.answer(asked, mcpMethod, forwarded, deployment);
    if (cached !== null) return this.#answerCached(call, cached);
    const { streamMaxMs } = this.#limits;
    const held = await this.#sleepProxy.openStream(
      {
        ...asked,
        forwarded,
        signal: call.signal,
        remainingMs: () => (streamMaxMs === null ? null : this.#remainingMs(call, streamMaxMs)),
        find: async () => {
          const now = await this.#findIfAllowed(call);
          if (now?.desired !== "running") return null;
          return this.#sleepProxy.answerIfSessionEnded(request.headers.get("mcp-session-id"), message, now) === null
            ? now
            : null;
        },
        onSent: (bytes) => {
          call.responseBytes += bytes;
        },
        onEnd: () => this.#tracker.finish(call, 200),
      },
      mcpMethod,
      deployment,
    );
    if (held === null) return null;
    call.usedMachine = false;
    if ("refused" in held) return this.#relay(call, held.refused);
    const session = held.sessionId === null ? {} : { "mcp-session-id": held.sessionId };
    return new Response(held.stream, { headers: toClientHeaders({ "content-type": "text/event-stream", ...session }) });
  }

  #answerCached(call: Call, { status, headers, body, errorCode }: CachedAnswer): Response {
    call.usedMachine = false;
    call.errorCode = errorCode;
    call.responseBytes = Buffer.byteLength(body ?? "");
    this.#tracker.rememberClient(call, headers["mcp-session-id"]);
    this.#tracker.finish(call, status);
    return new Response(body, { status, headers: toClientHeaders(headers) });
  }

  /** The deployment as it is now; null when the call's key does not open it any more. */
  async #findIfAllowed(call: Call): Promise<DeploymentSnapshot | null> {
    const now = await this.#options.deployments.find(call.deployment.deploymentId);
    return now !== null && isAlive(call.credential, now) ? now : null;
  }

  #remainingMs(call: Call, streamMaxMs: number): number {
    return Math.max(0, call.startedAt + streamMaxMs - performance.now());
  }

  #forward(call: Call): Promise<IncomingMessage> {
    const { request, deployment, message } = call;
    const { maxBodyBytes } = this.#limits;
    return this.#options.machineClient.send(deployment, {
      method: request.method,
      headers: toMachineHeaders(request.headers, call.credential.id),
      body: call.body,
      signal: call.signal,
      mcpMethod: message?.kind === "request" ? message.method : null,
      isAllowed: (now) => isAlive(call.credential, now),
      onSent: call.sent.resolve,
      onBody: (chunk) => {
        call.requestBytes += chunk.byteLength;
        if (maxBodyBytes !== null && call.requestBytes > maxBodyBytes)
          throw new GatewayError(toBodyTooLargeFailure(maxBodyBytes));
        call.tail = (
          call.tail + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1")
        ).slice(-256);
      },
    });
  }

  async #relay(call: Call, incoming: IncomingMessage): Promise<Response> {
    const status = incoming.statusCode ?? 502;
    const type = (incoming.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
    const length = Number(incoming.headers["content-length"] ?? Number.NaN);
    if (status === 401) {
      // The token may have been made anew by another process.
      this.#options.deployments.invalidate(call.deployment.deploymentId);
      incoming.destroy();
      return this.#fail(call, FAILURES.refused);
    }
    this.#tracker.rememberClient(call, incoming.headers["mcp-session-id"]);
    if (call.request.method === "DELETE" && status === 200 && this.#sleepProxy.covers(call.deployment)) {
      this.#sleepProxy.recordSessionEnd(call.request.headers.get("mcp-session-id"), call.deployment);
    }
    const headers = toClientHeaders(incoming.headers);
    if (length === 0 || BODILESS_STATUSES.has(status)) {
      // What comes all the same is nobody's, and may have no end.
      if (length === 0) incoming.resume();
      else discardResponse(incoming);
      this.#tracker.finish(call, status);
      return new Response(null, { status, headers });
    }
    if (type === "text/event-stream" && status === 200) {
      return this.#relayStream(call, incoming, status, headers, new SseObserver(findRequestId(call)));
    }
    if (type !== "application/json") {
      incoming.destroy();
      return this.#fail(call, FAILURES.nonsense);
    }
    if (!(length <= MAX_BUFFERED_BYTES)) return this.#relayStream(call, incoming, status, headers, null);
    const body = await readWhole(incoming);
    if (body === null) return this.#fail(call, FAILURES.lost);
    if (!looksLikeJson(body)) return this.#fail(call, FAILURES.nonsense);
    call.responseBytes = body.length;
    if (call.message?.method === "initialize" && this.#sleepProxy.covers(call.deployment)) {
      this.#sleepProxy.recordHandshake(call.deployment, call.body.head.toString("utf8"), body.toString("utf8"));
    }
    call.errorCode = body.includes('"error"') ? summarize(body.toString("utf8")).errorCode : null;
    if (call.errorCode === null) this.#recordSuccess(call, status);
    else if (status === 503) this.#recordServerFailure(call, body, headers);
    this.#tracker.finish(call, status);
    // Without it the end of the body is a packet of its own.
    headers["content-length"] = String(body.length);
    return new Response(toStream(body), { status, headers });
  }

  #relayStream(
    call: Call,
    incoming: IncomingMessage,
    status: number,
    headers: Record<string, string>,
    observer: SseObserver | null,
  ): Response {
    let head = "";
    const { streamMaxMs } = this.#limits;
    const { request, deployment, message } = call;
    const takenUp =
      request.method === "GET" && status === 200 ? formatResumePoint(request.headers.get("last-event-id")) : "";
    const mayHearMore = observer !== null && message?.kind === "request" && this.#sleepProxy.covers(deployment);
    const body = relay(incoming, {
      prelude: mayHearMore ? this.#sleepProxy.takePendingEvents(toPeekedRequest(request, null), deployment) : takenUp,
      endAfterMs: streamMaxMs === null ? null : this.#remainingMs(call, streamMaxMs),
      eventAtLimit: () => {
        const id = findRequestId(call);
        if (observer === null || !observer.isAtBoundary || observer.hasResponse) return null;
        if (observer.isResumable || id === null) return RECONNECT;
        call.errorCode = GATEWAY_ERROR_CODE;
        return streamMaxMs === null ? null : formatMessageEvent(formatError(toHostLimitFailure(streamMaxMs), id));
      },
      observer,
      keepAlive: this.#keepAlive,
      onData: (chunk) => {
        call.responseBytes += chunk.length;
        if (observer === null && head.length < 4096) head += chunk.toString("latin1", 0, 4096);
      },
      isAllowed: async () => (await this.#findIfAllowed(call)) !== null,
      eventOnLoss: () => {
        const id = findRequestId(call);
        if (observer === null || observer.hasResponse || id === null) return null;
        call.errorCode = GATEWAY_ERROR_CODE;
        return `${observer.isAtBoundary ? "" : "\n\n"}event: message\ndata: ${formatError(FAILURES.lost, id)}\n\n`;
      },
      onEnd: (how) => {
        if (how !== "broken") call.errorCode ??= observer === null ? summarize(head).errorCode : observer.errorCode;
        if (how === "complete" && observer?.hasResponse && call.errorCode === null) this.#recordSuccess(call, status);
        this.#tracker.finish(call, how === "left" && observer === null ? CLIENT_CLOSED_REQUEST : status);
      },
    });
    return new Response(body, { status, headers });
  }

  #recordSuccess({ deployment, message }: Call, status: number): void {
    if (status === 200 && message?.kind === "request")
      this.#options.machineClient.circuitBreaker.recordSuccess(deployment.deploymentId);
  }

  /** Its machine says that a server does not run. One that sleeps otherwise is not to be kept awake by clients that ask again and again. */
  #recordServerFailure({ deployment }: Call, body: Buffer, headers: Record<string, string>): void {
    const code = this.#sleepProxy.covers(deployment) ? readFailureCode(body.toString("utf8")) : null;
    const retryAfterS =
      code === null ? null : this.#options.machineClient.circuitBreaker.recordServerFailure(deployment, code);
    if (retryAfterS !== null) headers["retry-after"] = String(retryAfterS);
  }

  #fail(call: Call, failure: Failure, opened = true): Response {
    call.errorCode ??= GATEWAY_ERROR_CODE;
    this.#tracker.finish(call, opened && call.signal.aborted ? CLIENT_CLOSED_REQUEST : failure.status, opened);
    // Answered before the client has sent everything, it would not read the answer.
    void discardBody(call.body);
    return toFailureResponse(failure, findRequestId(call));
  }
}

/** A request for who judges it by its headers and its body as a whole. */
function toPeekedRequest(request: Request, body: string | null): PeekedRequest {
  return { method: request.method, headers: Object.fromEntries(request.headers), body };
}
