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
  /** Shortest interval in milliseconds between refreshes of a deployment's lists. */
  refreshEveryMs?: number | undefined;
}

/**
 * Sleep proxy: answers for suspended machines, holds their clients' streams and wakes them for calls, so that clients
 * do not notice.
 */
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
      // Attach listening streams first, so that they hear what the call changes.
      machineActivity.onWake(({ deploymentId }) => this.#clientStreams.update(deploymentId)),
      source.onChange((id) => void this.#clientStreams.update(id)),
    ];
  }

  /** Returns whether the deployment's machine can sleep. */
  covers(deployment: DeploymentSnapshot): boolean {
    return (
      deployment.machine !== null && deployment.desired === "running" && this.#machineActivity.maySuspend(deployment)
    );
  }

  /**
   * Answers a request without the suspended machine. Returns null when the machine is awake or has to answer.
   *
   * @param mcpMethod method of the JSON-RPC message in the body
   * @param forwarded headers of the request as forwarded to the machine
   */
  async answer(
    asked: PeekedRequest,
    mcpMethod: string | null,
    forwarded: Record<string, string>,
    deployment: DeploymentSnapshot,
  ): Promise<CachedAnswer | null> {
    const sessionId = asked.headers["mcp-session-id"];
    // Only a failing deployment itself can say that it fails, and it may have recovered.
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
  recordSessionEnd(sessionId: string | null, holder: string, deployment: DeploymentSnapshot): void {
    // A session whose id only the machine can open ends with the machine.
    if (sessionId === null || this.#sessionIds.get(deployment, holder)?.open(sessionId) == null) return;
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

  /** Returns whether the machine will certainly accept the session that a request names, if it names one. */
  isSessionValid({ headers, holder }: PeekedRequest, deployment: DeploymentSnapshot): boolean {
    const id = headers["mcp-session-id"];
    return id === undefined || (typeof id === "string" && this.#sessionIds.get(deployment, holder)?.open(id) != null);
  }

  /**
   * Returns the events that a response stream begins with: pending notifications of a session without a stream of its
   * own.
   */
  takePendingEvents(asked: PeekedRequest, deployment: DeploymentSnapshot): string {
    const methods = this.#clientStreams.takePendingChanges(asked, deployment);
    return methods.map((method) => formatMessageEvent(JSON.stringify({ jsonrpc: "2.0", method }))).join("");
  }

  /** Resolves when the background work of calls is done. */
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
