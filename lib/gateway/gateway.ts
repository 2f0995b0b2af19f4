import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { authenticate, corsHeaders, preflight } from "./access.ts";
import { errorText, type Failure, failureResponse, failures, gatewayErrorCode, isGatewayError } from "./answer.ts";
import { discardBody, type PeekedBody, peekBody } from "./body.ts";
import { type CallQueue, recordText } from "./calls.ts";
import type { Connection } from "./connection.ts";
import type { Directory } from "./directory.ts";
import { EventTap } from "./event-tap.ts";
import { requestHeaders, responseHeaders } from "./headers.ts";
import type { Machines } from "./machines.ts";
import { idAtEnd, type MessageSummary, summarize } from "./message.ts";
import { Heartbeat, relay } from "./relay.ts";

export interface GatewayOptions {
  directory: Directory;
  machines: Machines;
  calls: CallQueue;
  /** Origins whose pages may call: the app's own, and those that the operator allows. */
  allowedOrigins: ReadonlySet<string>;
  /** An event stream that is silent for so long gets a comment. */
  pingAfterMs?: number;
  /** How often it is asked whether an open event stream's key still counts. */
  checkAfterMs?: number;
  /** How long the beginning of a body may take to come. */
  bodyTimeoutMs?: number;
  /** Calls and streams of one deployment that may be open at once. */
  maxOpen?: number;
}

/** Answers up to this size are taken whole, so that a machine lost in the middle of one becomes an error that can be read. */
const wholeAnswerBytes = 64 * 1024;
const maxRememberedSessions = 10_000;
/** nginx's word for a client that left before it was answered; it is only ever recorded. */
const clientLeft = 499;
const int4Max = 2 ** 31 - 1;

/** One call on its way through, and what its record will say. */
interface Call {
  readonly request: Request;
  readonly connection: Connection;
  readonly keyId: string;
  readonly startedAt: number;
  readonly body: PeekedBody;
  readonly message: MessageSummary | null;
  /** The end of a body that is longer than its head. */
  tail: string;
  requestBytes: number;
  responseBytes: number;
  errorCode: number | null;
  finished: boolean;
}

