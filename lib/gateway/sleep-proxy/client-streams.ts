import { accepts, isObject, parseEventId, readSubscriptionFilter } from "mcp-host/protocol";
import type { CachedLists, DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import type { ByteSource } from "../http/exchange.ts";
import type { KeepAlive } from "../http/keep-alive.ts";
import type { MachineClient, MachineRequest } from "../machines/machine-client.ts";
import type { MachineResponse } from "../machines/machine-response.ts";
import { readMessage } from "./cached-answers.ts";
import { ClientStream, type StreamProtocol } from "./client-stream.ts";
import { declaresCapabilities, findLiveSession } from "./legacy.ts";
import { ListChanges, SessionListChanges } from "./list-changes.ts";
import { digestLists, toListFilter } from "./list-digest.ts";
import type { ListRefresher } from "./list-refresher.ts";
import type { MachineActivity } from "./machine-activity.ts";
import { isModernRequest, readValidMeta } from "./modern.ts";
import type { NegotiationCache } from "./negotiation-cache.ts";
import type { DeploymentSessionIds } from "./session-ids.ts";
import { isEventStream, ListenStream, type Reopen, SessionStream } from "./stream-protocols.ts";
import type { PeekedRequest } from "./types.ts";

export interface ClientStreamsOptions {
  machineClient: MachineClient;
  machineActivity: MachineActivity;
  sessionIds: DeploymentSessionIds;
  listRefresher: ListRefresher;
  keepAlive: KeepAlive;
  negotiation: NegotiationCache;
}

/** A client's request for a stream that may last for days. */
export interface StreamRequest extends PeekedRequest {
  /** As they go to the machine. */
  forwarded: Record<string, string>;
  /** Returns the time in milliseconds that the stream may still last; null without a limit. */
  remainingMs: () => number | null;
  /** Aborts when the client leaves. */
  signal: AbortSignal;
  /** Returns the deployment in its present state, or null when the client may no longer listen. */
  find: () => Promise<DeploymentSnapshot | null>;
  onSent: (bytes: number) => void;
  onEnd: () => void;
}

/** Outcome: a stream held here, or the machine's refusal. */
export type StreamAnswer = { stream: ByteSource; sessionId: string | null } | { refused: MachineResponse };

/** A stream that can be held: what its client is sent while the machine sleeps, and what it knows of the lists. */
interface Candidate {
  protocol: StreamProtocol;
  /** Opens it at the machine before the client hears anything, where that is to be; null where it is not. */
  openFirst: () => Promise<MachineResponse | null>;
  sessionId: string | null;
  listChanges: ListChanges;
}

/** The streams on which clients do nothing but listen. */
export class ClientStreams {
  readonly #options: ClientStreamsOptions;
  readonly #listChanges = new SessionListChanges();

  readonly #streams = new Map<string, Set<ClientStream>>();
  /** The sessions that have a stream of their own here. */
  readonly #listening = new Map<string, ClientStream>();

  constructor(options: ClientStreamsOptions) {
    this.#options = options;
  }

  /**
   * Updates the streams of a deployment that has changed, or whose machine has: attaches them, or sends notifications.
   * Never rejects.
   */
  async update(deploymentId: string): Promise<void> {
    await Promise.all([...(this.#streams.get(deploymentId) ?? [])].map((stream) => stream.update()));
  }

  /** The machine is being used: streams that are not attached to it may be. Never rejects. */
  async attach(deploymentId: string): Promise<void> {
    const streams = [...(this.#streams.get(deploymentId) ?? [])].filter((stream) => !stream.isAttached);
    await Promise.all(streams.map((stream) => stream.update()));
  }

  /** Holds a client's stream where it is one that can be held; null for every other request. */
  async open(request: StreamRequest, deployment: DeploymentSnapshot): Promise<StreamAnswer | null> {
    const candidate =
      request.method === "GET" ? this.#toSessionStream(request, deployment) : this.#toListenStream(request, deployment);
    if (candidate === null) return null;
    const { protocol, openFirst, sessionId, listChanges } = candidate;
    const attached = await openFirst();
    if (attached !== null && !isEventStream(attached)) return { refused: attached };
    const { keepAlive, listRefresher } = this.#options;
    const stream = new ClientStream({
      protocol,
      attached,
      listChanges,
      find: request.find,
      isActive: (now) => this.#isActive(now),
      keepAlive,
      endAfterMs: request.remainingMs(),
      signal: request.signal,
      onSent: request.onSent,
      onListChanged: () => listRefresher.schedule(deployment.deploymentId),
      onEnd: () => {
        this.#remove(deployment.deploymentId, stream, sessionId);
        request.onEnd();
      },
    });
    this.#add(deployment.deploymentId, stream, sessionId);
    if (request.signal.aborted) stream.leave();
    return { stream: stream.body, sessionId };
  }

  /** Takes the notifications for a session without a stream of its own, now that an event stream goes out to it. */
  takePendingChanges({ headers, holder }: PeekedRequest, deployment: DeploymentSnapshot): string[] {
    const ids = this.#options.sessionIds.get(deployment, holder);
    const sessionId = ids === null ? null : findLiveSession(headers, ids);
    if (sessionId === null || deployment.cached === null || this.#listening.has(sessionId)) return [];
    return this.#listChangesOf(sessionId, holder, deployment).takePending(deployment.cached, true);
  }

  /** A GET of the legacy era for the session's own stream. */
  #toSessionStream(request: StreamRequest, deployment: DeploymentSnapshot): Candidate | null {
    const ids = this.#options.sessionIds.get(deployment, request.holder);
    const sessionId = ids === null ? null : findLiveSession(request.headers, ids);
    if (sessionId === null || !accepts(request, "text/event-stream")) return null;
    const header = request.headers["last-event-id"];
    const lastEventId = typeof header === "string" && header !== "" ? header : null;
    // The stream of a call: it is wanted because the call is.
    if (lastEventId !== null && parseEventId(lastEventId)?.key !== 0) return null;
    const protocol = new SessionStream(this.#createReopen(request, ""), lastEventId);
    const listChanges = this.#listChangesOf(sessionId, request.holder, deployment);
    return { protocol, openFirst: () => this.#openIfActive(request, "", deployment), sessionId, listChanges };
  }

  /** A `subscriptions/listen` of the modern era. */
  #toListenStream(request: StreamRequest, deployment: DeploymentSnapshot): Candidate | null {
    const { deploymentId, cached } = deployment;
    const item = request.body === null ? null : readMessage(request.body);
    if (item?.kind !== "request" || item.message.method !== "subscriptions/listen" || cached === null) return null;
    if (request.headers["mcp-session-id"] !== undefined || !isModernRequest(request, item)) return null;
    const meta = readValidMeta(request, item.message);
    if (meta === null || !accepts(request, "text/event-stream")) return null;
    const wanted = item.message.params?.notifications;
    const filter = readSubscriptionFilter(wanted, createOffers(cached));
    if ("error" in filter) return null;
    const body = request.body ?? "";
    // Only the server knows which resources it reports, and it has to be told of the subscription.
    const ofResources = filter.resources.length > 0;
    const lists = [...filter.methods].map((method) => [toListFilter(method), true]);
    const agreed = ofResources
      ? this.#options.negotiation.findFilter(deploymentId, cached, wanted)
      : Object.fromEntries(lists);
    const protocol = new ListenStream(item.message.id, this.#createReopen(request, body), agreed, (now) => {
      if (ofResources) this.#options.negotiation.recordFilter(deploymentId, cached, wanted, now);
    });
    const listChanges = new ListChanges(digestLists(cached), Object.keys(meta.capabilities).length > 0);
    const wake = () =>
      this.#options.machineClient.send(deployment, { ...this.#toMachineRequest(request, body), isListener: true });
    const openFirst = agreed === null ? wake : () => this.#openIfActive(request, body, deployment);
    return { protocol, openFirst, sessionId: null, listChanges };
  }

  #listChangesOf(sessionId: string, holder: string, deployment: DeploymentSnapshot): ListChanges {
    return this.#listChanges.get(sessionId, () => {
      const ids = this.#options.sessionIds.get(deployment, holder);
      const note = ids?.readNote(sessionId) ?? null;
      if (note !== null) return new ListChanges(note, declaresCapabilities(ids?.open(sessionId) ?? null));
      // The session began at the machine; assume that it has seen the present lists.
      return new ListChanges(deployment.cached === null ? null : digestLists(deployment.cached), false);
    });
  }

  /** Opens the stream at an active machine, so that a refusal is the machine's own and later changes are heard. */
  async #openIfActive(
    request: StreamRequest,
    body: string,
    deployment: DeploymentSnapshot,
  ): Promise<MachineResponse | null> {
    if (!(await this.#isActive(deployment))) return null;
    return await this.#options.machineClient
      .sendWithoutWaking(deployment, this.#toMachineRequest(request, body))
      .catch(() => null);
  }

  #toMachineRequest({ method, forwarded, signal }: StreamRequest, body: string): MachineRequest {
    const mcpMethod = method === "POST" ? "subscriptions/listen" : null;
    return { method, headers: forwarded, body: { head: Buffer.from(body), rest: null }, signal, mcpMethod };
  }

  #createReopen(request: StreamRequest, body: string): Reopen {
    const { "last-event-id": _, ...forwarded } = request.forwarded;
    const again = this.#toMachineRequest(request, body);
    return (deployment, more, signal) => {
      const headers = { ...forwarded, ...more };
      return this.#options.machineClient.sendWithoutWaking(deployment, { ...again, headers, signal }).catch(() => null);
    };
  }

  async #isActive(deployment: DeploymentSnapshot): Promise<boolean> {
    const { machineActivity } = this.#options;
    if (!machineActivity.maySuspend(deployment)) return true;
    if (deployment.desired !== "running") return false;
    // It may be suspended a moment after its last call, and a stream would wake it.
    return machineActivity.isActive(deployment) && (await machineActivity.isAwake(deployment));
  }

  #add(deploymentId: string, stream: ClientStream, sessionId: string | null): void {
    const streams = this.#streams.get(deploymentId) ?? new Set();
    this.#streams.set(deploymentId, streams.add(stream));
    if (sessionId === null) return;
    const older = this.#listening.get(sessionId);
    this.#listening.set(sessionId, stream);
    // mcp-host gives a session one stream of its own, so a newer one replaces the older.
    older?.leave();
  }

  #remove(deploymentId: string, stream: ClientStream, sessionId: string | null): void {
    const streams = this.#streams.get(deploymentId);
    streams?.delete(stream);
    if (streams?.size === 0) this.#streams.delete(deploymentId);
    if (sessionId !== null && this.#listening.get(sessionId) === stream) this.#listening.delete(sessionId);
  }
}

/** Returns a function that says whether a server has declared a feature of a capability. */
function createOffers({ handshake }: CachedLists): (capability: string, feature: string) => boolean {
  return (capability, feature) => {
    const declared = handshake.capabilities[capability];
    return isObject(declared) && declared[feature] === true;
  };
}
