import { once } from "node:events";
import { ERROR_CODES, type Id, toErrorResponse } from "mcp-host/protocol";
import type { PrismaClient } from "../../db/generated/client.ts";
import type { DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import { BoundedMap } from "../../util/bounded-map.ts";
import { orNullAfter } from "../../util/timeout.ts";
import type { DeploymentSource } from "../deployment-source.ts";
import { discardResponse } from "../http/response-body.ts";
import type { MachineClient } from "../machines/machine-client.ts";
import type { CachedAnswer } from "./types.ts";

/** Enough of an id to know it again, and not enough to use it. */
const MARK_LENGTH = 24;
const MAX_MARKS = 10_000;
const MAX_PENDING_DELETES = 1_000;
const DELETE_TIMEOUT_MS = 10_000;
/** Longest time that the end of a session waits for the database, and pause before the next attempt. */
const STORE_BUDGET_MS = 1_000;
const STORE_RETRY_MS = 5_000;
/** Ended sessions that a deployment's row keeps: the newest. */
const MAX_STORED = 500;

interface PendingDelete {
  deploymentId: string;
  /** Headers of the DELETE to forward to the machine. */
  headers: Record<string, string>;
}

/**
 * Ended sessions of deployments whose machines sleep. Such a session is over for every instance without asking the
 * machine. The deployment's row stores them for all instances; this process knows its own at once. The instance that
 * received the end reports it to a suspended machine when it wakes. If that instance is gone by then, the machine keeps
 * the session's state until it has been idle too long.
 */
export class EndedSessions {
  readonly #source: Pick<DeploymentSource, "storeEndedSessions">;
  readonly #marks = new BoundedMap<string, true>(MAX_MARKS);
  readonly #pendingDeletes = new BoundedMap<string, PendingDelete>(MAX_PENDING_DELETES);
  /** Deployments to whose machines ends are being reported. */
  readonly #sending = new Set<string>();
  /** By mark, the deployments of those that the database does not have yet. */
  readonly #unstored = new BoundedMap<string, string>(MAX_MARKS);
  #storing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(source: Pick<DeploymentSource, "storeEndedSessions">) {
    this.#source = source;
  }

  /**
   * Records the end of a session. Resolves when it is stored for every instance, or after a second, while storing
   * continues.
   *
   * @param untold headers of a DELETE that the machine has not received yet; null when it has
   */
  async add(sessionId: string, deploymentId: string, untold: Record<string, string> | null): Promise<void> {
    const mark = toMark(sessionId);
    this.#marks.set(mark, true);
    this.#unstored.set(mark, deploymentId);
    if (untold !== null) this.#pendingDeletes.set(sessionId, { deploymentId, headers: untold });
    await orNullAfter(this.settled(), STORE_BUDGET_MS);
  }

  has(sessionId: unknown, { endedSessions }: DeploymentSnapshot): boolean {
    if (typeof sessionId !== "string" || (this.#marks.size === 0 && endedSessions.size === 0)) return false;
    const mark = toMark(sessionId);
    return this.#marks.has(mark) || endedSessions.has(mark);
  }

  /** Resolves when the database has them all, or has refused them. */
  settled(): Promise<void> {
    if (this.#storing === null && this.#unstored.size > 0) this.#storing = this.#store();
    return this.#storing ?? Promise.resolve();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /**
   * Tells a machine that is awake of the sessions that have ended while it was not: one after another, since there may be many, and
   * calls of others wait. Never rejects.
   */
  async sendPendingDeletes(deployment: DeploymentSnapshot, machineClient: MachineClient): Promise<void> {
    const { deploymentId } = deployment;
    if (this.#pendingDeletes.size === 0 || this.#sending.has(deploymentId)) return;
    this.#sending.add(deploymentId);
    try {
      for (const [sessionId, untold] of this.#pendingDeletes) {
        if (untold.deploymentId !== deploymentId) continue;
        this.#pendingDeletes.delete(sessionId);
        const incoming = await machineClient.sendWithoutWaking(deployment, {
          method: "DELETE",
          headers: untold.headers,
          body: { head: Buffer.alloc(0), rest: null },
          signal: AbortSignal.timeout(DELETE_TIMEOUT_MS),
          mcpMethod: null,
        });
        discardResponse(incoming);
        await once(incoming, "close");
      }
    } catch {
      // The machine is suspended again, or gone; report the others next time.
    } finally {
      this.#sending.delete(deploymentId);
    }
  }

  /** There is something to keep. */
  async #store(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#storeAll();
    } catch {
      this.#timer = setTimeout(() => void this.settled(), STORE_RETRY_MS).unref();
    }
    this.#storing = null;
  }

  async #storeAll(): Promise<void> {
    while (this.#unstored.size > 0) {
      const batch = new Map<string, string[]>();
      for (const [mark, deploymentId] of this.#unstored)
        batch.set(deploymentId, [mark, ...(batch.get(deploymentId) ?? [])]);
      for (const [deploymentId, marks] of batch) {
        await this.#source.storeEndedSessions(deploymentId, marks);
        for (const mark of marks) this.#unstored.delete(mark);
      }
    }
  }
}

/** A copy: a slice would keep the whole id in memory. */
function toMark(sessionId: string): string {
  return Buffer.from(sessionId.slice(0, MARK_LENGTH)).toString();
}

/** Returns mcp-host's answer to a request in an ended session (MCP 2025-11-25, transports, "Session Management"). */
export function toSessionEndedAnswer(id: Id | null): CachedAnswer {
  return {
    status: 404,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(toErrorResponse(id, { code: ERROR_CODES.sessionNotFound, message: "Session not found" })),
    errorCode: ERROR_CODES.sessionNotFound,
  };
}

/**
 * Adds the marks of ended sessions to their deployment's row, which keeps the newest 500. Other instances read the row again because
 * its time of change is newer.
 */
export async function storeEndedSessions(
  db: PrismaClient,
  deploymentId: string,
  marks: readonly string[],
): Promise<void> {
  await db.$executeRaw`
    UPDATE deployments
    SET ended_sessions = (${marks}::text[] || ended_sessions)[1:${MAX_STORED}::int], updated_at = now()
    WHERE id = ${deploymentId}::uuid`;
}
