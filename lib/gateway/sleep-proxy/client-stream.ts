import type { IncomingMessage } from "node:http";
import { parseEvents, type ServerSentEvent } from "../../http/sse.ts";
import type { Connection } from "../deployment.ts";
import type { Heartbeat } from "../http/relay.ts";
import type { ShownLists } from "./list-changes.ts";

/** What may wait for a client that reads slowly before the machine is held back. */
const highWaterBytes = 64 * 1024;
const maxEventCharacters = 16 * 1024 * 1024;
const encoder = new TextEncoder();

/** How one era's streams are opened and what goes through them. */
export interface StreamKind {
  /** What the client is sent at once, before the machine has said anything. */
  readonly opening: string;
  /** Opens the stream at the machine. Null: not now. "over": there will be no more of it. */
  attach(connection: Connection, signal: AbortSignal): Promise<IncomingMessage | null | "over">;
  /** What the client gets of an event of the machine's; "over" when the stream is to end after it. */
  take(event: ServerSentEvent): { text: string; over?: boolean };
  /** A change of a list, as the client is told of it; empty when it has not asked for that. */
  change(method: string): string;
  /** What ends the stream in good order, for its client to come back. */
  readonly farewell: string;
}

export interface HeldStreamOptions {
  kind: StreamKind;
  /** The machine's stream, where it is open already. */
  attached: IncomingMessage | null;
  shown: ShownLists;
  /** The deployment as it is now; null when the client may not listen any more. Rejections count for nothing. */
  find: () => Promise<Connection | null>;
  /** Whether the machine is being used, so that a stream to it costs nothing; never wakes it. */
  isUsed: (connection: Connection) => Promise<boolean>;
  heartbeat: Heartbeat;
  /** After so long the stream ends; null for never. */
  endAfterMs: number | null;
  /** Aborts when the client leaves: who has not begun to read the stream by then does not cancel it. */
  signal: AbortSignal;
  onSent: (bytes: number) => void;
  /** The server has said that a list has changed. */
  onListChanged: () => void;
  /** Called once. */
  onEnd: () => void;
}

/**
 * A client's stream that lasts while its machine sleeps and wakes: attached to the machine while that is being used, held with
 * comments alone while it is not, so that a client that only listens keeps no machine awake.
 */
export class HeldStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #options: HeldStreamOptions;
  readonly #left = new AbortController();
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #attached: IncomingMessage | null = null;
  #updating: Promise<void> | null = null;
  #updateAgain = false;
  #ended = false;
  #sent: () => void = () => {};
  #stopBeating = () => {};
  #timer: NodeJS.Timeout | undefined;
  #wantsMore: (() => void) | null = null;
  readonly #onAbort = () => this.leave();

  constructor(options: HeldStreamOptions) {
    this.#options = options;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => this.#start(controller),
        pull: () => this.#wantsMore?.(),
        cancel: () => this.leave(),
      },
      { highWaterMark: highWaterBytes, size: (chunk) => chunk.byteLength },
    );
  }

  /** Whether the machine's stream is open. */
  get isAttached(): boolean {
    return this.#attached !== null;
  }

  /** The client has gone. */
  leave(): void {
    this.#end("");
  }

  /** Looks again at what is to be done: something about the machine, or about the deployment, has changed. */
  update(): Promise<void> {
    this.#updateAgain = true;
    this.#updating ??= this.#untilUpdated().finally(() => {
      this.#updating = null;
    });
    return this.#updating;
  }

  #start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { heartbeat, kind, attached, endAfterMs, signal } = this.#options;
    this.#controller = controller;
    const beat = { sentAt: heartbeat.now(), checkedAt: heartbeat.now() };
    this.#sent = () => {
      beat.sentAt = heartbeat.now();
    };
    this.#send(": ok\n\n");
    this.#send(kind.opening);
    const ping = () => {
      if ((controller.desiredSize ?? 0) > 0) this.#send(": ping\n\n");
    };
    this.#stopBeating = heartbeat.add(beat, ping, () => this.update());
    if (endAfterMs !== null) this.#timer = setTimeout(() => this.#end(kind.farewell), endAfterMs).unref();
    if (attached !== null) void this.#carry(attached);
    signal.addEventListener("abort", this.#onAbort, { once: true });
    void this.update();
  }

  async #untilUpdated(): Promise<void> {
    while (this.#updateAgain && !this.#ended) {
      this.#updateAgain = false;
      await this.#update().catch(() => {});
    }
  }

  async #update(): Promise<void> {
    const connection = await this.#options.find();
    if (connection === null) return this.#end("");
    const used = await this.#options.isUsed(connection);
    if (!used) this.#detach();
    else if (this.#attached === null) await this.#attach(connection);
    if (connection.cached === null) return;
    for (const method of this.#options.shown.due(connection.cached, this.#attached !== null)) {
      this.#send(this.#options.kind.change(method));
    }
  }

  async #attach(connection: Connection): Promise<void> {
    const incoming = await this.#options.kind.attach(connection, this.#left.signal);
    if (incoming === "over") return this.#end("");
    if (incoming === null) return;
    if (this.#ended) incoming.destroy();
    else void this.#carry(incoming);
  }

  #detach(): void {
    this.#attached?.destroy();
    this.#attached = null;
  }

  /** Brings what the machine says to the client, as fast as the client takes it, until one of them has enough. */
  async #carry(incoming: IncomingMessage): Promise<void> {
    this.#attached = incoming;
    try {
      for await (const event of parseEvents(incoming, { maxCharacters: maxEventCharacters })) {
        if (this.#attached !== incoming) return;
        if (event.data.includes("/list_changed")) this.#noteChange(event.data);
        const { text, over = false } = this.#options.kind.take(event);
        if (over) return this.#end(text);
        this.#send(text);
        await this.#untilRead();
      }
    } catch {
      // The machine has gone, or the stream was let go of; it is opened again when the machine is used again.
    } finally {
      if (this.#attached === incoming) this.#attached = null;
      incoming.destroy();
    }
  }

  #noteChange(data: string): void {
    const method = /"method"\s*:\s*"(notifications\/(?:tools|prompts|resources)\/list_changed)"/.exec(data)?.[1];
    if (method === undefined) return;
    this.#options.shown.toldByServer(method);
    this.#options.onListChanged();
  }

  #untilRead(): Promise<void> {
    if (this.#ended || (this.#controller?.desiredSize ?? 1) > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wantsMore = () => {
        this.#wantsMore = null;
        resolve();
      };
    });
  }

  #send(text: string): void {
    if (text === "" || this.#ended) return;
    const bytes = encoder.encode(text);
    this.#controller?.enqueue(bytes);
    this.#sent();
    this.#options.onSent(bytes.byteLength);
  }

  #end(words: string): void {
    if (this.#ended) return;
    this.#send(words);
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#stopBeating();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#detach();
    this.#left.abort();
    this.#wantsMore?.();
    try {
      this.#controller?.close();
    } catch {
      // The client has cancelled it.
    }
    this.#options.onEnd();
  }
}
