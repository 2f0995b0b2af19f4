import type { SseConnection } from "../http/sse.ts";
import type { Id, NotificationMessage } from "../protocol/jsonrpc.ts";
import { LIST_CHANGES } from "../protocol/lists.ts";
import { toSubscriptionEnd, toSubscriptionNotification } from "../protocol/results.ts";
import type { SubscriptionFilter } from "../protocol/subscription-filter.ts";
import { findSubscribers } from "../server/routing.ts";
import type { ServerConnection } from "../server/server-connection.ts";
import { orNullAfter } from "../util/timeout.ts";
import type { Subscriber } from "./types.ts";

/** Notifications kept until the stream is acknowledged; each says only that something changed. */
const MAX_BUFFERED = 256;
const SUBSCRIBE_TIMEOUT_MS = 10_000;

/** One `subscriptions/listen` stream (MCP 2026-07-28, basic/patterns/subscriptions). */
export class Subscription {
  readonly #client: Subscriber<Subscription>;
  readonly #id: Id;
  readonly #methods: ReadonlySet<string>;
  #resources: string[];
  /** Null until the server has been told what to report. */
  #connection: SseConnection | null = null;
  #buffered: NotificationMessage[] = [];
  #ended = false;
  readonly #onCongestion: (connection: SseConnection) => void;

  constructor(
    client: Subscriber<Subscription>,
    id: Id,
    filter: SubscriptionFilter,
    hold: (connection: SseConnection) => void,
  ) {
    this.#client = client;
    this.#id = id;
    this.#methods = filter.methods;
    this.#resources = filter.resources;
    this.#onCongestion = hold;
  }

  get resources(): string[] {
    return this.#resources;
  }

  /** Subscribes the server to URIs that no client has subscribed to yet. Drops URIs that the server refuses. */
  async subscribe(connection: ServerConnection): Promise<void> {
    const others = [...this.#client.upstream.sessions].filter((peer) => peer !== this.#client);
    const known = (uri: string) =>
      this.#client.subscribedUris.has(uri) || others.some((peer) => peer.subscribedUris.has(uri));
    const fresh = this.#resources.filter((uri) => !known(uri));
    this.#client.subscriptions.add(this);
    const asked = fresh.map((uri) =>
      orNullAfter(connection.call("resources/subscribe", { uri }), SUBSCRIBE_TIMEOUT_MS),
    );
    const answers = await Promise.all(asked);
    const refused = new Set(fresh.filter((_, index) => answers[index]?.result === undefined));
    this.#resources = this.#resources.filter((uri) => !refused.has(uri));
  }

  /** Begins the stream with the acknowledgement, then sends what was buffered. */
  open(connection: SseConnection): void {
    this.#connection = connection;
    const notifications: Record<string, unknown> = {};
    for (const { filter, notification } of LIST_CHANGES) {
      if (this.#methods.has(notification)) notifications[filter] = true;
    }
    if (this.#resources.length > 0) notifications.resourceSubscriptions = this.#resources;
    this.#send(toSubscriptionNotification("notifications/subscriptions/acknowledged", { notifications }, this.#id));
    for (const message of this.#buffered.splice(0)) this.notify(message);
  }

  /** Sends a notification that no call has caused, if this stream asked for it. */
  notify(message: NotificationMessage): void {
    if (!this.#wants(message)) return;
    if (this.#connection === null) {
      if (this.#buffered.length < MAX_BUFFERED) this.#buffered.push(message);
    } else this.#send(toSubscriptionNotification(message.method, message.params, this.#id));
  }

  #wants({ method, params }: NotificationMessage): boolean {
    if (method !== "notifications/resources/updated") return this.#methods.has(method);
    const subscribed = { subscribedUris: new Set(this.#resources) };
    return findSubscribers(params?.uri, [subscribed]).length > 0;
  }

  #send(message: object): void {
    const connection = this.#connection;
    connection?.sendMessage(JSON.stringify(message));
    if (connection?.isCongested) this.#onCongestion(connection);
  }

  /** Ends the subscription. Unsubscribes the server from URIs that no other client wants. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const { upstream, subscriptions } = this.#client;
    subscriptions.delete(this);
    this.#client.touch();
    const connection = upstream.liveConnection;
    if (connection === null) return;
    for (const uri of this.#resources) {
      if (![...upstream.sessions].some((peer) => peer.subscribedUris.has(uri))) {
        void connection.call("resources/unsubscribe", { uri });
      }
    }
  }

  /** Ends the stream in order, with the response to the request that opened it. */
  finish(): void {
    this.#send(toSubscriptionEnd(this.#id));
    this.#connection?.end();
    this.end();
  }
}
