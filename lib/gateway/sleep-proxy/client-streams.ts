import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { accepts, isObject, parseEventId, readFilter } from "mcp-host/protocol";
import type { CachedLists, Connection } from "../deployment.ts";
import type { Heartbeat } from "../http/relay.ts";
import type { MachineRequest, Machines } from "../machines/machine-client.ts";
import { AgreedFilters } from "./agreed-filters.ts";
import { messageIn } from "./cached-answers.ts";
import { HeldStream, type StreamKind } from "./client-stream.ts";
import { declaresCapabilities, liveSession } from "./legacy.ts";
import { ShownLists, ShownToSessions } from "./list-changes.ts";
import { fingerprint, listFilterOf } from "./list-digest.ts";
import type { Refresher } from "./list-refresher.ts";
import type { Wakefulness } from "./machine-activity.ts";
import { isOfModernEra, soundMeta } from "./modern.ts";
import type { SessionSeals } from "./session-ids.ts";
import { isEventStream, ListenStream, type Reopen, SessionStream } from "./stream-protocols.ts";
import type { AskedRequest } from "./types.ts";

export interface HolderOptions {
  machines: Machines;
  wakefulness: Wakefulness;
  seals: SessionSeals;
  refresher: Refresher;
  heartbeat: Heartbeat;
}

/** A client's request for a stream that may last for days. */
export interface StreamRequest extends AskedRequest {
  /** As they go to the machine. */
  forwarded: Record<string, string>;
  /** How long the stream may go on from now; null for as long as it does. */
  leftMs: () => number | null;
  /** Aborts when the client leaves. */
  signal: AbortSignal;
  /** The deployment as it is now; null when the client may not listen any more. */
  find: () => Promise<Connection | null>;
  onSent: (bytes: number) => void;
  onEnd: () => void;
}

/** What becomes of it: a stream held here, or what the machine answers instead. */
export type HeldAnswer =
  | { stream: ReadableStream<Uint8Array>; sessionId: string | null }
  | { refused: IncomingMessage };

/** A stream that can be held: what its client is sent while the machine sleeps, and what it knows of the lists. */
interface Candidate {
  kind: StreamKind;
  /** Opens it at the machine before the client hears anything, where that is to be; null where it is not. */
  openFirst: () => Promise<IncomingMessage | null>;
  sessionId: string | null;
  shown: ShownLists;
}

/** The streams on which clients do nothing but listen. */
export class Holder {
  readonly #options: HolderOptions;
  readonly #shown = new ShownToSessions();
  readonly #filters = new AgreedFilters();
  readonly #held = new Map<string, Set<HeldStream>>();
  /** The sessions that have a stream of their own here. */
  readonly #listening = new Map<string, HeldStream>();

  constructor(options: HolderOptions) {
    this.#options = options;
  }

