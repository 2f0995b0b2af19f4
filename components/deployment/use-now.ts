"use client";

import { useEffect, useState } from "react";

/**
 * The time in ms, renewed every `periodMs` while `active`.
 *
 * @param initialMs what the first render shows, equal on server and browser
 */
export function useNow(initialMs: number, periodMs: number, active: boolean): number {
  const [nowMs, setNowMs] = useState(initialMs);
  useEffect(() => {
    if (!active) return;
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), periodMs);
    return () => clearInterval(timer);
  }, [periodMs, active]);
  return nowMs;
}
