import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import type { MessageSummary } from "../calls/message-summary.ts";
import type { DeploymentSource } from "../deployment-source.ts";
import { formatMessageEvent } from "../http/events.ts";
import type { KeepAlive } from "../http/keep-alive.ts";
import type { MachineClient } from "../machines/machine-client.ts";
import { answerFromCache, isAnswerable } from "./cached-answers.ts";
import { ClientStreams, type StreamRequest } from "./client-streams.ts";
import { EndedSessions, toSessionEndedAnswer } from "./ended-sessions.ts";
import { ListRefresher } from "./list-refresher.ts";
import type { MachineActivity } from "./machine-activity.ts";
import { NegotiationCache } from "./negotiation-cache.ts";
import { DeploymentSessionIds } from "./session-ids.ts";
import type { CachedAnswer, PeekedRequest } from "./types.ts";

export interface SleepProxyOptions {
  source: Pick<DeploymentSource, "refreshLists" | "storeEndedSessions" | "onChange">;
  machineClient: MachineClient;
  machineActivity: MachineActivity;
  keepAlive: KeepAlive;
  /** A deployment's lists are not asked for more often than this. */
  refreshEveryMs?: number | undefined;
}

/** What stands in front of machines that sleep, so that their clients do not notice. */
export class SleepProxy {
  readonly #machineActivity: MachineActivity;
  readonly #negotiation = new NegotiationCache();
  readonly #sessionIds = new DeploymentSessionIds();
  readonly #ended: EndedSessions;
  readonly #clientStreams: ClientStreams;
  readonly #listRefresher: ListRefresher;
  readonly #unsubscribe: (() => void)[];

  constructor({ source, machineClient, machineActivity, keepAlive, refreshEveryMs }: SleepProxyOptions) {
    this.#machineActivity = machineActivity;
    this.#ended = new EndedSessions(source);
    this.#listRefresher = new ListRefresher({
      refresh: (id) => source.refreshLists(id),
      // Platforms let no machine sleep that has just been used.
      isAwake: (id) => machineActivity.isSurelyAwake(id) || machineActivity.isActiveHere(id),
      everyMs: refreshEveryMs,
    });
    this.#clientStreams = new ClientStreams({
      machineClient,
      machineActivity,
      sessionIds: this.#sessionIds,
      listRefresher: this.#listRefresher,
      negotiation: this.#negotiation,
      keepAlive,
    });
    this.#unsubscribe = [
      machineActivity.onAnswer((deployment, woken) => {
        if (woken) this.#listRefresher.schedule(deployment.deploymentId);
        void this.#ended.sendPendingDeletes(deployment, machineClient);
        void this.#clientStreams.attach(deployment.deploymentId);
      }),
      // What a call changes is to be heard by those who listen.
      machineActivity.onWake(({ deploymentId }) => this.#clientStreams.update(deploymentId)),
      source.onChange((id) => void this.#clientStreams.update(id)),
    ];
  }

  /** Whether it has anything to do for this deployment. */
  covers(deployment: DeploymentSnapshot): boolean {
    return (
      deployment.machine !== null && deployment.desired === "running" && this.#machineActivity.maySuspend(deployment)
    );
  }

  /**
   * What is answered without the machine while it sleeps; null when it is awake, or has to be asked.
   *
   * @param mcpMethod the method of the JSON-RPC message in the body
   * @param forwarded the request's headers as they go to the machine
   */
  async answer(
    asked: PeekedRequest,
    mcpMethod: string | null,
    forwarded: Record<string, string>,
    deployment: DeploymentSnapshot,
  ): Promise<CachedAnswer | null> {
    const sessionId = asked.headers["mcp-session-id"];
    // One that fails is said to do so by nobody but itself, and may be well again.
    const isFailing = deployment.status === "failing" && asked.method !== "DELETE";
    if (isFailing || !isAnswerable(asked.method, mcpMethod)) return null;
    if (await this.#machineActivity.isAwake(deployment)) return null;
    const { deploymentId, cached } = deployment;
    const agree = (version: unknown) =>
      cached === null ? null : this.#negotiation.findVersion(deploymentId, cached, version);
    const answer = answerFromCache(asked, deployment, this.#sessionIds, agree);
    if (answer !== null && asked.method === "DELETE" && typeof sessionId === "string") {
      await this.#endSession(sessionId, deployment, forwarded);
    }
    return answer;
  }

  /** The answer to a request in a session that has ended, through whatever instance; null to every other. */
  answerIfSessionEnded(
    sessionId: string | null,
    message: MessageSummary | null,
    deployment: DeploymentSnapshot,
  ): CachedAnswer | null {
    if (message?.method === "initialize" || !this.#ended.has(sessionId, deployment)) return null;
    return toSessionEndedAnswer(message?.kind === "request" ? message.id : null);
  }

  /** A machine that is awake has ended a session: it is over while that sleeps, too. */
  recordSessionEnd(sessionId: string | null, deployment: DeploymentSnapshot): void {
    // One whose id nobody but its machine can open is over with it.
    if (sessionId === null || this.#sessionIds.get(deployment)?.open(sessionId) == null) return;
    void this.#endSession(sessionId, deployment, null);
  }

  /** An `initialize` and its answer have gone by. */
  recordHandshake(deployment: DeploymentSnapshot, request: string, answer: string): void {
    this.#negotiation.recordVersion(deployment, request, answer);
  }

  /** The stream of a client that only listens; null for any other request. */
  openStream(request: StreamRequest, mcpMethod: string | null, deployment: DeploymentSnapshot) {
    if (request.method !== "GET" && mcpMethod !== "subscriptions/listen") return null;
    return this.#clientStreams.open(request, deployment);
  }

  /** Whether it is known that the machine will not refuse the session that a request names, if it names one. */
  isSessionValid({ headers }: PeekedRequest, deployment: DeploymentSnapshot): boolean {
    const id = headers["mcp-session-id"];
    return id === undefined || (typeof id === "string" && this.#sessionIds.get(deployment)?.open(id) != null);
  }

  /** The events that an answer's stream begins with: what a session has to be told of that has no stream of its own. */
  takePendingEvents(asked: PeekedRequest, deployment: DeploymentSnapshot): string {
    const methods = this.#clientStreams.takePendingChanges(asked.headers, deployment);
    return methods.map((method) => formatMessageEvent(JSON.stringify({ jsonrpc: "2.0", method }))).join("");
  }

  /** Resolves when nothing goes on any more that calls have left behind. */
  async settled(): Promise<void> {
    await Promise.all([this.#listRefresher.settled(), this.#ended.settled()]);
  }

  close(): void {
    this.#listRefresher.close();
    this.#ended.close();
    for (const stop of this.#unsubscribe) stop();
  }

  async #endSession(
    sessionId: string,
    { deploymentId }: DeploymentSnapshot,
    untold: Record<string, string> | null,
  ): Promise<void> {
    const kept = this.#ended.add(sessionId, deploymentId, untold);
    // Its own stream has nothing more to say.
    void this.#clientStreams.update(deploymentId);
    await kept;
  }
}
