"use client";

import { useEffect, useRef, useState } from "react";

/** What the browser knows of the app: "unknown" until the first answer, "unreachable" when nothing answers at all. */
export type Health =
  | "unknown"
  | "up"
  | "database-down"
  | "database-read-only"
  | "database-no-connections"
  | "unreachable";

/** /api/health's words for a database that is not up. */
const DATABASE_HEALTH: Record<string, Health> = {
  down: "database-down",
  read_only: "database-read-only",
  no_connections: "database-no-connections",
};

const CALM_MS = 10_000;
const ALERT_MS = 2_000;
const ANSWER_WITHIN_MS = 8_000;

/** Outlives the component that watches: an error page is made anew by each attempt to show the page. */
let lastHealth: Health = "unknown";

async function fetchHealth(signal: AbortSignal): Promise<Health> {
  try {
    const response = await fetch("/api/health", {
      cache: "no-store",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    const body: unknown = await response.json();
    const database = typeof body === "object" && body !== null && "database" in body ? String(body.database) : "";
    return DATABASE_HEALTH[database] ?? "up";
  } catch {
    return "unreachable";
  }
}

/**
 * Watches /api/health while the page is visible: every 10 s, and every 2 s while something is wrong.
 *
 * @param onRecovered called once each time everything is up again after it was not
 */
export function useHealth(onRecovered?: () => void): Health {
  const [health, setHealth] = useState(lastHealth);
  const recovered = useRef(onRecovered);
  useEffect(() => {
    recovered.current = onRecovered;
  });

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // Each watcher notices a recovery for itself.
    let last = lastHealth;
    const check = async () => {
      clearTimeout(timer);
      if (document.hidden) return;
      const now = await fetchHealth(stop.signal);
      if (stop.signal.aborted) return;
      const isRecovery = now === "up" && last !== "up" && last !== "unknown";
      last = now;
      lastHealth = now;
      if (isRecovery) recovered.current?.();
      setHealth(now);
      timer = setTimeout(check, now === "up" ? CALM_MS : ALERT_MS);
    };
    const onVisible = () => void check();
    void check();
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, []);
  return health;
}
