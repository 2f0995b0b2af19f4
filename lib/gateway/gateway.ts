import { accepts } from "mcp-host/protocol";
import type { DeploymentSnapshot } from "../deployments/deployment-snapshot.ts";
import { orNullAfter } from "../util/timeout.ts";
import { type AccessTokens, type Authentication, authenticate, isAlive } from "./auth.ts";
import { type Call, CLIENT_CLOSED_REQUEST, createCall, findRequestId, isListener } from "./calls/call.ts";
import type { CallQueue } from "./calls/call-queue.ts";
import { CallTracker } from "./calls/call-tracker.ts";
import { answerPreflight, toCorsHeaders } from "./cors.ts";
import type { DeploymentCache } from "./deployment-cache.ts";
import type { DeploymentSource } from "./deployment-source.ts";
import {
  FAILURES,
  type Failure,
  GATEWAY_ERROR_CODE,
  GatewayError,
  isGatewayError,
  toFailureResponse,
} from "./errors.ts";
import { startEarlyStream } from "./http/early-stream.ts";
import { type GatewayRequest, type GatewayResponse, getHeader } from "./http/exchange.ts";
import { toClientHeaders, toMachineHeaders } from "./http/headers.ts";
import { KeepAlive } from "./http/keep-alive.ts";
import { discardBody, peekBody } from "./http/request-body.ts";
import { CallLimits, type HostLimits, NO_LIMITS } from "./limits.ts";
import type { MachineClient } from "./machines/machine-client.ts";
import type { MachineResponse } from "./machines/machine-response.ts";
import type { CallRate } from "./rate-limit/call-rate.ts";
import { ResponseRelay } from "./response-relay.ts";
import type { MachineActivity } from "./sleep-proxy/machine-activity.ts";
import { SleepProxy } from "./sleep-proxy/sleep-proxy.ts";
import { type CachedAnswer, toPeekedRequest } from "./sleep-proxy/types.ts";

// The gateway owns the way of a call from `/api/mcp/{id}` to the deployment's mcp-host and back: authenticate, hold to the limits,
// answer from the sleep proxy or forward, relay, record. It leaves HTTP itself to the mounts, sessions to mcp-host, and the machines to
// lib/deployments. MCP 2025-11-25, basic/transports, says what a client may expect of the endpoint.

/** Calls of one deployment that may be in flight: below the connections that one mcp-host accepts. */
const MAX_IN_FLIGHT = 900;
const METHODS: ReadonlySet<string> = new Set(["POST", "GET", "DELETE"]);

/** Why a call was refused before it began. */
export type Refusal = "no_credential" | "credential_refused" | "too_many_requests";

export interface GatewayOptions {
  deployments: DeploymentCache;
  machineClient: MachineClient;
  machineActivity: MachineActivity;
  source: Pick<DeploymentSource, "refreshLists" | "storeEndedSessions" | "onChange">;
  calls: CallQueue;
  /** The authorization server's access tokens; without it access keys alone open deployments. */
  tokens?: AccessTokens;
  /** Told of each call that is refused for its credential or as one too many, for the log of connections. Must neither throw nor wait. */
  onRefused?: (deploymentId: string, reason: Refusal, client: string | null) => void;
  /** Limits how often clients call; without it they may call as often as they like. */
  callRate?: CallRate;
  /** Origins whose pages may call: the app's own, and those that the operator allows. */
  allowedOrigins: ReadonlySet<string>;
  /** Silence after which an event stream gets a comment, in milliseconds. */
  keepAliveAfterMs?: number;
  /** Interval in milliseconds at which an open event stream checks that its credential is still valid. */
  recheckAfterMs?: number;
  /** A call that wakes a machine gets an event stream when its response takes longer than this, in milliseconds. */
  earlyStreamAfterMs?: number;
  limits?: HostLimits;
  /** The shortest time between two requests for a deployment's lists, in milliseconds. */
  refreshEveryMs?: number;
  /** Timeout in milliseconds for the beginning of a body. */
  bodyTimeoutMs?: number;
  /** Calls and streams of one deployment that may be in flight. */
  maxInFlight?: number;
}

