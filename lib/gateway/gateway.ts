import type { IncomingMessage } from "node:http";
import { accepts } from "mcp-host/protocol";
import { orNullAfter } from "../util/timeout.ts";
import { authenticate, corsHeaders, preflight } from "./auth.ts";
import { type Call, clientLeft, idOf } from "./calls/call.ts";
import type { CallQueue } from "./calls/call-queue.ts";
import { CallLog } from "./calls/call-tracker.ts";
import { failureCodeIn, summarize } from "./calls/message-summary.ts";
import type { Connection, ConnectionSource } from "./deployment.ts";
import type { Directory } from "./deployment-cache.ts";
import {
  errorText,
  type Failure,
  failureResponse,
  failures,
  GatewayError,
  gatewayErrorCode,
  isGatewayError,
} from "./errors.ts";
import { patientStream } from "./http/early-stream.ts";
import { comeBack, eventText, takenUpAt } from "./http/events.ts";
import { requestHeaders, responseHeaders } from "./http/headers.ts";
import { Heartbeat, relay } from "./http/relay.ts";
import { discardBody, peekBody } from "./http/request-body.ts";
import { bodiless, discardAnswer, looksLikeJson, readAll, streamOf, wholeAnswerBytes } from "./http/response-body.ts";
import { EventTap } from "./http/sse-observer.ts";
import { type HostLimits, noLimits, tookTooLong, tooLarge } from "./limits.ts";
import type { Machines } from "./machines/machine-client.ts";
import type { Wakefulness } from "./sleep-proxy/machine-activity.ts";
import { SleepFront } from "./sleep-proxy/sleep-proxy.ts";
import type { AskedRequest, CachedAnswer } from "./sleep-proxy/types.ts";

export interface GatewayOptions {
  directory: Directory;
  machines: Machines;
  wakefulness: Wakefulness;
  source: Pick<ConnectionSource, "refreshLists" | "keepEnded" | "onChange">;
  calls: CallQueue;
  /** Origins whose pages may call: the app's own, and those that the operator allows. */
  allowedOrigins: ReadonlySet<string>;
  /** An event stream that is silent for so long gets a comment. */
  pingAfterMs?: number;
  /** How often it is asked whether an open event stream's key still counts. */
  checkAfterMs?: number;
  /** A call to a machine that sleeps is answered with an event stream when its own answer takes longer than this. */
  patientAfterMs?: number;
  limits?: HostLimits;
  /** A deployment's lists are not asked for more often than this. */
  refreshEveryMs?: number;
  /** How long the beginning of a body may take to come. */
  bodyTimeoutMs?: number;
  /** Calls and streams of one deployment that may be open at once. */
  maxOpen?: number;
}

