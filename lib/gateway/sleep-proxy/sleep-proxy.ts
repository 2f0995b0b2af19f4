import type { MessageSummary } from "../calls/message-summary.ts";
import type { Connection, ConnectionSource } from "../deployment.ts";
import { eventText } from "../http/events.ts";
import type { Heartbeat } from "../http/relay.ts";
import type { Machines } from "../machines/machine-client.ts";
import { AgreedVersions } from "./agreed-versions.ts";
import { answerFromCache, mayBeAnswered } from "./cached-answers.ts";
import { Holder, type StreamRequest } from "./client-streams.ts";
import { EndedSessions, sessionOver } from "./ended-sessions.ts";
import { Refresher } from "./list-refresher.ts";
import type { Wakefulness } from "./machine-activity.ts";
import { SessionSeals } from "./session-ids.ts";
import type { AskedRequest, CachedAnswer } from "./types.ts";

export interface FrontOptions {
  source: Pick<ConnectionSource, "refreshLists" | "keepEnded" | "onChange">;
  machines: Machines;
  wakefulness: Wakefulness;
  heartbeat: Heartbeat;
  /** A deployment's lists are not asked for more often than this. */
  refreshEveryMs?: number | undefined;
}

/** What stands in front of machines that sleep, so that their clients do not notice. */
export class SleepFront {
  readonly #wakefulness: Wakefulness;
  readonly #versions = new AgreedVersions();
  readonly #seals = new SessionSeals();
  readonly #ended: EndedSessions;
  readonly #holder: Holder;
  readonly #refresher: Refresher;
  readonly #stopListening: (() => void)[];

  constructor({ source, machines, wakefulness, heartbeat, refreshEveryMs }: FrontOptions) {
    this.#wakefulness = wakefulness;
    this.#ended = new EndedSessions(source);
    this.#refresher = new Refresher({
      refresh: (id) => source.refreshLists(id),
      // Platforms let no machine sleep that has just been used.
      isAwake: (id) => wakefulness.isSurelyAwake(id) || wakefulness.isUsedHere(id),
      everyMs: refreshEveryMs,
    });
    this.#holder = new Holder({ machines, wakefulness, seals: this.#seals, refresher: this.#refresher, heartbeat });
    this.#stopListening = [
      wakefulness.onAnswer((connection, woken) => {
        if (woken) this.#refresher.soon(connection.deploymentId);
        void this.#ended.tell(connection, machines);
        void this.#holder.attach(connection.deploymentId);
      }),
      // What a call changes is to be heard by those who listen.
      wakefulness.onRouse(({ deploymentId }) => this.#holder.update(deploymentId)),
      source.onChange((id) => void this.#holder.update(id)),
    ];
  }

  /** Whether it has anything to do for this deployment. */
  standsBefore(connection: Connection): boolean {
    return connection.machine !== null && connection.desired === "running" && this.#wakefulness.dozes(connection);
  }

  /**
   * What is answered without the machine while it sleeps; null when it is awake, or has to be asked.
   *
   * @param mcpMethod the method of the JSON-RPC message in the body
   * @param forwarded the request's headers as they go to the machine
   */
  async answer(
    asked: AskedRequest,
    mcpMethod: string | null,
    forwarded: Record<string, string>,
    connection: Connection,
  ): Promise<CachedAnswer | null> {
    const sessionId = asked.headers["mcp-session-id"];
    // One that fails is said to do so by nobody but itself, and may be well again.
    const isFailing = connection.status === "failing" && asked.method !== "DELETE";
    if (isFailing || !mayBeAnswered(asked.method, mcpMethod)) return null;
    if (await this.#wakefulness.isAwake(connection)) return null;
    const { deploymentId, cached } = connection;
    const agree = (version: unknown) => (cached === null ? null : this.#versions.of(deploymentId, cached, version));
    const answer = answerFromCache(asked, connection, this.#seals, agree);
    if (answer !== null && asked.method === "DELETE" && typeof sessionId === "string") {
      await this.#end(sessionId, connection, forwarded);
    }
    return answer;
  }

  /** The answer to a request in a session that has ended, through whatever instance; null to every other. */
  ifOver(sessionId: string | null, message: MessageSummary | null, connection: Connection): CachedAnswer | null {
    if (message?.method === "initialize" || !this.#ended.has(sessionId, connection)) return null;
    return sessionOver(message?.kind === "request" ? message.id : null);
  }

  /** A machine that is awake has ended a session: it is over while that sleeps, too. */
  sawEnd(sessionId: string | null, connection: Connection): void {
    // One whose id nobody but its machine can open is over with it.
    if (sessionId === null || this.#seals.of(connection)?.open(sessionId) == null) return;
    void this.#end(sessionId, connection, null);
  }

  /** An `initialize` and its answer have gone by. */
  sawHandshake(connection: Connection, request: string, answer: string): void {
    this.#versions.learn(connection, request, answer);
  }

  /** The stream of a client that only listens; null for any other request. */
  hold(request: StreamRequest, mcpMethod: string | null, connection: Connection) {
    if (request.method !== "GET" && mcpMethod !== "subscriptions/listen") return null;
    return this.#holder.open(request, connection);
  }

  /** Whether it is known that the machine will not refuse the session that a request names, if it names one. */
  isSessionSound({ headers }: AskedRequest, connection: Connection): boolean {
    const id = headers["mcp-session-id"];
    return id === undefined || (typeof id === "string" && this.#seals.of(connection)?.open(id) != null);
  }

  /** The events that an answer's stream begins with: what a session has to be told of that has no stream of its own. */
  prelude(asked: AskedRequest, connection: Connection): string {
    const methods = this.#holder.due(asked.headers, connection);
    return methods.map((method) => eventText(JSON.stringify({ jsonrpc: "2.0", method }))).join("");
  }

  /** Resolves when nothing goes on any more that calls have left behind. */
  async settled(): Promise<void> {
    await Promise.all([this.#refresher.settled(), this.#ended.settled()]);
  }

  close(): void {
    this.#refresher.close();
    this.#ended.close();
    for (const stop of this.#stopListening) stop();
  }

  async #end(sessionId: string, { deploymentId }: Connection, untold: Record<string, string> | null): Promise<void> {
    const kept = this.#ended.add(sessionId, deploymentId, untold);
    // Its own stream has nothing more to say.
    void this.#holder.update(deploymentId);
    await kept;
  }
}