/** Answers requests to connector URLs. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #keepAliveAfterMs: number;
  readonly #limits: CallLimits;
  readonly #sleepProxy: SleepProxy;
  readonly #tracker: CallTracker;
  readonly #responseRelay: ResponseRelay;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#keepAliveAfterMs = options.keepAliveAfterMs ?? 15_000;
    this.#limits = new CallLimits(options.limits ?? NO_LIMITS);
    const keepAlive = new KeepAlive({
      silentAfterMs: this.#keepAliveAfterMs,
      checkAfterMs: options.recheckAfterMs ?? 10_000,
    });
    this.#sleepProxy = new SleepProxy({ ...options, keepAlive });
    this.#tracker = new CallTracker({ calls: options.calls, maxInFlight: options.maxInFlight ?? MAX_IN_FLIGHT });
    this.#responseRelay = new ResponseRelay({
      deployments: options.deployments,
      machineClient: options.machineClient,
      sleepProxy: this.#sleepProxy,
      tracker: this.#tracker,
      limits: this.#limits,
      keepAlive,
      isAllowed: async (call) => (await this.#findIfAllowed(call)) !== null,
      fail: (call, failure) => this.#fail(call, failure),
    });
  }

  /** Answers one request. Never rejects: every failure becomes a JSON-RPC error. */
  async handle(request: GatewayRequest, deploymentId: string): Promise<GatewayResponse> {
    const origin = getHeader(request.headers, "origin");
    if (origin !== null && !this.#options.allowedOrigins.has(origin)) return toFailureResponse(FAILURES.foreignOrigin);
    if (request.method === "OPTIONS") return answerPreflight(request, origin);
    const response = await this.#answer(request, deploymentId).catch((error: unknown) => {
      if (isGatewayError(error)) return toFailureResponse(error.failure);
      console.error("gateway:", error);
      return toFailureResponse(FAILURES.internal);
    });
    if (origin !== null) Object.assign(response.headers, toCorsHeaders(origin));
    return response;
  }

  /** Resolves when the work that calls left behind is done. */
  settled(): Promise<void> {
    return this.#sleepProxy.settled();
  }

  /** Stops the work beside calls. */
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

  async #answer(request: GatewayRequest, deploymentId: string): Promise<GatewayResponse> {
    if (!METHODS.has(request.method)) return toFailureResponse(FAILURES.method);
    const { deployments } = this.#options;
    const authorization = getHeader(request.headers, "authorization");
    let deployment = await deployments.find(deploymentId);
    if (deployment === null) return toFailureResponse(FAILURES.unknown);
    let authentication = await this.#authenticate(authorization, deployment);
    if (authentication.failure !== null && authorization !== null) {
      deployment = await deployments.recheck(deploymentId);
      if (deployment === null) return toFailureResponse(FAILURES.unknown);
      authentication = await this.#authenticate(authorization, deployment);
    }
    if (authentication.failure !== null) {
      const reason = authorization === null ? "no_credential" : "credential_refused";
      this.#options.onRefused?.(deployment.deploymentId, reason, request.headers["user-agent"] ?? null);
      return toFailureResponse(authentication.failure);
    }
    const { credential } = authentication;
    const body = await peekBody(request.method === "POST" ? request.body : null, {
      timeoutMs: this.#options.bodyTimeoutMs,
      contentLength: getHeader(request.headers, "content-length"),
    });
    // The client left in the middle of its own request: nothing was called, and the answer will not be read.
    if (body === null) return { status: 400, headers: {}, body: null };
    const call = createCall({ request, deployment, credential, body });
    const mayEndEarly = this.#sleepProxy.covers(deployment) || this.#limits.isTimeLimited;
    // Not recorded as a call: a client in a loop would push everything else out of the record.
    const tooMany = this.#options.callRate?.findFailure(deployment, credential) ?? null;
    if (tooMany !== null) {
      this.#options.onRefused?.(deployment.deploymentId, "too_many_requests", request.headers["user-agent"] ?? null);
      void discardBody(body);
      return toFailureResponse(tooMany, findRequestId(call));
    }
    const abort = mayEndEarly || isListener(call) ? new AbortController() : null;
    if (abort !== null) call.signal = AbortSignal.any([request.signal, abort.signal]);
    if (abort !== null && isListener(call)) call.giveWay = () => abort.abort();
    if (!this.#tracker.begin(call)) return this.#fail(call, FAILURES.busy, false);
    const response = this.#route(call);
    return abort === null || !mayEndEarly ? response : this.#withDeadline(call, response, () => abort.abort());
  }

  /** Answers a call from the sleep proxy or from its machine. Never rejects. */
  async #route(call: Call): Promise<GatewayResponse> {
    const { request, deployment, message } = call;
    try {
      const tooLarge = this.#limits.findBodyFailure(call);
      if (tooLarge !== null) return this.#fail(call, tooLarge);
      const sessionId = getHeader(request.headers, "mcp-session-id");
      const ended = this.#sleepProxy.answerIfSessionEnded(sessionId, message, deployment);
      if (ended !== null) {
        void discardBody(call.body);
        return this.#answerCached(call, ended);
      }
      const asleep = this.#sleepProxy.covers(deployment) ? await this.#answerAsleep(call) : null;
      return asleep ?? (await this.#responseRelay.relay(call, await this.#forward(call)));
    } catch (error) {
      if (call.signal.aborted) this.#tracker.finish(call, CLIENT_CLOSED_REQUEST);
      if (isGatewayError(error)) return this.#fail(call, error.failure);
      console.error("gateway:", error);
      return this.#fail(call, FAILURES.internal);
    }
  }

  /**
   * Returns the response in time. A client whose machine wakes gets an event stream that begins before the response does, and a call
   * that reaches the host's limit gets an error instead of a cut connection.
   */
  async #withDeadline(call: Call, response: Promise<GatewayResponse>, abort: () => void): Promise<GatewayResponse> {
    const remainingMs = () => this.#limits.remainingMs(call) ?? Number.POSITIVE_INFINITY;
    const giveUp = (): Failure => {
      const failure = this.#limits.recordTimeout(call);
      this.#tracker.finish(call, failure.status);
      abort();
      return failure;
    };
    if (this.#mayStartEarly(call)) {
      const sent = Promise.race([response, call.sent.promise]);
      await (this.#limits.isTimeLimited ? orNullAfter(sent, remainingMs()) : sent);
      const inTime = await orNullAfter(response, Math.min(this.#options.earlyStreamAfterMs ?? 2_000, remainingMs()));
      if (inTime !== null) return inTime;
      const id = findRequestId(call);
      if (id !== null) {
        call.sentStatus = 200;
        const body = startEarlyStream(response, {
          id,
          keepAliveAfterMs: this.#keepAliveAfterMs,
          limit: this.#limits.isTimeLimited ? { afterMs: remainingMs(), onReached: giveUp } : null,
          onLeave: abort,
        });
        return { status: 200, headers: toClientHeaders({ "content-type": "text/event-stream" }), body };
      }
    }
    if (!this.#limits.isTimeLimited) return response;
    return (await orNullAfter(response, remainingMs())) ?? toFailureResponse(giveUp(), findRequestId(call));
  }

  /**
   * Returns whether a call's response may begin as an event stream: the client needs neither its status nor a new
   * session's id.
   */
  #mayStartEarly({ request, deployment, message, credential }: Call): boolean {
    const peeked = toPeekedRequest(request, credential.id, null);
    return (
      message?.kind === "request" &&
      message.method !== "initialize" &&
      this.#sleepProxy.covers(deployment) &&
      accepts(peeked, "text/event-stream") &&
      this.#sleepProxy.isSessionValid(peeked, deployment)
    );
  }

  /** Answers a request that needs no machine, or needs it only at times. Null for every other. */
  async #answerAsleep(call: Call): Promise<GatewayResponse | null> {
    const { request, deployment, body, message } = call;
    const mcpMethod = message?.method ?? null;
    const peeked = toPeekedRequest(request, call.credential.id, body.rest === null ? body.head.toString("utf8") : null);
    const forwarded = toMachineHeaders(request.headers, call.credential.id);
    const cached = await this.#sleepProxy.answer(peeked, mcpMethod, forwarded, deployment);
    if (cached !== null) return this.#answerCached(call, cached);
    const held = await this.#sleepProxy.openStream(
      {
        ...peeked,
        forwarded,
        signal: call.signal,
        remainingMs: () => this.#limits.remainingMs(call),
        find: async () => {
          const now = await this.#findIfAllowed(call);
          if (now?.desired !== "running") return null;
          const sessionId = getHeader(request.headers, "mcp-session-id");
          return this.#sleepProxy.answerIfSessionEnded(sessionId, message, now) === null ? now : null;
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
    if ("refused" in held) return this.#responseRelay.relay(call, held.refused);
    const session = held.sessionId === null ? {} : { "mcp-session-id": held.sessionId };
    const headers = toClientHeaders({ "content-type": "text/event-stream", ...session });
    return { status: 200, headers, body: held.stream };
  }

  #answerCached(call: Call, { status, headers, body, errorCode }: CachedAnswer): GatewayResponse {
    call.usedMachine = false;
    call.errorCode = errorCode;
    call.responseBytes = Buffer.byteLength(body ?? "");
    this.#tracker.rememberClient(call, headers["mcp-session-id"]);
    this.#tracker.finish(call, status);
    return { status, headers: toClientHeaders(headers), body };
  }

  /** Returns the deployment in its present state, or null when the call's credential no longer opens it. */
  async #findIfAllowed(call: Call): Promise<DeploymentSnapshot | null> {
    const now = await this.#options.deployments.find(call.deployment.deploymentId);
    return now !== null && isAlive(call.credential, now) ? now : null;
  }

  #forward(call: Call): Promise<MachineResponse> {
    const { request, deployment, message } = call;
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
        const tooLarge = this.#limits.findBodyFailure(call);
        if (tooLarge !== null) throw new GatewayError(tooLarge);
        const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
        call.tail = (call.tail + text.slice(-256)).slice(-256);
      },
    });
  }

  #fail(call: Call, failure: Failure, hasBegun = true): GatewayResponse {
    call.errorCode ??= GATEWAY_ERROR_CODE;
    const status = hasBegun && call.signal.aborted ? CLIENT_CLOSED_REQUEST : failure.status;
    this.#tracker.finish(call, status, hasBegun);
    // A client that is still sending would not read a response: take the rest of its body first.
    void discardBody(call.body);
    return toFailureResponse(failure, findRequestId(call));
  }
}
