import { isObject, LEGACY_VERSIONS, legacyVersionFor, NEWEST_LEGACY_VERSION, parseJson } from "mcp-host/protocol";
import type { CachedLists, DeploymentSnapshot } from "../deployment.ts";

const maxKnown = 10_000;

/**
 * Which version a server agrees to when it is asked for another (MCP 2025-11-25, lifecycle, "Version Negotiation"): the same where it
 * supports it, else the latest that it does, which Catwalk's own handshake, for the newest one, has shown. What servers have said through this process is
 * remembered, and is the better word.
 */
export class AgreedVersions {
  readonly #known = new Map<string, string>();

  /**
   * The version that the server answers to this one; null when that cannot be told. Wrong about a server that does not support a
   * version older than its latest, of which mcp-host makes sure when it takes the session up.
   */
  of(deploymentId: string, cached: CachedLists, requested: unknown): string | null {
    const { protocolVersion } = cached.handshake;
    if (typeof requested !== "string") return null;
    // mcp-host asks the server for this one in its place where it is one that nobody knows.
    const asked = legacyVersionFor(requested);
    if (asked === protocolVersion || asked === NEWEST_LEGACY_VERSION) return protocolVersion;
    if (!isLegacy(protocolVersion)) return null;
    const said = this.#known.get(keyOf(deploymentId, cached, asked));
    return said ?? (asked > protocolVersion ? protocolVersion : asked);
  }

  /** Reads an `initialize` and its answer, as they went over the wire. */
  learn({ deploymentId, cached }: DeploymentSnapshot, request: string, answer: string): void {
    const requested = memberOf(request, "params");
    const agreed = memberOf(answer, "result");
    // Clients and servers can make versions up, of any length.
    if (cached === null || !isLegacy(requested) || !isLegacy(agreed)) return;
    this.#known.set(keyOf(deploymentId, cached, requested), agreed);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= maxKnown) break;
      this.#known.delete(oldest);
    }
  }
}

/** Another version of the server may agree to another version of the protocol. */
function keyOf(deploymentId: string, { handshake }: CachedLists, requested: string): string {
  return JSON.stringify([
    deploymentId,
    requested,
    handshake.protocolVersion,
    handshake.serverInfo.version.slice(0, 64),
  ]);
}

function isLegacy(version: unknown): version is string {
  return typeof version === "string" && LEGACY_VERSIONS.includes(version);
}

function memberOf(text: string, name: "params" | "result"): unknown {
  try {
    const message = parseJson(text);
    const member = isObject(message) ? message[name] : null;
    return isObject(member) ? member.protocolVersion : null;
  } catch {
    return null;
  }
}