/**
 * The gateway: from a request to `/api/mcp/{id}` to the answer of that deployment's mcp-host. It authenticates the client, finds
 * the machine, wakes it, forwards both ways unbuffered, and records the call.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #heartbeat: Heartbeat;
  readonly #maxOpen: number;
  readonly #open = new Map<string, number>();
  /** What a session's client called itself, by deployment and session. */
  readonly #clients = new Map<string, string>();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#heartbeat = new Heartbeat({
      pingAfterMs: options.pingAfterMs ?? 15_000,
      checkAfterMs: options.checkAfterMs ?? 10_000,
    });
    // Below the connections that one mcp-host takes.
    this.#maxOpen = options.maxOpen ?? 900;
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

  async #answer(request: Request, deploymentId: string): Promise<Response> {
    if (!["POST", "GET", "DELETE"].includes(request.method)) return failureResponse(failures.method);
    const connection = await this.#options.directory.find(deploymentId);
    if (connection === null) return failureResponse(failures.unknown);
    const { keyId, failure } = authenticate(request.headers.get("authorization"), connection);
    if (failure !== null) return failureResponse(failure);
    const body = await peekBody(request.method === "POST" ? request.body : null, {
      timeoutMs: this.#options.bodyTimeoutMs,
    });
    // The client left in the middle of its own request: nobody is there to read an answer, and nothing was called.
    if (body === null) return new Response(null, { status: 400 });
    const call: Call = {
      request,
      connection,
      keyId,
      startedAt: performance.now(),
      body,
      message: body.head.length > 0 ? summarize(body.head.toString("utf8")) : null,
      tail: "",
      requestBytes: body.head.length,
      responseBytes: 0,
      errorCode: null,
      finished: false,
    };
    const open = this.#open.get(connection.deploymentId) ?? 0;
    if (open >= this.#maxOpen) return this.#fail(call, failures.busy, false);
    this.#open.set(connection.deploymentId, open + 1);
    try {
      return await this.#respond(call, await this.#send(call));
    } catch (error) {
      if (request.signal.aborted) this.#finish(call, clientLeft);
      if (isGatewayError(error)) return this.#fail(call, error.failure);
      console.error("gateway:", error);
      return this.#fail(call, failures.internal);
    }
  }

  #send(call: Call): Promise<IncomingMessage> {
    const { request, connection, message } = call;
    return this.#options.machines.send(connection, {
      method: request.method,
      headers: requestHeaders(request.headers, call.keyId),
      body: call.body,
      signal: request.signal,
      mcpMethod: message?.kind === "request" ? message.method : null,
      onBody: (chunk) => {
        call.requestBytes += chunk.byteLength;
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
    this.#rememberClient(call, incoming);
    const headers = responseHeaders(incoming.headers);
    if (type === "text/event-stream") return this.#stream(call, incoming, status, headers, new EventTap(idOf(call)));
    if (length === 0 || status === 202 || status === 204) {
      incoming.resume();
      this.#finish(call, status);
      return new Response(null, { status, headers });
    }
    if (type !== "application/json") {
      incoming.destroy();
      return this.#fail(call, failures.nonsense);
    }
    if (!(length <= wholeAnswerBytes)) return this.#stream(call, incoming, status, headers, null);
    const body = await readAll(incoming);
    if (body === null) return this.#fail(call, failures.lost);
    call.responseBytes = body.length;
    call.errorCode = body.includes('"error"') ? summarize(body.toString("utf8")).errorCode : null;
    this.#finish(call, status);
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
    const body = relay(incoming, {
      tap,
      heartbeat: this.#heartbeat,
      onData: (chunk) => {
        call.responseBytes += chunk.length;
        if (tap === null && head.length < 4096) head += chunk.toString("latin1", 0, 4096);
      },
      isAllowed: async () => {
        const now = await this.#options.directory.find(call.connection.deploymentId);
        return now?.keys.some(({ id }) => id === call.keyId) ?? false;
      },
      lastWords: () => {
        const id = idOf(call);
        if (tap === null || tap.answered || id === null) return null;
        call.errorCode = gatewayErrorCode;
        return `${tap.atBoundary ? "" : "\n\n"}event: message\ndata: ${errorText(failures.lost, id)}\n\n`;
      },
      onEnd: (how) => {
        if (how !== "broken") call.errorCode = tap === null ? summarize(head).errorCode : tap.errorCode;
        this.#finish(call, how === "left" && tap === null ? clientLeft : status);
      },
    });
    return new Response(body, { status, headers });
  }

  #fail(call: Call, failure: Failure, opened = true): Response {
    call.errorCode = gatewayErrorCode;
    this.#finish(call, failure.status, opened);
    // Answered before the client has sent everything, it would not read the answer.
    void discardBody(call.body);
    return failureResponse(failure, idOf(call));
  }

  #finish(call: Call, httpStatus: number, opened = true): void {
    if (call.finished) return;
    call.finished = true;
    const { connection, request, message } = call;
    if (opened) this.#release(connection.deploymentId);
    this.#options.calls.add({
      id: randomUUID(),
      deploymentId: connection.deploymentId,
      accessKeyId: call.keyId,
      at: new Date(),
      method: recordText(methodOf(request, message), 128) ?? request.method,
      target: recordText(message?.target ?? null, 256),
      httpStatus,
      errorCode: call.errorCode !== null && Math.abs(call.errorCode) <= int4Max ? call.errorCode : null,
      durationMs: Math.min(Math.round(performance.now() - call.startedAt), int4Max),
      requestBytes: Math.min(call.requestBytes, int4Max),
      responseBytes: Math.min(call.responseBytes, int4Max),
      client: recordText(this.#clientOf(call), 128),
    });
  }

  #release(deploymentId: string): void {
    const open = this.#open.get(deploymentId) ?? 1;
    if (open > 1) this.#open.set(deploymentId, open - 1);
    else this.#open.delete(deploymentId);
  }

  #rememberClient(call: Call, incoming: IncomingMessage): void {
    const session = incoming.headers["mcp-session-id"];
    const client = call.message?.client;
    if (call.message?.method !== "initialize" || typeof session !== "string" || !client) return;
    this.#clients.set(`${call.connection.deploymentId} ${session.slice(-64)}`, client.slice(0, 128));
    if (this.#clients.size <= maxRememberedSessions) return;
    for (const oldest of this.#clients.keys()) {
      this.#clients.delete(oldest);
      break;
    }
  }

  #clientOf(call: Call): string | null {
    if (call.message?.client) return call.message.client;
    const session = call.request.headers.get("mcp-session-id");
    const remembered = session && this.#clients.get(`${call.connection.deploymentId} ${session.slice(-64)}`);
    return remembered || call.request.headers.get("user-agent");
  }
}

/** The id that an answer to this call has to bear. */
function idOf(call: Call) {
  if (call.message === null || call.message.kind === "response" || call.message.kind === "batch") return null;
  return call.message.id ?? idAtEnd(call.tail);
}

function methodOf(request: Request, message: MessageSummary | null): string {
  if (message === null || message.kind === "unreadable") return request.method;
  return message.method ?? message.kind;
}

/** What `new Response` would make of these bytes, without their being copied twice on the way. */
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

/** A body as a whole; null when it ends before its end. */
function readAll(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer> | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.once("end", () => resolve(Buffer.concat(chunks)));
    incoming.once("error", () => resolve(null));
    incoming.once("close", () => resolve(null));
  });
}
