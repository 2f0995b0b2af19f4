import { EventEmitter } from "node:events";
import type { ResponseHead } from "./response-parser.ts";

/** The connection that a response arrives on. */
export interface ResponseSource {
  pause(): void;
  resume(): void;
  destroy(): void;
}

/**
 * A machine's response. It emits `data` with each part of its body once something listens for that, `end` when the body is complete, and
 * `close` last: without an `end` before it, the machine was lost. It never emits `error`.
 */
export class MachineResponse extends EventEmitter {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null once the connection carries this response no more. */
  #source: ResponseSource | null;
  #queue: Buffer[] = [];
  #isFlowing = false;
  #isFlushing = false;
  #isComplete = false;
  #isClosed = false;

  constructor({ status, headers }: Pick<ResponseHead, "status" | "headers">, source: ResponseSource) {
    super();
    this.statusCode = status;
    this.headers = headers;
    this.#source = source;
  }

  /** True while parts of the body wait for something that reads them. */
  get isHeldBack(): boolean {
    return !this.#isFlowing && this.#queue.length > 0;
  }

  override on(event: string, listener: (...args: never[]) => void): this {
    super.on(event, listener as (...args: unknown[]) => void);
    // Listeners that are added right after this one must not miss the end, nor one that is added late the close.
    if (event === "data" && !this.#isFlowing) queueMicrotask(() => this.resume());
    if (event === "close" && this.#isClosed) queueMicrotask(listener as () => void);
    return this;
  }

  /** Returns the body when all of it has arrived and nothing has read it, else null. It counts as read then. */
  takeWhole(): Buffer | null {
    if (!this.#isComplete || this.#isFlowing || this.#isClosed) return null;
    const [first = Buffer.alloc(0)] = this.#queue;
    const body = this.#queue.length > 1 ? Buffer.concat(this.#queue) : first;
    this.#queue = [];
    this.#flush();
    return body;
  }

  /** Holds the body back, and with it the machine. */
  pause(): void {
    this.#isFlowing = false;
    this.#source?.pause();
  }

  /** Lets the body flow. What nothing listens to is dropped. */
  resume(): void {
    if (this.#isClosed) return;
    this.#isFlowing = true;
    this.#flush();
    if (this.#isFlowing) this.#source?.resume();
  }

  /** Ends the response and its connection. */
  destroy(): void {
    this.#queue = [];
    this.#source?.destroy();
    this.close();
  }

  /** Takes a part of the body. Called by the connection alone. */
  push(chunk: Buffer): void {
    if (this.#isClosed) return;
    this.#queue.push(chunk);
    if (this.#isFlowing) this.#flush();
  }

  /** The body is complete. Called by the connection alone. */
  complete(): void {
    this.#source = null;
    this.#isComplete = true;
    if (this.#isFlowing) this.#flush();
  }

  /** The connection carries this response no more. Called by the connection alone. */
  close(): void {
    this.#source = null;
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit("close");
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const chunks: Buffer[] = [];
    let isEnded = false;
    let wake = () => {};
    this.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      this.pause();
      wake();
    });
    this.once("end", () => {
      isEnded = true;
    });
    this.once("close", () => wake());
    try {
      for (;;) {
        const chunk = chunks.shift();
        if (chunk !== undefined) yield chunk;
        else if (isEnded) return;
        else if (this.#isClosed) throw new Error("the connection closed in the middle of the response");
        else {
          const { promise, resolve } = Promise.withResolvers<void>();
          wake = resolve;
          this.resume();
          if (chunks.length === 0 && !isEnded && !this.#isClosed) await promise;
        }
      }
    } finally {
      if (!isEnded) this.destroy();
    }
  }

  #flush(): void {
    // A listener may pause and resume while it gets a chunk.
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    while (this.#isFlowing) {
      const chunk = this.#queue.shift();
      if (chunk === undefined) break;
      this.emit("data", chunk);
    }
    this.#isFlushing = false;
    if (!this.#isComplete || this.#queue.length > 0 || this.#isClosed) return;
    this.emit("end");
    this.close();
  }
}
