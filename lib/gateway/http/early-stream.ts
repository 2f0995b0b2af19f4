import { FAILURES, type Failure, formatError, type RequestId } from "../errors.ts";
import { formatMessageEvent } from "./events.ts";
import { type ByteSink, type ByteSource, discardSource, type GatewayResponse, isByteSource } from "./exchange.ts";
import { KEEP_ALIVE_COMMENT, OK_COMMENT } from "./keep-alive.ts";

const EVENT_START = Buffer.from("event: message\ndata: ");
const EVENT_END = Buffer.from("\n\n");
const MAX_REFUSAL_BYTES = 64 * 1024;

export interface EarlyStreamOptions {
  /** The request's own id. */
  id: RequestId;
  /** Interval of keep-alive comments in milliseconds. */
  keepAliveAfterMs: number;
  /** The longest wait, and what to do then: `onReached` returns the error that ends the stream. Null to wait without end. */
  limit: { afterMs: number; onReached: () => Failure } | null;
  /** Called when the client leaves. */
  onLeave: () => void;
}

/**
 * Starts an event stream before its response is there: keep-alive comments until then, and then the response, whatever its form. The
 * client does not see the response's own status, so a refusal becomes the JSON-RPC error for this request.
 *
 * @param response must not reject
 */
export function startEarlyStream(response: Promise<GatewayResponse>, options: EarlyStreamOptions): ByteSource {
  let inner: ByteSource | null = null;
  let isOver = false;
  let keepAlive: NodeJS.Timeout | undefined;
  let deadline: NodeJS.Timeout | undefined;
  const stopWaiting = () => {
    clearInterval(keepAlive);
    clearTimeout(deadline);
  };
  return {
    start(sink) {
      sink.enqueue(OK_COMMENT);
      keepAlive = setInterval(() => {
        if ((sink.desiredSize ?? 0) > 0) sink.enqueue(KEEP_ALIVE_COMMENT);
      }, options.keepAliveAfterMs);
      const { limit } = options;
      if (limit !== null) {
        deadline = setTimeout(() => {
          isOver = true;
          stopWaiting();
          sink.enqueue(Buffer.from(formatMessageEvent(formatError(limit.onReached(), options.id))));
          sink.close();
        }, limit.afterMs);
      }
      void response.then((arrived) => {
        stopWaiting();
        const events = toEvents(arrived, options.id);
        if (isOver) {
          discardSource(events);
          return;
        }
        inner = events;
        inner.start(sink);
      });
    },
    pull: () => inner?.pull(),
    cancel() {
      isOver = true;
      stopWaiting();
      options.onLeave();
      inner?.cancel();
    },
  };
}

function toEvents({ status, headers, body }: GatewayResponse, id: RequestId): ByteSource {
  if (isByteSource(body)) {
    if (headers["content-type"]?.startsWith("text/event-stream")) return body;
    return status === 200 ? wrapAsEvent(body) : toRefusalEvent(body, id);
  }
  if (status === 200 && body !== null) return wrapAsEvent(toSource(body));
  return toSource(formatMessageEvent(setErrorId(String(body ?? ""), id)));
}

/** Sends JSON as the data of one event. A line end can only stand between its tokens, where a space means the same. */
function wrapAsEvent(source: ByteSource): ByteSource {
  return {
    start(sink) {
      sink.enqueue(EVENT_START);
      source.start({
        get desiredSize() {
          return sink.desiredSize;
        },
        enqueue: (bytes) => sink.enqueue(replaceLineEnds(bytes)),
        close() {
          sink.enqueue(EVENT_END);
          sink.close();
        },
        error: (reason) => sink.error(reason),
      });
    },
    pull: () => source.pull(),
    cancel: () => source.cancel(),
  };
}

function replaceLineEnds(bytes: Uint8Array): Uint8Array {
  const hasLineEnd = bytes.includes(0x0a) || bytes.includes(0x0d);
  return hasLineEnd ? bytes.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)) : bytes;
}

/** Reads a refusal, which is short. Of a longer body it reads too little to be JSON. */
function toRefusalEvent(source: ByteSource, id: RequestId): ByteSource {
  let isOver = false;
  return {
    start(sink) {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      const finish = () => {
        if (isOver) return;
        isOver = true;
        sink.enqueue(Buffer.from(formatMessageEvent(setErrorId(Buffer.concat(chunks).toString("utf8"), id))));
        sink.close();
      };
      source.start({
        desiredSize: MAX_REFUSAL_BYTES,
        enqueue(chunk) {
          if (isOver) return;
          chunks.push(chunk);
          bytes += chunk.byteLength;
          if (bytes <= MAX_REFUSAL_BYTES) return;
          source.cancel();
          finish();
        },
        close: finish,
        error: finish,
      });
    },
    pull: () => {},
    cancel() {
      if (isOver) return;
      isOver = true;
      source.cancel();
    },
  };
}

function toSource(body: Buffer | string): ByteSource {
  return {
    start(sink: ByteSink) {
      sink.enqueue(typeof body === "string" ? Buffer.from(body) : body);
      sink.close();
    },
    pull: () => {},
    cancel: () => {},
  };
}

/** Returns a JSON-RPC error with the id of the request that it refuses. */
function setErrorId(text: string, id: RequestId): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === "object" && error !== null) return JSON.stringify({ jsonrpc: "2.0", id, error });
  } catch {
    // It is not JSON.
  }
  return formatError(FAILURES.nonsense, id);
}