/**
 * The gateway: from a request to `/api/mcp/{id}` to the answer of that deployment's mcp-host. It authenticates the client, finds
 * the machine, wakes it, forwards both ways unbuffered, and records the call.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #heartbeat: Heartbeat;
  readonly #pingAfterMs: number;
  readonly #limits: HostLimits;
  readonly #front: SleepFront;
  readonly #log: CallLog;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#pingAfterMs = options.pingAfterMs ?? 15_000;
    this.#limits = options.limits ?? noLimits;
    this.#heartbeat = new Heartbeat({
      pingAfterMs: this.#pingAfterMs,
      checkAfterMs: options.checkAfterMs ?? 10_000,
    });
    this.#front = new SleepFront({ ...options, heartbeat: this.#heartbeat });
    // Below the connections that one mcp-host takes.
    this.#log = new CallLog({ calls: options.calls, maxOpen: options.maxOpen ?? 900 });
  }

  /** Answers one request. Never rejects: whatever fails becomes a JSON-RPC error. */
  async handle(request: Request, deploymentId: string): Promise<Response> {
    const origin = request.headers.get("origin");
    if (origin !== null && !this.#options.allowedOrigins.has(origin)) return failureResponse(failures.foreignOrigin);
    if (request.method === "OPTIONS") return preflight(request, origin);
    const response = await this.#answer(request, deploymentId).catch((error: unknown) => {
      if (isGatewayError(error)) return failureResponse(error.failure);
      console.error("gateway:", error);
      return failureResponse(failures.internal);
    });
    if (origin !== null)
      for (const [name, value] of Object.entries(corsHeaders(origin))) response.headers.set(name, value);
    return response;
  }

  /** Resolves when nothing goes on any more that calls have left behind. */
  settled(): Promise<void> {
    return this.#front.settled();
  }

  /** Ends what goes on beside calls. */
  close(): void {
    this.#front.close();
  }

  async #answer(request: Request, deploymentId: string): Promise<Response> {
    if (!["POST", "GET", "DELETE"].includes(request.method)) return failureResponse(failures.method);
    const { directory } = this.#options;
    const authorization = request.headers.get("authorization");
    let connection = await directory.find(deploymentId);
    if (connection === null) return failureResponse(failures.unknown);
    let { keyId, failure } = authenticate(authorization, connection);
    if (failure !== null && authorization !== null) {
      connection = await directory.findAgain(deploymentId);
      if (connection === null) return failureResponse(failures.unknown);
      ({ keyId, failure } = authenticate(authorization, connection));
    }
    if (failure !== null || keyId === null) return failureResponse(failure ?? failures.keyWrong);
    const body = await peekBody(request.method === "POST" ? request.body : null, {
      timeoutMs: this.#options.bodyTimeoutMs,
    });
    // The client left in the middle of its own request: nobody is there to read an answer, and nothing was called.
    if (body === null) return new Response(null, { status: 400 });
    const mayBeCutShort = this.#front.standsBefore(connection) || this.#limits.streamMaxMs !== null;
    const left = mayBeCutShort ? new AbortController() : null;
    const call: Call = {
      request,
      connection,
      keyId,
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
      finished: false,
    };
    // Nothing more is to be taken from the client, whoever it is that answers.
    if (body.rest === null) call.sent.resolve();
    if (!this.#log.begin(call)) return this.#fail(call, failures.busy, false);
    const answer = this.#toMachine(call);
    return left === null ? answer : this.#within(call, answer, () => left.abort());
  }

  /** The answer to a call, from its machine or from what stands in front of it. Never rejects. */
  async #toMachine(call: Call): Promise<Response> {
    try {
      const { maxBodyBytes } = this.#limits;
      const declaredBytes = Number(call.request.headers.get("content-length") ?? 0);
      if (maxBodyBytes !== null && Math.max(declaredBytes, call.requestBytes) > maxBodyBytes) {
        return this.#fail(call, tooLarge(maxBodyBytes));
      }
      const over = this.#front.ifOver(call.request.headers.get("mcp-session-id"), call.message, call.connection);
      if (over !== null) {
        void discardBody(call.body);
        return this.#answerCached(call, over);
      }
      const front = this.#front.standsBefore(call.connection) ? await this.#inFront(call) : null;
      return front ?? (await this.#respond(call, await this.#send(call)));
    } catch (error) {
      if (call.signal.aborted) this.#log.finish(call, clientLeft);
      if (isGatewayError(error)) return this.#fail(call, error.failure);
      console.error("gateway:", error);
      return this.#fail(call, failures.internal);
    }
  }

  /**
   * The same answer, for a client that is not kept waiting in silence, nor for longer than the host of Catwalk permits: while a
   * machine wakes its clients get an event stream that begins before the answer.
   */
  async #within(call: Call, answer: Promise<Response>, abandon: () => void): Promise<Response> {
    const { streamMaxMs } = this.#limits;
    const leftMs = () => (streamMaxMs === null ? Number.POSITIVE_INFINITY : this.#leftMs(call, streamMaxMs));
    const giveUp = (): Failure => {
      const failure = streamMaxMs === null ? failures.internal : tookTooLong(streamMaxMs);
      call.errorCode = gatewayErrorCode;
      this.#log.finish(call, failure.status);
      abandon();
      return failure;
    };
    if (this.#mayBePatient(call)) {
      const begun = Promise.race([answer, call.sent.promise]);
      if (streamMaxMs === null) await begun;
      else await orNullAfter(begun, leftMs());
      const soon = await orNullAfter(answer, Math.min(this.#options.patientAfterMs ?? 2_000, leftMs()));
      if (soon !== null) return soon;
      const id = idOf(call);
      if (id !== null) {
        call.sentStatus = 200;
        const limit = streamMaxMs === null ? null : { afterMs: leftMs(), onReached: giveUp };
        const body = patientStream(answer, { id, pingAfterMs: this.#pingAfterMs, limit, onLeave: abandon });
        return new Response(body, { status: 200, headers: responseHeaders({ "content-type": "text/event-stream" }) });
      }
    }
    if (streamMaxMs === null) return answer;
    return (await orNullAfter(answer, leftMs())) ?? failureResponse(giveUp(), idOf(call));
  }

  /** Whether a call's answer may begin as an event stream: its status, and the session that it opens, are not needed any more. */
  #mayBePatient({ request, connection, message }: Call): boolean {
    const asked = askedOf(request, null);
    return (
      message?.kind === "request" &&
      message.method !== "initialize" &&
      this.#front.standsBefore(connection) &&
      accepts(asked, "text/event-stream") &&
      this.#front.isSessionSound(asked, connection)
    );
  }

  /** What needs no machine, or only at times. Null for everything else. */
  async #inFront(call: Call): Promise<Response | null> {
    const { request, connection, body, message } = call;
    const mcpMethod = message?.method ?? null;
    const asked = askedOf(request, body.rest === null ? body.head.toString("utf8") : null);
    const forwarded = requestHeaders(request.headers, call.keyId);
    const cached = await this.#front.answer(asked, mcpMethod, forwarded, connection);
    if (cached !== null) return this.#answerCached(call, cached);
    const { streamMaxMs } = this.#limits;
    const held = await this.#front.hold(
      {
        ...asked,
        forwarded,
        signal: call.signal,
        leftMs: () => (streamMaxMs === null ? null : this.#leftMs(call, streamMaxMs)),
        find: async () => {
          const now = await this.#ifAllowed(call);
          if (now?.desired !== "running") return null;
          return this.#front.ifOver(request.headers.get("mcp-session-id"), message, now) === null ? now : null;
        },
        onSent: (bytes) => {
          call.responseBytes += bytes;
        },
        onEnd: () => this.#log.finish(call, 200),
      },
      mcpMethod,
      connection,
    );
    if (held === null) return null;
    call.usedMachine = false;
    if ("refused" in held) return this.#respond(call, held.refused);
    const session = held.sessionId === null ? {} : { "mcp-session-id": held.sessionId };
    return new Response(held.stream, { headers: responseHeaders({ "content-type": "text/event-stream", ...session }) });
  }

  #answerCached(call: Call, { status, headers, body, errorCode }: CachedAnswer): Response {
    call.usedMachine = false;
    call.errorCode = errorCode;
    call.responseBytes = Buffer.byteLength(body ?? "");
    this.#log.rememberClient(call, headers["mcp-session-id"]);
    this.#log.finish(call, status);
    return new Response(body, { status, headers: responseHeaders(headers) });
  }

  /** The deployment as it is now; null when the call's key does not open it any more. */
  async #ifAllowed(call: Call): Promise<Connection | null> {
    const now = await this.#options.directory.find(call.connection.deploymentId);
    return now !== null && opens(call, now) ? now : null;
  }

  #leftMs(call: Call, streamMaxMs: number): number {
    return Math.max(0, call.startedAt + streamMaxMs - performance.now());
  }

  #send(call: Call): Promise<IncomingMessage> {
    const { request, connection, message } = call;
    const { maxBodyBytes } = this.#limits;
    return this.#options.machines.send(connection, {
      method: request.method,
      headers: requestHeaders(request.headers, call.keyId),
      body: call.body,
      signal: call.signal,
      mcpMethod: message?.kind === "request" ? message.method : null,
      isAllowed: (now) => opens(call, now),
      onSent: call.sent.resolve,
      onBody: (chunk) => {
        call.requestBytes += chunk.byteLength;
        if (maxBodyBytes !== null && call.requestBytes > maxBodyBytes) throw new GatewayError(tooLarge(maxBodyBytes));
        call.tail = (
          call.tail + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1")
        ).slice(-256);
      },
    });
  }

  async #respond(call: Call, incoming: IncomingMessage): Promise<Response> {
    const status = incoming.statusCode ?? 502;
    const type = (incoming.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
    const length = Number(incoming.headers["content-length"] ?? Number.NaN);
    if (status === 401) {
      // The token may have been made anew by another process.
      this.#options.directory.invalidate(call.connection.deploymentId);
      incoming.destroy();
      return this.#fail(call, failures.refused);
    }
    this.#log.rememberClient(call, incoming.headers["mcp-session-id"]);
    if (call.request.method === "DELETE" && status === 200 && this.#front.standsBefore(call.connection)) {
      this.#front.sawEnd(call.request.headers.get("mcp-session-id"), call.connection);
    }
    const headers = responseHeaders(incoming.headers);
    if (length === 0 || bodiless.has(status)) {
      // What comes all the same is nobody's, and may have no end.
      if (length === 0) incoming.resume();
      else discardAnswer(incoming);
      this.#log.finish(call, status);
      return new Response(null, { status, headers });
    }
    if (type === "text/event-stream" && status === 200) {
      return this.#stream(call, incoming, status, headers, new EventTap(idOf(call)));
    }
    if (type !== "application/json") {
      incoming.destroy();
      return this.#fail(call, failures.nonsense);
    }
    if (!(length <= wholeAnswerBytes)) return this.#stream(call, incoming, status, headers, null);
    const body = await readAll(incoming);
    if (body === null) return this.#fail(call, failures.lost);
    if (!looksLikeJson(body)) return this.#fail(call, failures.nonsense);
    call.responseBytes = body.length;
    if (call.message?.method === "initialize" && this.#front.standsBefore(call.connection)) {
      this.#front.sawHandshake(call.connection, call.body.head.toString("utf8"), body.toString("utf8"));
    }
    call.errorCode = body.includes('"error"') ? summarize(body.toString("utf8")).errorCode : null;
    if (call.errorCode === null) this.#sawSuccess(call, status);
    else if (status === 503) this.#sawFailure(call, body, headers);
    this.#log.finish(call, status);
    // Without it the end of the body is a packet of its own.
    headers["content-length"] = String(body.length);
    return new Response(streamOf(body), { status, headers });
  }

  #stream(
    call: Call,
    incoming: IncomingMessage,
    status: number,
    headers: Record<string, string>,
    tap: EventTap | null,
  ): Response {
    let head = "";
    const { streamMaxMs } = this.#limits;
    const { request, connection, message } = call;
    const takenUp = request.method === "GET" && status === 200 ? takenUpAt(request.headers.get("last-event-id")) : "";
    const mayHearMore = tap !== null && message?.kind === "request" && this.#front.standsBefore(connection);
    const body = relay(incoming, {
      prelude: mayHearMore ? this.#front.prelude(askedOf(request, null), connection) : takenUp,
      endAfterMs: streamMaxMs === null ? null : this.#leftMs(call, streamMaxMs),
      farewell: () => {
        const id = idOf(call);
        if (tap === null || !tap.atBoundary || tap.answered) return null;
        if (tap.resumable || id === null) return comeBack;
        call.errorCode = gatewayErrorCode;
        return streamMaxMs === null ? null : eventText(errorText(tookTooLong(streamMaxMs), id));
      },
      tap,
      heartbeat: this.#heartbeat,
      onData: (chunk) => {
        call.responseBytes += chunk.length;
        if (tap === null && head.length < 4096) head += chunk.toString("latin1", 0, 4096);
      },
      isAllowed: async () => (await this.#ifAllowed(call)) !== null,
      lastWords: () => {
        const id = idOf(call);
        if (tap === null || tap.answered || id === null) return null;
        call.errorCode = gatewayErrorCode;
        return `${tap.atBoundary ? "" : "\n\n"}event: message\ndata: ${errorText(failures.lost, id)}\n\n`;
      },
      onEnd: (how) => {
        if (how !== "broken") call.errorCode ??= tap === null ? summarize(head).errorCode : tap.errorCode;
        if (how === "complete" && tap?.answered && call.errorCode === null) this.#sawSuccess(call, status);
        this.#log.finish(call, how === "left" && tap === null ? clientLeft : status);
      },
    });
    return new Response(body, { status, headers });
  }

  #sawSuccess({ connection, message }: Call, status: number): void {
    if (status === 200 && message?.kind === "request") this.#options.machines.attempts.worked(connection.deploymentId);
  }

  /** Its machine says that a server does not run. One that sleeps otherwise is not to be kept awake by clients that ask again and again. */
  #sawFailure({ connection }: Call, body: Buffer, headers: Record<string, string>): void {
    const code = this.#front.standsBefore(connection) ? failureCodeIn(body.toString("utf8")) : null;
    const retryAfterS = code === null ? null : this.#options.machines.attempts.serverFailed(connection, code);
    if (retryAfterS !== null) headers["retry-after"] = String(retryAfterS);
  }

  #fail(call: Call, failure: Failure, opened = true): Response {
    call.errorCode ??= gatewayErrorCode;
    this.#log.finish(call, opened && call.signal.aborted ? clientLeft : failure.status, opened);
    // Answered before the client has sent everything, it would not read the answer.
    void discardBody(call.body);
    return failureResponse(failure, idOf(call));
  }
}

/** Whether a call's key opens the deployment as that is now. */
function opens({ keyId }: Call, now: Connection): boolean {
  return now.keys.some(({ id }) => id === keyId);
}

/** A request for who judges it by its headers and its body as a whole. */
function askedOf(request: Request, body: string | null): AskedRequest {
  return { method: request.method, headers: Object.fromEntries(request.headers), body };
}