  /** Something about a deployment or its machine has changed: its streams may have to be attached, or to tell of it. Never rejects. */
  async update(deploymentId: string): Promise<void> {
    await Promise.all([...(this.#held.get(deploymentId) ?? [])].map((stream) => stream.update()));
  }

  /** The machine is being used: streams that are not attached to it may be. Never rejects. */
  async attach(deploymentId: string): Promise<void> {
    const streams = [...(this.#held.get(deploymentId) ?? [])].filter((stream) => !stream.isAttached);
    await Promise.all(streams.map((stream) => stream.update()));
  }

  /** Holds a client's stream where it is one that can be held; null for every other request. */
  async open(request: StreamRequest, connection: Connection): Promise<HeldAnswer | null> {
    const candidate =
      request.method === "GET" ? this.#ofSession(request, connection) : this.#listen(request, connection);
    if (candidate === null) return null;
    const { kind, openFirst, sessionId, shown } = candidate;
    const attached = await openFirst();
    if (attached !== null && !isEventStream(attached)) return { refused: attached };
    const { heartbeat, refresher } = this.#options;
    const stream = new HeldStream({
      kind,
      attached,
      shown,
      find: request.find,
      isUsed: (now) => this.#isUsed(now),
      heartbeat,
      endAfterMs: request.leftMs(),
      signal: request.signal,
      onSent: request.onSent,
      onListChanged: () => refresher.soon(connection.deploymentId),
      onEnd: () => {
        this.#remove(connection.deploymentId, stream, sessionId);
        request.onEnd();
      },
    });
    this.#add(connection.deploymentId, stream, sessionId);
    if (request.signal.aborted) stream.leave();
    return { stream: stream.body, sessionId };
  }

  /** What a session without a stream of its own has to be told of, now that an event stream goes out to it. */
  due(headers: IncomingHttpHeaders, connection: Connection): string[] {
    const ids = this.#options.seals.of(connection);
    const sessionId = ids === null ? null : liveSession(headers, ids);
    if (sessionId === null || connection.cached === null || this.#listening.has(sessionId)) return [];
    return this.#shownTo(sessionId, connection).due(connection.cached, true);
  }

  /** A GET of the legacy era for the session's own stream. */
  #ofSession(request: StreamRequest, connection: Connection): Candidate | null {
    const ids = this.#options.seals.of(connection);
    const sessionId = ids === null ? null : liveSession(request.headers, ids);
    if (sessionId === null || !accepts(request, "text/event-stream")) return null;
    const header = request.headers["last-event-id"];
    const lastEventId = typeof header === "string" && header !== "" ? header : null;
    // The stream of a call: it is wanted because the call is.
    if (lastEventId !== null && parseEventId(lastEventId)?.key !== 0) return null;
    const kind = new SessionStream(this.#reopener(request, ""), lastEventId);
    const shown = this.#shownTo(sessionId, connection);
    return { kind, openFirst: () => this.#openIfUsed(request, "", connection), sessionId, shown };
  }

  /** A `subscriptions/listen` of the modern era. */
  #listen(request: StreamRequest, connection: Connection): Candidate | null {
    const { deploymentId, cached } = connection;
    const item = request.body === null ? null : messageIn(request.body);
    if (item?.kind !== "request" || item.message.method !== "subscriptions/listen" || cached === null) return null;
    if (request.headers["mcp-session-id"] !== undefined || !isOfModernEra(request, item)) return null;
    const meta = soundMeta(request, item.message);
    if (meta === null || !accepts(request, "text/event-stream")) return null;
    const wanted = item.message.params?.notifications;
    const filter = readFilter(wanted, offeredBy(cached));
    if ("error" in filter) return null;
    const body = request.body ?? "";
    // Which resources a server reports on is for the server to say, whom it has to be told to as well.
    const ofResources = filter.resources.length > 0;
    const lists = [...filter.methods].map((method) => [listFilterOf(method), true]);
    const agreed = ofResources ? this.#filters.of(deploymentId, cached, wanted) : Object.fromEntries(lists);
    const kind = new ListenStream(item.message.id, this.#reopener(request, body), agreed, (now) => {
      if (ofResources) this.#filters.learn(deploymentId, cached, wanted, now);
    });
    const shown = new ShownLists(fingerprint(cached), Object.keys(meta.capabilities).length > 0);
    const wake = () => this.#options.machines.send(connection, { ...this.#toMachine(request, body), listens: true });
    const openFirst = agreed === null ? wake : () => this.#openIfUsed(request, body, connection);
    return { kind, openFirst, sessionId: null, shown };
  }

  #shownTo(sessionId: string, connection: Connection): ShownLists {
    return this.#shown.of(sessionId, () => {
      const ids = this.#options.seals.of(connection);
      const note = ids?.noteOf(sessionId) ?? null;
      if (note !== null) return new ShownLists(note, declaresCapabilities(ids?.open(sessionId) ?? null));
      // It began at the machine; what it has seen since is taken to be what there is.
      return new ShownLists(connection.cached === null ? null : fingerprint(connection.cached), false);
    });
  }

  /** Where the machine is in use: a refusal is its own, and what a call changes from now on is heard. */
  async #openIfUsed(request: StreamRequest, body: string, connection: Connection): Promise<IncomingMessage | null> {
    if (!(await this.#isUsed(connection))) return null;
    return await this.#options.machines.attach(connection, this.#toMachine(request, body)).catch(() => null);
  }

  #toMachine({ method, forwarded, signal }: StreamRequest, body: string): MachineRequest {
    const mcpMethod = method === "POST" ? "subscriptions/listen" : null;
    return { method, headers: forwarded, body: { head: Buffer.from(body), rest: null }, signal, mcpMethod };
  }

  #reopener(request: StreamRequest, body: string): Reopen {
    const { "last-event-id": _, ...forwarded } = request.forwarded;
    const again = this.#toMachine(request, body);
    return (connection, more, signal) => {
      const headers = { ...forwarded, ...more };
      return this.#options.machines.attach(connection, { ...again, headers, signal }).catch(() => null);
    };
  }

  async #isUsed(connection: Connection): Promise<boolean> {
    const { wakefulness } = this.#options;
    if (!wakefulness.dozes(connection)) return true;
    if (connection.desired !== "running") return false;
    // It may be suspended a moment after its last call, and a stream would wake it.
    return wakefulness.isUsed(connection) && (await wakefulness.isAwake(connection));
  }

  #add(deploymentId: string, stream: HeldStream, sessionId: string | null): void {
    const streams = this.#held.get(deploymentId) ?? new Set();
    this.#held.set(deploymentId, streams.add(stream));
    if (sessionId === null) return;
    const older = this.#listening.get(sessionId);
    this.#listening.set(sessionId, stream);
    // mcp-host gives a session one stream of its own; a client that opens another has lost the one before.
    older?.leave();
  }

  #remove(deploymentId: string, stream: HeldStream, sessionId: string | null): void {
    const streams = this.#held.get(deploymentId);
    streams?.delete(stream);
    if (streams?.size === 0) this.#held.delete(deploymentId);
    if (sessionId !== null && this.#listening.get(sessionId) === stream) this.#listening.delete(sessionId);
  }
}

/** Whether a server has declared a feature of a capability. */
function offeredBy({ handshake }: CachedLists): (capability: string, feature: string) => boolean {
  return (capability, feature) => {
    const declared = handshake.capabilities[capability];
    return isObject(declared) && declared[feature] === true;
  };
}
