import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import { parseEvents, type ServerSentEvent } from "../../http/sse.ts";
import type { ByteSink, ByteSource } from "../http/exchange.ts";
import type { KeepAlive } from "../http/keep-alive.ts";
import type { MachineResponse } from "../machines/machine-response.ts";
import type { ListChanges } from "./list-changes.ts";

const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;
const encoder = new TextEncoder();

/** How the streams of one era are opened, and which texts pass through them. */
export interface StreamProtocol {
  /** Text that the client gets at once, before the machine has answered. */
  readonly opening: string;
  /** Opens the stream at the machine. Null: not now. "over": there will be no more of it. */
  attach(deployment: DeploymentSnapshot, signal: AbortSignal): Promise<MachineResponse | null | "over">;
  /** Converts an event of the machine for the client. `over` ends the stream after it. */
  toClientText(event: ServerSentEvent): { text: string; over?: boolean };
  /** Formats a list change for the client; empty when the client did not ask for it. */
  formatListChange(method: string): string;
  /** Text that ends the stream cleanly, so that its client reconnects. */
  readonly closing: string;
}

export interface ClientStreamOptions {
  protocol: StreamProtocol;
  /** The machine's stream, where it is open already. */
  attached: MachineResponse | null;
  listChanges: ListChanges;
  /**
   * Returns the deployment in its present state, or null when the client may no longer listen. Rejections are ignored.
   */
  find: () => Promise<DeploymentSnapshot | null>;
  /** Returns whether the machine is active, so that a stream to it costs nothing. Never wakes it. */
  isActive: (deployment: DeploymentSnapshot) => Promise<boolean>;
  keepAlive: KeepAlive;
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
export class ClientStream {
  readonly body: ByteSource;
  readonly #options: ClientStreamOptions;
  readonly #abort = new AbortController();
  #sink: ByteSink | null = null;
  #attached: MachineResponse | null = null;
  #updating: Promise<void> | null = null;
  #updateAgain = false;
  #isEnded = false;
  #markSent: () => void = () => {};
  #stopKeepAlive = () => {};
  #timer: NodeJS.Timeout | undefined;
  #onDrain: (() => void) | null = null;
  readonly #onAbort = () => this.leave();

  constructor(options: ClientStreamOptions) {
    this.#options = options;
    this.body = {
      start: (sink) => this.#start(sink),
      pull: () => this.#onDrain?.(),
      cancel: () => {
        this.#sink = null;
        this.leave();
      },
    };
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** True while the machine's stream is open. */
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
    this.#updating ??= this.#updateUntilCurrent().finally(() => {
      this.#updating = null;
    });
    return this.#updating;
  }

  #start(sink: ByteSink): void {
    const { keepAlive, protocol, attached, endAfterMs } = this.#options;
    if (this.#isEnded) {
      sink.close();
      return;
    }
    this.#sink = sink;
    const times = { sentAt: keepAlive.now(), checkedAt: keepAlive.now() };
    this.#markSent = () => {
      times.sentAt = keepAlive.now();
    };
    this.#send(": ok\n\n");
    this.#send(protocol.opening);
    const sendKeepAlive = () => {
      if ((sink.desiredSize ?? 0) > 0) this.#send(": ping\n\n");
    };
    this.#stopKeepAlive = keepAlive.add(times, sendKeepAlive, () => this.update());
    if (endAfterMs !== null) this.#timer = setTimeout(() => this.#end(protocol.closing), endAfterMs).unref();
    if (attached !== null) void this.#relay(attached);
    void this.update();
  }

  async #updateUntilCurrent(): Promise<void> {
    while (this.#updateAgain && !this.#isEnded) {
      this.#updateAgain = false;
      await this.#update().catch(() => {});
    }
  }

  async #update(): Promise<void> {
    const deployment = await this.#options.find();
    if (deployment === null) return this.#end("");
    const used = await this.#options.isActive(deployment);
    if (!used) this.#detach();
    else if (this.#attached === null) await this.#attach(deployment);
    if (deployment.cached === null) return;
    for (const method of this.#options.listChanges.takePending(deployment.cached, this.#attached !== null)) {
      this.#send(this.#options.protocol.formatListChange(method));
    }
  }

  async #attach(deployment: DeploymentSnapshot): Promise<void> {
    const incoming = await this.#options.protocol.attach(deployment, this.#abort.signal);
    if (incoming === "over") return this.#end("");
    if (incoming === null) return;
    if (this.#isEnded) incoming.destroy();
    else void this.#relay(incoming);
  }

  #detach(): void {
    this.#attached?.destroy();
    this.#attached = null;
  }

  /** Relays the machine's events to the client with its backpressure, until one of them ends. */
  async #relay(incoming: MachineResponse): Promise<void> {
    this.#attached = incoming;
    try {
      for await (const event of parseEvents(incoming, { maxCharacters: MAX_EVENT_CHARACTERS })) {
        if (this.#attached !== incoming) return;
        if (event.data.includes("/list_changed")) this.#recordListChange(event.data);
        const { text, over = false } = this.#options.protocol.toClientText(event);
        if (over) return this.#end(text);
        this.#send(text);
        await this.#waitForDrain();
      }
    } catch {
      // The machine has gone, or the stream was let go of; it is opened again when the machine is used again.
    } finally {
      if (this.#attached === incoming) this.#attached = null;
      incoming.destroy();
    }
  }

  #recordListChange(data: string): void {
    const method = /"method"\s*:\s*"(notifications\/(?:tools|prompts|resources)\/list_changed)"/.exec(data)?.[1];
    if (method === undefined) return;
    this.#options.listChanges.recordServerNotification(method);
    this.#options.onListChanged();
  }

  #waitForDrain(): Promise<void> {
    if (this.#isEnded || (this.#sink?.desiredSize ?? 1) > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrain = () => {
        this.#onDrain = null;
        resolve();
      };
    });
  }

  #send(text: string): void {
    if (text === "" || this.#isEnded) return;
    const bytes = encoder.encode(text);
    this.#sink?.enqueue(bytes);
    this.#markSent();
    this.#options.onSent(bytes.byteLength);
  }

  #end(words: string): void {
    if (this.#isEnded) return;
    this.#send(words);
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#stopKeepAlive();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#detach();
    this.#options.attached?.destroy();
    this.#abort.abort();
    this.#onDrain?.();
    this.#sink?.close();
    this.#options.onEnd();
  }
}
