import type { IncomingMessage } from "node:http";
import type { KeepAlive, StreamTimes } from "./keep-alive.ts";
import type { SseObserver } from "./sse-observer.ts";

/** What may wait for a client that reads slowly before the machine is held back. */
const HIGH_WATER_BYTES = 64 * 1024;

const OK_COMMENT = Buffer.from(": ok\n\n");
const KEEP_ALIVE_COMMENT = Buffer.from(": ping\n\n");

export interface RelayOptions {
  /** Watches the stream when it is an event stream. */
  observer: SseObserver | null;
  /** Sees every part of the body as it goes by. */
  onData?: (chunk: Buffer) => void;
  /** What ends an event stream in place of a machine that was lost; null for nothing. */
  eventOnLoss: () => string | null;
  /** Asked now and then while an event stream is open; once it says no, the stream ends. Rejections count for nothing. */
  isAllowed: () => Promise<boolean>;
  /** Called once, with whether the body ended before its end, or the client left. */
  onEnd: (how: "complete" | "broken" | "left") => void;
  keepAlive: KeepAlive;
  /** What an event stream begins with. */
  prelude?: string;
  /** After so long the answer ends; null for never. */
  endAfterMs: number | null;
  /** What ends an event stream then; null for nothing. */
  eventAtLimit: () => string | null;
}

/**
 * A machine's answer as a web stream: every part goes on as it comes, a client that reads slowly holds the machine back, and one that
 * leaves ends the request. An event stream begins with a comment at once, since Next sends the headers with the first part.
 */
export function relay(upstream: IncomingMessage, options: RelayOptions): ReadableStream<Uint8Array> {
  const { observer } = options;
  let ended = false;
  let stopKeepAlive = () => {};
  let timer: NodeJS.Timeout | undefined;
  const end = (how: "complete" | "broken" | "left") => {
    if (ended) return false;
    ended = true;
    stopKeepAlive();
    clearTimeout(timer);
    options.onEnd(how);
    return true;
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const times: StreamTimes = { sentAt: options.keepAlive.now(), checkedAt: options.keepAlive.now() };
        if (observer !== null) {
          controller.enqueue(OK_COMMENT);
          if (options.prelude) controller.enqueue(Buffer.from(options.prelude));
          const sendKeepAlive = () => {
            if (observer.isAtBoundary && (controller.desiredSize ?? 0) > 0) controller.enqueue(KEEP_ALIVE_COMMENT);
          };
          const check = async () => {
            if ((await options.isAllowed().catch(() => true)) || !end("left")) return;
            controller.close();
            upstream.destroy();
          };
          stopKeepAlive = options.keepAlive.add(times, sendKeepAlive, check);
        }
        if (options.endAfterMs !== null) {
          timer = setTimeout(() => {
            const words = observer === null ? null : options.eventAtLimit();
            if (!end("complete")) return;
            if (words !== null) controller.enqueue(Buffer.from(words));
            if (observer === null) controller.error(new Error("the answer took longer than the host permits"));
            else controller.close();
            upstream.destroy();
          }, options.endAfterMs).unref();
        }
        upstream.on("data", (chunk: Buffer) => {
          observer?.push(chunk);
          options.onData?.(chunk);
          times.sentAt = options.keepAlive.now();
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) upstream.pause();
        });
        upstream.once("end", () => {
          if (end("complete")) controller.close();
        });
        const broken = () => {
          if (!end("broken")) return;
          const words = observer === null ? null : options.eventOnLoss();
          if (words !== null) controller.enqueue(Buffer.from(words));
          // A body that is no event stream must not look complete.
          if (observer === null) controller.error(new Error("the machine was lost in the middle of its answer"));
          else controller.close();
        };
        upstream.once("error", broken);
        upstream.once("close", broken);
      },
      pull() {
        upstream.resume();
      },
      cancel() {
        end("left");
        upstream.destroy();
      },
    },
    { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk.byteLength },
  );
}
