import type { ServerState } from "./server/supervisor.ts";
import type { Upstream } from "./server/upstream.ts";

export type Phase = "installing" | "starting" | "running" | "backoff" | "failed" | "stopping";

const BEST_FIRST: ServerState[] = ["running", "starting", "backoff", "failed"];

/** The state of the servers together: as good as the best of them. With none left one can be started at any time. */
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

/** The first server, which is the only one as long as all clients declare the same, and all of them. */
export function describeServers(upstreams: Upstream[]) {
  const servers = upstreams.map(describe);
  return { server: servers[0] ?? null, servers };
}

/** What GET /healthz answers: fine while the server runs or is being started, not while it is installed, paused after a crash, or given up. */
export function toHealth(phase: Phase, error: { code: string; message: string } | null) {
  const ok = phase === "running" || phase === "starting";
  return { ok, body: ok ? { status: "ok", phase } : { status: "unavailable", phase, error } };
}
