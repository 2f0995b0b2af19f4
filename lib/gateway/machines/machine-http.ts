import http from "node:http";
import https from "node:https";
import { isGatewayError } from "../errors.ts";
import type { BodyReader } from "../http/exchange.ts";
import type { PeekedBody } from "../http/request-body.ts";

export interface MachineHttpRequest {
  method: string;
  /** One of mcp-host's routes. */
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: PeekedBody;
  /** Ends the request when the client has gone. */
  signal: AbortSignal;
  /** Timeout in milliseconds for connecting. Nothing else is limited: a tool may take its time. */
  connectTimeoutMs: number;
  /** It does no harm when the machine gets it twice. */
  isRepeatable: boolean;
  /** Told of every part of the body that is to be sent beyond its head; what it throws ends the request. */
  onBody?: (chunk: Uint8Array) => void;
  /** Told when the whole body has been handed to the connection. */
  onSent?: () => void;
}

/** The machine could not be reached, or was lost before it began to answer. */
export class UpstreamError extends Error {
  /** The machine cannot have received the request. */
  readonly isUndelivered: boolean;
  /** A kept-alive connection turned out to be closed, which says nothing about the machine. */
  readonly isStale: boolean;

  constructor(message: string, undelivered: boolean, cause: unknown, stale = false) {
    super(message, { cause });
    this.name = "UpstreamError";
    this.isUndelivered = undelivered;
    this.isStale = stale;
  }
}

interface Target {
  options: http.RequestOptions;
  /** Base URL to which mcp-host's routes are appended. */
  base: string;
  agent: http.Agent;
  request: typeof http.request;
}

const MAX_TARGETS = 1_000;
const MAX_ONE_WRITE_BYTES = 8 * 1024;
/** Idle connections are closed after this time, before the other end closes them under a call. */
const IDLE_SOCKET_MS = 20_000;

/**
 * HTTP client for machines, over node:http because fetch ends a response that is silent for five minutes. Keeps
 * connections per machine, and closes them when the machine is forgotten.
 */
export class MachineHttp {
  readonly #targets = new Map<string, Target>();

  /** Sends a request to the mcp-host at this URL; resolves with the head of its answer. Rejects with UpstreamError. */
  send(url: string, request: MachineHttpRequest): Promise<http.IncomingMessage> {
    const sent = this.#sendOnce(url, request);
    if (!request.isRepeatable) return sent;
    return sent.catch((error: unknown) => {
      if (!(error instanceof UpstreamError && error.isStale)) throw error;
      this.forget(url);
      return this.#sendOnce(url, request);
    });
  }

  #sendOnce(url: string, request: MachineHttpRequest): Promise<http.IncomingMessage> {
    const target = this.#target(url);
    return new Promise((resolve, reject) => {
      const { head, rest } = request.body;
      const headers = { ...request.headers };
      if (rest === null && (head.length > 0 || request.method === "POST")) {
        headers["content-length"] = String(head.length);
      }
      const { signal } = request;
      if (signal.aborted) {
        reject(new UpstreamError("the client has gone", true, signal.reason));
        return;
      }
      const outgoing = target.request({
        ...target.options,
        path: target.base + request.path,
        method: request.method,
        headers,
      });
      // The request's own `signal` option does the same at several times the cost.
      const abort = () => outgoing.destroy(new Error("the client has gone"));
      signal.addEventListener("abort", abort, { once: true });
      let answered = false;
      outgoing.once("close", () => {
        signal.removeEventListener("abort", abort);
        // Node says nothing else of an answer that changes the protocol.
        if (!answered) reject(new UpstreamError("the connection closed before an answer", !connected, null));
      });
      let connected = false;
      let timer: NodeJS.Timeout | undefined;
      const onConnected = () => {
        connected = true;
        clearTimeout(timer);
        if (rest !== null) void pump(rest, outgoing, request.onBody);
      };
      outgoing.once("socket", (socket) => {
        if (!socket.connecting) return onConnected();
        timer = setTimeout(
          () => outgoing.destroy(new Error("the connection did not come about in time")),
          request.connectTimeoutMs,
        );
        socket.once(target.agent instanceof https.Agent ? "secureConnect" : "connect", onConnected);
      });
      outgoing.once("response", (incoming) => {
        answered = true;
        resolve(incoming);
      });
      outgoing.on("error", (error) => {
        clearTimeout(timer);
        const stale = outgoing.reusedSocket && !signal.aborted;
        reject(isGatewayError(error) ? error : new UpstreamError(error.message, !connected, error, stale));
      });
      if (request.onSent !== undefined) outgoing.once("finish", request.onSent);
      // Node sends text in one piece with the headers, and bytes in a second one; as latin1 they are the same bytes.
      if (rest === null && head.length <= MAX_ONE_WRITE_BYTES) outgoing.end(head.toString("latin1"), "latin1");
      else if (rest === null) outgoing.end(head);
      else outgoing.write(head);
    });
  }

  /** Forgets a machine's connections; those in use end with their calls. */
  forget(url: string): void {
    const target = this.#targets.get(url);
    if (target === undefined) return;
    this.#targets.delete(url);
    closeIdle(target.agent);
  }

  close(): void {
    for (const { agent } of this.#targets.values()) agent.destroy();
    this.#targets.clear();
  }

  #target(url: string): Target {
    const known = this.#targets.get(url);
    if (known !== undefined) return known;
    const { protocol, hostname, port, pathname } = new URL(url);
    const secure = protocol === "https:";
    const kept = { keepAlive: true, timeout: IDLE_SOCKET_MS };
    const agent = secure ? new https.Agent(kept) : new http.Agent(kept);
    const options = { agent, protocol, hostname: hostname.replace(/^\[|\]$/g, ""), port };
    const target = {
      agent,
      options,
      base: pathname.replace(/\/+$/, ""),
      request: secure ? https.request : http.request,
    };
    this.#targets.set(url, target);
    for (const oldest of this.#targets.keys()) {
      if (this.#targets.size <= MAX_TARGETS) break;
      this.forget(oldest);
    }
    return target;
  }
}

/** Closes the connections that wait for a next request. */
function closeIdle(agent: http.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Sends the rest of a body with the machine's backpressure. */
async function pump(
  rest: BodyReader,
  outgoing: http.ClientRequest,
  onBody: ((chunk: Uint8Array) => void) | undefined,
): Promise<void> {
  try {
    for (;;) {
      const { done, value } = await rest.read();
      if (done) break;
      if (outgoing.destroyed) return;
      onBody?.(value);
      if (!outgoing.write(value)) await waitForDrain(outgoing);
    }
    outgoing.end();
  } catch (error) {
    outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function waitForDrain(outgoing: http.ClientRequest): Promise<void> {
  if (outgoing.destroyed || !outgoing.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });
}
