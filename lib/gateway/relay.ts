import type { IncomingMessage } from "node:http";
import type { EventTap } from "./event-tap.ts";

/** What may wait for a client that reads slowly before the machine is held back. */
const highWaterBytes = 64 * 1024;

const okComment = Buffer.from(": ok\n\n");
const pingComment = Buffer.from(": ping\n\n");

export interface RelayOptions {
  /** Watches the stream when it is an event stream. */
  tap: EventTap | null;
  /** Sees every part of the body as it goes by. */
  onData?: (chunk: Buffer) => void;
  /** What ends an event stream in place of a machine that was lost; null for nothing. */
  lastWords: () => string | null;
  /** Called once, with whether the body ended before its end, or the client left. */
  onEnd: (how: "complete" | "broken" | "left") => void;
  heartbeat: Heartbeat;
}

/**
 * A machine's answer as a web stream: every part goes on as it comes, a client that reads slowly holds the machine back, and one that
 * leaves ends the request. An event stream begins with a comment at once, since Next sends the headers with the first part.
 */
export function relay(upstream: IncomingMessage, options: RelayOptions): ReadableStream<Uint8Array> {
  const { tap } = options;
  let ended = false;
  let stopBeating = () => {};
  const end = (how: "complete" | "broken" | "left") => {
    if (ended) return false;
    ended = true;
    stopBeating();
    options.onEnd(how);
    return true;
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const beat = { sentAt: options.heartbeat.now(), ping: () => {} };
        if (tap !== null) {
          controller.enqueue(okComment);
          beat.ping = () => {
            if (tap.atBoundary && (controller.desiredSize ?? 0) > 0) controller.enqueue(pingComment);
          };
          stopBeating = options.heartbeat.add(beat);
        }
        upstream.on("data", (chunk: Buffer) => {
          tap?.push(chunk);
          options.onData?.(chunk);
          beat.sentAt = options.heartbeat.now();
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) upstream.pause();
        });
        upstream.once("end", () => {
          if (end("complete")) controller.close();
        });
        const broken = () => {
          if (!end("broken")) return;
          const words = tap === null ? null : options.lastWords();
          if (words !== null) controller.enqueue(Buffer.from(words));
          // A body that is no event stream must not look complete.
          if (tap === null) controller.error(new Error("the machine was lost in the middle of its answer"));
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
    { highWaterMark: highWaterBytes, size: (chunk) => chunk.byteLength },
  );
}

interface Beat {
  /** When something was sent last. */
  sentAt: number;
  ping: () => void;
}

/** One timer for the silence of all event streams. */
export class Heartbeat {
  readonly now: () => number;
  readonly #silenceMs: number;
  readonly #beats = new Set<Beat>();
  #timer: NodeJS.Timeout | null = null;

  constructor(silenceMs: number, now = () => performance.now()) {
    this.#silenceMs = silenceMs;
    this.now = now;
  }

  /** Pings a stream whenever it has been silent for the time; gives the way to stop that. */
  add(beat: Beat): () => void {
    this.#beats.add(beat);
    this.#timer ??= setInterval(() => this.#sweep(), Math.max(5, this.#silenceMs / 15)).unref();
    return () => {
      this.#beats.delete(beat);
      if (this.#beats.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  #sweep(): void {
    const now = this.now();
    for (const beat of this.#beats) {
      if (now - beat.sentAt < this.#silenceMs) continue;
      beat.ping();
      beat.sentAt = now;
    }
  }
}
