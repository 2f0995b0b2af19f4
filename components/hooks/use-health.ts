"use client";

import { useEffect, useEffectEvent, useRef, useSyncExternalStore } from "react";
import { Poller } from "./poller";

/** Health of the app as the browser sees it: "unknown" before the first response, "unreachable" without a response. */
export type Health =
  | "unknown"
  | "up"
  | "database-down"
  | "database-read-only"
  | "database-no-connections"
  | "unreachable";

/** Maps the states that /api/health reports for a database that is not up. */
const DATABASE_HEALTH: Record<string, Health> = {
  down: "database-down",
  read_only: "database-read-only",
  no_connections: "database-no-connections",
};

const HEALTHY_DELAY_MS = 10_000;
const UNHEALTHY_DELAY_MS = 2_000;
const REQUEST_TIMEOUT_MS = 8_000;

/** Asks for the app's health. Never rejects: no answer is an answer. */
async function fetchHealth(): Promise<Health> {
  try {
    const response = await fetch("/api/health", { cache: "no-store", signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const body: unknown = await response.json();
    const database = typeof body === "object" && body !== null && "database" in body ? String(body.database) : "";
    return DATABASE_HEALTH[database] ?? "up";
  } catch {
    return "unreachable";
  }
}

/** One for all: an error page that is rendered again still knows what was wrong before. */
const HEALTH = new Poller<Health>({ load: fetchHealth });

function subscribeToHealth(onChange: () => void): () => void {
  return HEALTH.subscribe(onChange, (latest) => (latest === "up" ? HEALTHY_DELAY_MS : UNHEALTHY_DELAY_MS));
}

function getHealth(): Health {
  return HEALTH.getState().value ?? "unknown";
}

/**
 * Watches /api/health while the page is visible: every 10 s, and every 2 s while something is wrong.
 *
 * @param onRecovered called each time that everything is up again
 */
export function useHealth(onRecovered?: () => void): Health {
  const health = useSyncExternalStore(subscribeToHealth, getHealth, () => "unknown" as const);
  const announceRecovery = useEffectEvent(() => onRecovered?.());
  const last = useRef(health);
  useEffect(() => {
    const isRecovery = health === "up" && last.current !== "up" && last.current !== "unknown";
    last.current = health;
    if (isRecovery) announceRecovery();
  }, [health]);
  return health;
}
