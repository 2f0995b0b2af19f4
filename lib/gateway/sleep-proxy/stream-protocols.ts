import {
  classify,
  type Id,
  isObject,
  parseJson,
  toIdKey,
  toSubscriptionEnd,
  toSubscriptionNotification,
} from "mcp-host/protocol";
import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import type { ServerSentEvent } from "../../http/sse.ts";
import { formatMessageEvent, formatResumePoint, RECONNECT } from "../http/events.ts";
import type { MachineResponse } from "../machines/machine-response.ts";
import type { StreamProtocol } from "./client-stream.ts";
import { toListFilter } from "./list-digest.ts";

/** Sends the client's own request again to an awake machine. Null when there is no answer. */
export type Reopen = (
  deployment: DeploymentSnapshot,
  headers: Record<string, string>,
  signal: AbortSignal,
) => Promise<MachineResponse | null>;

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";

/** The own stream of a legacy session: a GET that resumes at the last event the client received. */
export class SessionStream implements StreamProtocol {
  readonly opening: string;
  readonly closing = RECONNECT;
  readonly #reopen: Reopen;
  #lastEventId: string | null;

  constructor(reopen: Reopen, lastEventId: string | null) {
    this.#reopen = reopen;
    this.#lastEventId = lastEventId;
    this.opening = formatResumePoint(lastEventId);
  }

  async attach(deployment: DeploymentSnapshot, signal: AbortSignal): Promise<MachineResponse | null | "over"> {
    const from = this.#lastEventId;
    const incoming = await this.#reopen(deployment, from === null ? {} : { "last-event-id": from }, signal);
    if (incoming === null || isEventStream(incoming)) return incoming;
    incoming.destroy();
    // The events are no longer stored, so the stream continues from now.
    if (incoming.statusCode === 400 && from !== null) this.#lastEventId = null;
    return incoming.statusCode === 404 ? "over" : null;
  }

  toClientText({ id, data }: ServerSentEvent): { text: string } {
    if (id !== null) this.#lastEventId = id;
    return { text: data === "" && id !== null ? `id: ${id}\ndata:\n\n` : formatMessageEvent(data, id) };
  }

  formatListChange(method: string): string {
    return formatMessageEvent(JSON.stringify({ jsonrpc: "2.0", method }));
  }
}

/** A `subscriptions/listen` stream of MCP 2026-07-28: the request is made again each time. */
export class ListenStream implements StreamProtocol {
  readonly opening: string;
  readonly closing: string;
  readonly #id: Id;
  readonly #reopen: Reopen;
  /** Filter that was acknowledged to the client; null before that. */
  #agreed: Record<string, unknown> | null;
  readonly #onAgreed: (agreed: Record<string, unknown>) => void;

  /**
   * @param agreed filter to acknowledge at once; null to leave that to the machine
   * @param onAgreed called with the filter that the machine acknowledges
   */
  constructor(
    id: Id,
    reopen: Reopen,
    agreed: Record<string, unknown> | null,
    onAgreed: (agreed: Record<string, unknown>) => void,
  ) {
    this.#id = id;
    this.#onAgreed = onAgreed;
    this.#reopen = reopen;
    this.#agreed = agreed;
    this.opening = agreed === null ? "" : this.#event(ACKNOWLEDGED, { notifications: agreed });
    this.closing = formatMessageEvent(JSON.stringify(toSubscriptionEnd(id)));
  }

  async attach(deployment: DeploymentSnapshot, signal: AbortSignal): Promise<MachineResponse | null> {
    const incoming = await this.#reopen(deployment, {}, signal);
    if (incoming === null || isEventStream(incoming)) return incoming;
    incoming.destroy();
    return null;
  }

  toClientText({ data }: ServerSentEvent): { text: string; over?: boolean } {
    const item = classify(parseJson(data));
    if (item?.kind === "response" && item.message.id !== null && toIdKey(item.message.id) === toIdKey(this.#id)) {
      // The machine's end of it is not the client's; a refusal is.
      return item.message.error === undefined ? { text: "" } : { text: formatMessageEvent(data), over: true };
    }
    if (item?.kind !== "notification" || item.message.method !== ACKNOWLEDGED)
      return { text: formatMessageEvent(data) };
    const agreed = item.message.params?.notifications;
    if (isObject(agreed)) this.#onAgreed(agreed);
    if (this.#agreed !== null) return { text: this.#formatMissedUpdates() };
    this.#agreed = isObject(agreed) ? agreed : {};
    return { text: formatMessageEvent(data) };
  }

  formatListChange(method: string): string {
    return this.#agreed?.[toListFilter(method)] === true ? this.#event(method) : "";
  }

  /** Formats updates for all resources, because changes may have been missed while no stream was attached. */
  #formatMissedUpdates(): string {
    const uris = this.#agreed?.resourceSubscriptions;
    if (!Array.isArray(uris)) return "";
    return uris.map((uri) => this.#event("notifications/resources/updated", { uri })).join("");
  }

  #event(method: string, params?: Record<string, unknown>): string {
    return formatMessageEvent(JSON.stringify(toSubscriptionNotification(method, params, this.#id)));
  }
}

export function isEventStream(incoming: MachineResponse): boolean {
  return incoming.statusCode === 200 && (incoming.headers["content-type"] ?? "").startsWith("text/event-stream");
}
