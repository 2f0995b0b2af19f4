import { toAppError } from "../errors/app-error.ts";
import { formatEvent } from "../http/sse.ts";
import type { LogLine } from "../runtime/runtime.ts";

const KEEP_ALIVE_INTERVAL_MS = 15_000;

/**
 * Creates a stream of log lines as server-sent events. Keep-alive comments hold it open while nothing is logged. It ends with the
 * lines, with an `error` event when reading fails, or when the client disconnects. A slow client slows the source.
 */
export function createLogStream(
  read: (signal: AbortSignal) => AsyncGenerator<LogLine>,
  clientSignal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const closed = new AbortController();
  const lines = read(AbortSignal.any([clientSignal, closed.signal]));
  let keepAlive: NodeJS.Timeout | undefined;
  const end = () => {
    clearInterval(keepAlive);
    closed.abort();
  };
  return new ReadableStream(
    {
      start(controller) {
        // Some proxies send headers on only with the first bytes.
        controller.enqueue(encoder.encode(": ok\n\n"));
        keepAlive = setInterval(() => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": keep-alive\n\n"));
        }, KEEP_ALIVE_INTERVAL_MS);
        clientSignal.addEventListener("abort", end);
      },
      async pull(controller) {
        try {
          const next = await lines.next();
          if (!next.done) {
            controller.enqueue(encoder.encode(formatEvent({ data: JSON.stringify(next.value) })));
            return;
          }
        } catch (error) {
          if (!closed.signal.aborted) {
            const data = JSON.stringify(toAppError(error).toBody());
            controller.enqueue(encoder.encode(formatEvent({ event: "error", data })));
          }
        }
        end();
        controller.close();
      },
      cancel: end,
    },
    { highWaterMark: 16 },
  );
}
