import { createHash } from "node:crypto";
import { canonicalJson } from "mcp-host/protocol";
import type { CachedLists } from "../deployment.ts";
import { digestLists } from "./list-digest.ts";

const maxKnown = 1_000;
const maxCharacters = 16 * 1024;

/**
 * What servers have said they report on to who listens for resources (MCP 2026-07-28, basic/patterns/subscriptions), through this
 * process: a client whose stream was cut, by the host of Catwalk or on its way, listens again without waking the machine.
 */
export class AgreedFilters {
  readonly #known = new Map<string, string>();

  /** What the server agreed to for the same filter, while its lists were the same; null when that is not known. */
  of(deploymentId: string, cached: CachedLists, filter: unknown): Record<string, unknown> | null {
    const text = this.#known.get(keyOf(deploymentId, cached, filter));
    return text === undefined ? null : (JSON.parse(text) as Record<string, unknown>);
  }

  learn(deploymentId: string, cached: CachedLists, filter: unknown, agreed: Record<string, unknown>): void {
    const text = JSON.stringify(agreed);
    if (text.length > maxCharacters) return;
    const key = keyOf(deploymentId, cached, filter);
    this.#known.delete(key);
    this.#known.set(key, text);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= maxKnown) break;
      this.#known.delete(oldest);
    }
  }
}

function keyOf(deploymentId: string, cached: CachedLists, filter: unknown): string {
  const text = canonicalJson([deploymentId, digestLists(cached), filter]);
  return createHash("sha256").update(text).digest("base64url");
}
