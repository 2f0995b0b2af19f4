import type { MachineResponse } from "../machines/machine-response.ts";
import type { ByteSource } from "./exchange.ts";
import { KEEP_ALIVE_COMMENT, type KeepAlive, OK_COMMENT, type StreamTimes } from "./keep-alive.ts";
import type { SseObserver } from "./sse-observer.ts";

/** How a relayed body ended: complete, cut off by the machine, or left by the client or closed to it. */
export type RelayEnd = "complete" | "broken" | "left";

export interface RelayOptions {
  /** Watches the body when it is an event stream; null for any other body. */
  observer: SseObserver | null;
  /** Sees every chunk of the body. */
  onData?: (chunk: Buffer) => void;
  /** Final event to send when the machine is lost mid-stream, or null. */
  eventOnLoss: () => string | null;
  /** Asked from time to time while an event stream is open. The stream ends once it returns false; rejections are ignored. */
  isAllowed: () => Promise<boolean>;
  /** Called once. */
  onEnd: (how: RelayEnd) => void;
  keepAlive: KeepAlive;
  /** Events that an event stream begins with. */
  prelude?: string;
  /** Maximum duration of the response in milliseconds; null without a limit. */
  endAfterMs: number | null;
  /** Final event to send at that limit, or null. */
  eventAtLimit: () => string | null;
}

/**
 * Relays a machine's response unbuffered. A client that reads slowly slows the machine; a client that leaves ends the machine's request.
 * An event stream begins with a comment, since some hosts send the head of a response with its first bytes.
 */
export function relay(upstream: MachineResponse, options: RelayOptions): ByteSource {
  const { observer } = options;
  let isEnded = false;
  let stopKeepAlive = () => {};
  let deadline: NodeJS.Timeout | undefined;
  const end = (how: RelayEnd) => {
    if (isEnded) return false;
    isEnded = true;
    stopKeepAlive();
    clearTimeout(deadline);
    options.onEnd(how);
    return true;
  };
  return {
    start(sink) {
      const times: StreamTimes = { sentAt: options.keepAlive.now(), checkedAt: options.keepAlive.now() };
      if (observer !== null) {
        sink.enqueue(OK_COMMENT);
        if (options.prelude) sink.enqueue(Buffer.from(options.prelude));
        const sendComment = () => {
          if (observer.isAtBoundary && (sink.desiredSize ?? 0) > 0) sink.enqueue(KEEP_ALIVE_COMMENT);
        };
        const check = async () => {
          if ((await options.isAllowed().catch(() => true)) || !end("left")) return;
          sink.close();
          upstream.destroy();
        };
        stopKeepAlive = options.keepAlive.add(times, sendComment, check);
      }
      if (options.endAfterMs !== null) {
        deadline = setTimeout(() => {
          const event = observer === null ? null : options.eventAtLimit();
          if (!end("complete")) return;
          if (event !== null) sink.enqueue(Buffer.from(event));
          if (observer === null) sink.error(new Error("the response took longer than the host permits"));
          else sink.close();
          upstream.destroy();
        }, options.endAfterMs).unref();
      }
      upstream.on("data", (chunk: Buffer) => {
        if (isEnded) return;
        observer?.push(chunk);
        options.onData?.(chunk);
        times.sentAt = options.keepAlive.now();
        sink.enqueue(chunk);
        if ((sink.desiredSize ?? 0) <= 0) upstream.pause();
      });
      upstream.once("end", () => {
        if (end("complete")) sink.close();
      });
      const onBroken = () => {
        if (!end("broken")) return;
        const event = observer === null ? null : options.eventOnLoss();
        if (event !== null) sink.enqueue(Buffer.from(event));
        // A body without events must not look complete.
        if (observer === null) sink.error(new Error("the machine was lost in the middle of its response"));
        else sink.close();
      };
      upstream.once("close", onBroken);
    },
    pull() {
      upstream.resume();
    },
    cancel() {
      end("left");
      upstream.destroy();
    },
  };
}
