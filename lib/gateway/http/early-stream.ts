import { orNullAfter } from "../../util/timeout.ts";
import { FAILURES, type Failure, formatError, type RequestId } from "../errors.ts";
import { formatMessageEvent } from "./events.ts";

const encoder = new TextEncoder();
const OK_COMMENT = encoder.encode(": ok\n\n");
const KEEP_ALIVE_COMMENT = encoder.encode(": ping\n\n");
const EVENT_START = encoder.encode("event: message\ndata: ");
const EVENT_END = encoder.encode("\n\n");

const MAX_REFUSAL_CHARACTERS = 64 * 1024;

export interface EarlyStreamOptions {
  /** The request's own id. */
  id: RequestId;
  /** How often the client is shown that its call is alive. */
  keepAliveAfterMs: number;
  /** How long to wait at most, and what to do then, which gives the error that ends the stream; null for as long as it takes. */
  limit: { afterMs: number; onReached: () => Failure } | null;
  /** Called when the client leaves. */
  onLeave: () => void;
}

/**
 * An event stream that begins before its answer is there: comments until then, and then the answer, whatever form it has. An
 * answer's own status is lost, so one that is a refusal becomes the JSON-RPC error for this request.
 *
 * @param answer must not reject
 */
export function startEarlyStream(answer: Promise<Response>, options: EarlyStreamOptions): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  const endAt = options.limit === null ? Number.POSITIVE_INFINITY : performance.now() + options.limit.afterMs;
  const arrived = answer.then((response) => toEvents(response, options.id).getReader());
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(OK_COMMENT);
    },
    async pull(controller) {
      reader ??= await orNullAfter(arrived, Math.min(options.keepAliveAfterMs, endAt - performance.now()));
      if (reader === null) {
        if (options.limit === null || performance.now() < endAt) return controller.enqueue(KEEP_ALIVE_COMMENT);
        controller.enqueue(encoder.encode(formatMessageEvent(formatError(options.limit.onReached(), options.id))));
        controller.close();
        return;
      }
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      options.onLeave();
      await (await arrived).cancel(reason);
    },
  });
}

function toEvents(response: Response, id: RequestId): ReadableStream<Uint8Array> {
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream") && response.body !== null) return response.body;
  if (response.status === 200 && response.body !== null) return response.body.pipeThrough(createEventWrapper());
  return toRefusalEvent(response, id);
}

/** JSON as the data of one event: a line's end can only stand between its tokens, where a space does as well. */
function createEventWrapper(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    start(controller) {
      controller.enqueue(EVENT_START);
    },
    transform(chunk, controller) {
      const hasLineEnd = chunk.includes(0x0a) || chunk.includes(0x0d);
      controller.enqueue(hasLineEnd ? chunk.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)) : chunk);
    },
    flush(controller) {
      controller.enqueue(EVENT_END);
    },
  });
}

function toRefusalEvent(response: Response, id: RequestId): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      const text = response.body === null ? "" : await readBeginning(response.body);
      controller.enqueue(encoder.encode(formatMessageEvent(setErrorId(text, id))));
      controller.close();
    },
  });
}

/** A refusal's text, which is short; of one that is not, too little to be JSON. */
async function readBeginning(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_REFUSAL_CHARACTERS) break;
    }
  } catch {
    // The machine was lost in the middle of it.
  }
  return text;
}

/** A JSON-RPC error with the id of the request that it refuses. */
function setErrorId(text: string, id: RequestId): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === "object" && error !== null) return JSON.stringify({ jsonrpc: "2.0", id, error });
  } catch {
    // It is no JSON.
  }
  return formatError(FAILURES.nonsense, id);
}
