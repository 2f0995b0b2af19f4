import { isObject, parseJson } from "../../../mcp-host/src/json.ts";
import type { CachedLists, Connection } from "../connection.ts";

/** The version that Catwalk's own handshake asks a server for. */
const askedVersion = "2025-11-25";
const maxKnown = 10_000;

/**
 * Which version a server agrees to when it is asked for another (MCP 2025-11-25, lifecycle, "Version Negotiation"). What servers have
 * said through this process is remembered; where nothing is known the server is asked.
 */
export class AgreedVersions {
  readonly #known = new Map<string, string>();

  /** The version that the server answers to this one; null when that is not certain. */
  of(deploymentId: string, cached: CachedLists, requested: unknown): string | null {
    const { protocolVersion } = cached.handshake;
    if (requested === protocolVersion || requested === askedVersion) return protocolVersion;
    return typeof requested === "string" ? (this.#known.get(keyOf(deploymentId, cached, requested)) ?? null) : null;
  }

  /** Reads an `initialize` and its answer, as they went over the wire. */
  learn({ deploymentId, cached }: Connection, request: string, answer: string): void {
    const requested = memberOf(request, "params");
    const agreed = memberOf(answer, "result");
    if (cached === null || requested === null || agreed === null) return;
    this.#known.set(keyOf(deploymentId, cached, requested), agreed);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= maxKnown) break;
      this.#known.delete(oldest);
    }
  }
}

/** Another version of the server may agree to another version of the protocol. */
function keyOf(deploymentId: string, { handshake }: CachedLists, requested: string): string {
  return JSON.stringify([deploymentId, requested, handshake.protocolVersion, handshake.serverInfo.version]);
}

function memberOf(text: string, name: "params" | "result"): string | null {
  try {
    const message = parseJson(text);
    const member = isObject(message) ? message[name] : null;
    return isObject(member) && typeof member.protocolVersion === "string" ? member.protocolVersion : null;
  } catch {
    return null;
  }
}
