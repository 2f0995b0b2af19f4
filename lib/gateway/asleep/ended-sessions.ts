import { finished } from "node:stream/promises";
import type { Connection } from "../connection.ts";
import type { Machines } from "../machines.ts";
import type { CachedAnswer } from "./answers.ts";

const maxSessions = 1_000;
const tellTimeoutMs = 10_000;

interface Ended {
  deploymentId: string;
  /** Of the DELETE, as they go to the machine; null once that has been told. */
  headers: Record<string, string> | null;
}

/**
 * Sessions that their clients have ended while the machine slept. It is told when it is awake again; until then, and for as long
 * as this process remembers, they are over here. Another process takes such a session for one that goes on: nothing of it is left
 * but what its own client knows.
 */
export class EndedSessions {
  readonly #sessions = new Map<string, Ended>();
  /** Deployments whose machines are being told. */
  readonly #telling = new Set<string>();

  add(sessionId: string, deploymentId: string, headers: Record<string, string>): void {
    this.#sessions.set(sessionId, { deploymentId, headers });
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= maxSessions) break;
      this.#sessions.delete(oldest);
    }
  }

  has(sessionId: unknown): boolean {
    return typeof sessionId === "string" && this.#sessions.has(sessionId);
  }

  /**
   * Tells a machine that is awake of the sessions that have ended while it was not: one after another, since there may be many, and
   * calls of others wait. Never rejects.
   */
  async tell(connection: Connection, machines: Machines): Promise<void> {
    const { deploymentId } = connection;
    if (this.#telling.has(deploymentId)) return;
    this.#telling.add(deploymentId);
    try {
      for (const ended of this.#sessions.values()) {
        const { headers } = ended;
        if (ended.deploymentId !== deploymentId || headers === null) continue;
        ended.headers = null;
        const signal = AbortSignal.timeout(tellTimeoutMs);
        const body = { head: Buffer.alloc(0), rest: null };
        const incoming = await machines.attach(connection, {
          method: "DELETE",
          headers,
          body,
          signal,
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
}

/** What mcp-host answers to a request in a session that is over (MCP 2025-11-25, transports, "Session Management"). */
export const sessionOver: CachedAnswer = {
  status: 404,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32001, message: "Session not found" } }),
  errorCode: -32001,
};
