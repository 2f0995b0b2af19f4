import { isObject } from "../protocol/json.ts";
import type { ResponseMessage } from "../protocol/jsonrpc.ts";
import { BoundedMap } from "../util/bounded-map.ts";
import type { Peer } from "./peer.ts";

const MAX_ENTRIES = 10_000;

/**
 * Records which client owns a server's lasting objects: tasks and URL elicitations (MCP 2025-11-25), both named by ids.
 */
export class Ownership {
  readonly #tasks = new BoundedMap<string, Peer>(MAX_ENTRIES);
  readonly #elicitations = new BoundedMap<string, Peer>(MAX_ENTRIES);

  /** Learns from a response what its caller owns now. */
  learn(peer: Peer, response: ResponseMessage): void {
    if (isObject(response.result)) {
      const taskId = readTaskId(response.result.task);
      if (taskId !== null) this.#tasks.set(taskId, peer);
    }
    // "URL elicitation required" (-32042) names elicitations that are completed later by notification.
    const data = isObject(response.error) ? response.error.data : undefined;
    const elicitations = isObject(data) ? data.elicitations : undefined;
    if (Array.isArray(elicitations)) for (const item of elicitations) this.learnElicitation(peer, item);
  }

  learnElicitation(peer: Peer, params: unknown): void {
    const id = isObject(params) ? params.elicitationId : undefined;
    if (typeof id === "string") this.#elicitations.set(id, peer);
  }

  findTaskOwner(taskId: unknown): Peer | undefined {
    return typeof taskId === "string" ? this.#tasks.get(taskId) : undefined;
  }

  findElicitationOwner(id: unknown): Peer | undefined {
    return typeof id === "string" ? this.#elicitations.get(id) : undefined;
  }

  /** Returns whether a `tasks/*` request names another client's task. */
  isForeignTask(peer: Peer, method: string, params: Record<string, unknown> | undefined): boolean {
    if (!method.startsWith("tasks/") || method === "tasks/list") return false;
    const owner = this.findTaskOwner(params?.taskId);
    return owner !== undefined && owner !== peer;
  }

  /** Leaves only the caller's own tasks in a `tasks/list` result. */
  filterTaskList(peer: Peer, response: ResponseMessage): void {
    if (!isObject(response.result) || !Array.isArray(response.result.tasks)) return;
    response.result.tasks = response.result.tasks.filter((task) => this.findTaskOwner(readTaskId(task)) === peer);
  }

  forget(peer: Peer): void {
    for (const map of [this.#tasks, this.#elicitations]) {
      for (const [key, owner] of map) if (owner === peer) map.delete(key);
    }
  }
}

function readTaskId(value: unknown): string | null {
  return isObject(value) && typeof value.taskId === "string" ? value.taskId : null;
}
