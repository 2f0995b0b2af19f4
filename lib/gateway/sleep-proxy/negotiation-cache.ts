import { createHash } from "node:crypto";
import {
  canonicalJson,
  isObject,
  LEGACY_VERSIONS,
  NEWEST_LEGACY_VERSION,
  negotiateLegacyVersion,
  parseJson,
} from "mcp-host/protocol";
import type { CachedLists, DeploymentSnapshot } from "../../deployments/deployment-snapshot.ts";
import { BoundedMap } from "../../util/bounded-map.ts";
import { digestLists } from "./list-digest.ts";

const MAX_VERSIONS = 10_000;
const MAX_FILTERS = 1_000;
const MAX_FILTER_CHARACTERS = 16 * 1024;

/**
 * Remembers what servers agreed to through this process, so that the sleep proxy can repeat it while their machines are suspended:
 * the protocol version that a server answers to another one (MCP 2025-11-25, lifecycle, "Version Negotiation"), and the subscription
 * filter that it acknowledged (MCP 2026-07-28, basic/patterns/subscriptions). A client whose stream was cut listens again without
 * waking the machine.
 */
export class NegotiationCache {
  readonly #versions = new BoundedMap<string, string>(MAX_VERSIONS);
  readonly #filters = new BoundedMap<string, string>(MAX_FILTERS);

  /**
   * Returns the version that the server answers to the requested one, or null when that cannot be told: the same version where the
   * server supports it, else its latest. Without an earlier answer it assumes that the server supports every older version. When that
   * is wrong, mcp-host notices as it resumes the session.
   */
  findVersion(deploymentId: string, cached: CachedLists, requested: unknown): string | null {
    const { protocolVersion } = cached.handshake;
    if (typeof requested !== "string") return null;
    // mcp-host replaces a version that it does not know by one that it does.
    const asked = negotiateLegacyVersion(requested);
    if (asked === protocolVersion || asked === NEWEST_LEGACY_VERSION) return protocolVersion;
    if (!isLegacy(protocolVersion)) return null;
    const answered = this.#versions.get(toVersionKey(deploymentId, cached, asked));
    return answered ?? (asked > protocolVersion ? protocolVersion : asked);
  }

  /** Reads the versions from an `initialize` request and its response, as they went over the wire. */
  recordVersion({ deploymentId, cached }: DeploymentSnapshot, request: string, response: string): void {
    const requested = readProtocolVersion(request, "params");
    const agreed = readProtocolVersion(response, "result");
    // Clients and servers may send any text, of any length: keep known versions only.
    if (cached === null || !isLegacy(requested) || !isLegacy(agreed)) return;
    this.#versions.set(toVersionKey(deploymentId, cached, requested), agreed);
  }

  /** Returns what the server acknowledged for the same filter while its lists were the same, or null. */
  findFilter(deploymentId: string, cached: CachedLists, filter: unknown): Record<string, unknown> | null {
    const text = this.#filters.get(toFilterKey(deploymentId, cached, filter));
    return text === undefined ? null : (JSON.parse(text) as Record<string, unknown>);
  }

  /** Keeps an acknowledged filter of up to 16 KB as JSON. */
  recordFilter(deploymentId: string, cached: CachedLists, filter: unknown, agreed: Record<string, unknown>): void {
    const text = JSON.stringify(agreed);
    if (text.length <= MAX_FILTER_CHARACTERS) this.#filters.set(toFilterKey(deploymentId, cached, filter), text);
  }
}

/** Another version of the server may agree to another version of the protocol. */
function toVersionKey(deploymentId: string, { handshake }: CachedLists, requested: string): string {
  return JSON.stringify([
    deploymentId,
    requested,
    handshake.protocolVersion,
    handshake.serverInfo.version.slice(0, 64),
  ]);
}

function toFilterKey(deploymentId: string, cached: CachedLists, filter: unknown): string {
  const text = canonicalJson([deploymentId, digestLists(cached), filter]);
  return createHash("sha256").update(text).digest("base64url");
}

function isLegacy(version: unknown): version is string {
  return typeof version === "string" && LEGACY_VERSIONS.includes(version);
}

function readProtocolVersion(text: string, name: "params" | "result"): unknown {
  try {
    const message = parseJson(text);
    const member = isObject(message) ? message[name] : null;
    return isObject(member) ? member.protocolVersion : null;
  } catch {
    return null;
  }
}
