import type { ServerState } from "./server/supervisor.ts";
import type { Upstream } from "./server/upstream.ts";

export type Phase = "installing" | "starting" | "running" | "backoff" | "failed" | "stopping";

const BEST_FIRST: ServerState[] = ["running", "starting", "backoff", "failed"];

/**
 * Returns the phase of all servers together: that of the best of them. Without servers it is "running", because one can start at
 * any time.
 */
export function combinePhases(upstreams: Upstream[]): Phase {
  const states = upstreams.map((upstream) => upstream.supervisor.state);
  const best = BEST_FIRST.find((state) => states.includes(state));
  return best === undefined || best === "idle" || best === "stopped" ? "running" : best;
}

function describe(upstream: Upstream) {
  const { supervisor } = upstream;
  return {
    state: supervisor.state,
    pid: supervisor.process?.pid ?? null,
    startedAt: supervisor.process?.startedAt.toISOString() ?? null,
    restarts: supervisor.restarts,
    lastExit: supervisor.lastExit,
    sessions: upstream.sessions.size,
  };
}

/** Describes all servers. The first is the only one while all clients declare the same. */
export function describeServers(upstreams: Upstream[]) {
  const servers = upstreams.map(describe);
  return { server: servers[0] ?? null, servers };
}

/**
 * Returns whether some server is not one that has only just followed a crash. True without servers, because one can
 * start at any time.
 */
export function hasHealthyServer(upstreams: Upstream[]): boolean {
  return upstreams.length === 0 || upstreams.some(({ supervisor }) => !supervisor.isUnproven);
}

/**
 * Returns the answer to GET /healthz. Healthy while the server runs or starts; not during an install, in a backoff, or after giving
 * up.
 */
export function toHealth(phase: Phase, hasServer: boolean, error: { code: string; message: string } | null) {
  const ok = (phase === "running" || phase === "starting") && hasServer;
  return { ok, body: ok ? { status: "ok", phase } : { status: "unavailable", phase, error } };
}
