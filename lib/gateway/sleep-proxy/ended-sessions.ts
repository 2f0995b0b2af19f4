import { finished } from "node:stream/promises";
import { code, errorResponse, type Id } from "mcp-host/protocol";
import type { Connection, ConnectionSource } from "../deployment.ts";
import type { Machines } from "../machines/machine-client.ts";
import type { CachedAnswer } from "./types.ts";

/** Enough of an id to know it again, and not enough to use it. */
const markLength = 24;
const maxMarks = 10_000;
const maxUntold = 1_000;
const tellTimeoutMs = 10_000;
/** How long the end of a session waits at most for the database, and how long after a failure that is asked again. */
const keepBudgetMs = 1_000;
const keepAgainMs = 5_000;

interface Untold {
  deploymentId: string;
  /** Of the DELETE, as they go to the machine. */
  headers: Record<string, string>;
}

/**
 * Sessions that their clients have ended, where machines sleep: such a session is over for every instance of Catwalk, whose answers do not
 * wait for the machine to say so. The deployment's row has them for all; those of this process are over here at once. A machine that
 * was asleep is told when it is awake again, by the instance that took the end; if that is gone by then, the machine keeps
 * what it had for the session until that has been idle too long.
 */
export class EndedSessions {
  readonly #source: Pick<ConnectionSource, "keepEnded">;
  readonly #marks = new Set<string>();
  readonly #untold = new Map<string, Untold>();
  /** Deployments whose machines are being told. */
  readonly #telling = new Set<string>();
  /** By mark, the deployments of those that the database does not have yet. */
  readonly #unkept = new Map<string, string>();
  #keeping: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(source: Pick<ConnectionSource, "keepEnded">) {
    this.#source = source;
  }

  /**
   * A session is over. Resolves when every instance can know of it, or after a second: it goes on being tried.
   *
   * @param untold the headers of a DELETE that the machine has yet to get; null when it has had it
   */
  async add(sessionId: string, deploymentId: string, untold: Record<string, string> | null): Promise<void> {
    const mark = markOf(sessionId);
    this.#marks.add(mark);
    this.#unkept.set(mark, deploymentId);
    if (untold !== null) this.#untold.set(sessionId, { deploymentId, headers: untold });
    for (const [known, most] of [
      [this.#marks, maxMarks],
      [this.#unkept, maxMarks],
      [this.#untold, maxUntold],
    ] as const) {
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) known.delete(oldest);
    }
    const { promise: tired, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, keepBudgetMs);
    await Promise.race([this.settled(), tired]);
    clearTimeout(timer);
  }

  has(sessionId: unknown, { endedSessions }: Connection): boolean {
    if (typeof sessionId !== "string" || (this.#marks.size === 0 && endedSessions.size === 0)) return false;
    const mark = markOf(sessionId);
    return this.#marks.has(mark) || endedSessions.has(mark);
  }

  /** Resolves when the database has them all, or has refused them. */
  settled(): Promise<void> {
    if (this.#keeping === null && this.#unkept.size > 0) this.#keeping = this.#keep();
    return this.#keeping ?? Promise.resolve();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /**
   * Tells a machine that is awake of the sessions that have ended while it was not: one after another, since there may be many, and
   * calls of others wait. Never rejects.
   */
  async tell(connection: Connection, machines: Machines): Promise<void> {
    const { deploymentId } = connection;
    if (this.#untold.size === 0 || this.#telling.has(deploymentId)) return;
    this.#telling.add(deploymentId);
    try {
      for (const [sessionId, untold] of this.#untold) {
        if (untold.deploymentId !== deploymentId) continue;
        this.#untold.delete(sessionId);
        const incoming = await machines.attach(connection, {
          method: "DELETE",
          headers: untold.headers,
          body: { head: Buffer.alloc(0), rest: null },
          signal: AbortSignal.timeout(tellTimeoutMs),
          mcpMethod: null,
        });
        incoming.resume();
        await finished(incoming);
      }
    } catch {
      // It is asleep again, or has gone; the others are told the next time.
    } finally {
      this.#telling.delete(deploymentId);
    }
  }

  /** There is something to keep. */
  async #keep(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#keepAll();
    } catch {
      this.#timer = setTimeout(() => void this.settled(), keepAgainMs).unref();
    }
    this.#keeping = null;
  }

  async #keepAll(): Promise<void> {
    while (this.#unkept.size > 0) {
      const batch = new Map<string, string[]>();
      for (const [mark, deploymentId] of this.#unkept)
        batch.set(deploymentId, [mark, ...(batch.get(deploymentId) ?? [])]);
      for (const [deploymentId, marks] of batch) {
        await this.#source.keepEnded(deploymentId, marks);
        for (const mark of marks) this.#unkept.delete(mark);
      }
    }
  }
}

/** A copy: a slice would keep the whole id in memory. */
function markOf(sessionId: string): string {
  return Buffer.from(sessionId.slice(0, markLength)).toString();
}

/** What mcp-host answers to a request in a session that is over (MCP 2025-11-25, transports, "Session Management"). */
export function sessionOver(id: Id | null): CachedAnswer {
  return {
    status: 404,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(errorResponse(id, { code: code.sessionNotFound, message: "Session not found" })),
    errorCode: code.sessionNotFound,
  };
}
